"""What to do whatever comes: regret over the built-in scenarios, and the plan that regrets least."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meguri.kit.models import Job
from meguri.kit.people.identity import asking
from meguri.kit.problems import NotFound
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words, plain
from meguri.kit.work import jobs
from meguri.network.web import figures, names
from meguri.network.web.answers.sentences import Sentence
from meguri.network.web.planning import scenarios, work

PAGE = "/plan/whatever-comes"


def _payload() -> dict[str, list[str]]:
    return {"scenarios": [one.name for one in work.built_in()], "rests_on": [work.rests_on()]}


def _job(request: HttpRequest) -> Job | None:
    return jobs.latest(work.REGRET, _payload(), scenarios.reader_of(request), shared=True)


def found(request: HttpRequest) -> work.Regrets | None:
    """The regrets where they have been worked out."""
    job = _job(request)
    if job is None or job.state != jobs.State.DONE:
        return None
    try:
        return msgspec.json.decode(jobs.result(job).read_bytes(), type=work.Regrets)
    except NotFound:
        return None


def sentence(subject: scenarios.PagePlan, request: HttpRequest) -> Sentence:
    """The fourth answer."""
    question = _("What to do whatever comes?")
    told = found(request)
    if told is None:
        return Sentence(question, _("Not worked out yet: it needs the plans of all built-in scenarios."), PAGE)
    fits = [value for value in told.robust_regret if value is not None]
    if len(fits) < len(told.scenarios):
        return Sentence(question, _("No one set of plants keeps the targets of all these scenarios."), PAGE)
    worst = max(fits)
    said = _(
        "Of %(count)s scenarios, whichever comes: one set of plants is never more than %(value)s a year behind."
    ) % {
        "count": len(told.scenarios),
        "value": figures.money(worst / told.yearly),
    }
    if subject.key in told.scenarios:
        mine = told.regret[told.scenarios.index(subject.key)]
        if any(value is None for value in mine):
            more = _("What this plan builds would not keep all targets in every scenario.")
        else:
            most = max(value for value in mine if value is not None)
            more = _("What this plan builds would be up to %(value)s a year behind.") % {
                "value": figures.money(most / told.yearly)
            }
        said = names.both(said, more)
    return Sentence(question, said, PAGE)


@dataclass(frozen=True)
class RegretRow:
    """The regret of one set of plants under every scenario, USD a year."""

    name: Words
    cells: tuple[float | None, ...]
    worst: float | None


@require_safe
@limit("plan", "120/m")
def page(request: HttpRequest) -> HttpResponse:
    """The table of regrets and what the robust plan builds."""
    told, job = found(request), _job(request)
    context: dict[str, object] = {"told": told, "job": job if told is None else None}
    if told is not None:
        titles = {one.name: one.title for one in work.built_in()}
        rows = [
            _row(titles.get(name) or plain(name), cells, told.yearly)
            for name, cells in zip(told.scenarios, told.regret, strict=True)
        ]
        rows.append(_row(Words("The plan for whatever comes", context="title"), told.robust_regret, told.yearly))
        scale = figures.usd(cell for row in rows for cell in row.cells if cell is not None)
        context |= {
            "rows": rows,
            "fits": rows[-1].worst is not None,
            "columns": [titles.get(name) or plain(name) for name in told.scenarios],
            "unit": scale,
            "builds": [
                {"name": name, "economy": names.economy(economy), "cells": cells}
                for _site, name, economy, cells in sorted(told.builds, key=lambda one: -sum(one[3]))
            ],
            "build_unit": figures.mass(value for _s, _n, _e, cells in told.builds for value in cells),
        }
    return render(request, "network/regret.html", context)


def _row(name: Words, cells: tuple[float | None, ...], yearly: float) -> RegretRow:
    made = tuple(None if cell is None else cell / yearly for cell in cells)
    return RegretRow(name, made, None if None in made else max(cell for cell in made if cell is not None))


@require_POST
@limit("plan-start", "12/h")
def start(request: HttpRequest) -> HttpResponse:
    """Start the comparison of all built-in scenarios."""
    jobs.start(work.REGRET, _payload(), asking(request), shared=True)
    return HttpResponseRedirect(PAGE)
