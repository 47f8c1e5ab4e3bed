"""The door for instruments: enter one, list them, and say how a mass was found on one."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from meguri.custody import acts
from meguri.custody.models import Instrument
from meguri.custody.states import InstrumentState
from meguri.journal import services as journal
from meguri.kit import clock, ids
from meguri.kit.problems import N_, NotFound, Problem
from meguri.movement import course
from meguri.movement.states import MassBasis
from meguri.registry import services as registry

MOST = 200
"""So many instruments of an organisation are offered."""


def instrument(id: str) -> InstrumentState:
    """An instrument. Raises NotFound."""
    row = Instrument.objects.filter(id=id).first()
    if row is None:
        raise NotFound(
            Problem(N_("You have no instrument {instrument}."), "/instrument", "unknown-instrument", {"instrument": id})
        )
    return cast(InstrumentState, row.value)


def of(organisation: str, facility: str = "") -> dict[str, InstrumentState]:
    """The instruments of an organisation, or of one of its facilities, by id; of very many the first."""
    rows = Instrument.objects.filter(organisation=organisation).order_by("id")[:MOST]
    found = {row.id: cast(InstrumentState, row.value) for row in rows}
    return {id: state for id, state in found.items() if not facility or state.facility == facility}


def basis_on(id: str, *, ticket: str = "", tare_g: int = 0, pieces: int = 0, at: datetime | None = None) -> MassBasis:
    """How a mass is known that an instrument showed: weighed, or estimated where its verification is over."""
    state = instrument(id)
    verified = state.verified(course.local_day(state.economy, at or clock.now()))
    return MassBasis(
        how="weighed" if verified else "estimated",
        instrument=id,
        kind=state.kind,
        grade=state.grade,
        interval_mg=state.interval_mg,
        verified_until=state.verified_until,
        ticket=ticket,
        tare_g=tare_g,
        pieces=pieces,
    )


def enter(
    actor: str,
    facility: str,
    name: str,
    *,
    kind: str = "scale",
    grade: str = "III",
    interval_mg: int,
    most_g: int,
    verified_until: date,
    number: str = "",
    instrument: str = "",
    claimed: datetime | None = None,
    person: str = "",
) -> str:
    """Enter an instrument of one's own facility, or that it was verified anew; returns its id."""
    id = instrument or ids.new()
    row = Instrument.objects.filter(id=id).first()
    body = acts.EnterInstrument(
        instrument=id,
        facility=facility,
        economy=registry.facility(facility).economy,
        name=name,
        kind=kind,
        grade=grade,
        interval_mg=interval_mg,
        most_g=most_g,
        verified_until=verified_until,
        number=number,
        settles=cast(InstrumentState, row.value).drift_on if row else "",
    )
    journal.say(actor, "custody.instrument", body, claimed=claimed, person=person)
    return id
