"""Whether the service is fit to be asked: what `/readyz` looks at, and signs of life of processes beside the server.

A room adds what only it can judge (`provide`). Times are the machine's, also where the demonstration keeps its own.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from django.conf import settings
from django.db import connection

from meguri.kit.models import Beat, Job

log = logging.getLogger(__name__)

FREE_BYTES = 200 * 2**20
"""With less than so much left on the disk of the data folder, nothing more should be sent here."""
JOB_BEAT = timedelta(seconds=60)
"""A running piece of work that gave no sign of life for so long is stuck."""


class Check(msgspec.Struct, frozen=True):
    """How one thing stands; `lag_s` says how far behind it is, in seconds, where that can be said."""

    ok: bool
    lag_s: float | None = None


Asked = Callable[[], Check | None]
_asked: dict[str, Asked] = {}


def provide(name: str, asked: Asked) -> None:
    """Have something looked at under a name; None says that there is nothing to look at here."""
    _asked[name] = asked


def now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def beat(name: str) -> None:
    """Give a sign of life."""
    Beat.objects.update_or_create(name=name, defaults={"at": now()})


def lag(name: str) -> float | None:
    """Seconds since the last sign of life; None where there never was one."""
    at = Beat.objects.filter(name=name).values_list("at", flat=True).first()
    # One that lies in the future was given before the clock was set back, and says as little as one of long ago.
    return None if at is None else abs((now() - at).total_seconds())


def beating(name: str, within: float) -> Check:
    """Whether a process gave a sign of life within so many seconds."""
    behind = lag(name)
    return Check(behind is not None and behind <= within, behind)


def database() -> Check:
    """Whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check(True, 0.0)


def jobs() -> Check:
    """Whether each running piece of work still gives signs of life."""
    last = (
        Job.objects.filter(state=Job.State.RUNNING, beat__isnull=False).order_by("beat").values_list("beat", flat=True)
    )
    oldest = last.first()
    behind = (now() - oldest).total_seconds() if oldest else 0.0
    return Check(behind <= JOB_BEAT.total_seconds(), max(0.0, behind))


def disk() -> Check:
    """Whether there is room where the data folder lies."""
    return Check(shutil.disk_usage(settings.DATA).free >= FREE_BYTES)


def checks() -> dict[str, Check]:
    """All that is looked at, by name. What cannot be looked at is not well."""
    found: dict[str, Check] = {}
    for name, asked in {"database": database, "jobs": jobs, "disk": disk, **_asked}.items():
        try:
            check = asked()
        except Exception:  # any failure of a driver or a disk means the same here
            log.warning("%s cannot be looked at", name, exc_info=True)
            check = Check(False)
        if check is not None:
            found[name] = check
    return found
