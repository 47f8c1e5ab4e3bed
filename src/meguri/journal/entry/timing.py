"""Where the time of recording goes: laps between named sections, off unless a benchmark turns them on."""

from __future__ import annotations

import time

_laps: dict[str, float] | None = None
_last = 0.0


def on() -> None:
    """Start counting, in this process and for one thread."""
    global _laps, _last
    _laps, _last = {}, time.perf_counter()


def start() -> None:
    """What follows belongs to the next lap."""
    global _last
    if _laps is not None:
        _last = time.perf_counter()


def lap(section: str) -> None:
    """The time since the last lap or start went into this section."""
    global _last
    if _laps is not None:
        now = time.perf_counter()
        _laps[section] = _laps.get(section, 0.0) + now - _last
        _last = now


def off() -> dict[str, float]:
    """Stop counting; returns seconds by section."""
    global _laps
    counted, _laps = _laps or {}, None
    return counted
