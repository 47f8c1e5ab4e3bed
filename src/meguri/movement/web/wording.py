"""Words for what pages show of movements: how they stand, what waits, what lets them go."""

from __future__ import annotations

from collections.abc import Mapping

from meguri import law
from meguri.kit.words import Words, plain
from meguri.movement.document import ALLOWED
from meguri.movement.states import MovementState, Permission
from meguri.procedure import tables
from meguri.reference import economies

TONES: Mapping[str, str] = {
    "planned": "wait",
    "announced": "wait",
    "under_way": "wait",
    "missing": "stop",
    "received": "good",
    "refused": "stop",
    "partly_recovered": "good",
    "recovered": "good",
    "returning": "wait",
}
TASKS: Mapping[str, Words] = {
    "open_movement": Words("Plan a movement"),
    "depart": Words("Let the consignment leave"),
    "receive": Words("Weigh and accept or refuse on arrival"),
    "certify": Words("Certify recovery"),
    "complete": Words("Complete the case"),
}


def status(state: str) -> tuple[str, Words]:
    """Tone and words of a movement's state."""
    known = tables.states("movement").get(state)
    return TONES.get(state, "note"), known.words if known else plain(state)


def task(what: str) -> Words:
    """What waits: in this room's words, else in those of the table of transitions."""
    known = tables.transitions("movement").get(what)
    return TASKS.get(what) or (known.words if known else plain(what))


def allowed(permission: Permission) -> Words:
    """What lets a movement go."""
    return ALLOWED[permission.kind]


def stream(slug: str) -> Words:
    """The material's name."""
    known = law.streams().get(slug)
    return known.name if known else plain(slug)


def economy(code: str) -> Words:
    """The name of an economy."""
    party = law.parties().get(code)
    if party is not None:
        return party.name
    known = economies().get(code)
    return known.name if known else plain(code)


def route(state: MovementState) -> Words:
    """From where to where."""
    if state.origin == state.destination:
        return economy(state.origin)
    return Words("{here} → {there}").format(here=economy(state.origin), there=economy(state.destination))
