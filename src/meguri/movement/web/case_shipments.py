"""What a case's page learns from this room: its newest movements, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.consent import shipments
from meguri.kit.words import Words
from meguri.movement import record
from meguri.movement.states import MovementState
from meguri.movement.web import wording
from meguri.registry import services as registry

SHOWN = 50
MARKS = {
    "plan": (Words("movement document"), "note"),
    "change": (Words("plan changed"), "note"),
    "announce": (Words("announced"), "note"),
    "cancel": (Words("cancelled"), "note"),
    "depart": (Words("departure"), "note"),
    "hand_over": (Words("handed over"), "note"),
    "miss": (Words("reported missing"), "stop"),
    "find": (Words("found"), "note"),
    "arrival.receive": (Words("receipt"), "good"),
    "arrival.refuse": (Words("refused on arrival"), "stop"),
    "arrival.recover_part": (Words("certificate of recovery"), "good"),
    "arrival.recover": (Words("certificate of recovery"), "good"),
    "return": (Words("sent back"), "stop"),
    "take_back": (Words("taken back"), "note"),
}
"""What happened to a movement, for the lane of a case: in words, with a tone."""


def of_case(case: str) -> shipments.Shipments:
    """The newest movements of a case, for its page."""
    found = record.of_case(case, most=SHOWN + 1)
    newest = list(reversed(found.items()))[:SHOWN]
    names = registry.names({state.carrier for _, state in newest})
    return shipments.Shipments(
        lines=tuple(_line(id, state, names) for id, state in newest),
        said=tuple(said for _, state in newest for said in _said(state)),
        more=len(found) > SHOWN,
    )


def _line(id: str, state: MovementState, names: dict[str, Words]) -> shipments.ShipmentLine:
    tone, words = wording.status(state.status)
    return shipments.ShipmentLine(
        movement=id,
        serial=state.serial,
        tone=tone,
        words=words,
        carrier=names[state.carrier],
        grams=state.grams,
        accepted_g=state.accepted_g if state.received_at else None,
    )


def _said(state: MovementState) -> Iterable[shipments.ShipmentMark]:
    for point in state.course.points:
        words, tone = MARKS.get(point.transition, (wording.task(point.transition), "note"))
        yield shipments.ShipmentMark(point.at, words, tone)
