"""Organisations, facilities and a case for tests of custody, with shorthand for its acts."""

from __future__ import annotations

from datetime import UTC, date, datetime

from meguri import law
from meguri.consent import acts as consent
from meguri.consent.states import Bag, CaseState, LotMass, MovementState
from meguri.custody import acts, folds, guards, movement, weighing  # noqa: F401
from meguri.law.decisions import Asked
from meguri.registry.states import FacilityState, OrganisationState, RoleSpan
from memory_record import Record

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
PENANG, SELANGOR, EXPORTER, SMELTER = (f"organisation:{name}" for name in ("penang", "selangor", "exporter", "smelter"))
DOE = "organisation:mys-doe"
ROLES = {
    PENANG: ("MYS", "dismantler"),
    SELANGOR: ("MYS", "dismantler"),
    EXPORTER: ("MYS", "exporter"),
    SMELTER: ("JPN", "smelter"),
    DOE: ("MYS", "authority"),
}

DECISION = law.Decision(
    question=Asked(on="2025-10-01", stream="circuit-boards", origin="MYS", destination="JPN"),
    verdict="allowed_pic",
    status="decided",
    route="basel",
    hazardous=True,
    codes=(),
    procedures=(),
    consents=(),
    papers=(),
    prohibitions=(),
    grounds=(),
    assumptions=(),
    law="digest",
)


def organisation(economy, *roles, **more):
    spans = tuple(RoleSpan(role, datetime(2020, 1, 1, tzinfo=UTC)) for role in roles)
    return OrganisationState(names={"en": "X"}, economy=economy, admitted_on=NOW, roles=spans, **more)


def cast():
    """A record with the cast admitted; each organisation has a facility of its own bare name."""
    record = Record(NOW)
    for who, (economy, role) in ROLES.items():
        record.states[who] = organisation(economy, role)
        name = who.removeprefix("organisation:")
        record.states[f"facility:{name}"] = FacilityState(
            organisation=who, names={"en": name}, economy=economy, lat=5.0, lon=100.0
        )
    return record


def place(who):
    return {"facility": who.removeprefix("organisation:"), "economy": ROLES[who][0]}


def collect(record, who, lot, grams, stream="mixed-small-e-waste", **more):
    body = acts.Collect(event=f"E-{lot}", lot=lot, stream=stream, grams=grams, **place(who), **more)
    return record.say(who, "custody.collect", body)


def transform(record, who, event, step, inputs, outputs, **more):
    """`inputs` are (lot, grams), `outputs` (lot, stream, grams)."""
    body = acts.Transform(
        event=event,
        step=step,
        **place(who),
        inputs=tuple(LotMass(*part) for part in inputs),
        outputs=tuple(acts.Output(lot=lot, stream=stream, grams=grams) for lot, stream, grams in outputs),
        **more,
    )
    return record.say(who, "custody.transform", body)


def dispatch(record, who, event, to, *lots):
    body = acts.Dispatch(event=event, lots=tuple(LotMass(*lot) for lot in lots), to=to, economy=ROLES[who][0])
    return record.say(who, "custody.dispatch", body)


def bag(lot, grams, accepted=True, reason=""):
    return Bag(lot=lot, received_g=grams, accepted=accepted, reason=reason)


def receive(record, who, event, *bags):
    return record.say(who, "custody.receive", acts.Receive(event=event, bags=bags, **place(who)))


def case(record, *lots):
    """A case from exporter to smelter and its movement M1 with these lots, as the record would have them."""
    record.states["case:C1"] = CaseState(
        number="MY-1",
        exporter=EXPORTER,
        importer=SMELTER,
        operator=SMELTER,
        facility="smelter",
        origin="MYS",
        destination="JPN",
        stream="circuit-boards",
        description="",
        operation="R4",
        codes=(),
        total_g=10**9,
        shipments=5,
        period_from=date(2025, 1, 1),
        period_to=date(2025, 12, 31),
        multiple=True,
        verdict=DECISION,
        notified_at=NOW,
        tracks=(),
    )
    record.states["movement:M1"] = MovementState(
        case="C1",
        serial=1,
        exporter=EXPORTER,
        importer=SMELTER,
        operator=SMELTER,
        lots=tuple(LotMass(*lot) for lot in lots),
        stream="circuit-boards",
        carrier="organisation:carrier",
        conveyance="",
        port_from="MYPEN",
        port_to="JPTAK",
        ports_via=(),
        km=1.0,
        km_source="",
        planned_on=NOW.date(),
        opened_at=NOW,
    )


def custody_only(record, actor, kind, body):
    """Say a movement's act with custody's own guards and folds alone."""
    return record.say(actor, kind, body, rooms=("meguri.custody",))


def depart(record, event, *lots, actor=EXPORTER):
    body = consent.Depart(
        case="C1",
        movement="M1",
        event=event,
        lots=tuple(LotMass(*lot) for lot in lots),
        carrier="organisation:carrier",
        departed_on=NOW.date(),
    )
    return custody_only(record, actor, "consent.depart", body)


def arrive(record, event, *bags):
    body = consent.Receive(case="C1", movement="M1", event=event, bags=bags)
    return custody_only(record, SMELTER, "consent.receive", body)
