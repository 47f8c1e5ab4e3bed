"""What may be said on a track: steps, silence, holds, and what is said to it from elsewhere and taken in."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from meguri import law
from meguri.consent import acts
from meguri.consent.guards.case import complete_list, dossier_for, in_force, not_over, only, tracks_in
from meguri.consent.states import AccountState, AskedAuthority, DossierState, ReplyState, TrackState, node_of
from meguri.consent.tracks import authorities, taken_in
from meguri.consent.tracks.facts import facts, given
from meguri.journal import subject
from meguri.journal.act import CLOCK, Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import N_, Conflict, NotAllowed, NotFound, Problem, refuse
from meguri.kit.words import Words
from meguri.procedure import engine, tables
from meguri.procedure.clocks import local
from meguri.registry.rights import NODE


def _no_track(key: str) -> NotFound:
    return NotFound(Problem(N_("The case has no track {track}."), "/body/track", "no-track", {"track": key}))


def _asked(dossier: DossierState, key: str) -> AskedAuthority:
    asked = dossier.ask(key)
    if asked is None:
        raise _no_track(key)
    return asked


def _open(track: TrackState | None, key: str) -> TrackState:
    """The track, where its authority was told; NotFound as for one that is not there."""
    if track is None or not track.visible:
        raise _no_track(key)
    return track


def _kept_here(asked: AskedAuthority, body: acts.TakeInNotice | acts.TrackStep, act: Act) -> None:
    """Refuse an act on a track that another node keeps."""
    if node_of(asked, body.home, act.node):
        raise refuse(N_("The track {track} is kept by another node."), "/body/track", "node", track=body.track)


def _before(source: TrackState, body: acts.TakeInNotice) -> set[str]:
    """What was said on another track, before the act that is taken in, and is for the same track to take in."""
    heard = {listener.transition for listener in source.listeners if listener.track == body.track}
    said = [point.act for point in source.points if point.transition in heard and not point.of]
    return set(said[: said.index(body.of)]) if body.of in said else set()


@guard("consent.take_in")
def may_take_in(world: World, act: Act, body: acts.TakeInNotice, at: Instants) -> None:
    """The node takes in once what another state proves, and what follows is what the table says."""
    only(act, [NODE], Words("taking in"))
    name = acts.track_subject(body.case, body.track, body.movement)
    if act.nonce != acts.taking(body.of, name):
        raise refuse(N_("The nonce of a taking in follows from the act and the track."), "/nonce", "nonce-form")
    dossier = world.need(acts.dossier_subject(body.case, body.home), DossierState, "/body/case")
    asked = _asked(dossier, body.track)
    _kept_here(asked, body, act)
    if asked.per_movement != bool(body.movement):
        raise refuse(N_("This track opens with each movement, or with none."), "/body/movement", "per-movement")
    source = world.get(body.source, msgspec.Struct)
    if not taken_in.proven(source, body.of, body.on):
        raise Conflict(
            Problem(
                N_("{source} does not show that “{on}” was said by the act {of}."),
                "/body/of",
                "unproven",
                {"source": body.source, "on": body.on, "of": body.of[:16]},
            )
        )
    if isinstance(source, ReplyState) and subject.home(body.source) != body.home and source.by == dossier.exporter:
        # A node vouches for its own: what the exporter says comes from the node that keeps its case.
        raise NotAllowed(
            Problem(
                N_("{source} is not said on the node that speaks for {who}."),
                "/body/source",
                "vouched",
                {"source": body.source, "who": source.by},
            )
        )
    track = world.get(name, TrackState)
    if track is not None and any(point.of == body.of for point in track.points):
        raise Conflict(Problem(N_("This act was taken in already."), "/body/of", "taken"))
    known = {point.of for point in track.points} if track is not None else set()
    if isinstance(source, TrackState) and not _before(source, body) <= known:
        raise Conflict(Problem(N_("What was said before it is taken in first."), "/body/of", "order"))
    if track is None and body.on not in (asked.opens_on, "retract"):
        raise Conflict(Problem(N_("The track is not open: nothing was sent to this authority yet."), "", "not-open"))
    change, opening = taken_in.reckoned(dossier, asked, track, body.on, at.counts, body.home, act.node)
    if (change, opening) != (body.change, body.opening):
        raise Conflict(
            Problem(
                N_("What follows from “{transition}” was reckoned on another state of the case. Look at it again."),
                "/body/change",
                "changes",
                {"transition": body.on},
            )
        )


@guard("consent.step", "consent.lapse")
def may_step(world: World, act: Act, body: acts.TrackStep, at: Instants) -> None:
    """The table allows this transition to this authority (or the clock) now, and what follows is what it says."""
    track = world.get(acts.track_subject(body.case, body.track, body.movement), TrackState)
    own = (*track.speakers, CLOCK) if track and track.visible else ()
    dossier = dossier_for(world, act, body.case, own, body.home)
    not_over(dossier)
    _kept_here(_asked(dossier, body.track), body, act)
    track = _open(track, body.track)
    complete_list(dossier, body.case, body.rests_on, home=body.home, here=act.node)
    _in_order(track, at.counts)
    _from_paper(track, act, body, at)
    account = world.need(acts.account_subject(body.case, body.home), AccountState)
    table = authorities.table_of(track.asked)
    seen = facts(
        dossier,
        account,
        track,
        tracks_in(world, body.case, dossier, home=body.home, here=act.node),
        at.counts,
        given(body),
        in_force(world, dossier, at, body.home),
    )
    row = engine.choose(
        table,
        track.course,
        body.transition,
        {"authority": act.actor if act.actor in track.speakers else track.organisation, "clock": CLOCK},
        act.actor,
        seen,
        law.office_name(track.authority),
    )
    if row.role == "clock":
        _clock_is_right(track, act, at)
    if body.outcome != tables.transitions()[row.transition].outcome:
        raise refuse(N_("“{transition}” decides otherwise."), "/body/outcome", "outcome", transition=row.transition)
    office = law.office(track.authority, track.economy)
    if body.change != engine.moved(table, track.course, row, at.counts, office, track.asked.clock):
        raise Conflict(
            Problem(
                N_("What follows from “{transition}” was reckoned on another state of the case. Look at it again."),
                "/body/change",
                "changes",
                {"transition": row.transition},
            )
        )


def _from_paper(track: TrackState, act: Act, body: acts.TrackStep, at: Instants) -> None:
    """A clerk enters what stands on a paper, with its scan; nobody else has one."""
    if track.clerk and act.actor == track.clerk and act.actor != track.organisation:
        if body.scan is None or not body.scan.reference.strip() or not body.scan.name.strip():
            raise refuse(
                N_(
                    "What {authority} says is entered from its letter: give the letter's reference, its day, and the "
                    "name and SHA-256 of the scan."
                ),
                "/scan",
                "scan",
                authority=law.office_name(track.authority),
            )
        zone = law.office(track.authority, track.economy).zone
        if not track_day(track, zone) <= body.scan.dated <= local(at.recorded, zone):
            raise refuse(
                N_(
                    "The letter is of {dated}; it cannot be older than the notice to this authority, or of a later day."
                ),
                "/scan/dated",
                "order",
                dated=body.scan.dated.isoformat(),
            )
    elif body.scan is not None:
        raise refuse(N_("Only the clerk of a track on paper enters a scan."), "/scan", "scan")


def track_day(track: TrackState, zone: str) -> date:
    """The day on which an authority was told, at its place."""
    return local(track.opened_at, zone) if track.opened_at else date.min


def _in_order(track: TrackState, at: datetime) -> None:
    last = max((point.at for point in track.points), default=track.opened_at)
    if last is not None and at < last:
        raise Conflict(
            Problem(
                N_("The last act on this track is of {last}; this one would be before it."),
                "/claimed",
                "order",
                {"last": clock.stamp(last)},
            )
        )


def _clock_is_right(track: TrackState, act: Act, at: Instants) -> None:
    ends = min(due.due_at for due in track.dues if due.then)
    if act.actor != CLOCK or at.legal != ends:
        raise Conflict(
            Problem(
                N_("Silence takes effect at {end}, and only the clock says so."),
                "/legal",
                "legal-instant",
                {"end": clock.stamp(ends)},
            )
        )
    if at.recorded < ends:
        raise Conflict(
            Problem(N_("The time to object ends only at {end}."), "/legal", "too-early", {"end": clock.stamp(ends)})
        )


@guard("consent.reply")
def may_reply(world: World, act: Act, body: acts.ReplyToAuthority, at: Instants) -> None:
    """Exporter or importer says what the table lets it say to this authority, once for each question."""
    dossier = dossier_for(world, act, body.case, home=body.home)
    not_over(dossier)
    asked = _asked(dossier, body.track)
    if body.node != node_of(asked, body.home, act.node):
        raise refuse(N_("The track {track} is kept by another node."), "/body/node", "node", track=body.track)
    if body.home and act.actor == dossier.exporter:
        raise NotAllowed(
            Problem(
                N_("{source} is not said on the node that speaks for {who}."),
                "/body/home",
                "vouched",
                {"source": body.track, "who": act.actor},
            )
        )
    track = world.get(acts.track_subject(body.case, body.track, body.movement, body.node), TrackState)
    track = _open(track, body.track)
    engine.choose(
        authorities.table_of(track.asked),
        track.course,
        body.transition,
        {"exporter": dossier.exporter, "importer": dossier.importer, "operator": dossier.operator},
        act.actor,
        facts(dossier, AccountState(), track, (), at.counts, {"text": body.text}),
        law.office_name(track.authority),
    )
    if body.position != len(track.points):
        raise Conflict(
            Problem(
                N_("Something was said on this track since. Look at it again."),
                "/body/position",
                "position",
            )
        )
    for name in act.subjects:
        world.absent(name, "/body/position")


def _own_track(world: World, act: Act, body: acts.PutHold | acts.ReleaseHold) -> TrackState:
    track = world.get(acts.track_subject(body.case, body.track), TrackState)
    own = (track.organisation,) if track and track.visible else ()
    dossier = dossier_for(world, act, body.case, own, body.home)
    not_over(dossier)
    return _open(track, body.track)


@guard("consent.hold")
def may_hold(world: World, act: Act, body: acts.PutHold, at: Instants) -> None:
    """An authority that was told of the case may hold it, on its own track, and says why."""
    track = _own_track(world, act, body)
    only(act, [track.organisation], Words("hold"))
    if not body.reason.strip():
        raise refuse(N_("Write why the case is held."), "/body/reason", "required")
    if any(hold.id == body.hold for hold in track.holds):
        raise Conflict(Problem(N_("This hold is on record already."), "/body/hold", "exists"))


@guard("consent.release")
def may_release(world: World, act: Act, body: acts.ReleaseHold, at: Instants) -> None:
    """The authority that put the hold releases it."""
    track = _own_track(world, act, body)
    if not any(hold.id == body.hold for hold in track.held_by):
        raise Conflict(Problem(N_("There is no such hold to release."), "/body/hold", "no-hold"))
    only(act, [track.organisation], Words("release"))
