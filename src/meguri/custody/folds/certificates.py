"""What certificates of recovery do to lots, and what is kept of them."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from meguri.custody.certificates import evidence, reserving
from meguri.custody.certificates.states import CertificateState, CertifiedMetal, TreatedState, periods
from meguri.custody.states import Belonging, LotState, Reserved
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.movement import acts
from meguri.movement.states import ArrivalState, LotMass, Made


@fold("movement.recover")
def certified(world: World, entry: Entry, body: acts.Recover) -> None:
    """What is certified is reserved; what its residues carried is treated."""
    arrival = world.need(f"arrival:{body.movement}", ArrivalState)
    made = tuple(_reserve(world, body, one) for one in body.made)
    residues = tuple(LotMass(lot, _treat(world, lot, body.movement)) for lot in body.residues)
    before = [one for one in arrival.in_force if one.paper != body.paper]
    world.put(
        acts.certificate_subject(body.paper),
        CertificateState(
            number=body.certificate,
            movement=body.movement,
            home=body.home,
            case=body.case,
            operator=entry.act.actor,
            facility=body.facility,
            event=body.event,
            made=made,
            residues=residues,
            sent_g=sum(bag.sent_g for bag in arrival.accepted),
            received_g=arrival.accepted_g,
            treated_g=body.treated_g,
            contamination_g=body.contamination_g,
            done_g=sum(one.treated_g for one in before) + body.treated_g,
            recovered_on=body.recovered_on,
            at=entry.at,
            act=entry.id,
            index=entry.number,
            replaces=body.replaces,
        ),
    )
    _count(world, body.facility, body.recovered_on, body.treated_g)
    if body.replaces:
        old = acts.certificate_subject(body.replaces)
        world.put(old, replace(world.need(old, CertificateState), successor=body.paper))


def _reserve(world: World, body: acts.Recover, made: Made) -> CertifiedMetal:
    state = world.need(f"lot:{made.lot}", LotState)
    reserved = Reserved(body.paper, body.movement, made.grams)
    world.put(f"lot:{made.lot}", replace(state, certified=(*state.certified, reserved)))
    rests, sd_ppb = evidence.standing(state)
    return CertifiedMetal(made.lot, made.element, made.grams, rests, made.grams * sd_ppb // evidence.WHOLE)


def _treat(world: World, lot: str, movement: str) -> int:
    """What a residue carried of a movement counts as treated; how much that is."""
    state = world.need(f"lot:{lot}", LotState)
    grams = reserving.left_g(state, movement)
    _turn(world, lot, state, Belonging(movement, grams), Belonging(movement, grams, True))
    return grams


def _turn(world: World, lot: str, state: LotState, was: Belonging, becomes: Belonging) -> None:
    world.put(f"lot:{lot}", replace(state, of=tuple(becomes if part == was else part for part in state.of)))


def _count(world: World, facility: str, day: date, grams: int) -> None:
    subject = acts.treated_subject(facility)
    state = world.get(subject, TreatedState)
    after = dict(state.grams) if state else {}
    for period in periods(day):
        after[period] = after.get(period, 0) + grams
    world.put(subject, TreatedState({period: left for period, left in sorted(after.items()) if left}))


@fold("movement.revoke")
def revoked(world: World, entry: Entry, body: acts.Revoke) -> None:
    """What it had reserved is free again, and what its residues carried is open."""
    subject = acts.certificate_subject(body.paper)
    state = world.need(subject, CertificateState)
    world.put(subject, replace(state, revoked_at=entry.at, reasons=body.reasons, text=body.text))
    for lot in {one.lot for one in state.made}:
        made = world.need(f"lot:{lot}", LotState)
        kept = tuple(part for part in made.certified if part.certificate != body.paper)
        world.put(f"lot:{lot}", replace(made, certified=kept))
    for part in state.residues:
        residue = world.need(f"lot:{part.lot}", LotState)
        was = Belonging(state.movement, part.grams, True)
        _turn(world, part.lot, residue, was, Belonging(state.movement, part.grams))
    _count(world, state.facility, state.recovered_on, -state.treated_g)
