"""How the variance of a place's figure divides over the groups of inputs: what to measure next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from meguri.arisings.runs.breakdown import Variance
from meguri.arisings.runs.results import VARIABLES
from meguri.arisings.runs.run import Run
from meguri.arisings.web import places, runs
from meguri.arisings.web.address import RunQuery
from meguri.arisings.web.findings import charted
from meguri.arisings.web.runs import RunNotReady
from meguri.kit.people.identity import ANYONE, asking
from meguri.kit.problems import N_, NotFound, refuse
from meguri.kit.web import charts
from meguri.kit.words import Words
from meguri.kit.work import jobs

NEXT: dict[str, Words] = {
    "lifetimes": Words(
        "A survey of the ages at which goods are given up narrows these figures most.",
    ),
    "sales": Words(
        "Yearly sales by kind of product, from customs and producers, narrow these figures most.",
    ),
    "composition": Words(
        "Assays of what arrives at dismantlers narrow these figures most.",
    ),
    "yields": Words(
        "Measured recovery by route narrows these figures most.",
    ),
    "collection": Words(
        "Counting what is formally collected narrows these figures most.",
    ),
}


@dataclass(frozen=True)
class VarianceShare:
    """A group of inputs with its share of the variance: alone, with all it interacts with, and that one's error."""

    group: str
    name: Words
    first: float
    total: float
    error: float


@dataclass(frozen=True)
class Measured:
    """The breakdown of one variable in one year."""

    title: Words
    year: int
    parts: tuple[VarianceShare, ...]
    advice: Words
    chart: dict[str, Any]


KIND = "arisings.uncertainty"
MEASURED = ("arisings", "value-usd")


def breakdown(one: RunQuery, request: HttpRequest) -> list[Measured]:
    """The breakdown for arisings and for the value contained; none for regions, which are sums.

    Raises RunNotReady while it is being worked out, and sees to that.
    """
    if not places.single(one.economy):
        return []
    payload = {
        "scenario": one.scenario,
        "run": one.run.digest,
        "economy": one.economy,
        "product": one.product,
        "year": one.year,
    }
    job = jobs.latest(KIND, payload, getattr(request, "reader", ANYONE))
    if job is None or job.state != jobs.State.DONE:
        raise RunNotReady(jobs.follow(KIND, payload, asking(request)))
    return [_measured(made, one.year) for made in _worked_out(one.run, one.economy, one.product, one.year)]


def work(task: jobs.Task) -> None:
    """Work the breakdowns out; the calculation keeps them beside its figures."""
    run = runs.kept(str(task.payload["scenario"]))
    if run is None or run.digest != task.payload["run"]:
        raise refuse(N_("The calculation has changed meanwhile. Open the page again."), "", "changed")
    task.say(0.1, Words("Drawing each group of inputs anew"))
    tuple(_worked_out(run, str(task.payload["economy"]), str(task.payload["product"]), int(task.payload["year"])))


def _worked_out(run: Run, economy: str, product: str, year: int) -> Iterator[Variance]:
    for variable in MEASURED:
        label = product if product in run.block(variable).products else places.group_of(product)
        try:
            yield run.variance(variable, economy, year, label)
        except NotFound:
            continue


def _measured(made: Variance, year: int) -> Measured:
    parts = tuple(
        VarianceShare(share.group, share.title, share.first, share.total, share.total_error) for share in made.groups
    )
    line = charts.ChartLine(
        _("Share of the variance"),
        [100 * max(part.total, 0.0) for part in parts],
        p5=[100 * max(part.total - 1.645 * part.error, 0.0) for part in parts],
        p95=[100 * (max(part.total, 0.0) + 1.645 * part.error) for part in parts],
    )
    names = [charted.said(part.name) for part in parts]
    chart = charts.bars(names, "%", line, whisker=_("sampling error, 90 %"))
    return Measured(VARIABLES[made.variable].title, year, parts, NEXT[parts[0].group], chart)


jobs.offer(KIND, Words("How the uncertainty divides over the inputs"), work, public=True)
