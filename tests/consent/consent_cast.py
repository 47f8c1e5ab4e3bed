"""A notification from Malaysia to Japan, and its like, told to a record in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime

from msgspec.structs import replace

from meguri import law
from meguri.consent import acts, folds, intake, models  # noqa: F401
from meguri.consent.case import notification, resting
from meguri.consent.guards import dossier as _dossier  # noqa: F401
from meguri.consent.guards import tracks as _tracks  # noqa: F401
from meguri.consent.states import WholeCase, rested_on, rests_on, tracks_of
from meguri.consent.tracks import authorities, facts, taken_in
from meguri.journal.act import CLOCK, Instants
from meguri.law.asking.decisions import Consent, DecidedQuestion, Decision
from meguri.movement import acts as movement_acts
from meguri.movement import course, guards  # noqa: F401
from meguri.movement import models as movement_models
from meguri.movement.guards import legal_basis
from meguri.movement.holding import resting as own_rests
from meguri.movement.states import RECOVERY, REVOCATION, Bag, Consigned, LotMass, Made, Permission
from meguri.procedure import engine, tables
from meguri.procedure.clocks import months_later
from meguri.procedure.states import CourseChange
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


def rest_on(record, *licences):
    """What is said to let the case rest on these licences."""
    state = record.states[f"case:{CASE}"]
    holders = resting.holders(state.importer, state.operator, state.facility)
    return acts.Rest(case=CASE, licences=licences, holders=holders, verdict=state.verdict_digest)


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
        question=DecidedQuestion(
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


ROOMS = ("meguri.consent", "meguri.movement")
NODE = "organisation:node"
CASE = "C123456789"
BLANK = CourseChange(to="", standing="open", round=0, dues=())
BOOKS = {
    "case": models.Case,
    "account": models.Account,
    "track": models.Track,
    "reply": models.Reply,
    "movement": movement_models.Movement,
    "arrival": movement_models.Arrival,
}


def relations(record):
    """All relations that the states of the record declare."""
    for subject, state in record.states.items():
        prefix, _, id = subject.partition(":")
        if prefix in BOOKS:
            yield from BOOKS[prefix].relations(id, state)


def waiting(record):
    """Acts that wait to be taken in, with the subjects that take them in."""
    edges = [one for one in relations(record) if hasattr(one, "kind")]
    taken = {(one.source, one.target) for one in edges if one.kind == models.TAKEN}
    return [
        (one.source, one.target) for one in edges if one.kind == models.AWAITS and (one.source, one.target) not in taken
    ]


def take_in_all(record, at):
    """What the node does after each act: take in what waits."""
    for act, subject in waiting(record):
        take_in(record, act, subject, at)


def take_in(record, act, subject, at, **changed):
    entry = next(entry for entry in record.entries if entry.id == act)
    if subject.startswith("movement:"):
        return take_in_arrival(record, act, subject, at, **changed)
    key = subject.partition("/")[2]
    where = subject.partition(":")[2].partition("/")[0]
    dossier = record.states[f"case:{CASE}"]
    shows = (name for name in entry.act.subjects if taken_in.shown(record.states[name], act))
    source = next(shows, entry.act.subjects[0])
    on = taken_in.shown(record.states[source], act)
    change, opening = taken_in.reckoned(dossier, dossier.ask(key), record.states.get(subject), on, at)
    fields = {"of": act, "on": on, "source": source, "change": change, "opening": opening} | changed
    body = acts.TakeInNotice(case=CASE, track=key, movement="" if where == CASE else where, **fields)
    return record.say(NODE, "consent.take_in", body, claimed=at, rooms=ROOMS, nonce=acts.taking(fields["of"], subject))


def take_in_arrival(record, act, subject, at, **changed):
    state, arrival = record.states[subject], record.states[subject.replace("movement:", "arrival:")]
    on = next(f"arrival.{point.transition}" for point in arrival.course.points if point.act == act)
    fields = {
        "movement": subject.partition(":")[2],
        "case": state.case,
        "of": act,
        "on": on,
        "change": course.taken(state, on, at),
        "bags": arrival.bags if on in ("arrival.receive", "arrival.refuse") else (),
        "freed": freed(state) if on == "arrival.refuse" else (),
    } | changed
    body = movement_acts.TakeInArrival(**fields)
    return record.say(NODE, "movement.take_in", body, claimed=at, rooms=ROOMS, nonce=acts.taking(act, subject))


def said(record, actor, kind, body, at, take=True, **more):
    """Say an act, then let the node take in what it set going."""
    entry = record.say(actor, kind, body, claimed=at, rooms=ROOMS, **more)
    if take:
        take_in_all(record, at)
    return entry


def notify(record, *needs, at=NOW, via=(), take=True, **more):
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
        "asked": authorities.asked(given.consents, at.date()),
    } | more
    body = acts.Notify(
        case=CASE,
        number=notification.number(CASE, given, at),
        verdict=given,
        **(proven(record, given, fields, at) | fields),
    )
    return said(record, fields["exporter"], "consent.notify", body, at, take=take)


def proven(record, given, fields, at):
    """Which facts the licences named prove, as a service finds it."""
    states = {id: record.states.get(f"licence:{id}") for id in fields.get("licences", ())}
    own = resting.holders(fields["importer"], fields["operator"], fields["facility"])
    return {"proved": resting.proved(given, own, at, states)}


def case(record):
    """The case with its parts, as pages see it."""
    dossier = record.states[f"case:{CASE}"]
    known = {name: state for name, state in record.states.items() if name.startswith(f"track:{CASE}/")}
    return WholeCase(
        id=CASE,
        account=record.states[f"account:{CASE}"],
        tracks=tracks_of(CASE, dossier, known),
        verdict=record.states[f"verdict:{dossier.verdict_digest}"].decision,
        resting={name: record.states.get(name) for name in rested_on(dossier)},
        **{name: getattr(dossier, name) for name in dossier.__struct_fields__},
    )


def drafted(record, actor, track, transition, at, **more):
    """The step as a service makes it, with what follows from it. Raises what the table refuses."""
    state = case(record)
    own = state.track(track)
    word = tables.transitions()[transition]
    if "valid" in word.fields:
        more = {"valid_from": at.date(), "valid_until": months_later(at.date(), 12)} | more
    if "text" in word.fields:
        more = {"text": "Because"} | more
    body = acts.TrackStep(
        case=CASE,
        track=track,
        transition=transition,
        change=BLANK,
        rests_on=rests_on(CASE, state),
        outcome=word.outcome,
        **more,
    )
    seen = facts.facts(state, state.account, own, state.tracks, at, facts.given(body))
    roles = {"authority": actor if actor in own.speakers else own.organisation, "clock": CLOCK}
    roles |= dict(zip(("exporter", "importer", "operator"), own.parties, strict=True))
    table = authorities.table_of(own.asked)
    name = law.office_name(own.authority)
    row = engine.choose(table, own.course, transition, roles, actor, seen, name)
    office = law.office(own.authority, own.economy)
    return replace(body, change=engine.moved(table, own.course, row, at, office, own.asked.clock))


def step(record, actor, track, transition, at, take=True, **more):
    """Say a step, a reply or a retraction as the service would; then the node takes in what it set going."""
    state = case(record)
    if transition == "retract":
        body = acts.Retract(case=CASE, text=more.get("text", "Because"))
        return said(record, actor, "consent.retract", body, at, take=take)
    own = state.track(track)
    rows = authorities.table_of(own.asked).transitions
    if any(row.transition == transition and row.on for row in rows) and actor not in own.speakers:
        text = more.get("text", "Because")
        body = acts.ReplyToAuthority(case=CASE, track=track, transition=transition, position=len(own.points), text=text)
        return said(record, actor, "consent.reply", body, at, take=take)
    body = drafted(record, actor, track, transition, at, **more)
    return said(record, actor, "consent.step", body, at, take=take)


def on(day, hour=3):
    """An instant in UTC: ``on("2025-10-06")``."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour)


def to_consent(record):
    """Malaysia to Japan, up to both consents."""
    notify(record, *CERTIFIED)
    step(record, DOE, "mys-doe.export", "check", on("2025-10-06"))
    step(record, DOE, "mys-doe.export", "transmit", on("2025-10-08"))
    step(record, MOEJ, "jpn-moej.import", "acknowledge", on("2025-10-14"))
    step(record, DOE, "mys-doe.export", "consent", on("2025-10-20"))
    step(
        record,
        MOEJ,
        "jpn-moej.import",
        "consent_with_conditions",
        on("2025-11-10"),
        conditions=("Each bag is sampled on arrival",),
    )


def movement(record, name="M1"):
    return record.states[f"movement:{name}"]


def consigned(record, lot, grams):
    """A lot as a document has it: as its record describes it, where there is one."""
    state = record.states.get(f"lot:{lot}")
    said = {name: getattr(state, name) for name in ("origin", "label", "mix", "contents")} if state else {}
    return Consigned(lot=lot, grams=grams, **said)


def counted(record, names, day, at):
    """On the quantity of which licences among what an act rests on a movement of a day counts."""
    ids = [name.partition(":")[2] for name in names if name.startswith("licence:")]
    licences = {id: record.states.get(f"licence:{id}") for id in ids}
    return legal_basis.counted(licences, day, Instants(at, at))


def freed(state, after=()):
    return tuple(sorted({one.licence for one in state.uses} - {one.licence for one in after}))


def plan(record, *lots, at=None, actor=EXPORTER, **more):
    at = at or on("2025-11-18")
    dossier, account = record.states[f"case:{CASE}"], record.states[f"account:{CASE}"]
    fields = {
        "permission": Permission(kind="consent", case=CASE),
        "serial": account.next_serial,
        "importer": dossier.importer,
        "operator": dossier.operator,
        "facility": dossier.facility,
        "origin": dossier.origin,
        "destination": dossier.destination,
        "stream": "circuit-boards",
        "carrier": CARRIER,
        "port_from": "MYPKG",
        "port_to": "JPTAK",
        "km": 5500.0,
        "km_source": "searoute-1.6",
        "planned_on": date(2025, 11, 19),
        "rests_on": rests_on(CASE, dossier),
        "begins": course.begins("movement", "plan", dossier.origin, at),
    } | more
    fields.setdefault("movement", f"M{fields['serial']}")
    carried = [f"licence:{id}" for id in fields.get("carrier_licences", ())]
    fields.setdefault("uses", counted(record, (*fields["rests_on"], *carried), fields["planned_on"], at))
    body = movement_acts.Plan(lots=tuple(consigned(record, *lot) for lot in lots), **fields)
    return said(record, actor, "movement.plan", body, at)


def follows(record, transition, actor, at, text="Because", name="M1"):
    """What follows from a step on a movement; blank where its table does not let this actor take it."""
    from meguri.kit.problems import MeguriError

    state = movement(record, name)
    try:
        return course.follows(state, course.row(state, transition, actor, at, text), at)
    except MeguriError:
        return BLANK


def depart(record, *lots, at=None, actor=CARRIER, name="M1", **more):
    at = at or on("2025-11-19")
    fields = {
        "carrier": CARRIER,
        "departed_on": at.date(),
        "rests_on": tuple(
            sorted({*rests_on(CASE, record.states[f"case:{CASE}"]), *own_rests.own(movement(record, name))})
        ),
        "change": follows(record, "depart", actor, at, name=name),
    } | more
    fields.setdefault("uses", counted(record, fields["rests_on"], fields["departed_on"], at))
    fields.setdefault("freed", freed(movement(record, name), fields["uses"]))
    body = movement_acts.Depart(
        movement=name, case=CASE, event=f"E1-{name}", lots=tuple(LotMass(*lot) for lot in lots), **fields
    )
    return said(record, actor, "movement.depart", body, at)


def receive(record, *bags, at=None, actor=SMELTER, take=True, name="M1"):
    at = at or on("2025-12-03")
    sent = {part.lot: part.grams for part in movement(record, name).lots}
    taken = any(bag["accepted"] for bag in bags)
    body = movement_acts.ReceiveMovement(
        movement=name,
        case=CASE,
        sender=movement(record, name).exporter,
        event=f"E2-{name}",
        facility="plant",
        economy="JPN",
        bags=tuple(
            Bag(
                **{
                    "sent_g": sent.get(bag["lot"], 0),
                    "becomes": f"J-{bag['lot']}" if bag["accepted"] else "",
                    **bag,
                }
            )
            for bag in bags
        ),
        begins=course.begins("arrival", "receive" if taken else "refuse", "JPN", at),
        rests_on=own_rests.on_arrival(movement(record, name), record.states[f"case:{CASE}"]),
    )
    return said(record, actor, "movement.receive", body, at, take=take)


def certify(record, *made, at="2025-12-22", day=date(2025, 12, 15), actor=SMELTER, lots=None, name="M1", replaces=""):
    state = record.states.get(f"arrival:{name}")
    taken = state.taken_lots if state else ()
    chosen = tuple(taken if lots is None else lots)
    treated = sum(bag.received_g for bag in state.accepted if bag.becomes in chosen) if state else 0
    change = BLANK
    if state is not None and state.course.state not in ("refused", "recovered"):
        transition = RECOVERY[treated == state.open_g]
        change = course.arrival_follows(state, course.arrival_row(state, transition, SMELTER, on(at)), on(at))
    number = f"R{len(state.certificates) + 1 if state else 1}"
    body = movement_acts.Recover(
        movement=name, case=CASE, certificate=number, event="E3", lots=chosen, made=tuple(Made(*m) for m in made),
        recovered_on=day, change=change, paper=f"P{len(record.entries)}", replaces=replaces, facility="plant",
        treated_g=treated,
        rests_on=own_rests.on_arrival(movement(record, name), record.states[f"case:{CASE}"]),
    )  # fmt: skip
    return said(record, actor, "movement.recover", body, on(at))


def revoke(record, paper, at="2025-12-23", actor=SMELTER, name="M1", reasons=("wrong_amount",), text=""):
    state = record.states[f"arrival:{name}"]
    left = [one for one in state.in_force if one.paper != paper]
    transition = REVOCATION[not left]
    change = course.arrival_follows(state, course.arrival_row(state, transition, SMELTER, on(at)), on(at))
    body = movement_acts.Revoke(
        movement=name, case=CASE, paper=paper, lots=(), reasons=reasons, text=text, change=change,
        facility=movement(record, name).facility,
    )  # fmt: skip
    return said(record, actor, "movement.revoke", body, on(at))


def cancel(record, at=None, actor=EXPORTER, reason="The ship does not sail", name="M1", **more):
    at = at or on("2025-11-18", 5)
    fields = {
        "lots": tuple(part.lot for part in movement(record, name).lots),
        "change": follows(record, "cancel", actor, at, name=name),
        "freed": freed(movement(record, name)),
    } | more
    body = movement_acts.Cancel(movement=name, case=CASE, reason=reason, **fields)
    return said(record, actor, "movement.cancel", body, at)


def change(record, *lots, at=None, actor=EXPORTER, name="M1", **more):
    at = at or on("2025-11-18", 5)
    state = movement(record, name)
    after = tuple(consigned(record, *lot) for lot in lots) or state.lots
    fields = {
        "carrier": state.carrier,
        "planned_on": state.planned_on,
        "dropped": tuple(sorted({p.lot for p in state.lots} - {p.lot for p in after})),
        "rests_on": rests_on(CASE, record.states[f"case:{CASE}"]),
        "change": follows(record, "change", actor, at, name=name),
    } | more
    carried = [f"licence:{id}" for id in fields.get("carrier_licences", ())]
    fields.setdefault("uses", counted(record, (*fields["rests_on"], *carried), fields["planned_on"], at))
    fields.setdefault("freed", freed(state, fields["uses"]))
    body = movement_acts.Change(movement=name, case=CASE, lots=after, **fields)
    return said(record, actor, "movement.change", body, at)
