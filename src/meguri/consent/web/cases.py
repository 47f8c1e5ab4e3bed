"""Pages of cases: the queue, and one case with its tracks, what can be done now, papers and log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri import law
from meguri.consent import clocks, grounds, models, offices, procedure, services, tables
from meguri.consent.row_guards import months_later
from meguri.consent.states import CaseState, Track
from meguri.consent.web import drawing, feeds, wording
from meguri.journal import services as journal
from meguri.journal.act import Entry
from meguri.kit import clock
from meguri.kit.problems import Problem
from meguri.kit.web.identity import Reader, need_party
from meguri.kit.words import Words, listed, plain
from meguri.law import decisions
from meguri.registry import services as registry

MOST = 200


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for the reader by due time, then all cases that it sees."""
    reader = need_party(request)
    assert reader.organisation is not None
    now = clock.now()
    queue = [
        {
            "title": feeds.title(item),
            "url": feeds.url(item),
            "due": item.due,
            "ground": grounds.of_due(item.due) if item.due else None,
            "day": wording.due_day(item.due) if item.due else None,
            "moved": wording.moved(item.due) if item.due else None,
            "rule": wording.rule(item.due) if item.due else None,
            "late": bool(item.due and now >= item.due.due_at),
            "nothing": wording.nothing(item.due),
            "route": route(item.state),
            "stream": stream(item.state),
            "grams": item.state.total_g,
        }
        for item in services.waiting_for(reader.organisation)
    ]
    rows = []
    for row in models.Case.objects.visible_to(reader).order_by("-notified_at", "id")[:MOST]:
        tone, words = wording.standing(procedure.standing(row.value, now))
        rows.append(
            {"id": row.id, "state": row.value, "tone": tone, "words": words, "due": row.next_due, **_route(row.value)}
        )
    return render(request, "consent/cases.html", {"queue": queue, "rows": rows, "roles": reader.roles})


def route(case: CaseState) -> Words:
    """From where to where, by way of what."""
    codes = (case.origin, *case.via, case.destination)
    names = [party.name if (party := law.parties().get(code)) else plain(code) for code in codes]
    return listed(names, plain(" → "))


def stream(case: CaseState) -> Words:
    """The material's name."""
    known = law.streams().get(case.stream)
    return known.name if known else plain(case.stream)


def _route(case: CaseState) -> dict[str, Words]:
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
    state = services.case(case_id, reader)
    if reader.organisation not in procedure.organisations(state):
        return render(request, "consent/summary.html", _summary(case_id, state, reader))
    now = clock.now()
    movements = services.movements_of(case_id)
    timeline = drawing.draw(state, list(movements.values()), now, reader.zone or "UTC")
    tone, words = wording.standing(procedure.standing(state, now))
    told = journal.history(f"case:{case_id}")
    verdict = state.verdict
    context = {
        "id": case_id,
        "state": state,
        "tone": tone,
        "words": words,
        "timeline": timeline,
        "lanes": _lanes(state, timeline),
        "rows": [_row(track, reader, now) for track in state.tracks],
        "names": registry.names({state.exporter, state.importer, state.operator}),
        "facility": registry.facility(state.facility),
        "movements": _movement_rows(state),
        "log": _log(told),
        "codes": [code.partition(":")[2] for code in state.codes],
        "papers": [decisions.paper(paper) for paper in verdict.papers],
        "grounds": [found for rule in verdict.grounds if (found := decisions.reason(rule))],
        "assumptions": [{"assumed": one, "said": decisions.assumption(one.switch)} for one in verdict.assumptions],
        "verdict_words": law.VERDICT_WORDS.get(verdict.verdict),
        "status_words": law.STATUS_WORDS.get(verdict.status),
        "question": _question(state),
        "problems": problems,
        "form": form,
        "given": given or {},
        "now": now,
        **_acts(state, reader, now, form),
        **_route(state),
    }
    return render(request, "consent/case.html", context, status=status)


SAID = {
    "consent.notify": Words("Notification"),
    "consent.hold": Words("Hold"),
    "consent.release": Words("Hold released"),
    "consent.open_movement": Words("Movement opened"),
    "consent.depart": Words("Departure"),
    "consent.receive": Words("Receipt"),
    "consent.certify": Words("Certificate of recovery"),
    "consent.complete": Words("Case completed"),
}


def _log(told: Sequence[Entry]) -> list[dict[str, Any]]:
    """Who said what when, newest first, in words."""
    modes = journal.modes(told)
    names = registry.names({entry.act.actor for entry in told})
    found = []
    for entry in reversed(told):
        body = entry.act.body
        words = SAID.get(entry.act.kind, plain(entry.act.kind))
        move = tables.transitions().get(body.get("transition", ""))
        if move is not None:
            office = wording.authority(body["track"].partition("/")[0])
            words = Words("{who}: {what}").format(who=office, what=move.words)
        found.append(
            {
                "entry": entry,
                "who": names[entry.act.actor],
                "words": words,
                "text": body.get("text") or body.get("reason") or "; ".join(body.get("conditions") or ()),
                "mode": modes.get(entry.act.key, "attested"),
            }
        )
    return found


def _summary(case_id: str, state: CaseState, reader: Reader) -> dict[str, Any]:
    """What a carrier sees: its own movements and what they carry."""
    mine = [row for row in _movement_rows(state) if row["line"].carrier == reader.organisation]
    return {"id": case_id, "state": state, "movements": mine, **_route(state)}


def _question(state: CaseState) -> str:
    from urllib.parse import urlencode

    asked = state.verdict.question
    facts = [("fact", f"{k}={str(v).lower() if isinstance(v, bool) else v}") for k, v in asked.facts.items()]
    pairs = [("from", state.origin), ("to", state.destination), ("stream", state.stream), ("on", asked.on)]
    pairs += [("operation", state.operation)] if state.operation else []
    return urlencode([*pairs, *(("via", v) for v in state.via), *(("code", c) for c in asked.codes), *facts])


def _lanes(state: CaseState, timeline: drawing.Timeline) -> list[dict[str, Any]]:
    found = []
    for lane in timeline.lanes:
        track = state.track(lane.key) if lane.key else None
        found.append(
            {
                "lane": lane,
                "track": track,
                "name": wording.authority(track.authority) if track else Words("Movements"),
                "capacity": wording.CAPACITIES[track.capacity] if track else None,
                "state": wording.state_of(track) if track else None,
                "tone": wording.TONES[track.standing] if track else "note",
            }
        )
    return found


def _row(track: Track, reader: Reader, now: Any) -> dict[str, Any]:
    due = track.due()
    known = law.authorities().get(track.authority)
    return {
        "track": track,
        "ground": grounds.of_track(track),
        "due_ground": grounds.of_due(due) if due else None,
        "name": known.name if known else wording.authority(track.authority),
        "short": wording.authority(track.authority),
        "capacity": wording.CAPACITIES[track.capacity],
        "form": wording.FORMS[track.form],
        "state": wording.state_of(track),
        "tone": wording.TONES[track.standing],
        "due": due,
        "day": wording.due_day(due) if due else None,
        "moved": wording.moved(due) if due else None,
        "rule": wording.rule(due) if due else None,
        "late": bool(due and not due.bars and now >= due.due_at),
        "nothing": wording.nothing(due) if due else None,
        "mine": track.organisation == reader.organisation,
        "end_rule": offices.end_rule(track.authority, track.economy),
    }


def _movement_rows(state: CaseState) -> list[dict[str, Any]]:
    names = registry.names({line.carrier for line in state.movements})
    return [
        {"line": line, "tone": wording.MOVEMENTS[line.status][0], "words": wording.MOVEMENTS[line.status][1],
         "carrier": names[line.carrier]}
        for line in state.movements
    ]  # fmt: skip


def _acts(state: CaseState, reader: Reader, now: Any, form: str) -> dict[str, Any]:
    """What the reader can do now: steps from the tables, holds, a movement, completion."""
    assert reader.organisation is not None
    me = reader.organisation
    offers = [] if state.completed_at else list(procedure.offers(state, me, now))
    names = registry.names({who for offer in offers for who in offer.next})
    shown = []
    for n, offer in enumerate(offers):
        zone = offices.office(offer.track.authority, offer.track.economy).zone
        today = clocks.local(now, zone)
        months = procedure.table_of(offer.track).validity_months
        name = f"{offer.row.transition}-{offer.track.key.replace('/', '-')}"
        shown.append(
            {
                "offer": offer,
                "open": form == name or (not form and n == 0),
                "form": name,
                "words": tables.transitions()[offer.row.transition].words,
                "authority": wording.authority(offer.track.authority),
                "fields": offer.fields,
                "next": [names[who] for who in offer.next],
                "from": today.isoformat(),
                "until": months_later(today, months).isoformat(),
                "grave": offer.row.transition in ("object", "refuse", "withdraw", "retract"),
            }
        )
    found = procedure.standing(state, now)
    open_now = state.completed_at is None and found.word != "retracted"
    sees = any(t.organisation == me and t.visible_since for t in state.tracks)
    done = bool(state.movements) and all(line.status in ("recovered", "returned") for line in state.movements)
    return {
        "offers": shown,
        "may_hold": open_now and sees,
        "hold_open": form == "hold",
        "holds": [
            {"hold": hold, "mine": hold.by == me, "by": registry.names([hold.by])[hold.by]} for hold in state.held_up_by
        ],
        "may_open": me == state.exporter and found.word == "clear" and len(state.movements) < state.shipments,
        "may_complete": done and open_now and me in (state.exporter, state.operator),
    }
