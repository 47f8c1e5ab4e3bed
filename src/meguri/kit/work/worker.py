"""The process that does one piece of long work: gives signs of life, says how far it is, stops when asked to."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from datetime import timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from meguri.kit.models import Job
from meguri.kit.problems import N_, MeguriError, NotFound, Problem
from meguri.kit.words import Words
from meguri.kit.work import jobs
from meguri.kit.work.apart import bound

BEAT = 3.0
SAYING = 0.4
GRACE = timedelta(seconds=6)
"""How long a function that does not say how far it is may go on after it was cancelled."""


def alone(identifier: str) -> Job:
    """Do a piece of work in this process, which does nothing else and is bounded by what the kind may take."""
    job = Job.objects.filter(id=identifier).first()
    if job is not None:
        offered = jobs.kind(job.kind)
        bound(offered.seconds, offered.memory_mb)
    return run(identifier)


def run(identifier: str, *, beating: bool = True) -> Job:
    """Do a piece of work that was claimed for this process. Raises NotFound where it is not there to be done.

    `beating` also watches the time that the kind has, and ends the process where it is over.
    """
    if not jobs.claim(identifier):
        raise NotFound(Problem(N_("There is no such work waiting for a process."), "", "absent"))
    job = Job.objects.get(id=identifier)
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(identifier, over, _seconds(job.kind)), daemon=True)
    if beating:
        heart.start()
    try:
        _work(job)
    finally:
        over.set()
        if beating:
            heart.join(timeout=10)
        jobs.advance()
    job.refresh_from_db()
    return job


def _seconds(name: str) -> float:
    try:
        return jobs.kind(name).seconds
    except NotFound:
        return BEAT


def _work(job: Job) -> None:
    folder = Path(settings.DATA) / "jobs" / job.id
    try:
        offered = jobs.kind(job.kind)
        folder.mkdir(parents=True, exist_ok=True)
        path = offered.work(jobs.Task(job.id, job.payload, folder, _Voice(job.id)))
    except jobs.Cancelled:
        jobs.finish(job.id, jobs.State.CANCELLED)
    except MeguriError as error:
        jobs.finish(job.id, jobs.State.FAILED, error.problems)
    except MemoryError:
        found = Problem(jobs.TOO_MUCH, "", "memory", {"mb": jobs.kind(job.kind).memory_mb})
        jobs.finish(job.id, jobs.State.FAILED, (found,))
    except Exception as error:  # whatever it was, the page must say that it ended
        traceback.print_exc(file=sys.stderr)
        params = {"reason": type(error).__name__, "log": f"jobs/{job.id}/log.txt"}
        jobs.finish(job.id, jobs.State.FAILED, (Problem(jobs.CRASHED, "", "crashed", params),))
    else:
        jobs.finish(job.id, jobs.State.DONE, path=path)


class _Voice:
    """Writes how far the work is, at most a few times a second."""

    def __init__(self, identifier: str) -> None:
        self.identifier = identifier
        self.said = 0.0

    def __call__(self, share: float, words: Words) -> None:
        present = time.monotonic()
        if present - self.said < SAYING and share < 1:
            return
        self.said = present
        mine = Job.objects.filter(id=self.identifier)
        mine.update(progress=min(1.0, max(0.0, share)), words=msgspec.to_builtins(words), beat=timezone.now())
        if mine.filter(cancel_asked__isnull=False).exists():
            raise jobs.Cancelled


def _beat(identifier: str, over: threading.Event, seconds: float) -> None:
    """Signs of life; ends the whole process where the function does not notice that it was cancelled, or that its time
    is over.
    """
    ends = time.monotonic() + seconds
    heard = time.monotonic()
    try:
        while not over.wait(BEAT):
            try:
                close_old_connections()
                mine = Job.objects.filter(id=identifier)
                if not mine.update(beat=timezone.now()):
                    os._exit(4)  # Nobody knows of this work any more.
                asked = mine.values_list("cancel_asked", flat=True).first()
            except DatabaseError:
                if time.monotonic() - heard > jobs.STALE.total_seconds():
                    os._exit(4)  # By now it counts as interrupted.
                continue
            heard = time.monotonic()
            if asked and timezone.now() - asked > GRACE:
                jobs.finish(identifier, jobs.State.CANCELLED)
            elif time.monotonic() > ends:
                params = {"minutes": round(seconds / 60, 1)}
                jobs.finish(identifier, jobs.State.FAILED, (Problem(jobs.TOO_LONG, "", "time", params),))
            else:
                continue
            jobs.advance()
            os._exit(3)
    finally:
        connection.close()
