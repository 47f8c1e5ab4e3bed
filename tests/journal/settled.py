"""Sealing to the end: while any transaction of the database server runs, its own housekeeping too, acts wait."""

from __future__ import annotations

import time

from meguri.journal import services
from meguri.journal.models import ActRow, Checkpoint

PATIENCE = 20.0
"""Seconds within which housekeeping ends."""


def sealed() -> Checkpoint | None:
    """The checkpoint that holds all acts recorded so far; None where there are none."""
    acts, until = ActRow.objects.count(), time.monotonic() + PATIENCE
    while True:
        made = services.seal()
        if (made.size if made else 0) >= acts:
            return made
        assert time.monotonic() < until, "acts were not sealed"
        time.sleep(0.02)
