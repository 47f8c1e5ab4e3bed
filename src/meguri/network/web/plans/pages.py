"""Where should it go next? The list of scenarios, and one page for each plan."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meguri.kit.problems import N_, Problem, Refused, refuse
from meguri.kit.web.requests.limits import limit
from meguri.network.web import figures, names
from meguri.network.web.account.records import PlanAccount, Premise
from meguri.network.web.answers import regret, sentences
from meguri.network.web.flows import flow_map, staged_flow
from meguri.network.web.planning import scenarios
from meguri.network.web.planning.waiting import ready
from meguri.network.web.plans import plan_tables

FIRST = 6
"""Assumptions that stand on the first screen; the rest is behind them."""
SHOWN = 25
"""Rows of long tables on the page; the files have all."""


@require_safe
@limit("plan", "120/m")
def overview(request: HttpRequest) -> HttpResponse:
    """The scenarios: built in and the reader's own, each with its state."""
    listed = scenarios.built_in(scenarios.reader_of(request))
    context = {
        "listed": [{"subject": one, "short": short(one.account()) if one.state == "done" else None} for one in listed],
        "own": [{"subject": one} for one in scenarios.own(request)],
    }
    return render(request, "network/overview.html", context)


@require_POST
@limit("plan-start", "12/h")
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Start the work of a scenario and go to its page."""
    subject = scenarios.find(key, request)
    scenarios.start(subject, request)
    return HttpResponseRedirect(subject.url)


def short(told: PlanAccount) -> dict[str, str]:
    """A plan in three figures, in its last period."""
    year = told.years[-1]
    metals = sum(one.tonnes for one in told.metals if one.year == year)
    gathered = sum(one.tonnes for one in told.collected if one.year == year)
    return {
        "span": told.span(year),
        "metal": figures.tonnes(metals),
        "collected": figures.tonnes(gathered),
        "cost": _net(plan_tables.net_cost(told)),
        "avoided": figures.carbon_said(plan_tables.avoided(told)[-1]),
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
    subject = scenarios.find(key, request)
    told = subject.account()
    problems: tuple[Problem, ...] = ()
    given: dict[str, float] = {}
    try:
        given = demands(request)
    except Refused as error:
        problems = error.problems
    year = _year(request, told)
    stream = request.GET.get("stream", "")
    choices = flow_map.streams(told)
    if stream not in dict(choices):
        stream = ""
    rows = flow_map.moved(told, year, stream)
    metals = plan_tables.recovered(told, year, given)
    symbol = request.GET.get("element", "")
    known = [row.symbol for row in metals]
    if symbol not in known:
        symbol = "Cu" if "Cu" in known else (known[0] if known else "")
    drawing = staged_flow.draw(told, year)
    context = {
        "subject": subject,
        "told": told,
        "short": short(told),
        "sentences": [*sentences.sentences(told), regret.sentence(subject, request)],
        **_assumed(told),
        "year": year,
        "years": [(one, told.span(one)) for one in told.years],
        "stream": stream,
        "streams": choices,
        "element": symbol,
        "element_name": names.element(symbol),
        "map": flow_map.drawn(told, rows),
        "moved": rows[:SHOWN],
        "moved_left": max(0, len(rows) - SHOWN),
        "moved_unit": figures.mass([row.flow.tonnes for row in rows]),
        "drawing": drawing,
        "steps": [_step(step) for step in staged_flow.steps(told, year)],
        "step_unit": figures.mass([step.tonnes for step in told.steps if step.year == year]),
        "costs": plan_tables.costs(told),
        "carbon": plan_tables.carbon(told),
        "avoided": _avoided(told),
        "metals": metals,
        "metal_unit": figures.TONNES,
        "asked_for": [row for row in metals if row.demand is None or row.users],
        "given": given,
        "problems": problems,
        "origins": plan_tables.by_origin(told, symbol),
        "worth": sentences.worth_rows(told),
        "worth_unit": figures.usd([row.gain for row in sentences.worth_rows(told)]),
        "closed": sentences.closed_rows(told),
        "closed_unit": figures.usd([row.yearly for row in sentences.closed_rows(told)]),
        "hurts": sentences.hurt_rows(told)[:SHOWN],
        "hurts_left": max(0, len(told.hurts) - SHOWN),
        "hurt_unit": figures.usd([row.yearly for row in sentences.hurt_rows(told)]),
        "changes": plan_tables.changes(told),
        "plants": plan_tables.plants(told),
        "capacity_unit": figures.mass([place.capacity for place in told.places]),
        "targets": [{"target": one, "words": names.LIMITS.get(one.kind)} for one in told.targets],
        "persists": plan_tables.ahead(told),
    }
    return render(request, "network/plan.html", context, status=422 if problems else 200)


def _assumed(told: PlanAccount) -> dict[str, Any]:
    """Assumptions for the first screen and behind it: the reader's own, the law's, then at most one of each sort.

    They come weightiest first; missing figures of demand are asked for at the table of metals and stand at the end.
    """
    first: list[Premise] = []
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


def _avoided(told: PlanAccount) -> list[float]:
    scale = plan_tables.carbon_scale(told)
    return [value / scale.per for value in plan_tables.avoided(told)]


def _year(request: HttpRequest, told: PlanAccount) -> int:
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
    subject = scenarios.find(key, request)
    if subject.own:
        scenarios.forget(subject)
    return HttpResponseRedirect("/plan/")
