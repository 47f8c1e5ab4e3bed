"""What every attaching must stand up to; who may attach to what, the room of the subject asks."""

from __future__ import annotations

import re

from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.subject import split
from meguri.journal.world import World
from meguri.kit import ids
from meguri.kit.problems import N_, nearest, refuse
from meguri.papers import abouts, looking
from meguri.papers.acts import FILE, AttachPaper
from meguri.papers.vocabulary import MEGABYTE, MOST_BYTES, paper_kinds

DIGEST = re.compile(r"[0-9a-f]{64}")


@guard("papers.attach")
def attach(world: World, act: Act, body: AttachPaper, at: Instants) -> None:
    """A new paper of a known kind and type, not too large, with a commitment to it, to something that takes papers."""
    if not ids.made(body.paper):
        raise refuse(
            N_("“{id}” is no id of a paper: 16 characters of {alphabet}."),
            "/body/paper",
            "id",
            id=body.paper[:40],
            alphabet=ids.ALPHABET,
        )
    world.absent(f"paper:{body.paper}", "/body/paper")
    if body.kind not in paper_kinds():
        raise refuse(
            N_("There is no kind of paper “{kind}”. The nearest is “{nearest}”."),
            "/body/kind",
            "kind",
            kind=body.kind[:40],
            nearest=nearest(body.kind, paper_kinds()),
        )
    if body.type not in looking.TYPES:
        raise refuse(
            N_("Papers of the type “{type}” are not taken; these are: {types}."),
            "/body/type",
            "type",
            type=body.type[:60],
            types=", ".join(looking.TYPES),
        )
    if not 0 < body.size <= MOST_BYTES:
        raise refuse(
            N_("A paper has at least one byte and at most {most} MB."),
            "/body/size",
            "size",
            most=MOST_BYTES // MEGABYTE,
        )
    if not DIGEST.fullmatch(act.private.get(FILE, "")):
        raise refuse(
            N_("The act commits to the paper's name and hash in its private value “{name}”."),
            "/private",
            "commitment",
            name=FILE,
        )
    if abouts.of(body.about) is None or not split(body.about)[1]:
        raise refuse(
            N_("Papers are attached to {prefixes}, not to “{about}”."),
            "/body/about",
            "about",
            prefixes=", ".join(f"{one}:…" for one in abouts.prefixes()),
            about=body.about[:80],
        )
