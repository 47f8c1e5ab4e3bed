"""The consent room's door for pages, commands and other rooms: says its acts, and answers what is on record.

Organisations are given by subject (``organisation:mys-doe``) or bare id; cases, movements, lots and facilities by bare
id. `claimed` is when it happened, default now. All raise the errors of `meguri.kit.problems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast

import msgspec

from meguri import law
from meguri.consent import acts, clocks, models, movement_document, movements, notification, offices, procedure, tables
from meguri.consent.movement_document import MovementDocument, Party, Said
from meguri.consent.row_guards import months_later
from meguri.consent.states import Bag, CaseState, LotMass, Made, MovementState
from meguri.consent.waiting import Task, waiting_for
from meguri.journal import relations
from meguri.journal import services as journal
from meguri.kit import clock, ids
from meguri.kit.node import of_demonstration
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.network import legs
from meguri.registry import services as registry
from meguri.registry import vocabulary

__all__ = [
    "Task",
    "case",
    "certify",
    "complete",
    "depart",
    "document",
    "hold",
    "lapse",
    "movement",
    "movements_of",
    "notify",
    "open_movement",
    "receive",
    "release",
    "step",
    "waiting_for",
]


def _instant(claimed: datetime | None) -> datetime:
    """The claimed instant as an act carries it, to the millisecond."""
    return clock.parse(clock.stamp(claimed or clock.now()))


def _sees(reader: Any, subject: str) -> bool:
    """Whether a reader (None: the house itself) sees a subject."""
    return reader is None or bool(relations.readable(getattr(reader, "organisation", reader), [subject]))


def case(case_id: str, reader: Any = None) -> CaseState:
    """The case. With a reader (`request.reader` or a subject), NotFound where it is not theirs to see."""
    row = models.Case.objects.filter(id=case_id).first()
    if row is None or not _sees(reader, f"{models.LINE}:{case_id}"):
        raise NotFound(Problem(N_("There is no case {case} for you."), "/case", "no-case", {"case": case_id}))
    return cast(CaseState, row.value)


def whole_case(case_id: str, reader: Any) -> CaseState:
    """The case for who sees all of it; NotFound also for its carriers, who see their movements only."""
    state = case(case_id, reader)
    if getattr(reader, "organisation", reader) not in procedure.organisations(state):
        raise NotFound(Problem(N_("There is no case {case} for you."), "/case", "no-case", {"case": case_id}))
    return state


def movement(movement_id: str, reader: Any = None) -> MovementState:
    """The movement. With a reader, NotFound where its case is not theirs, or (for a carrier) it is another's."""
    row = models.Movement.objects.filter(id=movement_id).first()
    if row is None or not _sees(reader, f"movement:{movement_id}"):
        raise NotFound(
            Problem(
                N_("There is no movement {movement} for you."), "/movement", "no-movement", {"movement": movement_id}
            )
        )
    return cast(MovementState, row.value)


def movements_of(case_id: str) -> dict[str, MovementState]:
    """The movements of a case by bare id, in serial order."""
    return {row.id: row.value for row in models.Movement.objects.filter(case=case_id).order_by("serial")}


def document(movement_id: str, reader: Any = None) -> MovementDocument:
    """The movement document as the record has it now. NotFound as for `movement`."""
    state = movement(movement_id, reader)
    owner = case(state.case)
    told = journal.history(f"movement:{movement_id}")
    modes = journal.modes(told)
    said = {entry.act.kind: Said(entry.id, entry.at, modes.get(entry.act.key, "")) for entry in told}
    who = {owner.exporter, owner.importer, owner.operator, state.carrier}
    parties = {}
    for name in who:
        known = registry.organisation(name)
        parties[name] = Party(known.name, known.economy)
    site = registry.facility(owner.facility)
    played = any(of_demonstration(entry.act.node) for entry in told)
    return movement_document.build(owner, state, parties, said, Party(site.name, site.economy), demonstration=played)


def notify(
    exporter: str,
    verdict: law.Verdict,
    *,
    importer: str,
    facility: str,
    total_g: int,
    period_from: date,
    period_to: date,
    description: str,
    operator: str = "",
    shipments: int = 1,
    case: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Open a case on a verdict that asks for consent, with a track for each authority. Returns its bare id.

    `operator` is the organisation that runs the facility, by default the one on record. Licences on which facts of the
    question rest (Japan's certificates) are looked up in the registry.
    """
    at = _instant(claimed)
    case = case or ids.new()
    who = registry.subject(exporter)
    importer = registry.subject(importer)
    operator = registry.subject(operator) if operator else registry.facility(facility).organisation
    given = law.decision(verdict)
    facts = {kind.kind for kind in vocabulary.licence_kinds().values() if verdict.question.facts.get(kind.fact) is True}
    held = registry.licences(importer, operator, f"facility:{facility}") if facts else {}
    body = acts.Notify(
        case=case,
        number=notification.number(case, given, at),
        exporter=who,
        importer=importer,
        operator=operator,
        facility=facility,
        description=description,
        total_g=total_g,
        shipments=shipments,
        period_from=period_from,
        period_to=period_to,
        verdict=given,
        tracks=procedure.tracks(given.consents, at),
        licences=tuple(id for id, licence in held.items() if licence.kind in facts and licence.holds(at)),
    )
    journal.say(who, "consent.notify", body, claimed=at, person=person)
    return case


def step(
    actor: str,
    case_id: str,
    track_key: str,
    transition: str,
    *,
    text: str = "",
    conditions: Iterable[str] = (),
    valid_from: date | None = None,
    valid_until: date | None = None,
    reference: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Take a transition of a track (``mys-doe/export``), as its procedure table has it.

    A consent without dates holds from its day for as long as its table allows.
    """
    at = _instant(claimed)
    who = registry.subject(actor)
    state = case(case_id)
    if who not in (*procedure.organisations(state), procedure.CLOCK):
        raise NotFound(Problem(N_("There is no case {case} for you."), "/case", "no-case", {"case": case_id}))
    track = state.track(track_key)
    if track is None:
        raise NotFound(Problem(N_("The case has no track {track}."), "/track", "no-track", {"track": track_key}))
    word = tables.transitions().get(transition)
    if word is None:
        raise refuse(
            N_("There is no transition “{transition}”. One of: {known}."),
            "/transition",
            "transition",
            transition=transition,
            known=", ".join(tables.transitions()),
        )
    if "valid" in word.fields:
        zone = offices.office(track.authority, track.economy).zone
        valid_from = valid_from or clocks.local(at, zone)
        valid_until = valid_until or months_later(valid_from, procedure.table_of(track).validity_months)
    body = acts.Step(
        case=case_id,
        track=track_key,
        transition=transition,
        changes=(),
        outcome=word.outcome,
        text=text.strip(),
        conditions=tuple(condition.strip() for condition in conditions if condition.strip()),
        valid_from=valid_from,
        valid_until=valid_until,
        reference=reference.strip(),
    )
    row = procedure.choose(state, track, body, who, at)
    body = msgspec.structs.replace(body, changes=procedure.changes(state, track, row, at))
    return journal.say(who, "consent.step", body, claimed=at, person=person)


def lapse(now: datetime | None = None) -> int:
    """Say what silence has brought by now, dated at the instants at which it did; returns how many tracks it was."""
    at = _instant(now)
    said = 0
    for row in models.Case.objects.filter(completed=False, next_effect__lte=at).order_by("next_effect", "id"):
        state = cast(CaseState, row.value)
        for track, due in procedure.lapses(state, at):
            body = acts.Step(case=row.id, track=track.key, transition=due.then, changes=(), outcome="tacit")
            day = clocks.local(due.due_at, due.zone)
            body = msgspec.structs.replace(
                body, valid_from=day, valid_until=months_later(day, procedure.table_of(track).validity_months)
            )
            chosen = procedure.choose(state, track, body, procedure.CLOCK, due.due_at)
            body = msgspec.structs.replace(body, changes=procedure.changes(state, track, chosen, due.due_at))
            journal.tick([journal.Utterance("consent.lapse", body, claimed=at, legal=due.due_at)])
            state = case(row.id)
            said += 1
    return said


def hold(authority: str, case_id: str, reason: str, *, person: str = "", claimed: datetime | None = None) -> str:
    """Stop everything under a case. Returns the hold's id."""
    name = ids.new()
    body = acts.PutHold(case=case_id, hold=name, reason=reason.strip())
    journal.say(registry.subject(authority), "consent.hold", body, claimed=claimed, person=person)
    return name


def release(
    authority: str, case_id: str, hold_id: str, reason: str = "", *, person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Release a hold; said by the authority that put it."""
    body = acts.ReleaseHold(case=case_id, hold=hold_id, reason=reason.strip())
    return journal.say(registry.subject(authority), "consent.release", body, claimed=claimed, person=person)


def open_movement(
    exporter: str,
    case_id: str,
    lots: Sequence[LotMass],
    *,
    carrier: str,
    port_from: str,
    port_to: str,
    planned_on: date,
    ports_via: Sequence[str] = (),
    stream: str = "",
    conveyance: str = "",
    packages: int = 0,
    packaging: str = "",
    movement: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Open a movement with its document; the distance comes from the ports chosen. Returns its bare id."""
    state = case(case_id)
    leg = legs.leg(port_from, port_to, tuple(ports_via))
    movement = movement or ids.new()
    body = acts.OpenMovement(
        case=case_id,
        movement=movement,
        serial=len(state.movements) + 1,
        lots=tuple(lots),
        stream=stream or state.stream,
        carrier=registry.subject(carrier),
        port_from=leg.origin,
        port_to=leg.destination,
        ports_via=leg.via,
        km=float(round(leg.km)),
        km_source=leg.source,
        planned_on=planned_on,
        conveyance=conveyance,
        packages=packages or len(lots),
        packaging=packaging,
    )
    journal.say(registry.subject(exporter), "consent.open_movement", body, claimed=claimed, person=person)
    return movement


def depart(
    actor: str, movement_id: str, *, place: str = "", person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Exporter or carrier lets the consignment leave, as its movement document has it."""
    at = _instant(claimed)
    state = movement(movement_id)
    body = acts.Depart(
        case=state.case,
        movement=movement_id,
        event=ids.new(),
        lots=state.lots,
        carrier=state.carrier,
        departed_on=movements.local_day(case(state.case), at),
        place=place or state.port_from,
    )
    return journal.say(registry.subject(actor), "consent.depart", body, claimed=at, person=person)


def receive(
    operator: str, movement_id: str, bags: Sequence[Bag], *, place: str = "", person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:  # fmt: skip
    """The facility weighs each lot on arrival and takes or refuses it."""
    state = movement(movement_id)
    body = acts.Receive(
        case=state.case,
        movement=movement_id,
        event=ids.new(),
        bags=tuple(bags),
        place=place or case(state.case).facility,
    )
    return journal.say(registry.subject(operator), "consent.receive", body, claimed=claimed, person=person)


def certify(
    operator: str,
    movement_id: str,
    made: Sequence[Made],
    *,
    event: str,
    recovered_on: date,
    certificate: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """The facility certifies that recovery is completed; `event` is custody's event that made the lots."""
    state = movement(movement_id)
    body = acts.Certify(
        case=state.case,
        movement=movement_id,
        certificate=certificate or f"{case(state.case).number}-R{state.serial}",
        event=event,
        made=tuple(made),
        recovered_on=recovered_on,
    )
    return journal.say(registry.subject(operator), "consent.certify", body, claimed=claimed, person=person)


def complete(actor: str, case_id: str, *, person: str = "", claimed: datetime | None = None) -> journal.Receipt:
    """Close a case after its last recovery."""
    who = registry.subject(actor)
    return journal.say(who, "consent.complete", acts.Complete(case=case_id), claimed=claimed, person=person)
