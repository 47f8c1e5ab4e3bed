"""What acts do to the parts of a case: pure functions of the states and the entry, whatever today's tables say."""

from __future__ import annotations

from msgspec.structs import replace

from meguri.consent import acts
from meguri.consent.states import (
    AccountState,
    DossierState,
    Entered,
    GuaranteeState,
    Hold,
    ReplyState,
    TrackDecision,
    TrackState,
    VerdictState,
)
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.procedure.states import CoursePoint, begun, followed


@fold("consent.notify")
def notified(world: World, entry: Entry, body: acts.Notify) -> None:
    """The dossier opens, its account stands at nothing, and its verdict is kept."""
    question, digest = body.verdict.question, acts.verdict_digest(body.verdict)
    world.put(f"verdict:{digest}", VerdictState(body.verdict))
    world.put(
        f"account:{body.case}",
        AccountState(exporter=body.exporter, operator=body.operator, most=body.shipments),
    )
    world.put(
        f"case:{body.case}",
        DossierState(
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
            verdict_digest=digest,
            notified_at=entry.at,
            notified_by=entry.id,
            asked=body.asked,
            licences=body.licences,
            proved=body.proved,
            on_paper=body.on_paper,
            there=body.there,
        ),
    )


@fold("consent.rest")
def rested(world: World, entry: Entry, body: acts.Rest) -> None:
    """The case rests on these licences."""
    dossier = world.need(f"case:{body.case}", DossierState)
    world.put(f"case:{body.case}", replace(dossier, licences=body.licences))


@fold("consent.guarantee")
def guaranteed(world: World, entry: Entry, body: acts.FileGuarantee) -> None:
    """The case rests on the guarantee too."""
    dossier = world.need(f"case:{body.case}", DossierState)
    world.put(
        f"guarantee:{body.guarantee}",
        GuaranteeState(
            case=body.case,
            by=entry.act.actor,
            issuer=body.issuer,
            amount=body.amount,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            reference=body.reference,
        ),
    )
    world.put(f"case:{body.case}", replace(dossier, guarantees=(*dossier.guarantees, body.guarantee)))


@fold("consent.take_in")
def taken_in(world: World, entry: Entry, body: acts.TakeInNotice) -> None:
    """A track opens, or moves on by what was said elsewhere."""
    subject = acts.track_subject(body.case, body.track, body.movement)
    point = CoursePoint(
        at=entry.at, transition=body.on, to=body.change.to, actor=entry.act.actor, act=entry.id, of=body.of
    )
    track = world.get(subject, TrackState)
    if track is not None:
        world.put(subject, replace(track, course=followed(track.course, body.change, point)))
    elif body.opening is not None:
        asked = body.opening.asked
        world.put(
            subject,
            TrackState(
                case=body.case,
                movement=body.movement,
                asked=asked,
                parties=body.opening.parties,
                course=begun(asked.table, asked.digest, body.change, point),
                opened_at=entry.at,
                visible=body.opening.visible,
                listeners=body.opening.listeners,
                clerk=body.opening.clerk,
            ),
        )


@fold("consent.step", "consent.lapse")
def stepped(world: World, entry: Entry, body: acts.TrackStep) -> None:
    """The track moves as the act says; a decision is kept on it."""
    subject = acts.track_subject(body.case, body.track, body.movement)
    track = world.need(subject, TrackState)
    point = CoursePoint(
        at=entry.at,
        transition=body.transition,
        to=body.change.to,
        actor=entry.act.actor,
        act=entry.id,
        text=body.text,
    )
    decision = track.decision
    if body.outcome is not None:
        decision = TrackDecision(
            outcome=body.outcome,
            at=entry.at,
            act=entry.id,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            conditions=body.conditions,
            reason=body.text,
            reference=body.reference,
        )
    entered = track.entered
    if body.scan is not None:
        entered = (*entered, Entered(act=entry.id, by=entry.act.actor, scan=body.scan))
    course = followed(track.course, body.change, point)
    world.put(subject, replace(track, course=course, decision=decision, entered=entered))


@fold("consent.reply")
def replied(world: World, entry: Entry, body: acts.ReplyToAuthority) -> None:
    """What was said waits to be taken in by the authority's node."""
    for subject in entry.act.subjects:
        world.put(
            subject,
            ReplyState(
                case=body.case,
                track=acts.track_subject(body.case, body.track, body.movement, body.node),
                transition=body.transition,
                by=entry.act.actor,
                at=entry.at,
                act=entry.id,
                text=body.text,
            ),
        )


@fold("consent.hold")
def held(world: World, entry: Entry, body: acts.PutHold) -> None:
    """A hold stands on the authority's track."""
    subject = acts.track_subject(body.case, body.track)
    track = world.need(subject, TrackState)
    hold = Hold(id=body.hold, by=entry.act.actor, reason=body.reason, since=entry.at)
    world.put(subject, replace(track, holds=(*track.holds, hold)))


@fold("consent.release")
def released(world: World, entry: Entry, body: acts.ReleaseHold) -> None:
    """The hold ends."""
    subject = acts.track_subject(body.case, body.track)
    track = world.need(subject, TrackState)
    holds = tuple(replace(hold, released_at=entry.at) if hold.id == body.hold else hold for hold in track.holds)
    world.put(subject, replace(track, holds=holds))


@fold("consent.retract")
def retracted(world: World, entry: Entry, body: acts.Retract) -> None:
    """The notification is taken back."""
    dossier = world.need(f"case:{body.case}", DossierState)
    world.put(f"case:{body.case}", replace(dossier, retracted_at=entry.at, retracted_by=entry.id))


@fold("consent.complete")
def completed(world: World, entry: Entry, body: acts.Complete) -> None:
    """The case is closed."""
    dossier = world.need(f"case:{body.case}", DossierState)
    world.put(f"case:{body.case}", replace(dossier, completed_at=entry.at))
