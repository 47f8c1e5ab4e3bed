"""Whether a delegation lets an act be said by another than its actor. Pure."""

from __future__ import annotations

from datetime import datetime

from meguri.journal.act import Act, SaidFor
from meguri.journal.states import DelegationState
from meguri.journal.world import State
from meguri.kit import clock
from meguri.kit.problems import N_, NotAllowed, Problem


def require(state: State | None, act: Act, *instants: datetime) -> None:
    """Raise NotAllowed where an act is said for its actor by somebody whom the delegation does not let, then or now."""
    if not isinstance(act.by, SaidFor):
        return
    between = {"by": act.by.organisation, "actor": act.actor, "kind": act.kind}
    if not isinstance(state, DelegationState) or (state.giver, state.to) != (act.actor, act.by.organisation):
        raise _not_lent(
            N_("{actor} has not let {by} act for it by this delegation. It gives one on its own page."), between
        )
    if act.kind not in state.kinds:
        raise _not_lent(
            N_("{actor} lets {by} not say “{kind}” for it. It says it itself, or gives a delegation that names it."),
            between,
        )
    for instant in instants:
        if not state.stands(instant):
            end = min(state.until, state.ended_on or state.until)
            raise _not_lent(
                N_("{by} could act for {actor} from {since} until {until}, not at {at}. {actor} can give it anew."),
                {**between, "since": clock.stamp(state.since), "until": clock.stamp(end), "at": clock.stamp(instant)},
            )


def _not_lent(text: str, params: dict[str, str]) -> NotAllowed:
    return NotAllowed(Problem(text, "/by/delegation", "delegation", params))
