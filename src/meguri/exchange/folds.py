"""How acts of another node become copies: by the folds of their own kinds, as if they stood here under other names."""

from __future__ import annotations

import msgspec

from meguri.exchange import acts
from meguri.exchange.states import FeedState
from meguri.journal.act import Entry
from meguri.journal.entry import history
from meguri.journal.kinds import fold
from meguri.journal.world import State, World

FOLDED = ("meguri.consent.", "meguri.movement.")
"""Rooms whose folds make copies. Custody's never do: another node's lots are not this one's."""


def copies(world: World, body: acts.Received) -> dict[str, State | None]:
    """The states of the copies after all acts, from those before, by the names of the copies."""
    states: dict[str, State | None] = {}
    for one in body.acts:
        if one.unread:
            continue
        told = acts.told(one)
        names = acts.copied(told.act.subjects, body.from_)
        seen = {
            name: states[copy] if copy in states else world.get(copy, msgspec.Struct) for name, copy in names.items()
        }
        for name in history.apply(told, one.number, one.recorded, seen, own=FOLDED):
            states[names[name]] = seen[name]
    return states


@fold("exchange.received")
def received(world: World, entry: Entry, body: acts.Received) -> None:
    """The copies stand as they do at the other node, and the feed says how far they go."""
    for name, state in copies(world, body).items():
        if state is not None:
            world.put(name, state)
    feed = acts.feed(body.case, body.from_)
    before = world.get(feed, FeedState)
    world.put(
        feed,
        FeedState(
            case=body.case,
            last=body.acts[-1].number,
            acts=(before.acts if before else 0) + len(body.acts),
            unread=(before.unread if before else 0) + sum(one.unread for one in body.acts),
            at=entry.at,
            act=entry.id,
        ),
    )
