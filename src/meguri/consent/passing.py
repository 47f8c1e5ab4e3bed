"""Whether somebody says what the passing of time has brought: `meguri clock --watch` beside the server."""

from __future__ import annotations

from django.conf import settings

from meguri.kit.running import readiness

NAME = "clock"
EVERY = 60.0
"""Seconds between two looks."""
LATE = 2.5 * EVERY


def readiness_of_clock() -> readiness.Check | None:
    """Whether it gave signs of life. The demonstration's clock is told by its steps."""
    return None if settings.DEMONSTRATION else readiness.beating(NAME, LATE)
