"""What the act makes of the record. The private value is not looked at, so that it may be erased."""

from __future__ import annotations

from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.papers.acts import AttachPaper
from meguri.papers.states import PaperState


@fold("papers.attach")
def attach(world: World, entry: Entry, body: AttachPaper) -> None:
    """The paper is there."""
    world.put(
        f"paper:{body.paper}",
        PaperState(
            about=body.about,
            kind=body.kind,
            type=body.type,
            size=body.size,
            by=entry.act.actor,
            at=entry.at,
            act=entry.id,
        ),
    )
