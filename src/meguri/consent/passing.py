"""Whether somebody says what the passing of time has brought: `meguri clock --watch` beside the server."""

from __future__ import annotations

from django.conf import settings

from meguri.journal.entry import recording
from meguri.kit.running import readiness

NAME = "clock"
EVERY = 60.0
"""Seconds between two looks."""
LATE = 2.5 * EVERY


def readiness_of_clock() -> readiness.Check | None:
    """Whether it gave signs of life, and the machine's time goes forward: nothing is recorded once it was set back. The
    demonstration's clock is told by its steps.
    """
    if settings.DEMONSTRATION:
        return None
    beating, back = readiness.beating(NAME, LATE), recording.time_lost().total_seconds()
    return readiness.Check(beating.ok and back <= 0, None if beating.lag_s is None else max(beating.lag_s, back))
