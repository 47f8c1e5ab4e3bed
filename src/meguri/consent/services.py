"""The consent room's door for pages, commands and other rooms: says its acts, and answers what is on record.

Organisations are given by subject (``organisation:mys-doe``) or bare id; cases, lots and facilities by bare id.
`claimed` is when it happened, default now. All raise the errors of `meguri.kit.problems`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from meguri import law
from meguri.consent import acts, models
from meguri.consent.case import notification, record, resting
from meguri.consent.case.record import case
from meguri.consent.case.tasks import CaseTask, waiting_for
from meguri.consent.states import PaperTrack, Scan, TrackState, WholeCase, node_of, rests_on
from meguri.consent.tracks import authorities, facts
from meguri.journal import peers
from meguri.journal import services as journal
from meguri.journal.act import CLOCK
from meguri.kit import clock, ids
from meguri.kit.problems import N_, NotFound, Problem, refuse
from meguri.procedure import clocks, engine, tables
from meguri.procedure.states import CourseChange
from meguri.registry import proofs
from meguri.registry import services as registry
from meguri.registry.states import LicenceState

__all__ = [
    "CaseTask",
    "case",
    "complete",
    "guarantee",
    "hold",
    "lapse",
    "notify",
    "release",
    "rest",
    "retract",
    "step",
    "waiting_for",
]

BLANK = CourseChange(to="", standing="open", round=0, dues=())


def _instant(claimed: datetime | None) -> datetime:
    """The claimed instant as an act carries it, to the millisecond."""
    return clock.parse(clock.stamp(claimed or clock.now()))


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
    on_paper: Mapping[str, str] | None = None,
    case: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """Open a case on a verdict that asks for consent, and ask each authority. Returns its bare id."""
    body = notice(
        exporter,
        verdict,
        importer=importer,
        facility=facility,
        total_g=total_g,
        period_from=period_from,
        period_to=period_to,
        description=description,
        operator=operator,
        shipments=shipments,
        case=case,
        on_paper=on_paper,
        at=(at := _instant(claimed)),
    )
    journal.say(body.exporter, "consent.notify", body, claimed=at, person=person)
    return body.case


def notice(
    exporter: str,
    verdict: law.Verdict,
    *,
    importer: str,
    facility: str,
    total_g: int,
    period_from: date,
    period_to: date,
    description: str,
    at: datetime,
    operator: str = "",
    shipments: int = 1,
    case: str = "",
    on_paper: Mapping[str, str] | None = None,
) -> acts.Notify:
    """What a notification says, to be signed.

    `operator` is the organisation that runs the facility, by default the one on record. Licences on which facts of the
    question rest (Japan's certificates) are looked up in the registry. `on_paper` names, for authorities (by slug) that
    nobody has admitted, the organisation that enters their answers from paper.
    """
    case = case or ids.new()
    who = registry.subject(exporter)
    importer = registry.subject(importer)
    operator = registry.subject(operator) if operator else registry.facility(facility).organisation
    given = law.decision(verdict)
    licences = relied_on(given, importer, operator, facility, at)
    own = resting.holders(importer, operator, facility)
    return acts.Notify(
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
        asked=authorities.asked(given.consents, at.date()),
        licences=licences,
        proved=resting.proved(given, own, at, registry.licences_by_id(licences)),
        on_paper=tuple(
            PaperTrack(authority, registry.subject(clerk)) for authority, clerk in sorted((on_paper or {}).items())
        ),
        there=peers.keeper(given.question.destination),
    )


def relied_on(given: law.Decision, importer: str, operator: str, facility: str, at: datetime) -> tuple[str, ...]:
    """The licences on record of importer, operator and facility on which a case rests: for each fact that the question
    answers with yes, the one that proves it, or one that comes near and does not. So too for a fact about which the
    question is silent and whose absence would forbid: a permit that is on record has to hold.
    """
    own = resting.holders(importer, operator, facility)
    held = registry.licences(*own)
    scope = resting.asked_of(given.question, given.codes)
    found = set()
    for fact in (*resting.provable(given.question), *_forbidding(given, own, held, at)):
        proof = proofs.proved(fact, own, at, held, **scope)
        found |= {proof.licence} if proof else set(list(proofs.named(fact, own, held))[:1])
    return tuple(sorted(found))


def _forbidding(
    given: law.Decision, holders: Collection[str], held: Mapping[str, LicenceState], at: datetime
) -> tuple[str, ...]:
    """Facts that are not answered, that these licences would prove, and without which the law decides otherwise."""
    silent = {
        fact
        for fact in law.fact_vocabulary()
        if given.question.facts.get(fact) is None and proofs.named(fact, holders, held)
    }
    return tuple(sorted(fact for fact in silent if law.turns_on(given, fact, at.date())))


def _track(state: WholeCase, key: str) -> TrackState:
    """The track of a case, by ``mys-doe.export`` (or with a slash)."""
    track = state.track(key.replace("/", "."))
    if track is None:
        raise NotFound(Problem(N_("The case has no track {track}."), "/track", "no-track", {"track": key}))
    return track


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
    scan: Scan | None = None,
    person: str = "",
    claimed: datetime | None = None,
) -> journal.Receipt:
    """Take a transition of a track (``mys-doe.export``), as its procedure table has it.

    `scan` is the paper from which a clerk enters what an authority said that is not on record itself.

    An authority's own step moves its track. What exporter or importer say to it (an answer, an application) is a reply,
    which the authority's node takes in; taking the notification back is said of the whole case. A consent without
    dates holds from its day for as long as its table allows.
    """
    at = _instant(claimed)
    who = registry.subject(actor)
    state = case(case_id)
    if who not in (*state.organisations, CLOCK):
        raise record.no_case(case_id)
    word = tables.transitions().get(transition)
    if word is None:
        raise refuse(
            N_("There is no transition “{transition}”. One of: {known}."),
            "/transition",
            "transition",
            transition=transition,
            known=", ".join(tables.transitions()),
        )
    if transition == "retract":
        return retract(who, case_id, text, person=person, claimed=at)
    track = _track(state, track_key)
    table = authorities.table_of(track.asked)
    if any(row.transition == transition and row.on for row in table.transitions) and who not in track.speakers:
        reply = acts.ReplyToAuthority(
            case=state.id,
            home=state.home,
            track=track.key,
            node=node_of(track.asked, state.home, peers.here()),
            transition=transition,
            position=len(track.points),
            text=text.strip(),
        )
        return journal.say(who, "consent.reply", reply, claimed=at, person=person)
    if "valid" in word.fields:
        zone = law.office(track.authority, track.economy).zone
        valid_from = valid_from or clocks.local(at, zone)
        valid_until = valid_until or clocks.months_later(valid_from, table.validity_months)
    body = acts.TrackStep(
        case=state.id,
        home=state.home,
        track=track.key,
        transition=transition,
        change=BLANK,
        rests_on=_rests_on(state),
        outcome=word.outcome,
        text=text.strip(),
        conditions=tuple(condition.strip() for condition in conditions if condition.strip()),
        valid_from=valid_from,
        valid_until=valid_until,
        reference=reference.strip(),
        scan=scan,
    )
    return journal.say(who, "consent.step", _followed(state, track, body, who, at), claimed=at, person=person)


def _followed(state: WholeCase, track: TrackState, body: acts.TrackStep, who: str, at: datetime) -> acts.TrackStep:
    """The step with what follows from it. Raises what the table refuses."""
    table = authorities.table_of(track.asked)
    seen = facts.facts(state, state.account, track, state.tracks, at, facts.given(body), _in_force(state, at))
    roles = {"authority": who if who in track.speakers else track.organisation, "clock": CLOCK}
    roles |= dict(zip(("exporter", "importer", "operator"), track.parties, strict=True))
    row = engine.choose(table, track.course, body.transition, roles, who, seen, law.office_name(track.authority))
    office = law.office(track.authority, track.economy)
    return replace(body, change=engine.moved(table, track.course, row, at, office, track.asked.clock))


def _rests_on(state: WholeCase) -> tuple[str, ...]:
    """Everything that can forbid a movement under a case, as this node names it."""
    return rests_on(state.id, state, home=state.home, here=peers.here())


def _in_force(state: WholeCase, at: datetime) -> dict[str, bool]:
    guarantees = record.guarantees(state).values()
    return {
        "licences": not any(resting.stopped(state, state.resting, at)),
        "guarantee": any(one.covers(at.date()) for one in guarantees),
    }


def retract(
    exporter: str, case_id: str, text: str, *, person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Take a notification back, as long as nothing has left."""
    body = acts.Retract(case=case_id, text=text.strip())
    return journal.say(registry.subject(exporter), "consent.retract", body, claimed=claimed, person=person)


def lapse(now: datetime | None = None) -> int:
    """Say what silence has brought by now, dated at the instants at which it did; returns how many tracks it was."""
    at = _instant(now)
    said = 0
    for row in models.Track.objects.filter(next_effect__lte=at).order_by("next_effect", "id"):
        state = case(row.case)
        track = state.track(row.value.key)
        if track is None or state.completed_at is not None or state.retracted_at is not None:
            continue
        for due in engine.lapses(track.course, at)[:1]:
            day = clocks.local(due.due_at, due.zone)
            body = acts.TrackStep(
                case=state.id,
                home=state.home,
                track=track.key,
                transition=due.then,
                change=BLANK,
                rests_on=_rests_on(state),
                outcome="tacit",
                valid_from=day,
                valid_until=clocks.months_later(day, authorities.table_of(track.asked).validity_months),
            )
            body = _followed(state, track, body, CLOCK, due.due_at)
            journal.tick([journal.Utterance("consent.lapse", body, claimed=at, legal=due.due_at)])
            said += 1
    return said


def _own_track(authority: str, state: WholeCase) -> str:
    """The key of an authority's track on a case: the first that it sees."""
    own = [track.key for track in state.tracks if track.organisation == authority and track.visible_since]
    if not own:
        if authority not in state.organisations:
            raise record.no_case(state.id)
        raise refuse(N_("Only an authority that was told of the case can hold it."), "/actor", "role")
    return own[0]


def hold(authority: str, case_id: str, reason: str, *, person: str = "", claimed: datetime | None = None) -> str:
    """Stop everything under a case. Returns the hold's id."""
    who, name, state = registry.subject(authority), ids.new(), case(case_id)
    body = acts.PutHold(case=state.id, home=state.home, track=_own_track(who, state), hold=name, reason=reason.strip())
    journal.say(who, "consent.hold", body, claimed=claimed, person=person)
    return name


def release(
    authority: str, case_id: str, hold_id: str, reason: str = "", *, person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Release a hold; said by the authority that put it."""
    who, state = registry.subject(authority), case(case_id)
    if who not in state.organisations:
        raise record.no_case(case_id)
    on = next((track.key for track in state.tracks if any(hold.id == hold_id for hold in track.holds)), "")
    body = acts.ReleaseHold(
        case=state.id,
        home=state.home,
        track=on or (state.tracks[0].key if state.tracks else ""),
        hold=hold_id,
        reason=reason.strip(),
    )
    return journal.say(who, "consent.release", body, claimed=claimed, person=person)


def rest(
    exporter: str, case_id: str, licences: Sequence[str], *, person: str = "", claimed: datetime | None = None
) -> journal.Receipt:
    """Say anew on which licences the case rests."""
    state = record.dossier(case_id)
    body = acts.Rest(
        case=case_id,
        licences=tuple(sorted(licences)),
        holders=resting.holders(state.importer, state.operator, state.facility),
        verdict=state.verdict_digest,
    )
    return journal.say(registry.subject(exporter), "consent.rest", body, claimed=claimed, person=person)


def guarantee(
    exporter: str,
    case_id: str,
    *,
    issuer: str,
    amount: str,
    valid_from: date,
    valid_until: date,
    reference: str = "",
    person: str = "",
    claimed: datetime | None = None,
) -> str:
    """File a guarantee on which the case rests from then on. Returns its id."""
    name = ids.new()
    body = acts.FileGuarantee(
        case=case_id,
        guarantee=name,
        issuer=issuer.strip(),
        amount=amount.strip(),
        valid_from=valid_from,
        valid_until=valid_until,
        reference=reference.strip(),
    )
    journal.say(registry.subject(exporter), "consent.guarantee", body, claimed=claimed, person=person)
    return name


def complete(actor: str, case_id: str, *, person: str = "", claimed: datetime | None = None) -> journal.Receipt:
    """Close a case after its last recovery."""
    who = registry.subject(actor)
    return journal.say(who, "consent.complete", acts.Complete(case=case_id), claimed=claimed, person=person)
