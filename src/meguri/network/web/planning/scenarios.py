"""What a page is about: a built-in scenario, or one of the reader's own; what came of it and how far its work is.

An own scenario is known by its piece of work. It belongs to the reader's organisation, or to the session where nobody
is signed in; others are told that there is no such plan. It is kept for a month, like every finished piece of work.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from meguri.kit.models import Job
from meguri.kit.people.identity import ANYONE, Reader, asking
from meguri.kit.problems import N_, NotFound, Problem, nearest, refuse
from meguri.kit.words import Words, plain
from meguri.kit.work import jobs
from meguri.network.web.account import records
from meguri.network.web.planning import work

OWN = "own-"
KEPT = timedelta(days=30)
UNTITLED = Words("My scenario")
MOST = {"": 5, "party": 20}
"""Own plans that one session or one organisation may keep."""


@dataclass(frozen=True)
class PagePlan:
    """A scenario as pages know it: `key` is its part of the address, `payload` what its work is given."""

    key: str
    title: Words
    note: Words
    payload: Mapping[str, Any]
    job: Job | None
    own: bool = False
    expires: datetime | None = None

    @property
    def url(self) -> str:
        """Its page."""
        return f"/plan/{self.key}/"

    @property
    def state(self) -> str:
        """`done`, `none` (no plan keeps all limits), `going`, `failed` or `not yet`."""
        if self.job is None or self.job.state == jobs.State.CANCELLED:
            return "not yet"
        if self.job.state in jobs.UNFINISHED:
            return "going"
        if self.job.state == jobs.State.FAILED:
            return "failed"
        told = self.told
        if told is None:
            return "not yet"
        return "done" if told.account else "none"

    @property
    def told(self) -> records.PlanningOutcome | None:
        """What came of it; None where it is not there (any more)."""
        if self.job is None or self.job.state != jobs.State.DONE:
            return None
        try:
            path = jobs.result(self.job)
        except NotFound:
            return None
        return _read(path, path.stat().st_mtime_ns)

    def account(self) -> records.PlanAccount:
        """The plan as pages tell it. Raises PlanNotReady where there is none yet."""
        told = self.told
        if told is None or told.account is None:
            raise PlanNotReady(self)
        return told.account


class PlanNotReady(Exception):
    """There is no plan to show yet, or none that keeps all limits."""

    def __init__(self, subject: PagePlan) -> None:
        super().__init__(subject.key)
        self.subject = subject


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int) -> records.PlanningOutcome:
    return records.read(path)


def reader_of(request: HttpRequest) -> Reader:
    """Who asks."""
    return getattr(request, "reader", ANYONE)


def built_in(reader: Reader) -> list[PagePlan]:
    """The built-in scenarios with their state."""
    return [_built_in(one, reader) for one in work.built_in()]


def _built_in(one: work.ListedScenario, reader: Reader) -> PagePlan:
    payload = work.payload(one.name)
    return PagePlan(one.name, one.title, one.note, payload, jobs.latest(work.BUILT_IN, payload, reader, shared=True))


def find(key: str, request: HttpRequest) -> PagePlan:
    """A scenario by its part of an address. Raises NotFound with the nearest, the same for what is another's."""
    reader = reader_of(request)
    listed = {one.name: one for one in work.built_in()}
    if key in listed:
        return _built_in(listed[key], reader)
    if key.lower().startswith(OWN):
        found = next((one for one in own(request) if one.key == key.lower()), None)
        if found:
            return found
        raise NotFound(
            Problem(N_("There is no such plan, or it is not open to you, or its month is over."), "", "absent")
        )
    raise NotFound(
        Problem(
            N_("There is no scenario “{name}” here. Did you mean {hint}?"), "/scenario", "scenario",
            {"name": key, "hint": nearest(key, listed) or next(iter(listed), "")},
        )
    )  # fmt: skip


def own(request: HttpRequest) -> list[PagePlan]:
    """The own plans that the reader may see, the newest first."""
    return [_own(job) for job in _mine(request)]


def _mine(request: HttpRequest) -> list[Job]:
    return list(jobs.own(reader_of(request)).filter(kind=work.OWN, made__gt=timezone.now() - KEPT))


def _own(job: Job) -> PagePlan:
    title = str(job.payload.get("title", ""))
    base = str(job.payload.get("base", ""))
    names = {one.name: one.title for one in work.built_in()}
    based = names.get(base) or plain(base)
    note = Words("Your own, made from “{title}”.").format(title=based)
    return PagePlan(
        f"{OWN}{job.id}".lower(), plain(title) if title else UNTITLED, note, job.payload, job, True, job.made + KEPT
    )


def start(subject: PagePlan, request: HttpRequest) -> Job:
    """Start or find the work of a scenario."""
    reader = asking(request)
    if subject.own:
        return jobs.start(work.OWN, subject.payload, reader)
    return jobs.start(work.BUILT_IN, subject.payload, reader, shared=True)


def make(base: str, title: str, changes: Mapping[str, Any], request: HttpRequest) -> PagePlan:
    """Start an own scenario. Raises Refused where too many are kept already."""
    reader = asking(request)
    kept = _mine(request)
    most = MOST["party" if reader.organisation else ""]
    if len(kept) >= most:
        raise refuse(
            N_("{count} plans of your own are kept already. Forget one, or wait until its month is over."),
            "", "too-many", count=most,
        )  # fmt: skip
    payload = {"base": base, "title": title, "changes": dict(changes), "nonce": secrets.token_hex(8)}
    return _own(jobs.start(work.OWN, payload, reader))


def forget(subject: PagePlan) -> None:
    """Remove an own plan with its files; what still runs is asked to stop first."""
    import shutil

    from django.conf import settings

    if subject.job is None or not subject.own:
        return
    if subject.job.state in jobs.UNFINISHED:
        Job.objects.filter(id=subject.job.id).update(cancel_asked=timezone.now())
        raise refuse(N_("It is being worked out. It is cancelled now; forget it once it has stopped."), "", "going")
    shutil.rmtree(Path(settings.DATA) / "jobs" / subject.job.id, ignore_errors=True)
    subject.job.delete()
