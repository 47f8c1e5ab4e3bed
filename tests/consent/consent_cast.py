"""A notification from Malaysia to Japan, and its like, told to a record in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from meguri.consent import acts, folds, guards, movement_guards, notification, procedure, tables  # noqa: F401
from meguri.consent.row_guards import months_later
from meguri.consent.states import Bag, LotMass
from meguri.law.decisions import Asked, Consent, Decision
from meguri.registry.states import FacilityState, LicenceState, OrganisationState, RoleSpan
from memory_record import Record

START = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
EXPORTER, CARRIER, IMPORTER, SMELTER, STRANGER = (
    f"organisation:{name}" for name in ("exporter", "carrier", "importer", "smelter", "stranger")
)
DOE, MOEJ, METI, NEA, EPA = (
    f"organisation:{slug}" for slug in ("mys-doe", "jpn-moej", "jpn-meti", "sgp-nea", "usa-epa")
)
ROLES = {EXPORTER: "exporter", CARRIER: "carrier", IMPORTER: "importer", SMELTER: "smelter", STRANGER: "exporter"}
KG = 1000


def need(authority, economy, capacity, form, procedure, days=None, day_kind=None):
    return Consent(
        authority=authority,
        economy=economy,
        capacity=capacity,
        form=form,
        procedure=procedure,
        days=days,
        day_kind=day_kind,
        rule="basel.pic",
    )


DOE_EXPORT = need("mys-doe", "MYS", "export", "written", "BASEL/PIC")
MOEJ_IMPORT = need("jpn-moej", "JPN", "import", "written", "BASEL/PIC")
METI_INFORMED = need("jpn-meti", "JPN", "informed", "notice", "JPN/IMPORT_CERTIFIED")
METI_APPROVAL = need("jpn-meti", "JPN", "approval", "written", "JPN/IMPORT_APPROVAL")
NEA_TRANSIT = need("sgp-nea", "SGP", "transit", "written", "BASEL/PIC", 60, "calendar")
EPA_EXPORT = need("usa-epa", "USA", "export", "acknowledgement", "USA/RCRA_EXPORT")
CERTIFIED = (DOE_EXPORT, MOEJ_IMPORT, METI_INFORMED)


def verdict(*needs, origin="MYS", via=(), stream="circuit-boards", facts=None):
    return Decision(
        status="decided",
        verdict="allowed_pic",
        route="basel",
        hazardous=True,
        procedures=tuple(sorted({n.procedure for n in needs})),
        consents=needs,
        codes=("basel:Y49",),
        papers=(),
        prohibitions=(),
        grounds=(),
        assumptions=(),
        question=Asked(
            on="2025-10-01",
            stream=stream,
            origin=origin,
            via=tuple(via),
            destination="JPN",
            operation="R4",
            facts=facts or {},
        ),
        law="digest",
    )


def cast(now=NOW):
    """A record with everybody admitted, and the smelter's facility."""
    record = Record(now)
    authorities = dict.fromkeys((DOE, MOEJ, METI, NEA, EPA), "authority")
    for who, role in {**ROLES, **authorities}.items():
        record.states[who] = OrganisationState(
            names={"en": who}, economy="MYS", admitted_on=START, roles=(RoleSpan(role, START),)
        )
    record.states["facility:plant"] = FacilityState(
        organisation=SMELTER, names={"en": "Plant"}, economy="JPN", lat=34.0, lon=134.0
    )
    record.states["licence:L14"] = LicenceState(holder=IMPORTER, kind="jpn-art14-importer", number="1", since=START)
    return record


def notify(record, *needs, at=NOW, via=(), **more):
    given = verdict(*needs, via=via, **{k: more.pop(k) for k in ("origin", "facts", "stream") if k in more})
    fields = {
        "exporter": EXPORTER,
        "importer": IMPORTER,
        "operator": SMELTER,
        "facility": "plant",
        "description": "Circuit boards of small IT equipment",
        "total_g": 12_000 * KG,
        "shipments": 2,
        "period_from": date(2025, 10, 1),
        "period_to": date(2026, 9, 30),
        "tracks": procedure.tracks(given.consents, at),
    } | more
    body = acts.Notify(
        case="C123456789",
        number=notification.number("C123456789", given, at),
        verdict=given,
        **fields,
    )
    return record.say(fields["exporter"], "consent.notify", body, claimed=at, rooms=("meguri.consent",))


def case(record):
    return record.states["case:C123456789"]


def step(record, actor, track, transition, at, **more):
    """Say a step as the service would: reckon what follows, then let the guards check it."""
    state = case(record)
    word = tables.transitions()[transition]
    if "valid" in word.fields:
        more = {"valid_from": at.date(), "valid_until": months_later(at.date(), 12)} | more
    if "text" in word.fields:
        more = {"text": "Because"} | more
    body = acts.Step(case="C123456789", track=track, transition=transition, changes=(), outcome=word.outcome, **more)
    row = procedure.choose(state, state.track(track), body, actor, at)
    body = msgspec.structs.replace(body, changes=procedure.changes(state, state.track(track), row, at))
    return record.say(actor, "consent.step", body, claimed=at, rooms=("meguri.consent",))


def on(day, hour=3):
    """An instant in UTC: ``on("2025-10-06")``."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour)


def to_consent(record):
    """Malaysia to Japan, up to both consents."""
    notify(record, *CERTIFIED)
    step(record, DOE, "mys-doe/export", "check", on("2025-10-06"))
    step(record, DOE, "mys-doe/export", "transmit", on("2025-10-08"))
    step(record, MOEJ, "jpn-moej/import", "acknowledge", on("2025-10-14"))
    step(record, DOE, "mys-doe/export", "consent", on("2025-10-20"))
    step(
        record,
        MOEJ,
        "jpn-moej/import",
        "consent_with_conditions",
        on("2025-11-10"),
        conditions=("Each bag is sampled on arrival",),
    )


def open_movement(record, *lots, at=None, actor=EXPORTER, **more):
    fields = {
        "serial": len(case(record).movements) + 1,
        "stream": "circuit-boards",
        "carrier": CARRIER,
        "port_from": "MYPKG",
        "port_to": "JPTAK",
        "km": 5500.0,
        "km_source": "a table",
        "planned_on": date(2025, 11, 19),
    } | more
    body = acts.OpenMovement(
        case="C123456789",
        movement=f"M{fields['serial']}",
        lots=tuple(LotMass(*lot) for lot in lots),
        **fields,
    )
    return record.say(actor, "consent.open_movement", body, claimed=at or on("2025-11-18"), rooms=("meguri.consent",))


def depart(record, *lots, at=None, actor=CARRIER, **more):
    at = at or on("2025-11-19")
    fields = {"carrier": CARRIER, "departed_on": at.date()} | more
    body = acts.Depart(
        case="C123456789", movement="M1", event="E1", lots=tuple(LotMass(*lot) for lot in lots), **fields
    )
    return record.say(actor, "consent.depart", body, claimed=at, rooms=("meguri.consent",))


def receive(record, *bags, at=None, actor=SMELTER):
    body = acts.Receive(case="C123456789", movement="M1", event="E2", bags=tuple(Bag(**bag) for bag in bags))
    return record.say(actor, "consent.receive", body, claimed=at or on("2025-12-03"), rooms=("meguri.consent",))
