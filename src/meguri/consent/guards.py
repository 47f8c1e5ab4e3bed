"""Who may say what about a case, and when. Guards read the world and refuse; they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from meguri import law
from meguri.consent import acts, asking, notification, taking
from meguri.consent.facts import facts, given
from meguri.consent.states import (
    AccountState,
    Asked,
    DossierState,
    GuaranteeState,
    ReplyState,
    TrackState,
    node_of,
    rests_on,
    track_name,
    tracks_of,
)
from meguri.journal import peers, subject
from meguri.journal.act import CLOCK, Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import N_, Conflict, NotAllowed, NotFound, Problem, gather, refuse
from meguri.kit.words import Words
from meguri.procedure import engine, tables
from meguri.registry import rights, vocabulary
from meguri.registry.rights import NODE
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


def no_case(case: str) -> NotFound:
    """The one answer for a case that is absent or not for this actor to know."""
    return NotFound(Problem(N_("There is no case {case} for you."), "/body/case", "no-case", {"case": case}))


def dossier_for(
    world: World, act: Act, case: str, at: Instants, others: Sequence[str] = (), home: str = ""
) -> DossierState:
    """The dossier, for a party of the case or one of `others`; NotFound for everybody else, as if there were none.

    `home` keeps it, where this node does not; two nodes' clocks are not compared.
    """
    dossier = world.get(acts.dossier_subject(case, home), DossierState)
    if dossier is None or act.actor not in (*dossier.parties, *others):
        raise no_case(case)
    if not home and at.counts < dossier.notified_at:
        raise Conflict(
            Problem(
                N_("The case was opened on {opened}; nothing can have been said on it before."),
                "/claimed",
                "before-case",
                {"opened": clock.stamp(dossier.notified_at)},
            )
        )
    return dossier


def only(act: Act, allowed: Sequence[str], what: Words) -> None:
    """NotAllowed where the actor is none of those to whom this belongs."""
    if act.actor not in allowed:
        raise NotAllowed(
            Problem(N_("{what} belongs to {who}."), "/actor", "role", {"what": what, "who": " / ".join(allowed)})
        )


def not_over(dossier: DossierState) -> None:
    """Conflict where the case is completed or was taken back."""
    if dossier.completed_at is not None:
        raise Conflict(Problem(N_("The case is completed; nothing more can be said on its tracks."), "", "completed"))
    if dossier.retracted_at is not None:
        raise Conflict(Problem(N_("The notification was taken back; notify anew."), "", "retracted"))


def complete_list(
    dossier: DossierState, case: str, given: Sequence[str], movement: str = "", *, home: str = "", here: str = ""
) -> None:
    """Conflict where an act does not list exactly what the dossier says that the case rests on."""
    right = rests_on(case, dossier, movement, home=home, here=here)
    if tuple(given) != right:
        missing, strange = sorted(set(right) - set(given)), sorted(set(given) - set(right))
        raise Conflict(
            Problem(
                N_(
                    "The case rests on other subjects than this act lists. Left out: {missing}. Too many: {strange}. "
                    "Look at the case again."
                ),
                "/body/rests_on",
                "rests-on",
                {"missing": ", ".join(missing) or "-", "strange": ", ".join(strange) or "-"},
            )
        )


def told(world: World, names: Sequence[str]) -> tuple[str, ...]:
    """The authorities, among the tracks that an act lists, that were told of the case."""
    tracks = [world.get(name, TrackState) for name in names if name.startswith("track:")]
    return tuple(track.organisation for track in tracks if track and track.visible)


def tracks_in(
    world: World, case: str, dossier: DossierState, *, home: str = "", here: str = ""
) -> tuple[TrackState, ...]:
    """The tracks of a case as the world has them, those not opened yet too. KeyError where the act did not list one."""
    names = [track_name(asked, case, home, here) for asked in dossier.asked if not asked.per_movement]
    return tracks_of(case, dossier, {name: world.get(name, TrackState) for name in names}, home=home, here=here)


# Whoever runs the facility may also import for it.
IMPORTING = ("importer", "smelter")


@guard("consent.notify")
def may_notify(world: World, act: Act, body: acts.Notify, at: Instants) -> None:
    """The exporter notifies what its verdict allows, and asks those whom the verdict calls for."""
    only(act, [body.exporter], Words("notify"))
    rights.require(world, act, at, {"exporter"}, pointer="/actor")
    world.absent(f"case:{body.case}", "/body/case")
    notification.check_verdict(body.verdict)
    gather([*notification.problems(body, at.counts), *_parties_of(world, body, at.counts)])
    expected = asking.asked(body.verdict.consents, at.counts.date())
    if expected != body.asked:
        raise refuse(
            N_("Those asked are not those whom the verdict calls for: {expected}."),
            "/body/asked",
            "asked",
            expected=", ".join(one.key for one in expected),
        )
    if body.there != peers.keeper(body.verdict.question.destination):
        raise refuse(
            N_("The facility belongs to the node {expected}."),
            "/body/there",
            "there",
            expected=peers.keeper(body.verdict.question.destination) or peers.here(),
        )


def _parties_of(world: World, body: acts.Notify, at: datetime) -> list[Problem]:
    """What is wrong with importer, operator, facility and the licences on which facts of the question rest."""
    found = []
    for pointer, name in (("/importer", body.importer), ("/operator", body.operator)):
        state = world.get(name, OrganisationState)
        if state is None:
            found.append(
                Problem(N_("{name} is not on record. Choose an organisation."), pointer, "unknown", {"name": name})
            )
        elif pointer == "/importer" and not any(rights.holds(state, role, at) for role in IMPORTING):
            found.append(
                Problem(
                    N_("{name} is no importer. Choose an organisation that has the role."),
                    pointer,
                    "role",
                    {"name": state.name},
                )
            )
    facility = world.get(f"facility:{body.facility}", FacilityState)
    question = body.verdict.question
    if facility is None or facility.organisation != body.operator:
        found.append(
            Problem(N_("{name} does not run that facility."), "/facility", "operator", {"name": body.operator})
        )
    elif facility.economy != question.destination:
        found.append(
            Problem(
                N_("The facility lies in {economy}, the notification goes to {destination}."),
                "/facility",
                "economy",
                {"economy": facility.economy, "destination": question.destination},
            )
        )
    holders = {body.importer, body.operator, f"facility:{body.facility}"}
    facts_said = {fact for fact, value in question.facts.items() if value is True}
    return [*found, *_licences(world, body.licences, holders, facts_said, at)]


def _licences(world: World, licences: Sequence[str], holders: set[str], said: set[str], at: datetime) -> list[Problem]:
    """Facts that were answered with yes and that no listed licence proves."""
    states = [world.get(f"licence:{licence}", LicenceState) for licence in licences]
    held = {state.kind for state in states if state and state.holder in holders and state.holds(at)}
    return [
        Problem(
            N_("{fact} was answered with yes, but no such licence is on record ({citation})."),
            f"/facts/{kind.fact}",
            "licence",
            {"fact": kind.fact, "citation": kind.citation},
        )
        for kind in vocabulary.licence_kinds().values()
        if kind.fact and kind.fact in said and kind.kind not in held
    ]


@guard("consent.rest")
def may_rest(world: World, act: Act, body: acts.Rest, at: Instants) -> None:
    """The exporter renews the list of licences; each is on record, held by one of the parties, and stands."""
    dossier = dossier_for(world, act, body.case, at)
    only(act, [dossier.exporter], Words("what the case rests on"))
    rights.require(world, act, at, {"exporter"}, pointer="/actor")
    not_over(dossier)
    holders = {dossier.importer, dossier.operator, f"facility:{dossier.facility}"}
    found = []
    for index, licence in enumerate(body.licences):
        state = world.get(f"licence:{licence}", LicenceState)
        if state is None or state.holder not in holders or not state.holds(at.counts):
            found.append(
                Problem(
                    N_("{licence} is no licence of importer or facility that can be relied on today."),
                    f"/licences/{index}",
                    "licence",
                    {"licence": licence},
                )
            )
    if len(body.licences) < len(dossier.licences):
        found.append(
            Problem(
                N_("The case rests on {count} licences; a renewed one takes the place of an old one."),
                "/licences",
                "licence",
                {"count": len(dossier.licences)},
            )
        )
    gather(found)


@guard("consent.guarantee")
def may_guarantee(world: World, act: Act, body: acts.Guarantee, at: Instants) -> None:
    """The exporter files a guarantee, with issuer, amount and the days that it covers."""
    dossier = dossier_for(world, act, body.case, at)
    only(act, [dossier.exporter], Words("guarantee"))
    rights.require(world, act, at, {"exporter"}, pointer="/actor")
    not_over(dossier)
    world.absent(f"guarantee:{body.guarantee}", "/body/guarantee")
    found = [
        Problem(N_("Write who stands for the guarantee and for how much."), f"/{name}", "required")
        for name in ("issuer", "amount")
        if not getattr(body, name).strip()
    ]
    if body.valid_until < body.valid_from:
        found.append(
            Problem(
                N_("The guarantee would end on {until}, before it begins on {since}."),
                "/valid_until",
                "validity",
                {"since": body.valid_from.isoformat(), "until": body.valid_until.isoformat()},
            )
        )
    gather(found)


def _asked(dossier: DossierState, key: str) -> Asked:
    asked = dossier.ask(key)
    if asked is None:
        raise NotFound(Problem(N_("The case has no track {track}."), "/body/track", "no-track", {"track": key}))
    return asked


def _kept_here(asked: Asked, body: acts.TakeIn | acts.Step, act: Act) -> None:
    """Refuse an act on a track that another node keeps."""
    if node_of(asked, body.home, act.node):
        raise refuse(N_("The track {track} is kept by another node."), "/body/track", "node", track=body.track)


def _before(source: TrackState, body: acts.TakeIn) -> set[str]:
    """What was said on another track, before the act that is taken in, and is for the same track to take in."""
    heard = {listener.transition for listener in source.listeners if listener.track == body.track}
    said = [point.act for point in source.points if point.transition in heard and not point.of]
    return set(said[: said.index(body.of)]) if body.of in said else set()


@guard("consent.take_in")
def may_take_in(world: World, act: Act, body: acts.TakeIn, at: Instants) -> None:
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
    if not taking.proven(source, body.of, body.on):
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
    change, opening = taking.reckoned(dossier, asked, track, body.on, at.counts, body.home, act.node)
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
def may_step(world: World, act: Act, body: acts.Step, at: Instants) -> None:
    """The table allows this transition to this authority (or the clock) now, and what follows is what it says."""
    track = world.get(acts.track_subject(body.case, body.track, body.movement), TrackState)
    own = (track.organisation, CLOCK) if track and track.visible else ()
    dossier = dossier_for(world, act, body.case, at, own, body.home)
    not_over(dossier)
    _kept_here(_asked(dossier, body.track), body, act)
    if track is None or not track.visible:
        raise NotFound(Problem(N_("The case has no track {track}."), "/body/track", "no-track", {"track": body.track}))
    complete_list(dossier, body.case, body.rests_on, home=body.home, here=act.node)
    _in_order(track, at.counts)
    account = world.need(acts.account_subject(body.case, body.home), AccountState)
    table = taking.table_of(track.asked)
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
        {"authority": track.organisation, "clock": CLOCK},
        act.actor,
        seen,
        law.office_name(track.authority),
    )
    if row.role == "clock":
        _clock_is_right(track, act, at)
    else:
        rights.require(world, act, at, None, pointer="/actor")
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


def in_force(world: World, dossier: DossierState, at: Instants, home: str = "") -> dict[str, bool]:
    """Whether licences and guarantees that the dossier lists stand at the instant."""
    licences = [world.get(f"licence:{one}", LicenceState) for one in dossier.licences]
    guarantees = [world.get(subject.at(f"guarantee:{one}", home), GuaranteeState) for one in dossier.guarantees]
    return {
        "licences": all(state is not None and state.holds(at.counts) for state in licences),
        "guarantee": any(state is not None and state.covers(at.counts.date()) for state in guarantees),
    }


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
def may_reply(world: World, act: Act, body: acts.Reply, at: Instants) -> None:
    """Exporter or importer says what the table lets it say to this authority, once for each question."""
    dossier = dossier_for(world, act, body.case, at, home=body.home)
    rights.require(world, act, at, None, pointer="/actor")
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
    if track is None or not track.visible:
        raise NotFound(Problem(N_("The case has no track {track}."), "/body/track", "no-track", {"track": body.track}))
    engine.choose(
        taking.table_of(track.asked),
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


def _own_track(world: World, act: Act, body: acts.PutHold | acts.ReleaseHold, at: Instants) -> TrackState:
    track = world.get(acts.track_subject(body.case, body.track), TrackState)
    own = (track.organisation,) if track and track.visible else ()
    dossier = dossier_for(world, act, body.case, at, own, body.home)
    not_over(dossier)
    if track is None or not track.visible:
        raise NotFound(Problem(N_("The case has no track {track}."), "/body/track", "no-track", {"track": body.track}))
    rights.require(world, act, at, None, pointer="/actor")
    return track


@guard("consent.hold")
def may_hold(world: World, act: Act, body: acts.PutHold, at: Instants) -> None:
    """An authority that was told of the case may hold it, on its own track, and says why."""
    track = _own_track(world, act, body, at)
    only(act, [track.organisation], Words("hold"))
    if not body.reason.strip():
        raise refuse(N_("Write why the case is held."), "/body/reason", "required")
    if any(hold.id == body.hold for hold in track.holds):
        raise Conflict(Problem(N_("This hold is on record already."), "/body/hold", "exists"))


@guard("consent.release")
def may_release(world: World, act: Act, body: acts.ReleaseHold, at: Instants) -> None:
    """The authority that put the hold releases it."""
    track = _own_track(world, act, body, at)
    if not any(hold.id == body.hold for hold in track.held_by):
        raise Conflict(Problem(N_("There is no such hold to release."), "/body/hold", "no-hold"))
    only(act, [track.organisation], Words("release"))


@guard("consent.retract")
def may_retract(world: World, act: Act, body: acts.Retract, at: Instants) -> None:
    """The exporter takes the notification back while nothing has left."""
    dossier = dossier_for(world, act, body.case, at)
    only(act, [dossier.exporter], Words("taking the notification back"))
    rights.require(world, act, at, None, pointer="/actor")
    not_over(dossier)
    if not body.text.strip():
        raise refuse(N_("Write what is asked, answered or the reason."), "/text", "required")
    account = world.need(f"account:{body.case}", AccountState)
    if account.left:
        raise Conflict(
            Problem(
                N_("A movement has left under this case; the notification can no longer be taken back."),
                "/transition",
                "under-way",
            )
        )
    if account.open:
        raise Conflict(
            Problem(
                N_("{count} planned movements stand under this case; cancel them first."),
                "/transition",
                "planned",
                {"count": account.open},
            )
        )


@guard("consent.complete")
def may_complete(world: World, act: Act, body: acts.Complete, at: Instants) -> None:
    """Exporter or facility closes a case all of whose movements are recovered, cancelled or came back."""
    dossier = dossier_for(world, act, body.case, at)
    only(act, [dossier.exporter, dossier.operator], Words("completion"))
    rights.require(world, act, at, None, pointer="/actor")
    not_over(dossier)
    account = world.need(f"account:{body.case}", AccountState)
    if not account.left:
        raise Conflict(Problem(N_("Nothing has moved under this case yet."), "", "no-movement"))
    if account.open:
        raise Conflict(
            Problem(
                N_("{count} movements are not over; the case is completed after its last recovery."),
                "",
                "under-way",
                {"count": account.open},
            )
        )
