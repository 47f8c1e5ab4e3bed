"""Where should it go next? The list of scenarios, and one page for each plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meguri.kit.problems import N_, Problem, Refused, refuse
from meguri.kit.web.requests.limits import limit
from meguri.network.web import answers, figures, mapping, names, showing, staged, subjects, whatever
from meguri.network.web.story import Assumed, Story
from meguri.network.web.subjects import NotReady, Subject

F = TypeVar("F", bound=Callable[..., HttpResponseBase])
FIRST = 6
"""Assumptions that stand on the first screen; the rest is behind them."""
SHOWN = 25
"""Rows of long tables on the page; the files have all."""


def ready(view: F) -> F:
    """A view of a plan that may not be there: then the page says how far it is, or which limits conflict."""

    @wraps(view)
    def waiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotReady as error:
            return not_there(request, error.subject)

    return waiting  # type: ignore[return-value]


def not_there(request: HttpRequest, subject: Subject) -> HttpResponse:
    """The page of a plan that is being worked out, has failed, cannot be, or was not begun."""
    told = subject.told
    conflicts = told.conflicts if told else ()
    status = 200 if conflicts or subject.state == "not yet" else 202
    return render(request, "network/waiting.html", {"subject": subject, "conflicts": conflicts}, status=status)


@require_safe
@limit("plan", "120/m")
def overview(request: HttpRequest) -> HttpResponse:
    """The scenarios: built in and the reader's own, each with its state."""
    listed = subjects.built_in(subjects.reader_of(request))
    context = {
        "listed": [{"subject": one, "short": short(one.story()) if one.state == "done" else None} for one in listed],
        "own": [{"subject": one} for one in subjects.own(request)],
    }
    return render(request, "network/overview.html", context)


@require_POST
@limit("plan-start", "12/h")
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Start the work of a scenario and go to its page."""
    subject = subjects.find(key, request)
    subjects.start(subject, request)
    return HttpResponseRedirect(subject.url)


def short(told: Story) -> dict[str, str]:
    """A plan in three figures, in its last period."""
    year = told.years[-1]
    metals = sum(one.tonnes for one in told.metals if one.year == year)
    gathered = sum(one.tonnes for one in told.collected if one.year == year)
    return {
        "span": told.span(year),
        "metal": figures.tonnes(metals),
        "collected": figures.tonnes(gathered),
        "cost": _net(showing.net_cost(told)),
        "avoided": figures.carbon_said(showing.avoided(told)[-1]),
        "carbon": figures.carbon_said(sum(one.amount for one in told.carbon if one.year == year and not one.once)),
    }


def _net(cost: float) -> str:
    if cost < 0:
        return _("net gain over the whole plan %(value)s a year") % {"value": figures.money(-cost)}
    return _("net cost over the whole plan %(value)s a year") % {"value": figures.money(cost)}


@require_safe
@limit("plan", "120/m")
@ready
def plan(request: HttpRequest, key: str) -> HttpResponse:
    """One plan: the four answers, what it assumes, and every table behind them."""
    subject = subjects.find(key, request)
    told = subject.story()
    problems: tuple[Problem, ...] = ()
    given: dict[str, float] = {}
    try:
        given = demands(request)
    except Refused as error:
        problems = error.problems
    year = _year(request, told)
    stream = request.GET.get("stream", "")
    choices = mapping.streams(told)
    if stream not in dict(choices):
        stream = ""
    rows = mapping.moved(told, year, stream)
    metals = showing.recovered(told, year, given)
    symbol = request.GET.get("element", "")
    known = [row.symbol for row in metals]
    if symbol not in known:
        symbol = "Cu" if "Cu" in known else (known[0] if known else "")
    drawing = staged.draw(told, year)
    context = {
        "subject": subject,
        "told": told,
        "short": short(told),
        "sentences": [*answers.sentences(told), whatever.sentence(subject, request)],
        **_assumed(told),
        "year": year,
        "years": [(one, told.span(one)) for one in told.years],
        "stream": stream,
        "streams": choices,
        "element": symbol,
        "element_name": names.element(symbol),
        "map": mapping.drawn(told, rows),
        "moved": rows[:SHOWN],
        "moved_left": max(0, len(rows) - SHOWN),
        "moved_unit": figures.mass([row.flow.tonnes for row in rows]),
        "drawing": drawing,
        "steps": [_step(step) for step in staged.steps(told, year)],
        "step_unit": figures.mass([step.tonnes for step in told.steps if step.year == year]),
        "costs": showing.costs(told),
        "carbon": showing.carbon(told),
        "avoided": _avoided(told),
        "metals": metals,
        "metal_unit": figures.TONNES,
        "asked_for": [row for row in metals if row.demand is None or row.users],
        "given": given,
        "problems": problems,
        "origins": showing.by_origin(told, symbol),
        "worth": answers.worth_rows(told),
        "worth_unit": figures.usd([row.gain for row in answers.worth_rows(told)]),
        "closed": answers.closed_rows(told),
        "closed_unit": figures.usd([row.yearly for row in answers.closed_rows(told)]),
        "hurts": answers.hurt_rows(told)[:SHOWN],
        "hurts_left": max(0, len(told.hurts) - SHOWN),
        "hurt_unit": figures.usd([row.yearly for row in answers.hurt_rows(told)]),
        "changes": showing.changes(told),
        "plants": showing.plants(told),
        "capacity_unit": figures.mass([place.capacity for place in told.places]),
        "targets": [{"target": one, "words": names.LIMITS.get(one.kind)} for one in told.targets],
        "persists": showing.ahead(told),
    }
    return render(request, "network/plan.html", context, status=422 if problems else 200)


def _assumed(told: Story) -> dict[str, Any]:
    """Assumptions for the first screen and behind it: the reader's own, the law's, then at most one of each sort.

    They come weightiest first; missing figures of demand are asked for at the table of metals and stand at the end.
    """
    first: list[Assumed] = []
    seen: set[str] = set()
    ranked = sorted(told.assumptions, key=lambda one: not one.subject.startswith(("own/", "law/")))
    for one in ranked:
        sort = one.subject if one.subject.startswith("own/") else one.subject.split("/")[0]
        if len(first) < FIRST and sort not in seen and not one.subject.startswith("demand/"):
            first.append(one)
            seen.add(sort)
    rest = [one for one in told.assumptions if one not in first]
    rest.sort(key=lambda one: one.subject.startswith("demand/"))
    return {"first_assumed": first, "more_assumed": rest}


def _step(step: Any) -> dict[str, Any]:
    return {
        "step": step,
        "stage": names.stage(step.stage),
        "economy": names.economy(step.economy),
        "next_stage": names.stage(step.next_stage),
        "next_economy": names.economy(step.next_economy) if step.next_economy else None,
    }


def _avoided(told: Story) -> list[float]:
    scale = showing.carbon_scale(told)
    return [value / scale.per for value in showing.avoided(told)]


def _year(request: HttpRequest, told: Story) -> int:
    """The period asked for by any year in it; the last where none is. Raises Refused."""
    text = request.GET.get("year", "").strip()
    if not text:
        return told.years[-1]
    if not text.isdigit() or not told.years[0] <= int(text) <= told.last:
        raise refuse(
            N_("“{text}” is no year of this plan. Write one from {first} to {last}."), "/year", "year",
            text=text[:20], first=told.years[0], last=told.last,
        )  # fmt: skip
    return max(year for year in told.years if year <= int(text))


def demands(request: HttpRequest) -> dict[str, float]:
    """The reader's own figures of demand, tonnes a year by element. Raises Refused naming each that is wrong."""
    found: dict[str, float] = {}
    wrong = []
    for name in request.GET:
        text = str(request.GET[name]).replace(",", "").replace("\u2009", "").strip()
        if not name.startswith("demand-") or not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 < value < 1e10:
            wrong.append(
                Problem(
                    N_("“{text}” is no demand. Write tonnes a year above zero, such as 120000."), f"/{name}", "demand",
                    {"text": text[:20]},
                )
            )  # fmt: skip
        else:
            found[name[7:]] = value
    if wrong:
        raise Refused(*wrong)
    return found


@require_POST
@limit("plan-start", "12/h")
def forget(request: HttpRequest, key: str) -> HttpResponse:
    """Forget an own plan."""
    subject = subjects.find(key, request)
    if subject.own:
        subjects.forget(subject)
    return HttpResponseRedirect("/plan/")
