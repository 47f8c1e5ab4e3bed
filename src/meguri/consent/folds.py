"""What acts do to cases and movements: pure functions of the states and the entry, whatever today's tables say."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from meguri.consent import acts
from meguri.consent.states import CaseState, Decision, Hold, MovementLine, MovementState, Point, Track
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World


@fold("consent.notify")
def notified(world: World, entry: Entry, body: acts.Notify) -> None:
    """The case opens with its verdict and tracks."""
    question = body.verdict.question
    world.put(
        f"case:{body.case}",
        CaseState(
            number=body.number,
            exporter=body.exporter,
            importer=body.importer,
            operator=body.operator,
            facility=body.facility,
            origin=question.origin,
            destination=question.destination,
            via=question.via,
            stream=question.stream,
            description=body.description,
            operation=question.operation or "",
            codes=body.verdict.codes,
            total_g=body.total_g,
            shipments=body.shipments,
            period_from=body.period_from,
            period_to=body.period_to,
            multiple=body.shipments > 1,
            verdict=body.verdict,
            notified_at=entry.at,
            tracks=tuple(
                replace(track, points=(_point(entry, "notify", track.state),)) if track.visible_since else track
                for track in body.tracks
            ),
        ),
    )


def _point(entry: Entry, transition: str, to: str, text: str = "") -> Point:
    return Point(at=entry.at, transition=transition, to=to, actor=entry.act.actor, act=entry.id, text=text)


@fold("consent.step", "consent.lapse")
def stepped(world: World, entry: Entry, body: acts.Step) -> None:
    """The tracks move as the act says; a decision is kept on its track."""
    case = world.need(f"case:{body.case}", CaseState)
    changes = {change.track: change for change in body.changes}
    tracks = []
    for track in case.tracks:
        change = changes.get(track.key)
        if change is not None:
            track = _changed(track, change, entry, body)
        tracks.append(track)
    world.put(f"case:{body.case}", replace(case, tracks=tuple(tracks)))


def _changed(track: Track, change: acts.Change, entry: Entry, body: acts.Step) -> Track:
    own = track.key == body.track
    decision = track.decision
    if own and body.outcome is not None:
        decision = Decision(
            outcome=body.outcome,
            at=entry.at,
            act=entry.id,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            conditions=body.conditions,
            reason=body.text,
            reference=body.reference,
        )
    return replace(
        track,
        state=change.to,
        standing=change.standing,
        visible_since=track.visible_since or (entry.at if change.visible else None),
        dues=change.dues,
        spent=(*track.spent, *(due for due in track.dues if due not in change.dues)),
        decision=decision,
        points=(*track.points, _point(entry, body.transition, change.to, body.text if own else "")),
    )


@fold("consent.hold")
def held(world: World, entry: Entry, body: acts.PutHold) -> None:
    """A hold lies across all tracks."""
    case = world.need(f"case:{body.case}", CaseState)
    hold = Hold(id=body.hold, by=entry.act.actor, reason=body.reason, since=entry.at)
    world.put(f"case:{body.case}", replace(case, holds=(*case.holds, hold)))


@fold("consent.release")
def released(world: World, entry: Entry, body: acts.ReleaseHold) -> None:
    """The hold ends."""
    case = world.need(f"case:{body.case}", CaseState)
    holds = tuple(replace(hold, released_at=entry.at) if hold.id == body.hold else hold for hold in case.holds)
    world.put(f"case:{body.case}", replace(case, holds=holds))


@fold("consent.open_movement")
def opened(world: World, entry: Entry, body: acts.OpenMovement) -> None:
    """The movement exists, and the case counts its quantity."""
    case = world.need(f"case:{body.case}", CaseState)
    movement = MovementState(
        case=body.case,
        serial=body.serial,
        exporter=case.exporter,
        importer=case.importer,
        operator=case.operator,
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
        opened_at=entry.at,
        packages=body.packages,
        packaging=body.packaging,
    )
    world.put(f"movement:{body.movement}", movement)
    line = MovementLine(
        movement=body.movement, serial=body.serial, status="planned", grams=movement.grams, carrier=body.carrier
    )
    world.put(f"case:{body.case}", replace(case, movements=(*case.movements, line)))


def _update(
    world: World, body: acts.Depart | acts.Receive | acts.Certify, change: Callable[[MovementState], MovementState]
) -> None:
    """Put the changed movement, and its line in the case."""
    movement = change(world.need(f"movement:{body.movement}", MovementState))
    world.put(f"movement:{body.movement}", movement)
    case = world.need(f"case:{body.case}", CaseState)
    lines = tuple(
        replace(line, status=movement.status, accepted_g=movement.accepted_g)
        if line.movement == body.movement
        else line
        for line in case.movements
    )
    world.put(f"case:{body.case}", replace(case, movements=lines))


@fold("consent.depart")
def departed(world: World, entry: Entry, body: acts.Depart) -> None:
    """The consignment is on its way."""
    _update(
        world,
        body,
        lambda movement: replace(
            movement, status="departed", departed_at=entry.at, departed_by=entry.act.actor, lots=body.lots
        ),
    )


@fold("consent.receive")
def received(world: World, entry: Entry, body: acts.Receive) -> None:
    """The facility has weighed it. Where nothing was taken, all of it goes back."""
    status = "received" if any(bag.accepted for bag in body.bags) else "returned"
    _update(world, body, lambda movement: replace(movement, status=status, received_at=entry.at, bags=body.bags))


@fold("consent.certify")
def certified(world: World, entry: Entry, body: acts.Certify) -> None:
    """Recovery is certified."""
    _update(
        world,
        body,
        lambda movement: replace(
            movement, status="recovered", certified_at=entry.at, certificate=body.certificate, made=body.made
        ),
    )


@fold("consent.complete")
def completed(world: World, entry: Entry, body: acts.Complete) -> None:
    """The case is closed."""
    case = world.need(f"case:{body.case}", CaseState)
    world.put(f"case:{body.case}", replace(case, completed_at=entry.at))
