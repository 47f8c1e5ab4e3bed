"""The door of this room for pages, commands and other rooms: says its acts, and answers what is on record.

Organisations are given by subject (``organisation:mys-doe``) or bare id; cases, movements, lots and facilities by bare
id. `claimed` is when it happened, default now. All raise the errors of `meguri.kit.problems`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from meguri import law
from meguri.consent import services as cases
from meguri.consent.acts import verdict_digest
from meguri.consent.case import permission, resting
from meguri.consent.case import record as consent
from meguri.consent.states import rests_on, track_name
from meguri.journal import peers
from meguri.journal import services as journal
from meguri.journal.act import Instants
from meguri.journal.subject import at as at_node
from meguri.kit import clock, ids
from meguri.kit.node import of_demonstration
from meguri.kit.problems import N_, refuse
from meguri.movement import acts, course, travelling_lots
from meguri.movement import document as documents
from meguri.movement.document import MovementDocument, NamedParty, SignedAct
from meguri.movement.guards import legal_basis
from meguri.movement.holding import resting as own_rests
from meguri.movement.record import arrival, arrival_name, arrival_of, kept, movement
from meguri.movement.states import (
    RECEIPT,
    RECOVERY,
    REVOCATION,
    Bag,
    Begins,
    CountedUse,
    LotMass,
    Made,
    MovementState,
    Permission,
)
from meguri.registry import proofs
from meguri.registry import services as registry
from meguri.sea import legs

__all__ = [
    "arrival",
    "cancel",
    "certify",
    "change",
    "depart",
    "document",
    "movement",
    "plan",
    "receive",
    "revoke",
    "send_back",
    "step",
    "take_back",
]


NOBODY: Mapping[str, int] = {}


def _instant(claimed: datetime | None) -> datetime:
    """The claimed instant as an act carries it, to the millisecond."""
    return clock.parse(clock.stamp(claimed or clock.now()))


def plan(
    exporter: str,
    lots: Sequence[LotMass],
    *,
    carrier: str,
    planned_on: date,
    case: str = "",
    verdict: law.Verdict | None = None,
    importer: str = "",
    facility: str = "",
    kind: str = "",
    number: str = "",
    port_from: str = "",
    port_to: str = "",
    ports_via: Sequence[str] = (),
    stream: str = "",
    conveyance: str = "",
    packages: int = 0,
    packaging: str = "",
    movement: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Plan a movement with its document: under a case, or on a verdict that asks for no consent. Returns its bare id.

    Without a case, `facility` says where it goes; `kind` is what allows it (the usual for the verdict), `number` that
    of its document. The distance comes from the ports chosen.
    """
    at = _instant(claimed)
    movement = movement or ids.new()
    leg = legs.leg(port_from, port_to, tuple(ports_via)) if port_from or port_to else None
    body = acts.Plan(
        movement=movement,
        permission=Permission(kind="consent", case=case),
        serial=1,
        importer=registry.subject(importer) if importer else "",
        operator="",
        facility=facility,
        origin="",
        destination="",
        lots=travelling_lots.consigned(lots),
        stream=stream,
        carrier=registry.subject(carrier),
        port_from=leg.origin if leg else "",
        port_to=leg.destination if leg else "",
        ports_via=leg.via if leg else (),
        km=float(round(leg.km)) if leg else 0.0,
        km_source=leg.source if leg else "",
        planned_on=planned_on,
        conveyance=conveyance,
        packages=packages or len(lots),
        packaging=packaging,
        begins=Begins("", "", course.BLANK),
    )
    body = _under_case(body, case) if case else _without_case(body, exporter, verdict, kind, number, at)
    body = replace(body, carrier_licences=of_carrier(body.carrier, body.stream, at))
    counting = (*legal_basis.licences_in(body.rests_on), *body.licences, *body.carrier_licences)
    body = replace(body, uses=_uses(counting, planned_on, at))
    body = replace(body, begins=course.begins("movement", "plan", body.origin, at))
    journal.say(registry.subject(exporter), "movement.plan", body, claimed=at, person=person)
    return movement


def _uses(ids: Sequence[str], day: date, at: datetime) -> tuple[CountedUse, ...]:
    """On the quantity of which of these licences a movement of a day counts."""
    return legal_basis.counted(registry.licences_by_id(ids), day, Instants(at, at))


def _freed(state: MovementState, after: Sequence[CountedUse] = ()) -> tuple[str, ...]:
    """On whose quantity a movement counts no longer."""
    return tuple(sorted({one.licence for one in state.uses} - {one.licence for one in after}))


def _under_case(body: acts.Plan, case: str) -> acts.Plan:
    dossier, here = consent.dossier(case), peers.here()
    clearances = tuple(track_name(one, body.movement, here=here) for one in dossier.asked if one.per_movement)
    return replace(
        body,
        serial=consent.account(case).next_serial,
        importer=dossier.importer,
        operator=dossier.operator,
        facility=dossier.facility,
        origin=dossier.origin,
        destination=dossier.destination,
        stream=body.stream or dossier.stream,
        rests_on=rests_on(case, dossier, here=here),
        clearances=clearances,
        there=dossier.there,
    )


def of_carrier(carrier: str, stream: str, at: datetime) -> tuple[str, ...]:
    """The licence by which a carrier proves that it may carry a stream; where none does, one that comes near."""
    held = registry.licences(carrier)
    proof = proofs.proved(proofs.CARRIER, [carrier], at, held, stream=stream)
    return (proof.licence,) if proof else proofs.named(proofs.CARRIER, [carrier], held)[:1]


def _without_case(
    body: acts.Plan, exporter: str, verdict: law.Verdict | None, kind: str, number: str, at: datetime
) -> acts.Plan:
    site = registry.facility(body.facility)
    body = replace(
        body,
        operator=site.organisation,
        importer=body.importer or site.organisation,
        destination=site.economy,
    )
    if verdict is None:
        return replace(
            body, permission=Permission(kind="domestic", number=number), origin=site.economy, stream=body.stream
        )
    given = law.decision(verdict)
    usual = legal_basis.OF_VERDICT.get(given.verdict, ("not_controlled",))
    chosen = next((one for one in usual if one == kind), None) if kind else usual[0]
    if chosen is None:
        raise refuse(N_("The verdict lets it move on: {known}."), "/kind", "kind", known=", ".join(usual))
    licences = cases.relied_on(given, body.importer, body.operator, body.facility, at)
    licences = tuple(sorted({*licences, *_rulings(given, registry.subject(exporter), body, at)}))
    own = resting.holders(body.importer, body.operator, body.facility)
    return replace(
        body,
        licences=licences,
        proved=resting.proved(given, own, at, registry.licences_by_id(licences)),
        permission=Permission(kind=chosen, verdict=verdict_digest(given), number=number.strip()),
        origin=given.question.origin,
        stream=body.stream or given.question.stream,
        verdict=given,
    )


def _rulings(given: law.Decision, exporter: str, body: acts.Plan, at: datetime) -> Iterator[str]:
    """The rulings on record, by bare id, of the authorities to whom the law leaves it whether this may move."""
    economies = law.ruling_of(given, at.date())
    holders = (exporter, *resting.holders(body.importer, body.operator, body.facility))
    held = registry.licences(*holders) if economies else {}
    asked = legal_basis.ruling_asked(given)
    for economy in economies:
        proof = proofs.proved(proofs.RULED, holders, at, legal_basis.ruled_in(economy, held), **asked)
        if proof is not None:
            yield proof.licence


def _list(state: MovementState) -> tuple[str, ...]:
    """All that the case of a movement rests on, with the movement's own clearances."""
    if not state.case:
        return own_rests.listed(state)
    listed = rests_on(state.case, consent.dossier(state.case), here=peers.here())
    return tuple(sorted({*listed, *state.clearances}))


def _leaving(state: MovementState) -> tuple[str, ...]:
    """All that a departure rests on: what the case rests on, and what the movement itself does."""
    return tuple(sorted({*_list(state), *own_rests.own(state)}))


def change(
    exporter: str,
    movement_id: str,
    *,
    lots: Sequence[LotMass] | None = None,
    carrier: str = "",
    planned_on: date | None = None,
    conveyance: str | None = None,
    packages: int = 0,
    packaging: str = "",
    reason: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Change a planned movement: what is not given stays as it is."""
    at, who = _instant(claimed), registry.subject(exporter)
    state = movement(movement_id, who)
    after = travelling_lots.consigned(lots) if lots is not None else state.lots
    rests, day = _list(state), planned_on or state.planned_on
    carried = of_carrier(registry.subject(carrier) if carrier else state.carrier, state.stream, at)
    uses = _uses((*legal_basis.licences_in(rests), *carried), day, at)
    body = acts.Change(
        movement=movement_id,
        case=state.case,
        lots=after,
        dropped=tuple(sorted({part.lot for part in state.lots} - {part.lot for part in after})),
        carrier=registry.subject(carrier) if carrier else state.carrier,
        planned_on=day,
        conveyance=state.conveyance if conveyance is None else conveyance,
        packages=packages or state.packages,
        packaging=packaging or state.packaging,
        reason=reason.strip(),
        carrier_licences=carried,
        uses=uses,
        freed=_freed(state, uses),
        rests_on=rests,
        change=course.follows(state, course.row(state, "change", who, at, reason), at),
    )
    return journal.say(who, "movement.change", body, claimed=at, person=person)


def cancel(
    exporter: str, movement_id: str, reason: str, *, person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Call a planned movement off."""
    at, who = _instant(claimed), registry.subject(exporter)
    state = movement(movement_id, who)
    body = acts.Cancel(
        movement=movement_id,
        case=state.case,
        lots=tuple(part.lot for part in state.lots),
        reason=reason.strip(),
        change=course.follows(state, course.row(state, "cancel", who, at, reason), at),
        freed=_freed(state),
    )
    return journal.say(who, "movement.cancel", body, claimed=at, person=person)


def step(
    actor: str,
    movement_id: str,
    transition: str,
    *,
    to: str = "",
    place: str = "",
    text: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Announce, hand over to the next carrier, declare missing, find again."""
    at, who = _instant(claimed), registry.subject(actor)
    state = movement(movement_id, who)
    body = acts.MovementStep(
        movement=movement_id,
        transition=transition,
        to=registry.subject(to) if to else "",
        carrier_licences=of_carrier(registry.subject(to), state.stream, at) if to else (),
        place=place.strip(),
        text=text.strip(),
        change=course.follows(state, course.row(state, transition, who, at, text), at),
    )
    return journal.say(who, "movement.step", body, claimed=at, person=person)


def depart(
    actor: str, movement_id: str, *, place: str = "", person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Exporter or carrier lets the consignment leave, as its movement document has it."""
    at, who = _instant(claimed), registry.subject(actor)
    state = movement(movement_id, who)
    day = permission.local_day(consent.dossier(state.case), at) if state.case else course.local_day(state.origin, at)
    rests = _leaving(state)
    uses = _uses(legal_basis.licences_in(rests), day, at)
    body = acts.Depart(
        movement=movement_id,
        case=state.case,
        event=ids.new(),
        lots=tuple(LotMass(part.lot, part.grams) for part in state.lots),
        carrier=state.carrier,
        departed_on=day,
        place=place or state.port_from,
        rests_on=rests,
        uses=uses,
        freed=_freed(state, uses),
        change=course.follows(state, course.row(state, "depart", who, at), at),
    )
    return journal.say(who, "movement.depart", body, claimed=at, person=person)


def receive(
    operator: str, movement_id: str, bags: Sequence[Bag], *, place: str = "", person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:  # fmt: skip
    """The facility weighs each lot on arrival and takes or refuses it; what it takes becomes its own lots."""
    at, who = _instant(claimed), registry.subject(operator)
    home, state = kept(movement_id, who)
    transition = RECEIPT[any(bag.accepted for bag in bags)]
    body = acts.ReceiveMovement(
        movement=movement_id,
        case=state.case,
        sender=state.exporter,
        event=ids.new(),
        facility=state.facility,
        economy=state.destination,
        bags=described(state, bags, {} if home else travelling_lots.agreed([part.lot for part in state.lots])),
        home=home,
        place=place or state.facility,
        rests_on=own_rests.on_arrival(state, consent.dossier(state.case) if state.case else None),
        begins=course.begins("arrival", transition, state.destination, at),
    )
    return journal.say(who, "movement.receive", body, claimed=at, person=person)


def described(state: MovementState, bags: Sequence[Bag], agreed: Mapping[str, int] = NOBODY) -> tuple[Bag, ...]:
    """Bags as the movement's document describes its lots, with the name of the receiver's lot where one is taken.

    `agreed` are the weighings, by lot, that the sender has agreed to beforehand.
    """
    said = {part.lot: part for part in state.lots}
    found = []
    for bag in bags:
        part = said.get(bag.lot)
        if part is not None:
            bag = replace(
                bag,
                sent_g=part.grams,
                sent_basis=part.basis,
                agreed_g=agreed.get(bag.lot),
                part=bag.part or (ids.new() if bag.refused_g else ""),
            )
        if part is not None and bag.accepted:
            bag = replace(
                bag,
                becomes=bag.becomes or ids.new(),
                stream=state.stream,
                origin=part.origin,
                label=part.label,
                mix=part.mix,
                contents=part.contents,
            )
        found.append(bag)
    return tuple(found)


def send_back(
    exporter: str,
    movement_id: str,
    reason: str,
    *,
    carrier: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Have what was refused, or is recalled, carried back."""
    at, who = _instant(claimed), registry.subject(exporter)
    state = movement(movement_id, who)
    body = acts.Return(
        movement=movement_id,
        case=state.case,
        event=ids.new(),
        lots=travelling_lots.whole([part.lot for part in state.lots if part.lot in state.going_back]),
        carrier=registry.subject(carrier) if carrier else state.carrier,
        reason=reason.strip(),
        change=course.follows(state, course.row(state, "return", who, at, reason), at),
        freed=_freed(state) if state.received_at is None else (),
    )
    return journal.say(who, "movement.return", body, claimed=at, person=person)


def take_back(
    exporter: str,
    movement_id: str,
    facility: str,
    bags: Sequence[Bag],
    *,
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Weigh what came back, at a facility of the exporter's own."""
    at, who = _instant(claimed), registry.subject(exporter)
    state = movement(movement_id, who)
    body = acts.TakeBack(
        movement=movement_id,
        case=state.case,
        event=ids.new(),
        facility=facility,
        economy=registry.facility(facility).economy,
        bags=tuple(bags),
        change=course.follows(state, course.row(state, "take_back", who, at), at),
    )
    return journal.say(who, "movement.take_back", body, claimed=at, person=person)


def certify(
    operator: str,
    movement_id: str,
    made: Sequence[Made] | None = None,
    *,
    event: str,
    recovered_on: date,
    residues: Sequence[str] = (),
    contamination_g: int = 0,
    replaces: str = "",
    certificate: str = "",
    paper: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """The facility certifies what was recovered of a movement; `event` is custody's event that made the metals.

    `made` are by default all metals of the event, with what of them is the movement's and not certified yet.
    `residues` are lots from which nothing will be recovered, `replaces` a certificate that was revoked.
    """
    at, who = _instant(claimed), registry.subject(operator)
    home, state = kept(movement_id, who)
    arrived = arrival_of(movement_id, state, home)
    found = travelling_lots.recovery(event, movement_id, arrived.taken_lots if arrived else ())
    again = arrived is not None and any(one.event == event for one in arrived.in_force)
    treated = 0 if again or found is None else found.treated_g
    treated += travelling_lots.residue_g(movement_id, residues)
    change = course.BLANK
    if arrived is not None:
        transition = RECOVERY[treated == arrived.open_g]
        change = course.arrival_follows(arrived, course.arrival_row(arrived, transition, who, at), at)
    number = certificate or f"{number_of(state, movement_id)}-R{state.serial}"
    if arrived and arrived.certificates and not certificate:
        number = f"{number}.{len(arrived.certificates) + 1}"
    body = acts.Recover(
        movement=movement_id,
        case=state.case,
        certificate=number,
        event=event,
        lots=found.lots if found else (),
        made=tuple(made) if made is not None else found.made if found else (),
        recovered_on=recovered_on,
        change=change,
        home=home,
        paper=paper or ids.new(),
        facility=state.facility,
        treated_g=treated,
        contamination_g=contamination_g,
        residues=tuple(residues),
        replaces=replaces,
        rests_on=own_rests.on_arrival(state, consent.dossier(state.case) if state.case else None),
    )
    return journal.say(who, "movement.recover", body, claimed=at, person=person)


def revoke(
    operator: str,
    movement_id: str,
    paper: str,
    reasons: Sequence[str],
    text: str = "",
    *,
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """The facility revokes a certificate of its own; what it counted as treated is open again."""
    at, who = _instant(claimed), registry.subject(operator)
    home, state = kept(movement_id, who)
    arrived = arrival_of(movement_id, state, home)
    old = arrived.paper(paper) if arrived else None
    change = course.BLANK
    if arrived is not None:
        left = [one for one in arrived.in_force if one.paper != paper]
        transition = REVOCATION[not left]
        change = course.arrival_follows(arrived, course.arrival_row(arrived, transition, who, at), at)
    body = acts.Revoke(
        movement=movement_id,
        case=state.case,
        paper=paper,
        lots=tuple(dict.fromkeys((*(made.lot for made in old.made), *old.residues))) if old else (),
        reasons=tuple(reasons),
        text=text.strip(),
        change=change,
        facility=state.facility,
        home=home,
    )
    return journal.say(who, "movement.revoke", body, claimed=at, person=person)


def number_of(state: MovementState, movement_id: str) -> str:
    """The number that people say: that of the case, or of the document, or of the movement itself."""
    if state.case:
        return consent.dossier(state.case).number
    return state.permission.number or movement_id


def document(movement_id: str, reader: Any = None) -> MovementDocument:
    """The movement document as the record has it now. NotFound as for `movement`."""
    home, state = kept(movement_id, reader)
    owner = consent.case(state.case) if state.case else None
    names = (at_node(f"movement:{movement_id}", home), arrival_name(movement_id, state, home))
    told = [entry for name in names for entry in journal.said_on(name)]
    modes = journal.modes(told)
    said = {entry.act.kind: SignedAct(entry.id, entry.at, modes.get(entry.id, "")) for entry in told}
    parties = {}
    carriers = {point.actor for point in state.course.points if point.transition == "hand_over"}
    for name in filter(None, {*state.parties, state.carrier, state.departed_by, state.carried_back_by, *carriers}):
        known = registry.organisation(name)
        parties[name] = NamedParty(known.name, known.economy)
    site = registry.facility(state.facility)
    played = any(of_demonstration(entry.act.node) for entry in told)
    return documents.build(
        state,
        arrival_of(movement_id, state, home),
        owner,
        parties,
        said,
        NamedParty(site.name, site.economy),
        number=number_of(state, movement_id),
        verdict=consent.verdict(state.permission.verdict, home) if state.permission.verdict else None,
        demonstration=played,
    )
