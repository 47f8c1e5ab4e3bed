"""What holds movements of that on which they and their cases rest: read in a query a kind, however many they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from meguri.consent.case import resting as case_resting
from meguri.consent.states import WholeCase
from meguri.kit.problems import Problem
from meguri.movement.holding import resting
from meguri.movement.states import MovementState
from meguri.registry import services as registry


def _names(state: MovementState) -> set[str]:
    return {*resting.own(state), state.carrier, state.operator, f"facility:{state.facility}"}


def known(states: Iterable[MovementState]) -> dict[str, Any]:
    """The states of all on which these movements rest themselves; None where there is none."""
    names = {name for state in states for name in _names(state)}
    found = registry.states(names)
    return {name: found.get(name) for name in names}


def of(state: MovementState, case: WholeCase | None, known: dict[str, Any], now: datetime) -> tuple[Problem, ...]:
    """What does not stand now of that on which a movement rests: before it leaves, or until it is received."""
    if state.ended_at is not None or state.received_at is not None:
        return ()
    seen = known | (case.resting if case else {})
    if state.departed_at is not None:
        return tuple(resting.stopped_on_arrival(state, case, seen, now))
    return (
        *resting.stopped(state, seen, now),
        *(case_resting.stopped(case, case.resting, now) if case is not None else ()),
    )
