"""What other pages learn from this room: what waits for an organisation, and the movements of a case."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.consent import shipments
from meguri.kit.problems import Problem
from meguri.kit.web.identity import Reader
from meguri.kit.web.inbox import Waiting
from meguri.kit.words import Words
from meguri.movement import record
from meguri.movement.states import MovementState
from meguri.movement.tasks import Task, waiting_for
from meguri.movement.web import wording
from meguri.registry import services as registry

SHOWN = 50


def title(item: Task) -> Words:
    """What a line of the queue is, and of which movement or case."""
    number = item.number
    if item.state is not None and item.state.case:
        number = f"{number} / {item.state.serial}"
    return Words("{what} · {number}").format(what=wording.task(item.what), number=number)


def url(item: Task) -> str:
    """Where to act on it."""
    if item.movement:
        return f"/movements/{item.movement}"
    return f"/movements/new?case={item.case}" if item.what == "open_movement" else f"/cases/{item.case}#now"


def consequence(item: Task) -> Words:
    """What happens if nothing is done; for what is closed, what forbids it now."""
    if item.closed:
        return _words(item.closed)
    return Words("No clock runs; the movement waits.") if item.movement else Words("No clock runs; the case waits.")


def _words(problem: Problem) -> Words:
    return Words(problem.text).format(**problem.params)


def waiting(reader: Reader) -> Iterable[Waiting]:
    """Movements that wait for the reader's organisation."""
    if reader.organisation is None:
        return []
    return [
        Waiting(title=title(item), due=None, consequence=consequence(item), ground="", url=url(item))
        for item in waiting_for(reader.organisation)
    ]


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


@shipments.provide
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


def _line(id: str, state: MovementState, names: dict[str, Words]) -> shipments.Line:
    tone, words = wording.status(state.status)
    return shipments.Line(
        movement=id,
        serial=state.serial,
        tone=tone,
        words=words,
        carrier=names[state.carrier],
        grams=state.grams,
        accepted_g=state.accepted_g if state.received_at else None,
    )


def _said(state: MovementState) -> Iterable[shipments.Said]:
    for point in state.course.points:
        words, tone = MARKS.get(point.transition, (wording.task(point.transition), "note"))
        yield shipments.Said(point.at, words, tone)
