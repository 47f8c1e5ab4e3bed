"""Long work: started from a page, done by a process of its own, watched and cancelled from the page.

A room offers a kind of work with a function; `start` queues one piece of it for a reader, `meguri jobs run ID` does it,
`find` and `cancel` keep to what the reader may see. The page's component is ``<c-job :job="job" />``.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from meguri.kit import ids
from meguri.kit.models import Job
from meguri.kit.people.identity import Reader, SignInNeeded
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem, refuse
from meguri.kit.words import Words

AT_ONCE = 2
"""How many pieces of work run beside each other; the others wait in the order they came."""
WAITING_MOST = {"": 4, "party": 8}
"""How many unfinished pieces nobody in particular, or one organisation, may have."""
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""One thread each unless the surroundings say otherwise: several on small matrices hinder each other and the pages."""
STALE = timedelta(seconds=45)
"""Without a sign of life for so long, a piece of work counts as interrupted."""

REST = timedelta(minutes=2)
"""How long a page shows that its work failed before it is tried again."""

State = Job.State
UNFINISHED = (State.QUEUED, State.STARTING, State.RUNNING)
GOING = (State.STARTING, State.RUNNING)
INTERRUPTED = N_("The work was interrupted: its process is gone. Start it again.")
CRASHED = N_("The work failed: {reason}. What it wrote is kept for the operator in {log}.")


@dataclass(frozen=True)
class Task:
    """What a kind's function is given: its payload, a folder of its own for results, and a way to say how far it is."""

    id: str
    payload: Mapping[str, Any]
    folder: Path
    say: Callable[[float, Words], None]
    """Say the share done (0 to 1) and what is being done; raises Cancelled once somebody has asked for that."""


Work = Callable[[Task], Path | None]


@dataclass(frozen=True)
class WorkKind:
    """A kind of work: its title on pages, the function, and whether anyone may start it without signing in."""

    name: str
    title: Words
    work: Work
    public: bool = False


class Cancelled(Exception):
    """Somebody has asked for this piece of work to be cancelled."""


_kinds: dict[str, WorkKind] = {}


def offer(name: str, title: Words, work: Work, *, public: bool = False) -> None:
    """Offer a kind of work; rooms do so where their `web` package is loaded. `public` ones anyone may start."""
    _kinds[name] = WorkKind(name, title, work, public)


def kind(name: str) -> WorkKind:
    """A kind by name; the rooms' pages are loaded first, since they offer the kinds. Raises NotFound."""
    importlib.import_module(settings.ROOT_URLCONF)
    try:
        return _kinds[name]
    except KeyError:
        raise NotFound(Problem(N_("There is no work called {name}."), "/kind", "kind", {"name": name})) from None


def digest(name: str, payload: Mapping[str, Any]) -> str:
    """What makes two pieces of work the same: their kind and payload."""
    text = json.dumps([name, payload], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def start(name: str, payload: Mapping[str, Any], reader: Reader, *, shared: bool = False, again: bool = False) -> Job:
    """Queue a piece of work, or find the same one: unfinished, or done with its result still there.

    `shared` work is built in: it belongs to nobody and everybody sees it. `again` does not settle for a finished one.
    Raises SignInNeeded where the kind is not public, Refused where too many wait already.
    """
    offered = kind(name)
    if not (offered.public or shared or reader.known):
        raise SignInNeeded(Problem(N_("Sign in to start this; finished results can be read by anyone."), "", "sign-in"))
    party = "" if shared else reader.organisation or ""
    known = latest(name, payload, reader, shared=shared)
    if known and (known.state in UNFINISHED or (known.state == State.DONE and not again and there(known))):
        advance()
        return known
    most = WAITING_MOST["party" if party else ""]
    if not shared and Job.objects.filter(party=party, shared=False, state__in=UNFINISHED).count() >= most:
        raise refuse(
            N_("{count} pieces of work wait already. Let one finish, or cancel one."), "", "too-many", count=most
        )
    job = Job.objects.create(
        id=ids.new(),
        kind=name,
        payload=dict(payload),
        digest=digest(name, payload),
        party=party,
        made_by=None if shared else reader.user,
        shared=shared,
        made=timezone.now(),
    )
    advance()
    job.refresh_from_db()
    return job


def follow(name: str, payload: Mapping[str, Any], reader: Reader, *, shared: bool = False) -> Job:
    """For a page that cannot do without the result: the work that is under way or has just failed, else a new one.

    What failed is tried again only after `REST`, so that a page that is asked for again and again does no harm.
    """
    known = latest(name, payload, reader, shared=shared)
    if known and known.state == State.FAILED and known.finished and timezone.now() - known.finished < REST:
        return known
    return start(name, payload, reader, shared=shared, again=True)


def latest(name: str, payload: Mapping[str, Any], reader: Reader, *, shared: bool = False) -> Job | None:
    """The newest piece of this very work that the reader may see, after what has died was marked; None without one."""
    _bury()
    found = visible(reader).filter(digest=digest(name, payload))
    return (found.filter(shared=True) if shared else found.filter(party=reader.organisation or "")).first()


def visible(reader: Reader) -> QuerySet[Job]:
    """What a reader may see: what is shared, what nobody in particular started, and their organisation's own."""
    if reader.administrator:
        return Job.objects.all()
    return Job.objects.filter(Q(shared=True) | Q(party="") | Q(party=reader.organisation or ""))


def find(identifier: str, reader: Reader) -> Job:
    """A piece of work by its id. Raises NotFound, the same for what is absent and what is another's."""
    _bury()
    job = visible(reader).filter(id=identifier).first()
    if job is None:
        raise NotFound(Problem(N_("There is no such work, or it is not open to you."), "", "absent"))
    if job.state == State.QUEUED:
        advance()
        job.refresh_from_db()
    return job


def may_cancel(job: Job, reader: Reader) -> bool:
    """Built-in work goes on for everybody; the rest is cancelled by whose it is, or by who has its address."""
    return reader.administrator or (not job.shared and job.party in ("", reader.organisation or ""))


def cancel(identifier: str, reader: Reader) -> Job:
    """Ask for a piece of work to be cancelled; one that waits is cancelled at once. Raises NotFound, NotAllowed."""
    job = find(identifier, reader)
    if not may_cancel(job, reader):
        raise NotAllowed(Problem(N_("Built-in work is done for everybody; only an administrator cancels it.")))
    present = timezone.now()
    waiting = Job.objects.filter(id=job.id, state=State.QUEUED)
    if not waiting.update(state=State.CANCELLED, cancel_asked=present, finished=present):
        Job.objects.filter(id=job.id, state__in=GOING).update(cancel_asked=present)
    job.refresh_from_db()
    return job


def problems(job: Job) -> tuple[Problem, ...]:
    """Why it failed, to be said in the reader's language."""
    return tuple(Problem(one["text"], one["pointer"], one["code"], one["params"]) for one in job.problems)


def result(job: Job) -> Path:
    """Where the result lies. Raises NotFound where there is none, or it is no longer there."""
    if job.state != State.DONE or not job.result or not there(job):
        raise NotFound(Problem(N_("This work has no result, or it is no longer kept."), "", "absent"))
    return _home() / job.result


def advance() -> None:
    """Let what waits begin, as far as there is room; what has died no longer takes room."""
    _bury()
    chosen: list[str] = []
    with transaction.atomic():
        room = AT_ONCE - Job.objects.filter(state__in=GOING).count()
        waiting = Job.objects.select_for_update().filter(state=State.QUEUED).order_by("made")
        for job in waiting[: max(0, room)]:
            present = timezone.now()
            Job.objects.filter(id=job.id).update(state=State.STARTING, started=present, beat=present)
            chosen.append(job.id)
    for identifier in chosen:
        transaction.on_commit(lambda identifier=identifier: spawn(identifier))  # type: ignore[misc]


def spawn(identifier: str) -> None:
    """Start the process that does it; it outlives the page and the server that asked for it."""
    folder = _folder(identifier)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("ab") as log:
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "meguri", "jobs", "run", identifier],
            env={**dict.fromkeys(THREADS, "1"), **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def finish(identifier: str, state: Job.State, found: tuple[Problem, ...] = (), path: Path | None = None) -> None:
    """Write how it ended; the first end counts."""
    kept = [{"text": one.text, "pointer": one.pointer, "code": one.code, "params": _plain(one.params)} for one in found]
    written = str(path.resolve().relative_to(_home().resolve())) if path else ""
    changes: dict[str, Any] = {"state": state, "finished": timezone.now(), "problems": kept, "result": written}
    if state == State.DONE:
        changes["progress"] = 1.0
    Job.objects.filter(id=identifier, state__in=GOING).update(**changes)


def tidy(before: datetime) -> int:
    """Forget finished work older than `before`, with its folder; returns how many pieces."""
    import shutil

    old = list(Job.objects.filter(finished__lt=before).exclude(state__in=UNFINISHED))
    for job in old:
        shutil.rmtree(_folder(job.id), ignore_errors=True)
        job.delete()
    return len(old)


def _bury() -> None:
    """Mark what no longer gives a sign of life: cancelled where that was asked for, else interrupted."""
    dead = Job.objects.filter(state__in=GOING, beat__lt=timezone.now() - STALE)
    for job in dead:
        if job.cancel_asked:
            finish(job.id, State.CANCELLED)
        else:
            finish(job.id, State.FAILED, (Problem(INTERRUPTED, "", "interrupted"),))


def there(job: Job) -> bool:
    """Whether the result of a finished piece of work is still kept."""
    return not job.result or (_home() / job.result).exists()


def _home() -> Path:
    return Path(settings.DATA)


def _folder(identifier: str) -> Path:
    return _home() / "jobs" / identifier


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in params.items()}


def claim(identifier: str) -> bool:
    """Claim a piece of work for this process; only one process can."""
    taken = Job.objects.filter(id=identifier, state=State.STARTING)
    return bool(taken.update(state=State.RUNNING, beat=timezone.now()))
