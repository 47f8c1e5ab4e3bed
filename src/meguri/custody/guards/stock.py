"""What a stock-take must stand up to: said by somebody else, for a period that is over, and no more than went in."""

from __future__ import annotations

from meguri.custody import acts
from meguri.custody.guards import masses, substance
from meguri.custody.guards.store import lot, new_id
from meguri.custody.states import EventState, LotState, ProcessState
from meguri.custody.substance import account, vocabulary
from meguri.custody.substance.bound import REFUSED_AT, WHOLE, ContentPart, bound
from meguri.custody.vocabulary import steps, tolerances
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.movement import course
from meguri.registry import rights
from meguri.registry.states import FacilityState

SETTLED = ("less-metal", "unknown-loss")
"""What a stock-take can explain."""


@guard("custody.stock_take")
def taken_by_somebody_else(world: World, act: Act, body: acts.StockTake, at: Instants) -> None:
    """An auditor or an authority takes stock at somebody else's site, for a period that is over and new."""
    new_id(world, "event", body.event, "/body/event")
    site = world.need(f"facility:{body.facility}", FacilityState, "/body/facility")
    if (site.organisation, site.economy) != (body.keeper, body.economy):
        raise refuse(
            N_("{facility} is kept by {keeper}, in {economy}."),
            "/body/keeper",
            "keeper",
            facility=site.name,
            keeper=site.organisation,
            economy=site.economy,
        )
    if act.actor == body.keeper:
        raise NotAllowed(
            Problem(
                N_("Who keeps the account of {facility} does not take its stock: an auditor or an authority does."),
                "/actor",
                "keeper",
                {"facility": site.name},
            )
        )
    rights.require(world, act, at, steps()["stock-taking"].roles)
    day = course.local_day(site.economy, at.recorded)
    if not body.since <= body.until < day:
        raise refuse(
            N_("Stock is taken for a period that is over: from {since} to {until} is not, on {day}."),
            "/body/until",
            "period",
            since=body.since.isoformat(),
            until=body.until.isoformat(),
            day=day.isoformat(),
        )
    before = world.get(f"process:{body.facility}", ProcessState)
    if before is not None and body.since.isoformat() <= before.taken_until:
        raise refuse(
            N_("Stock was taken here until {until} already; the next period begins after that day."),
            "/body/since",
            "period",
            until=before.taken_until,
        )
    _what_was_found(world, body)
    _what_it_settles(world, body)


def _what_was_found(world: World, body: acts.StockTake) -> None:
    masses.once([one.lot for one in body.found], "/body/found")
    if not body.found and not body.settles:
        raise refuse(N_("Name at least one lot, or an event that this explains."), "/body/found", "empty")
    for index, one in enumerate(body.found):
        pointer = f"/body/found/{index}"
        state = lot(world, one.lot, f"{pointer}/lot")
        if state.facility != body.facility or state.status != "held" or state.promised_to:
            raise refuse(
                N_("Lot {lot} does not lie at {facility}, or it is promised to a movement."),
                f"{pointer}/lot",
                "facility",
                lot=one.lot,
                facility=body.facility,
            )
        if one.was_g != state.mass_g:
            raise Conflict(
                Problem(
                    N_("Lot {lot} is on record with {mass} kg."),
                    f"{pointer}/was_g",
                    "mass",
                    {"lot": one.lot, "mass": to_kg(state.mass_g)},
                )
            )
        masses.check(one.grams, f"{pointer}/grams")
        masses.check_contents(one.contents, f"{pointer}/contents")
        if (one.grams != one.was_g or one.contents) and not one.reason.strip():
            raise refuse(N_("Say why lot {lot} is other than on record."), f"{pointer}/reason", "reason", lot=one.lot)
        _not_invented(state, one, pointer)


def _not_invented(state: LotState, one: acts.FoundStock, pointer: str) -> None:
    """Refuse to find more than can be there: only what went in and has not come out is in stock."""
    substance.within_limit(state, one.lot, one.grams, f"{pointer}/grams")
    substance.under_ceilings(state.stream, one.contents, f"{pointer}/contents")
    if one.grams > one.was_g and not masses.within("correcting", one.was_g, one.grams - one.was_g):
        most = tolerances()["correcting"].most_g(one.was_g)
        nothing = N_("Nothing is in stock that did not go in.")
        raise masses.beyond(most, one.was_g, one.grams, f"{pointer}/grams", nothing)
    for index, content in enumerate(one.contents):
        known = account.known(state, content.element)
        if known is None and state.stream != vocabulary.IN_PROCESS:
            continue
        part = ContentPart(state.mass_g, known.ppb if known else 0, known.sd_ppb if known else 0, "record")
        most = bound([part], out=one.grams * content.ppb).most(REFUSED_AT)
        if one.grams * content.ppb > most:
            raise refuse(
                N_("{found} g of {element} was found in lot {lot}; at most {most} g went in and has not come out."),
                f"{pointer}/contents/{index}",
                "more-metal",
                found=substance.grams_of(one.grams * content.ppb),
                element=content.element,
                lot=one.lot,
                most=substance.grams_of(min(most, state.mass_g * WHOLE)),
            )


def _what_it_settles(world: World, body: acts.StockTake) -> None:
    for index, name in enumerate(body.settles):
        event = world.get(f"event:{name}", EventState)
        if event is None or event.facility != body.facility or not any(one.why in SETTLED for one in event.findings):
            raise refuse(
                N_("Nothing stands against event {event} here that a stock-take could explain."),
                f"/body/settles/{index}",
                "settles",
                event=name,
            )
    if body.settles and not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
