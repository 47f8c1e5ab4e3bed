"""What the law says of lots that would cross a border as they are: by their stream and what is on record of them."""

from __future__ import annotations

from collections.abc import Mapping

from meguri import law
from meguri.custody.states import LotState
from meguri.custody.substance import vocabulary
from meguri.kit import clock
from meguri.movement import course

OPERATION = "R4"
"""What metal and scrap of metal are sent for; the law on file has no question without an operation for them."""


def question(stream: str, origin: str, destination: str, on: str) -> law.Question:
    """The question for a stream: no fact that only its sender knows is in it."""
    return law.Question.parse(
        on=on, stream=vocabulary.asked_as(stream), origin=origin, destination=destination, operation=OPERATION
    )


def asked(lots: Mapping[str, LotState], destination: str) -> law.Decision | None:
    """What the law decides today of lots that go to an economy; None where they stay in theirs, or it has no word for
    what they are.
    """
    first = next(iter(lots.values()), None)
    if first is None or first.economy == destination or not vocabulary.asked_as(first.stream):
        return None
    on = course.local_day(first.economy, clock.now()).isoformat()
    return law.decision(law.verdict(question(first.stream, first.economy, destination, on)))
