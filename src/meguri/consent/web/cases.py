"""Pages of cases: what waits with all cases by page, and one case with its tracks, papers and log.

Every list is cut into pages and asked for in bulk, so that a page asks as much of the record with a thousand cases,
movements or acts as with one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri import law
from meguri.consent import shipments
from meguri.consent.case import officers, record, resting, tasks
from meguri.consent.case import standing as standings
from meguri.consent.states import DossierState, TrackState, WholeCase
from meguri.consent.tracks import grounds
from meguri.consent.web import buttons, home_page, lanes, wording
from meguri.journal import services as journal
from meguri.journal import wording as kinds
from meguri.journal.act import Entry
from meguri.journal.models import LiesRow
from meguri.journal.projections import relations
from meguri.journal.subject import at
from meguri.kit import clock
from meguri.kit.grams import plain_kg
from meguri.kit.people import memberships
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import Problem
from meguri.kit.web import csvs, paging
from meguri.kit.words import Words, listed, plain
from meguri.law.asking import decisions
from meguri.papers import services as attached
from meguri.procedure import tables as procedures
from meguri.registry import services as registry

SHOWN = 50
QUEUED = 20
"""So many lines of the queue stand on a page: each is dearer than a row of the list below it."""
AT_ONCE = 500
LOGGED = 200
PARTS = ("case", "track", "reply", "guarantee", "movement", "arrival")
"""What the log of a case tells of: all that lies in it but lots and events, which have pages of their own."""
HEAD = (
    "case",
    "number",
    "exporter",
    "importer",
    "stream",
    "origin",
    "via",
    "destination",
    "operation",
    "total_kg",
    "shipments",
    "period_from",
    "period_to",
    "notified_at",
    "standing",
)


@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """What waits for the reader by due time, then the cases that it sees, newest first; all of them as CSV."""
    reader = need_party(request)
    assert reader.organisation is not None
    now = clock.now()
    if request.GET.get("format") == "csv":
        return csvs.streamed("cases", HEAD, _csv(reader.organisation, now))
    page = paging.of(request)
    found = relations.newest(reader.organisation, "case", SHOWN + 1, page.before)
    if len(found) > SHOWN:
        id, number = found[SHOWN - 1]
        page.go_on(number, id)
    queue = paging.of(request, "waiting")
    waiting = _queue(reader, queue, now, mine=request.GET.get("whose") == "mine")
    context = {
        "queue": [_waiting(item, now) for item in waiting],
        "queue_page": queue,
        "mine": request.GET.get("whose") == "mine",
        "queue_count": paging.count(*tasks.counted(reader.organisation, paging.COUNTED)),
        "rows": [_line(case, now) for case in record.cases(id for id, _ in found[:SHOWN])],
        "count": paging.count(*relations.counted(reader.organisation, "case", paging.COUNTED)),
        "page": page,
        "roles": reader.roles,
    }
    return render(request, "consent/cases.html", context)


def _queue(reader: Reader, queue: paging.Page, now: datetime, *, mine: bool) -> Sequence[tasks.CaseTask]:
    """A page of what waits, or what waits on the reader's own cases among the first `AT_ONCE` lines."""
    organisation = reader.organisation or ""
    if mine and reader.user is not None:
        own = officers.mine(organisation, reader.user)
        lines = tasks.page(organisation, AT_ONCE) if own else []
        return [one for one in tasks.tasks(organisation, [id for _, id in lines], now) if one.case in own]
    after = queue.before if isinstance(queue.before, tuple) else None
    lines = tasks.page(organisation, QUEUED + 1, after)
    if len(lines) > QUEUED:
        queue.go_on(*lines[QUEUED - 1])
    return tasks.tasks(organisation, [id for _, id in lines[:QUEUED]], now)


def _waiting(item: tasks.CaseTask, now: datetime) -> dict[str, Any]:
    return {
        "title": home_page.title(item),
        "url": home_page.url(item),
        "due": item.due,
        "ground": grounds.of_due(item.due) if item.due else None,
        "day": wording.due_day(item.due) if item.due else None,
        "moved": wording.moved(item.due) if item.due else None,
        "rule": wording.rule(item.due) if item.due else None,
        "late": bool(item.due and now >= item.due.due_at),
        "nothing": wording.nothing(item.due),
        "general": grounds.general(item.track.asked),
        "route": route(item.state),
        "stream": stream(item.state),
        "grams": item.state.total_g,
    }


def _line(case: WholeCase, now: datetime) -> dict[str, Any]:
    tone, words = wording.standing(standings.of(case, now))
    return {"id": case.id, "state": case, "tone": tone, "words": words, **_route(case)}


def _csv(organisation: str, now: datetime) -> Iterator[Sequence[Any]]:
    """A row for each case that an organisation sees, newest first."""
    before: relations.Place | None = None
    while True:
        found = relations.newest(organisation, "case", AT_ONCE, before)
        for case in record.cases(id for id, _ in found):
            yield (
                case.id,
                case.number,
                case.exporter,
                case.importer,
                case.stream,
                case.origin,
                " ".join(case.via),
                case.destination,
                case.operation,
                plain_kg(case.total_g),
                case.shipments,
                case.period_from.isoformat(),
                case.period_to.isoformat(),
                clock.stamp(case.notified_at),
                standings.of(case, now).word,
            )
        if len(found) < AT_ONCE:
            return
        id, number = found[-1]
        before = (number, id)


def route(case: DossierState) -> Words:
    """From where to where, by way of what."""
    codes = (case.origin, *case.via, case.destination)
    names = [party.name if (party := law.parties().get(code)) else plain(code) for code in codes]
    return listed(names, plain(" → "))


def stream(case: DossierState) -> Words:
    """The material's name."""
    known = law.streams().get(case.stream)
    return known.name if known else plain(case.stream)


def _route(case: DossierState) -> dict[str, Words]:
    return {"route": route(case), "stream": stream(case)}


@require_safe
def detail(request: HttpRequest, case: str) -> HttpResponse:
    """One case."""
    return page(request, case)


def page(
    request: HttpRequest,
    case_id: str,
    *,
    problems: tuple[Problem, ...] = (),
    form: str = "",
    given: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a case; after a refusal with its problems and what was written in that form."""
    reader = need_party(request)
    state = record.case(case_id, reader)
    case_id = state.id
    now = clock.now()
    shipped = shipments.of_case(case_id)
    timeline = lanes.draw(state, shipped.said, now, reader.zone or "UTC")
    found = standings.of(state, now)
    tone, words = wording.standing(found)
    older = paging.of(request)
    told = _told(case_id, older)
    verdict = state.verdict
    known = buttons.of(state, reader, now, form)
    papers = {who for track in state.tracks for who in (track.clerk, *(one.by for one in track.entered)) if who}
    names = registry.names(
        {*state.parties, *papers, *known.organisations, *kinds.speakers(entry.act for entry in told)}
    )
    context = {
        "id": case_id,
        "state": state,
        "tone": tone,
        "words": words,
        "timeline": timeline,
        "lanes": _lanes(state, timeline),
        "rows": [_row(track, reader, now) for track in state.tracks],
        "any_general": any(grounds.general(track.asked) for track in state.tracks),
        "names": names,
        "facility": registry.facility(state.facility),
        "shipped": shipped,
        "guarantees": _guarantees(state, now),
        "licences": [
            {"licence": licence, "holds": licence.holds(now)}
            for id in state.licences
            if (licence := state.resting.get(f"licence:{id}"))
        ],
        "facts": _facts(state),
        "stopped": found.stopped,
        "log": _log(told, names),
        "older": older,
        "codes": [code.partition(":")[2] for code in state.codes],
        "papers": [decisions.paper(paper) for paper in verdict.papers],
        "grounds": [reason for rule in verdict.grounds if (reason := decisions.reason(rule))],
        "assumptions": [{"assumed": one, "said": decisions.assumption(one.switch)} for one in verdict.assumptions],
        "verdict_words": law.VERDICT_WORDS.get(verdict.verdict),
        "status_words": law.STATUS_WORDS.get(verdict.status),
        "question": _question(state),
        "problems": problems,
        "form": form,
        "given": given or {},
        "now": now,
        "can": known,
        "officer": officers.of(case_id, reader.organisation or "") if reader.user else "",
        "people": memberships.members(reader.organisation or "") if reader.user and reader.says else (),
        "open": {name: form == name for name in ("hold", "retract", "guarantee", "rest")},
        "attached": attached.shown(at(f"case:{case_id}", record.keeper(case_id)), reader),
        **_route(state),
    }
    return render(request, "consent/case.html", context, status=status)


def _facts(case: WholeCase) -> list[dict[str, Any]]:
    """The facts of the question, with who says each."""
    return [
        wording.fact(one, licence.number if (licence := case.resting.get(f"licence:{one.licence}")) else "")
        for one in resting.said(case, case.verdict.question, case.resting)
    ]


def _guarantees(case: WholeCase, now: datetime) -> list[dict[str, Any]]:
    """The guarantees that the case rests on, in the order in which they were filed."""
    day = now.date()
    return [{"state": one, "covers": one.covers(day)} for one in record.guarantees(case).values()]


def _told(case_id: str, older: paging.Page) -> list[Entry]:
    """The newest acts on all parts of the case, newest first, and where the next page of them begins."""
    parts = LiesRow.objects.filter(scope=f"case:{case_id}", prefix__in=PARTS).values_list("subject", flat=True)
    told = journal.history_of(list(parts.distinct()), most=LOGGED + 1, before=older.number)
    if len(told) > LOGGED:
        older.go_on(told[LOGGED - 1].number)
    return told[:LOGGED]


SAID = {
    "consent.notify": Words("Notification"),
    "consent.rest": Words("Licences named anew"),
    "consent.guarantee": Words("Guarantee filed"),
    "consent.hold": Words("Hold"),
    "consent.release": Words("Hold released"),
    "consent.retract": Words("Notification taken back"),
    "consent.complete": Words("Case completed"),
}
ON_TRACKS = ("consent.step", "consent.lapse", "consent.reply")


def _log(told: Sequence[Entry], names: dict[str, Words]) -> list[dict[str, Any]]:
    """Who said what when, in words."""
    modes = journal.modes(told)
    return [
        {
            "entry": entry,
            "who": kinds.who_says(entry.act, names),
            "words": _said(entry),
            "text": _text(entry.act.body),
            "mode": modes.get(entry.id, "attested"),
        }
        for entry in told
    ]


def _said(entry: Entry) -> Words:
    kind, body = entry.act.kind, entry.act.body
    if kind in SAID:
        return SAID[kind]
    about = procedures.transitions("movement" if kind.startswith("movement.") else "track")
    move = about.get(str(body.get("transition", "")))
    what = move.words if move else kinds.of(kind)
    if kind == "consent.take_in":
        what = Words("taken in")
    elif kind not in ON_TRACKS:
        return what
    office = wording.authority(str(body["track"]).partition(".")[0])
    return Words("{who}: {what}").format(who=office, what=what)


def _text(body: Any) -> str:
    """What somebody wrote in an act."""
    written = body.get("text") or body.get("reason") or "; ".join(body.get("conditions") or ())
    return str(written or ", ".join(body[name] for name in ("issuer", "amount") if body.get(name)))


def _question(state: WholeCase) -> str:
    asked = state.verdict.question
    facts = [("fact", f"{k}={str(v).lower() if isinstance(v, bool) else v}") for k, v in asked.facts.items()]
    pairs = [("from", state.origin), ("to", state.destination), ("stream", state.stream), ("on", asked.on)]
    pairs += [("operation", state.operation)] if state.operation else []
    return urlencode([*pairs, *(("via", v) for v in state.via), *(("code", c) for c in asked.codes), *facts])


def _lanes(state: WholeCase, timeline: lanes.Timeline) -> list[dict[str, Any]]:
    found = []
    for lane in timeline.lanes:
        track = state.track(lane.key) if lane.key else None
        found.append(
            {
                "lane": lane,
                "track": track,
                "name": wording.authority(track.authority) if track else Words("Movements"),
                "capacity": wording.capacity(track.asked) if track else None,
                "state": wording.state_of(track) if track else None,
                "tone": wording.TONES[track.standing] if track else "note",
            }
        )
    return found


def _row(track: TrackState, reader: Reader, now: datetime) -> dict[str, Any]:
    due = track.due()
    known = law.authorities().get(track.authority)
    return {
        "track": track,
        "ground": grounds.of_track(track),
        "due_ground": grounds.of_due(due) if due else None,
        "name": known.name if known else wording.authority(track.authority),
        "capacity": wording.capacity(track.asked),
        "form": wording.FORMS[track.form],
        "general": grounds.general(track.asked),
        "state": wording.state_of(track),
        "tone": wording.TONES[track.standing],
        "due": due,
        "day": wording.due_day(due) if due else None,
        "moved": wording.moved(due) if due else None,
        "rule": wording.rule(due) if due else None,
        "late": bool(due and not due.bars and now >= due.due_at),
        "nothing": wording.nothing(due) if due else None,
        "mine": reader.organisation in track.speakers,
        "end_rule": law.end_rule(track.authority, track.economy),
    }
