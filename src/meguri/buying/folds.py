"""How buying's acts change its states."""

from __future__ import annotations

from msgspec.structs import replace

from meguri.buying import acts
from meguri.buying.states import CollectorState, DemandMet, Lost, PurchaseState
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World


@fold("buying.register")
def register(world: World, entry: Entry, body: acts.Register) -> None:
    """A new number."""
    world.put(f"collector:{body.collector}", CollectorState(buyer=entry.act.actor, since=entry.at))


@fold("buying.buy")
def buy(world: World, entry: Entry, body: acts.Buy) -> None:
    """The lot is bought."""
    world.put(
        f"purchase:{body.lot}",
        PurchaseState(
            collector=body.collector,
            buyer=entry.act.actor,
            stream=body.stream,
            grams=body.grams,
            facility=body.facility,
            at=entry.at,
            act=entry.id,
        ),
    )


@fold("buying.meet")
def meet(world: World, entry: Entry, body: acts.Meet) -> None:
    """One more demand is met."""
    state = world.need(f"collector:{body.collector}", CollectorState)
    met = (*state.met, DemandMet(body.demand, entry.at, entry.act.actor))
    world.put(f"collector:{body.collector}", replace(state, met=met))


@fold("buying.lose")
def lose(world: World, entry: Entry, body: acts.Lose) -> None:
    """The demands of the steps that are lost no longer count as met."""
    state = world.need(f"collector:{body.collector}", CollectorState)
    world.put(
        f"collector:{body.collector}",
        replace(
            state,
            met=tuple(one for one in state.met if one.demand not in body.demands),
            lost=(*state.lost, Lost(body.step, body.forbidden, entry.at, entry.act.actor, body.text)),
        ),
    )
