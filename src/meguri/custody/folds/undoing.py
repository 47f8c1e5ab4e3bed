"""What it does to lots that events are declared wrong: each is as it was before them."""

from __future__ import annotations

from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.folds.lot_states import share_of
from meguri.custody.states import EventState, LotState
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World


@fold("custody.declare_wrong")
def declare_wrong(world: World, entry: Entry, body: acts.DeclareWrong) -> None:
    """The events count no longer; they stay on record with the act that says so. Last first."""
    for name in body.events:
        event = world.need(f"event:{name}", EventState)
        if event.step == "correcting":
            _as_weighed_before(world, event)
        elif event.step == "dispatching":
            _back_in_store(world, event)
        else:
            _as_if_not_made(world, event)
        world.put(f"event:{name}", replace(event, wrong_by=entry.id, findings=()))


def _as_weighed_before(world: World, event: EventState) -> None:
    (before,), (after,) = event.inputs, event.outputs
    state = world.need(f"lot:{after.lot}", LotState)
    world.put(
        f"lot:{after.lot}",
        replace(
            state,
            mass_g=before.grams,
            adjusted_g=state.adjusted_g - event.difference_g,
            seen_g=share_of(state.seen_g, before.grams, state.mass_g),
            basis=state.first_basis,
            corrected=state.corrected - 1,
            moves=state.moves[:-1],
        ),
    )


def _back_in_store(world: World, event: EventState) -> None:
    for part in event.inputs:
        state = world.need(f"lot:{part.lot}", LotState)
        back = replace(state, status="held", facility=state.left, bound_for="", left="", moves=state.moves[:-1])
        world.put(f"lot:{part.lot}", back)


def _as_if_not_made(world: World, event: EventState) -> None:
    for part in event.outputs:
        state = world.need(f"lot:{part.lot}", LotState)
        world.put(
            f"lot:{part.lot}", replace(state, mass_g=0, made_g=0, adjusted_g=0, seen_g=0, status="wrong", findings=())
        )
    for part in event.inputs:
        state = world.need(f"lot:{part.lot}", LotState)
        whole = state.mass_g + part.grams
        world.put(
            f"lot:{part.lot}",
            replace(
                state,
                mass_g=whole,
                used_g=state.used_g - part.grams,
                seen_g=_seen(state, event, part.grams),
                status="held",
            ),
        )


def _seen(state: LotState, event: EventState, grams: int) -> int:
    """What of a lot rests on a second weighing once a part of it is back: as much of the part as of the rest; of one
    that was used up, what its counterparty weighed.
    """
    if state.mass_g:
        return state.seen_g + share_of(state.seen_g, grams, state.mass_g)
    return grams if state.weighed_by and state.counterparty and state.weighed_by != state.counterparty else 0
