"""The line of time: what changed when for an economy or a lane, and what changes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.kit.problems import MeguriError
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words, listed
from meguri.law import tables
from meguri.law.across.timeline import LawChange, timeline
from meguri.law.asking.model import VERDICT_WORDS, Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS
from meguri.law.citing import citation
from meguri.law.web import asking, form_and_answer, library, mapping
from meguri.law.web.form_and_answer import level

WIDTH = 900
EDGE = 20
NEXT = 8


@dataclass(frozen=True)
class ShownChange:
    """A change as a line of the list, with where it stands on the drawn line."""

    on: date
    x: float
    words: Words
    citation: Words
    level: str
    source: str
    ahead: bool
    kind: str
    added: Words
    dropped: Words


@dataclass(frozen=True)
class Bar:
    """A stretch of time with one verdict on the drawn line."""

    x: float
    width: float
    middle: float
    verdict: str
    letter: str
    words: Words
    since: date


def place_on(day: date) -> float:
    """Where a day stands on the drawn line, in its own units."""
    first, last = COVERS
    return round(EDGE + (day - first).days / (last - first).days * (WIDTH - 2 * EDGE), 1)


def shown(changes: tuple[LawChange, ...], today: date) -> tuple[ShownChange, ...]:
    """Changes for a page; rules that say the same by the same citation on one day are told once."""
    told: dict[tuple[date, str, str], ShownChange] = {}
    for change in changes:
        key = (change.on, change.words.en, change.citation)
        if key not in told:
            told[key] = ShownChange(
                change.on,
                place_on(change.on),
                change.words,
                citation(change.citation),
                level(change.evidence),
                change.source,
                change.on > today,
                change.kind,
                *_grounds(change.before, change.after),
            )
    return tuple(told.values())


def _grounds(before: Verdict | None, after: Verdict | None) -> tuple[Words, Words]:
    """The citations that come in with a change, and those that fall away."""
    old, new = (
        dict.fromkeys(ground.citation for ground in answer.grounds) if answer else {} for answer in (before, after)
    )
    between = Words("; ", context="citation")
    return (
        listed((citation(name) for name in new if name not in old), between),
        listed((citation(name) for name in old if name not in new), between),
    )


def bars(first: Verdict, changes: tuple[LawChange, ...]) -> tuple[Bar, ...]:
    """The verdicts of a lane as stretches of time; changes that leave the verdict as it is do not cut it."""
    cuts = [(COVERS[0], first.verdict)]
    for change in changes:
        if change.after is not None and change.after.verdict != cuts[-1][1]:
            cuts.append((change.on, change.after.verdict))
    ends = [day - timedelta(days=1) for day, _ in cuts[1:]] + [COVERS[1]]
    found = []
    for (start, name), end in zip(cuts, ends, strict=True):
        x, width = place_on(start), round(place_on(end) - place_on(start), 1)
        found.append(Bar(x, width, round(x + width / 2, 1), name, mapping.LETTERS[name], VERDICT_WORDS[name], start))
    return tuple(found)


@require_safe
@limit("law-timeline", "60/m")
def page(request: HttpRequest) -> HttpResponse:
    """The changes of an economy (``economy=``) or of a lane (the parameters of the verdict page)."""
    given, today = request.GET, clock.today()
    context: dict[str, Any] = {"economies": form_and_answer.economies(given.get("economy", "").upper())}
    status = 200
    try:
        if given.get("from") or given.get("to") or given.get("stream"):
            context |= _lane(asking.question_of(given), today)
        elif given.get("economy"):
            context |= _economy(library.economy_of(given["economy"]), today)
        else:
            coming = [change for change in tables.changes() if change.on > today]
            context["coming"] = [(change, level(change.evidence)) for change in coming[:NEXT]]
    except MeguriError as error:
        context["problems"], status = error, error.status
    context |= {
        "years": [(year, place_on(date(year, 1, 1))) for year in range(COVERS[0].year, COVERS[1].year + 1)],
        "today": today,
        "today_x": place_on(today) if COVERS[0] <= today <= COVERS[1] else None,
        "box_width": WIDTH,
    }
    return render(request, "law/timeline.html", context, status=status)


def _economy(code: str, today: date) -> dict[str, Any]:
    changes = shown(timeline(code), today)
    return {
        "code": code,
        "subject": tables.parties()[code].name,
        "changes": changes,
        "following": [change for change in changes if change.ahead][:3],
        "api": f"/api/law/timeline?{urlencode({'economy': code})}",
    }


def _lane(question: Question, today: date) -> dict[str, Any]:
    lane = (question.origin, question.destination, question.stream, question.operation)
    found = timeline(lane=lane, facts=question.facts, via=question.via)
    first = verdict(
        Question.parse(
            on=COVERS[0],
            stream=question.stream,
            origin=question.origin,
            destination=question.destination,
            operation=question.operation,
            via=question.via,
            facts=dict(question.facts),
        )
    )
    changes = shown(found, today)
    query = asking.query_of(question)
    return {
        "question": question,
        "route": form_and_answer.route_of(question),
        "material": tables.streams()[question.stream].name,
        "changes": changes,
        "bars": bars(first, found),
        "following": [change for change in changes if change.ahead][:3],
        "ask": f"/may-it-move?{query}",
        "api": f"/api/law/timeline?{query}",
    }
