"""The Pareto front of a plan between two aims: started from the page, drawn with its table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meguri.arisings.reports.scales import Scale
from meguri.kit.language import formats
from meguri.kit.models import Job
from meguri.kit.people.identity import asking
from meguri.kit.problems import N_, NotFound, refuse
from meguri.kit.web import csvs
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.kit.work import jobs
from meguri.network.web import figures, names
from meguri.network.web.account.records import PlanAccount
from meguri.network.web.planning import scenarios, work
from meguri.network.web.planning.waiting import ready

AIMS = {
    "cost": Words("Net cost (discounted)"),
    "carbon": Words("Emissions"),
    "invested": Words("Invested in building"),
}
POINTS = 20
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 420, 96, 56, 36, 24
TICKS = 5


def aims(told: PlanAccount) -> list[tuple[str, Words]]:
    """What may be set against each other: cost, carbon, investment, and each metal recovered."""
    elements = dict.fromkeys(one.element for one in told.metals)
    recovered = [
        (f"recovered:{one}", Words("{element} recovered").format(element=names.element(one)))
        for one in sorted(elements)
    ]
    return [*AIMS.items(), *recovered]


@dataclass(frozen=True)
class FrontQuery:
    """Two aims, with the payload of the work that finds their front."""

    first: str
    second: str
    payload: Mapping[str, Any]


def _asked(subject: scenarios.PagePlan, told: PlanAccount, given: Mapping[str, str]) -> FrontQuery:
    known = dict(aims(told))
    first, second = given.get("first", "") or "cost", given.get("second", "") or "carbon"
    for field, name in (("first", first), ("second", second)):
        if name not in known:
            raise refuse(
                N_("“{name}” is no aim of this plan. Choose one of the list."), f"/{field}", "aim", name=name[:40]
            )
    if first == second:
        raise refuse(N_("A front needs two different aims."), "/second", "same")
    payload = {**subject.payload, "first": first, "second": second, "points": POINTS}
    return FrontQuery(first, second, payload)


def _job(asked: FrontQuery, request: HttpRequest) -> Job | None:
    return jobs.latest(work.FRONT, asked.payload, scenarios.reader_of(request))


def _found(job: Job | None) -> work.Front | None:
    if job is None or job.state != jobs.State.DONE:
        return None
    try:
        return msgspec.json.decode(jobs.result(job).read_bytes(), type=work.Front)
    except NotFound:
        return None


def _scale(unit: str, values: list[float]) -> Scale:
    if unit == "USD":
        return figures.usd(values)
    if unit == "kt CO2e":
        found = figures.carbon(value * 1e6 for value in values)
        return Scale(found.unit, found.per / 1e6)
    return figures.mass(values)


@require_safe
@limit("plan", "120/m")
@ready
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The front between two aims, or the button that starts it."""
    subject = scenarios.find(key, request)
    told = subject.account()
    asked = _asked(subject, told, request.GET)
    job = _job(asked, request)
    found = _found(job)
    known = dict(aims(told))
    context: dict[str, Any] = {
        "subject": subject, "aims": aims(told), "asked": asked, "job": job, "found": found,
        "first": known[asked.first], "second": known[asked.second],
    }  # fmt: skip
    if found is not None and found.points:
        one = _scale(found.first_unit, [point[0] for point in found.points])
        other = _scale(found.second_unit, [point[1] for point in found.points])
        rows = [(point[0] / one.per, point[1] / other.per, point[2]) for point in found.points]
        context |= {"rows": rows, "first_unit": one.unit, "second_unit": other.unit, "drawing": draw(rows)}
    return render(request, "network/front.html", context, status=202 if job and job.state in jobs.UNFINISHED else 200)


@require_POST
@limit("plan-start", "12/h")
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Start a front."""
    subject = scenarios.find(key, request)
    asked = _asked(subject, subject.account(), request.POST)
    jobs.start(work.FRONT, asked.payload, asking(request))
    return HttpResponseRedirect(f"{subject.url}front?first={asked.first}&second={asked.second}")


@require_safe
@limit("plan-files", "60/m")
@ready
def table(request: HttpRequest, key: str) -> HttpResponse:
    """The front's points."""
    subject = scenarios.find(key, request)
    asked = _asked(subject, subject.account(), request.GET)
    found = _found(_job(asked, request))
    points = found.points if found else ()
    units = (found.first_unit, found.second_unit) if found else ("", "")
    head = [f"{asked.first} ({units[0]})", f"{asked.second} ({units[1]})", "simplex_steps"]
    return csvs.answer(f"{key}-front", head, points)


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: where it stands and what it says."""

    at: float
    words: str


@dataclass(frozen=True)
class FrontDrawing:
    """The front as shapes: first aim upwards, second to the right."""

    width: int
    height: int
    left: int
    bottom: int
    path: str
    points: tuple[tuple[float, float, str], ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def draw(rows: list[tuple[float, float, int]]) -> FrontDrawing:
    """Scale the points into the drawing; the axes begin where the points do."""
    up, across = [row[0] for row in rows], [row[1] for row in rows]

    def place(value: float, among: list[float], start: float, end: float) -> float:
        low, high = min(among), max(among)
        return start + (end - start) * ((value - low) / (high - low) if high > low else 0.5)

    bottom = HEIGHT - BOTTOM
    xs = [place(value, across, LEFT + 12, WIDTH - RIGHT) for value in across]
    ys = [place(value, up, bottom - 12, TOP) for value in up]
    ticks = [n / (TICKS - 1) for n in range(TICKS)]

    def marks(among: list[float], start: float, end: float) -> tuple[Tick, ...]:
        low, high = min(among), max(among)
        values = [low + (high - low) * part for part in ticks] if high > low else [low]
        return tuple(Tick(place(value, among, start, end), formats.figure(value)) for value in values)

    points = tuple(
        (x, y, _("%(first)s, %(second)s") % {"first": formats.figure(a), "second": formats.figure(b)})
        for x, y, a, b in zip(xs, ys, up, across, strict=True)
    )
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    return FrontDrawing(
        WIDTH, HEIGHT, LEFT, bottom, path, points,
        marks(across, LEFT + 12, WIDTH - RIGHT), marks(up, bottom - 12, TOP),
    )  # fmt: skip
