"""What must hold of a mass that is told: how it came to be known, on which instrument, and when it happened."""

from __future__ import annotations

from datetime import datetime, timedelta

from meguri.custody import acts
from meguri.custody.guards import masses
from meguri.custody.guards.store import new_id, own_facility
from meguri.custody.states import EventState, InstrumentState, LotState
from meguri.custody.weighing import limits
from meguri.journal.act import Act, Instants
from meguri.journal.entry import terms
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement import course
from meguri.movement.states import MassBasis

LONGEST_TICKET = 80
INTERVAL_MOST_MG = 100_000_000
"""A hundred kilograms: twice the interval of the coarsest weighbridge."""


def known(
    world: World, act: Act, grams: int, basis: MassBasis, facility: str, economy: str, at: Instants, pointer: str
) -> None:
    """Refuse a mass that cannot have come to be known as it says."""
    here = f"{pointer}/basis"
    if basis.pieces < 0 or basis.tare_g < 0 or basis.interval_mg < 0:
        raise refuse(N_("Pieces, tare and interval are zero or more."), here, "basis")
    if len(basis.ticket) > LONGEST_TICKET:
        raise refuse(
            N_("The number of a ticket has at most {most} characters."),
            f"{here}/ticket",
            "basis",
            most=str(LONGEST_TICKET),
        )
    if basis.how == "counted" and not basis.pieces:
        raise refuse(N_("Say how many pieces were counted."), f"{here}/pieces", "basis")
    if basis.how not in ("weighed", "estimated"):
        _no_instrument(basis, here)
        return
    if not basis.instrument:
        if basis.how == "weighed":
            raise refuse(
                N_("Name the instrument it was weighed on, or say that the mass is estimated."),
                f"{here}/instrument",
                "instrument",
            )
        _no_instrument(basis, here)
        return
    state = instrument(world, act, basis.instrument, f"{here}/instrument")
    if state.facility != facility:
        raise refuse(
            N_("{instrument} stands at {there}, not at {here}."),
            f"{here}/instrument",
            "instrument",
            instrument=state.name,
            there=state.facility,
            here=facility or "-",
        )
    said = (basis.kind, basis.grade, basis.interval_mg, basis.verified_until)
    if said != (state.kind, state.grade, state.interval_mg, state.verified_until):
        raise refuse(
            N_("The interval of {instrument} is {interval} g, it is verified until {until}: as it was entered."),
            here,
            "instrument",
            instrument=state.name,
            interval=f"{state.interval_mg / 1000:g}",
            until=state.verified_until.isoformat(),
        )
    if basis.how == "weighed":
        _weighed(state, grams, basis, economy, at, pointer)
    right = limits.errors_mg(grams, basis) if basis.how == "weighed" else ()
    if basis.errors_mg != right:
        raise refuse(
            N_("The greatest errors of {instrument} at this load are {errors} mg."),
            f"{here}/errors_mg",
            "errors",
            instrument=state.name,
            errors=", ".join(map(str, right)) or "-",
        )


def _no_instrument(basis: MassBasis, pointer: str) -> None:
    if (
        basis.errors_mg
        or basis.instrument
        or basis.kind
        or basis.grade
        or basis.interval_mg
        or basis.verified_until
        or basis.tare_g
    ):
        raise refuse(
            N_("Only what was weighed, or estimated on an instrument, names an instrument."), pointer, "instrument"
        )


def instrument(world: World, act: Act, id: str, pointer: str) -> InstrumentState:
    """The instrument, which must be the actor's own."""
    state = world.get(f"instrument:{id}", InstrumentState)
    if state is None or state.organisation != act.actor:
        raise NotFound(
            Problem(N_("You have no instrument {instrument}."), pointer, "unknown-instrument", {"instrument": id})
        )
    return state


def _weighed(state: InstrumentState, grams: int, basis: MassBasis, economy: str, at: Instants, pointer: str) -> None:
    day = course.local_day(economy, at.claimed)
    if not state.verified(day):
        raise refuse(
            N_("{instrument} was verified until {until}: what it shows on {day} is estimated. Say so."),
            f"{pointer}/basis/how",
            "unverified",
            instrument=state.name,
            until=state.verified_until.isoformat(),
            day=day.isoformat(),
        )
    gross = grams + basis.tare_g
    if gross > state.most_g:
        raise refuse(
            N_("{instrument} weighs up to {most} kg, not {mass} kg. Check the unit."),
            f"{pointer}/grams",
            "instrument",
            instrument=state.name,
            most=to_kg(state.most_g),
            mass=to_kg(gross),
        )
    least = limits.least_g(state.kind, state.grade, state.interval_mg)
    if 0 < grams < least:
        raise refuse(
            N_("{instrument} weighs from {least} kg on. Weigh {mass} kg on a finer one, or say that it is estimated."),
            f"{pointer}/grams",
            "instrument",
            instrument=state.name,
            least=to_kg(least),
            mass=to_kg(grams),
        )


@guard("custody.instrument")
def entered_by_its_organisation(world: World, act: Act, body: acts.EnterInstrument, at: Instants) -> None:
    """An organisation enters an instrument of its own facility, of a class on file, with a verification that holds."""
    own_facility(world, act, body.facility, body.economy)
    state = world.get(f"instrument:{body.instrument}", InstrumentState)
    if state is None:
        new_id(world, "instrument", body.instrument, "/body/instrument")
    elif (state.organisation, state.facility) != (act.actor, body.facility):
        raise Conflict(
            Problem(N_("Another instrument has this name."), "/body/instrument", "exists", {"id": body.instrument})
        )
    if not body.name.strip():
        raise refuse(N_("Give the instrument a name."), "/body/name", "required")
    if (body.kind, body.grade) not in limits.classes():
        of_kind = sorted(grade for kind, grade in limits.classes() if kind == body.kind)
        raise refuse(
            N_("“{grade}” is no class of such an instrument. One of: {known}."),
            "/body/grade",
            "class",
            grade=body.grade,
            known=", ".join(of_kind or sorted({kind for kind, _ in limits.classes()})),
        )
    if not 0 < body.interval_mg <= INTERVAL_MOST_MG:
        raise refuse(
            N_("The verification interval stands on the instrument's plate as e, such as 0.5 kg; it is above zero."),
            "/body/interval_mg",
            "interval",
        )
    masses.check(body.most_g, "/body/most_g")
    top = limits.classes()[body.kind, body.grade][-1].load_to_e
    if top is not None and body.most_g * 1000 > top * body.interval_mg:
        raise refuse(
            N_("An instrument of class {grade} has at most {most} intervals: up to {mass} kg."),
            "/body/most_g",
            "class",
            grade=body.grade,
            most=str(top),
            mass=to_kg(top * body.interval_mg // 1000),
        )
    if body.verified_until < course.local_day(body.economy, at.claimed):
        raise refuse(
            N_("Its verification ended on {until}. Have it verified, then enter it."),
            "/body/verified_until",
            "unverified",
            until=body.verified_until.isoformat(),
        )
    if state is not None and body.verified_until < state.verified_until:
        raise refuse(
            N_("It is verified until {until} already; a new verification lasts longer."),
            "/body/verified_until",
            "unverified",
            until=state.verified_until.isoformat(),
        )
    on = state.drift_on if state is not None else ""
    if body.settles != on:
        raise refuse(
            N_("The event at which its differences became too much is “{event}”."),
            "/body/settles",
            "drift",
            event=on or "-",
        )
    if on:
        world.need(f"event:{on}", EventState, "/body/settles")
        assert state is not None
        if body.verified_until == state.verified_until:
            raise refuse(
                N_("Its differences go one way: have it verified anew, and enter until when."),
                "/body/verified_until",
                "drift",
            )


def _instant(text: str) -> datetime | None:
    """The instant that a clock at a place showed, written with its offset from UTC; None where it is not so written."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def when(
    act: Act, happened: str, lots: list[tuple[str, LotState]], at: Instants, pointer: str = "/body/happened"
) -> None:
    """Refuse a time at the place that is no time, is still to come, is too long ago, or before what it rests on."""
    if not happened:
        return
    instant = _instant(happened)
    if instant is None:
        raise refuse(N_("Write day, hour and offset from UTC: 2026-11-29T16:30+09:00."), pointer, "instant")
    if instant > at.claimed:
        raise refuse(N_("{happened} is still to come."), pointer, "future", happened=happened)
    found = terms.of(act.kind)
    most = (found.after.get("paper") if found else None) or timedelta(0)
    if at.claimed - instant > most:
        raise refuse(
            N_("{happened} is more than {days} days ago: from paper it is entered within that."),
            pointer,
            "past",
            happened=happened,
            days=str(most.days),
        )
    for name, state in lots:
        since: datetime = state.last_at or state.made_at
        if instant < since:
            raise Conflict(
                Problem(
                    N_("Something happened to lot {lot} at {since}; this cannot have happened before, at {happened}."),
                    pointer,
                    "before",
                    {"lot": name, "since": clock.stamp(since), "happened": happened},
                )
            )
