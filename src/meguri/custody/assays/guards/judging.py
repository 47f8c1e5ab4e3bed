"""What must hold before the umpire speaks, and before lots are settled."""

from __future__ import annotations

from meguri.custody.assays import acts, results, settling
from meguri.custody.assays.guards.common import apart, party_of, unchanged, unseen, unsettled
from meguri.custody.assays.guards.laying import everybody, sealed
from meguri.custody.assays.states import AssayedElement, SampleState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, gather, refuse

MOST_UNITS_APART = 10
"""An umpire who is so many times off both sides has used another unit."""


@guard("custody.umpire")
def judged_by_the_umpire(world: World, act: Act, body: acts.UmpireAssay, at: Instants) -> None:
    """The umpire, who is nobody else here, says once what it found of all that is in dispute."""
    state = world.get(f"sample:{body.sample}", SampleState)
    if state is None or act.actor not in (*state.parties, state.umpire):
        raise unseen(body.sample)
    if act.actor != state.umpire:
        raise NotAllowed(
            Problem(
                N_("The umpire of this sample is {umpire}; it speaks for itself."),
                "/actor",
                "umpire",
                {"umpire": state.umpire},
            )
        )
    unsettled(state, body.sample)
    if not state.disputed:
        raise Conflict(Problem(N_("Nothing is in dispute: no umpire is needed."), "/body/sample", "no-dispute", {}))
    unchanged(world, state, body.lots)
    sealed(state, body.seal, "umpire")
    everybody(state, body.engaged)
    text = N_("{name} is {other}, a party or its laboratory, and judges nothing here.")
    apart(world, act.actor, [one for one in state.engaged if one != act.actor], "/actor", text, at)
    gather(results.faults(body.found, state.material, "/body/found", dry=body.dry))
    said = {one.element: (index, one) for index, one in enumerate(body.found)}
    missing = [element for element in state.disputed if element not in said]
    if missing:
        raise refuse(N_("In dispute are {elements} too."), "/body/found", "disputed", elements=", ".join(missing))
    for element in state.disputed:
        index, third = said[element]
        _one_unit(state, element, third, f"/body/found/{index}/ppb")


def _one_unit(state: SampleState, element: str, third: AssayedElement, pointer: str) -> None:
    """Refuse an umpire's figure that is many times off both sides': it is in another unit."""
    two = [one.ppb for laid in state.assays for one in laid.found if one.element == element]
    if all(third.ppb * MOST_UNITS_APART < one or one * MOST_UNITS_APART < third.ppb for one in two):
        raise refuse(
            N_("{value} ppb of {element} is many times off what both sides found ({two} ppb). Check the unit."),
            pointer,
            "unit",
            value=third.ppb,
            element=element,
            two=", ".join(map(str, two)),
        )


@guard("custody.settle")
def settled_as_exchanged(world: World, act: Act, body: acts.SettleLots, at: Instants) -> None:
    """A party settles at the figures that follow from exchange, umpire and terms; once, but for provisional ones."""
    state, _ = party_of(world, act, body.sample)
    unsettled(state, body.sample)
    lots = unchanged(world, state, body.lots)
    if body.provisional:
        gather(results.faults(body.found, state.material, "/body/found", settles=False))
        right = settling.provisional(state, body.found)
    else:
        _all_known(state)
        for name, lot in lots.items():
            if lot.settled_by:
                raise Conflict(
                    Problem(
                        N_("Lot {lot} is settled already, by sample {sample}; a settlement is made once."),
                        "/body/lots",
                        "settled",
                        {"lot": name, "sample": lot.settled_by},
                    )
                )
        right = settling.final(state)
    wet, dry = settling.totals(state)
    if (body.wet_g, body.dry_g) != (wet, dry):
        raise refuse(
            N_("Wet {wet} kg at this moisture are dry {dry} kg."),
            "/body/dry_g",
            "mass",
            wet=to_kg(wet),
            dry=to_kg(dry),
        )
    if body.elements != right:
        raise refuse(
            N_("The figures are not those that follow from exchange and terms: {right}."),
            "/body/elements",
            "figures",
            right="; ".join(f"{one.element} {one.ppb} ppb ± {one.sd_ppb}, {one.payable_mg} mg" for one in right),
        )
    made = (
        ()
        if body.provisional
        else tuple(
            acts.LotContents(lot=name, contents=settling.contents_of(body.sample, state, lot))
            for name, lot in lots.items()
        )
    )
    if body.contents != made or (body.found and not body.provisional):
        raise refuse(
            N_("The contents of the lots are those that follow from the settlement."), "/body/contents", "figures"
        )


def _all_known(state: SampleState) -> None:
    if state.opened_at is None:
        raise Conflict(
            Problem(
                N_("Results are exchanged first; until then only provisional figures can be given."),
                "/body/provisional",
                "not-exchanged",
                {},
            )
        )
    if state.disputed:
        raise Conflict(
            Problem(
                N_("{elements} wait for the umpire."),
                "/body/sample",
                "disputed",
                {"elements": ", ".join(state.disputed)},
            )
        )
