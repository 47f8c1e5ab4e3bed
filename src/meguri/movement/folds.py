"""What acts do to movements, arrivals and the account of their case. Pure: the states that the act writes alone."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from meguri.consent.acts import verdict_digest
from meguri.consent.states import AccountState, VerdictState
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.kit.words import Text
from meguri.movement import acts
from meguri.movement.acts import use_subject
from meguri.movement.states import (
    RECEIPT,
    RECOVERY,
    REVOCATION,
    ArrivalState,
    Begins,
    Certificate,
    CountedUse,
    MovementState,
)
from meguri.procedure.states import Course, CourseChange, CoursePoint, begun, followed
from meguri.registry.states import LicenceUseState


def _point(entry: Entry, transition: str, change: CourseChange, of: str = "", text: Text = "") -> CoursePoint:
    return CoursePoint(
        at=entry.at, transition=transition, to=change.to, actor=entry.act.actor, act=entry.id, of=of, text=text
    )


def _begun(entry: Entry, transition: str, begins: Begins) -> Course:
    return begun(begins.table, begins.digest, begins.change, _point(entry, transition, begins.change))


def _moved(world: World, entry: Entry, id: str, transition: str, change: CourseChange, of: str = "") -> MovementState:
    state = world.need(f"movement:{id}", MovementState)
    return replace(state, course=followed(state.course, change, _point(entry, transition, change, of)))


def _count(world: World, case: str, **by: int) -> None:
    """Add to the account of a case, where there is one."""
    if case:
        account = world.need(f"account:{case}", AccountState)
        world.put(f"account:{case}", replace(account, **{name: getattr(account, name) + n for name, n in by.items()}))


def _use(world: World, uses: Iterable[CountedUse], grams: int) -> None:
    """Add to what was planned under licences, each in its period; a period in which nothing is left goes."""
    for one in uses:
        state = world.get(use_subject(one.licence), LicenceUseState)
        after = dict(state.grams) if state else {}
        after[one.period] = after.get(one.period, 0) + grams
        kept = {period: left for period, left in sorted(after.items()) if left}
        world.put(use_subject(one.licence), LicenceUseState(grams=kept))


@fold("movement.plan")
def planned(world: World, entry: Entry, body: acts.Plan) -> None:
    """The movement exists, and its case counts its quantity."""
    movement = MovementState(
        permission=body.permission,
        serial=body.serial,
        exporter=entry.act.actor,
        importer=body.importer,
        operator=body.operator,
        facility=body.facility,
        origin=body.origin,
        destination=body.destination,
        lots=body.lots,
        stream=body.stream,
        carrier=body.carrier,
        conveyance=body.conveyance,
        port_from=body.port_from,
        port_to=body.port_to,
        ports_via=body.ports_via,
        km=body.km,
        km_source=body.km_source,
        planned_on=body.planned_on,
        planned_at=entry.at,
        planned_by=entry.id,
        course=_begun(entry, "plan", body.begins),
        clearances=body.clearances,
        packages=body.packages,
        packaging=body.packaging,
        there=body.there,
        licences=body.licences,
        proved=body.proved,
        carrier_licences=body.carrier_licences,
        uses=body.uses,
    )
    _use(world, body.uses, movement.grams)
    world.put(f"movement:{body.movement}", movement)
    if body.verdict is not None:
        world.put(f"verdict:{verdict_digest(body.verdict)}", VerdictState(body.verdict))
    _count(world, movement.case, next_serial=1, shipments=1, open=1, promised_g=movement.grams)


@fold("movement.change")
def changed(world: World, entry: Entry, body: acts.Change) -> None:
    """The document says something else from now on."""
    before = _moved(world, entry, body.movement, "change", body.change)
    after = replace(
        before,
        lots=body.lots,
        carrier=body.carrier,
        planned_on=body.planned_on,
        conveyance=body.conveyance,
        packages=body.packages,
        packaging=body.packaging,
        reason=body.reason,
        carrier_licences=body.carrier_licences,
        uses=body.uses,
    )
    _use(world, before.uses, -before.grams)
    _use(world, after.uses, after.grams)
    world.put(f"movement:{body.movement}", after)
    _count(world, before.case, promised_g=after.grams - before.grams)


def _given_back(world: World, state: MovementState, at_sea: int = 0) -> None:
    _count(world, state.case, shipments=-1, open=-1, promised_g=-state.grams, at_sea=at_sea)
    _use(world, state.uses, -state.grams)


@fold("movement.cancel")
def cancelled(world: World, entry: Entry, body: acts.Cancel) -> None:
    """Nothing will leave; what was promised is given back."""
    state = _moved(world, entry, body.movement, "cancel", body.change)
    world.put(f"movement:{body.movement}", replace(state, ended_at=entry.at, reason=body.reason))
    _given_back(world, state)


@fold("movement.step")
def stepped(world: World, entry: Entry, body: acts.MovementStep) -> None:
    """Announced, handed over, missing or found."""
    state = _moved(world, entry, body.movement, body.transition, body.change)
    if body.to:
        state = replace(state, carrier=body.to, carrier_licences=body.carrier_licences)
    world.put(f"movement:{body.movement}", state)


@fold("movement.depart")
def departed(world: World, entry: Entry, body: acts.Depart) -> None:
    """The consignment is on its way."""
    state = _moved(world, entry, body.movement, "depart", body.change)
    _use(world, state.uses, -state.grams)
    _use(world, body.uses, state.grams)
    world.put(
        f"movement:{body.movement}",
        replace(state, departed_at=entry.at, departed_by=entry.act.actor, uses=body.uses),
    )
    _count(world, body.case, at_sea=1, left=1)


@fold("movement.receive")
def received(world: World, entry: Entry, body: acts.ReceiveMovement) -> None:
    """The facility has weighed it."""
    transition = RECEIPT[any(bag.accepted for bag in body.bags)]
    world.put(
        f"arrival:{body.movement}",
        ArrivalState(
            movement=body.movement,
            case=body.case,
            operator=entry.act.actor,
            facility=body.facility,
            event=body.event,
            bags=body.bags,
            received_at=entry.at,
            course=_begun(entry, transition, body.begins),
            home=body.home,
        ),
    )


@fold("movement.take_in")
def taken_in(world: World, entry: Entry, body: acts.TakeInArrival) -> None:
    """What the facility said counts on the exporter's side from now on."""
    state = _moved(world, entry, body.movement, body.on, body.change, body.of)
    match body.on:
        case "arrival.receive":
            state = replace(state, bags=body.bags, received_at=entry.at)
            _count(world, body.case, at_sea=-1, accepted_g=state.accepted_g)
        case "arrival.refuse":
            state = replace(state, bags=body.bags, received_at=entry.at)
            _given_back(world, state, at_sea=-1)
        case "arrival.recover":
            state = replace(state, recovered_at=entry.at, ended_at=entry.at)
            _count(world, body.case, open=-1)
        case "arrival.revoke" | "arrival.revoke_part" if state.ended_at is not None:
            state = replace(state, recovered_at=None, ended_at=None)
            _count(world, body.case, open=1)
    world.put(f"movement:{body.movement}", state)


@fold("movement.return")
def returning(world: World, entry: Entry, body: acts.Return) -> None:
    """It is on its way back; a movement recalled before it arrived gives back what was promised."""
    before = world.need(f"movement:{body.movement}", MovementState)
    state = _moved(world, entry, body.movement, "return", body.change)
    world.put(f"movement:{body.movement}", replace(state, carried_back_by=body.carrier, reason=body.reason))
    if before.received_at is None:
        _given_back(world, before, at_sea=-1)


@fold("movement.take_back")
def returned(world: World, entry: Entry, body: acts.TakeBack) -> None:
    """It is back."""
    state = _moved(world, entry, body.movement, "take_back", body.change)
    world.put(f"movement:{body.movement}", replace(state, ended_at=entry.at))


@fold("movement.recover")
def recovered(world: World, entry: Entry, body: acts.Recover) -> None:
    """Recovery is certified, of a part or of all."""
    state = world.need(f"arrival:{body.movement}", ArrivalState)
    transition = RECOVERY[body.treated_g == state.open_g]
    certificate = Certificate(
        number=body.certificate,
        event=body.event,
        lots=body.lots,
        made=body.made,
        recovered_on=body.recovered_on,
        at=entry.at,
        act=entry.id,
        paper=body.paper,
        treated_g=body.treated_g,
        contamination_g=body.contamination_g,
        residues=body.residues,
        replaces=body.replaces,
    )
    before = tuple(
        replace(one, successor=body.paper) if body.replaces and one.paper == body.replaces else one
        for one in state.certificates
    )
    world.put(
        f"arrival:{body.movement}",
        replace(
            state,
            certificates=(*before, certificate),
            course=followed(state.course, body.change, _point(entry, transition, body.change)),
        ),
    )


@fold("movement.revoke")
def revoked(world: World, entry: Entry, body: acts.Revoke) -> None:
    """A certificate counts no longer; what it had counted as treated is open again."""
    state = world.need(f"arrival:{body.movement}", ArrivalState)
    certificates = tuple(
        replace(one, revoked_at=entry.at, reasons=body.reasons) if one.paper == body.paper else one
        for one in state.certificates
    )
    transition = REVOCATION[all(one.revoked_at is not None for one in certificates)]
    world.put(
        f"arrival:{body.movement}",
        replace(
            state,
            certificates=certificates,
            course=followed(state.course, body.change, _point(entry, transition, body.change)),
        ),
    )
