"""Long work: started from a page, done by a process of its own, watched and cancelled from the page.

A room offers a kind of work with a function; `start` queues one piece of it for a reader, `meguri jobs run ID` does it
within the kind's limits of time and memory, `find` and `cancel` keep to what the reader may see. What an organisation
started is the organisation's; what a stranger started is seen and cancelled with the secret of their session alone.
The page's component is ``<c-job :job="job" />``.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from meguri.kit import ids
from meguri.kit.models import Job, JobHolder
from meguri.kit.people.identity import Reader, SignInNeeded
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem, refuse
from meguri.kit.words import Words
from meguri.kit.work.apart import give_way

AT_ONCE = 2
"""How many pieces of work run beside each other; whoever has the fewest running and begun comes next."""
STRANGERS_AT_ONCE = 1
"""How many of them strangers' work may be, so that what is built in and organisations' work goes on."""
WAITING_MOST = {"": 4, "party": 8}
"""How many unfinished pieces one stranger's address, or one organisation, may have."""
STRANGERS_MOST, SHARED_MOST = 24, 40
"""How many unfinished pieces all strangers together may have, and how many built-in ones may wait."""
RECENT = timedelta(hours=1)
"""What a caller began within so long counts when the next piece is chosen."""
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
TOO_LONG = N_("The work took longer than {minutes} minutes and was ended. Ask for less at once.")
TOO_MUCH = N_("The work needed more than {mb} MB of memory and was ended. Ask for less at once.")
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
    """A kind of work: its title on pages, the function, whether anyone may start it without signing in, and how many
    seconds and megabytes of addresses its process may take.
    """

    name: str
    title: Words
    work: Work
    public: bool = False
    seconds: int = 900
    memory_mb: int = 6000


class Cancelled(Exception):
    """Somebody has asked for this piece of work to be cancelled."""


_kinds: dict[str, WorkKind] = {}


def offer(
    name: str, title: Words, work: Work, *, public: bool = False, seconds: int = 900, memory_mb: int = 6000
) -> None:
    """Offer a kind of work; rooms do so where their `web` package is loaded. `public` ones anyone may start."""
    _kinds[name] = WorkKind(name, title, work, public, seconds, memory_mb)


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
    What several strangers ask for is done once and held by each. Raises SignInNeeded where the kind is not public, or
    where nobody could see the work (`identity.asking` gives a stranger a secret); Refused where too many wait already.
    """
    offered = kind(name)
    known_caller = shared or reader.known
    if not (known_caller or (offered.public and reader.holder)):
        raise SignInNeeded(Problem(N_("Sign in to start this; finished results can be read by anyone."), "", "sign-in"))
    party = "" if shared else reader.organisation or ""
    with transaction.atomic():
        _alone()
        job = _same(name, payload, party, shared=shared, again=again)
        if job is None:
            caller = "" if shared else _caller(reader)
            _require_room(party, caller, shared=shared)
            job = Job.objects.create(
                id=ids.new(),
                kind=name,
                payload=dict(payload),
                digest=digest(name, payload),
                party=party,
                caller=caller,
                made_by=None if shared else reader.user,
                shared=shared,
                made=timezone.now(),
            )
        if not (shared or party):
            JobHolder.objects.get_or_create(job=job, holder=reader.holder)
    advance()
    job.refresh_from_db()
    return job


def _caller(reader: Reader) -> str:
    """Whose turn it is when this runs: an organisation's, an account's, or that of the address a stranger asks from."""
    if reader.organisation or reader.user is not None:
        return reader.organisation or reader.holder
    return f"place:{reader.place}"


def _same(name: str, payload: Mapping[str, Any], party: str, *, shared: bool, again: bool) -> Job | None:
    _bury()
    job = Job.objects.filter(digest=digest(name, payload), party=party, shared=shared).first()
    if (
        job
        and job.cancel_asked is None
        and (job.state in UNFINISHED or (job.state == State.DONE and not again and there(job)))
    ):
        return job
    return None


def _require_room(party: str, caller: str, *, shared: bool) -> None:
    """Raise Refused where the caller, all strangers, or all who ask for what is built in have enough waiting."""
    waiting = Job.objects.filter(state__in=UNFINISHED)
    counted = (
        [(SHARED_MOST, waiting.filter(shared=True))]
        if shared
        else [
            (WAITING_MOST["party" if party else ""], waiting.filter(caller=caller, shared=False)),
            *([] if party else [(STRANGERS_MOST, waiting.filter(party="", shared=False))]),
        ]
    )
    for most, rows in counted:
        if rows.count() >= most:
            raise refuse(
                N_("{count} pieces of work wait already. Let one finish, or cancel one."), "", "too-many", count=most
            )


LOCK = 0x4D656A6F
"""“Mejo”: the advisory lock under which work is counted and shared out."""


def _alone() -> None:
    """Be the only one who counts, queues and begins work until the transaction ends. On SQLite a transaction is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def follow(name: str, payload: Mapping[str, Any], reader: Reader, *, shared: bool = False) -> Job:
    """For a page that cannot do without the result: the work that is under way or has just failed, else a new one.

    What failed is tried again only after `REST`, so that a page that is asked for again and again does no harm.
    """
    known = latest(name, payload, reader, shared=shared)
    if known and known.state == State.FAILED and known.finished and timezone.now() - known.finished < REST:
        return known
    return start(name, payload, reader, shared=shared, again=True)


def latest(name: str, payload: Mapping[str, Any], reader: Reader, *, shared: bool = False) -> Job | None:
    """The newest piece of this very work that the reader may see, after what has died was marked; None without one.

    What a stranger asked for and was done may be read by every stranger who can say what was asked.
    """
    _bury()
    same = Job.objects.filter(digest=digest(name, payload), shared=shared)
    if shared:
        return same.first()
    found = own(reader).filter(digest=digest(name, payload)).first()
    if found is None and not reader.organisation:
        found = same.filter(party="", state=State.DONE).first()
    return found


def own(reader: Reader) -> QuerySet[Job]:
    """What belongs to a reader: to their organisation, or else to their account or the secret of their session."""
    if reader.organisation:
        return Job.objects.filter(party=reader.organisation, shared=False)
    if not reader.holder:
        return Job.objects.none()
    held = JobHolder.objects.filter(holder=reader.holder).values("job")
    return Job.objects.filter(party="", shared=False, id__in=held)


def visible(reader: Reader) -> QuerySet[Job]:
    """What a reader may see: what is shared, and their own."""
    if reader.administrator:
        return Job.objects.all()
    return Job.objects.filter(shared=True) | own(reader)


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
    """Built-in work goes on for everybody; the rest is cancelled by whose it is."""
    return reader.administrator or (not job.shared and own(reader).filter(id=job.id).exists())


def cancel(identifier: str, reader: Reader) -> Job:
    """Ask for a piece of work to be cancelled; one that waits is cancelled at once. Where other strangers asked for
    the same, it goes on for them. Raises NotFound, NotAllowed.
    """
    job = find(identifier, reader)
    if not may_cancel(job, reader):
        raise NotAllowed(Problem(N_("Built-in work is done for everybody; only an administrator cancels it.")))
    present = timezone.now()
    with transaction.atomic():
        _alone()
        others = job.holders.exclude(holder=reader.holder)
        if not reader.administrator and not job.party and others.exists():
            job.holders.filter(holder=reader.holder).delete()
            return job
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
    if not Job.objects.filter(state=State.QUEUED).exists():
        return
    chosen: list[str] = []
    with transaction.atomic():
        _alone()
        while (job := _next()) is not None:
            present = timezone.now()
            Job.objects.filter(id=job.id).update(state=State.STARTING, started=present, beat=present)
            chosen.append(job.id)
    for identifier in chosen:
        transaction.on_commit(lambda identifier=identifier: spawn(identifier))  # type: ignore[misc]


def _next() -> Job | None:
    """What begins next, where there is room: of those with the fewest going and the fewest begun lately, the oldest."""
    going = list(Job.objects.filter(state__in=GOING).only("party", "caller", "shared"))
    if len(going) >= AT_ONCE:
        return None
    waiting = Job.objects.filter(state=State.QUEUED)
    if sum(_strange(job) for job in going) >= STRANGERS_AT_ONCE:
        waiting = waiting.exclude(party="", shared=False)
    running = Counter(job.caller for job in going)
    begun = Counter(Job.objects.filter(started__gt=timezone.now() - RECENT).values_list("caller", flat=True))
    return min(waiting, key=lambda job: (running[job.caller], begun[job.caller], job.made), default=None)


def _strange(job: Job) -> bool:
    return not job.shared and not job.party


def spawn(identifier: str) -> None:
    """Start the process that does it; it outlives the page and the server that asked for it."""
    folder = _folder(identifier)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "meguri", "jobs", "run", identifier],
            env={**dict.fromkeys(THREADS, "1"), **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # It does so itself as well; until it can, it has loaded for a second.
    give_way(process.pid)


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
