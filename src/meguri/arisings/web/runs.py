"""Which calculation a page shows: one that is kept, or how far the one being done is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from meguri.arisings.runs import run as running
from meguri.arisings.runs import store
from meguri.arisings.runs.run import Run
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.scenarios.scenario import Scenario
from meguri.kit.models import Job
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.words import Words
from meguri.kit.work import jobs

F = TypeVar("F", bound=Callable[..., HttpResponseBase])
KIND = "arisings.built-in"
FIRST = "baseline"
KEPT = 3
"""How many calculations a server process keeps in memory."""

_kept: dict[str, Run] = {}
_lock = Lock()


class NotReady(Exception):
    """The calculation is being done; `job` says how far it is."""

    def __init__(self, job: Job) -> None:
        super().__init__(str(job))
        self.job = job


def known(name: str) -> str:
    """The name of a built-in scenario. Raises NotFound with the nearest."""
    names = [one.name for one in scenario_file.built_in()]
    if name not in names:
        raise NotFound(
            Problem(
                N_("There is no scenario “{name}” here. Did you mean {hint}?"), "/scenario", "scenario",
                {"name": name, "hint": nearest(name, names) or FIRST},
            )
        )  # fmt: skip
    return name


@cache
def _read(name: str) -> Scenario:
    return scenario_file.read(name)


def kept(name: str) -> Run | None:
    """The calculation of a built-in scenario where it is kept, from memory or from disk."""
    scenario = _read(known(name))
    digest = store.digest(scenario)
    with _lock:
        found = _kept.pop(digest, None) or running.kept(scenario)
        if found is not None:
            _kept[digest] = found
            while len(_kept) > KEPT:
                _kept.pop(next(iter(_kept)))
    return found


def of(name: str, reader: Reader) -> Run:
    """The calculation of a built-in scenario. Raises NotReady, and sees to it that it is being done."""
    found = kept(name)
    if found is not None:
        return found
    raise NotReady(jobs.follow(KIND, {"scenario": name}, reader, shared=True))


def work(task: jobs.Task) -> Path | None:
    """Do a built-in calculation; its result is kept where `running.kept` finds it."""
    running.run(_read(str(task.payload["scenario"])), task.say)
    return None


def ready(view: F) -> F:
    """A view whose calculation may still be going on: then the page says how far it is, with status 202."""

    @wraps(view)
    def waiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotReady as error:
            return render(request, "arisings/computing.html", {"job": error.job}, status=202)

    return waiting  # type: ignore[return-value]


def asked(request: HttpRequest, field: str = "scenario") -> tuple[str, Run]:
    """The scenario that an address names (the baseline where it names none) and its calculation. Raises NotReady."""
    name = request.GET.get(field, "").strip() or FIRST
    return name, of(known(name), getattr(request, "reader", ANYONE))


jobs.offer(KIND, Words("What will arise: the figures are being worked out"), work)
