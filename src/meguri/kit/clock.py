"""What time it is. A request, a command or a step of a story is given its clock once, and all it does goes by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta

Source = Callable[[], datetime]


def machine() -> datetime:
    """The machine's own time in UTC."""
    return datetime.now(UTC)


_given: ContextVar[Source | None] = ContextVar("meguri_clock", default=None)


def now() -> datetime:
    """The present instant in UTC, by the clock that was given to what runs now, else by the machine's."""
    source = _given.get()
    return source() if source else machine()


_ahead = float("-inf")


def _wall() -> float:
    return time.time()


def set_back() -> timedelta:
    """By how much the machine's time lies behind what it would be by its steady clock, since this process began, or
    since the instant that it was told (`not_before`). Setting a clock forward is no fault.
    """
    global _ahead
    offset = _wall() - time.monotonic()
    _ahead = max(_ahead, offset)
    return timedelta(seconds=_ahead - offset)


def not_before(instant: datetime) -> None:
    """Take it that this instant is past."""
    global _ahead
    _ahead = max(_ahead, instant.timestamp() - time.monotonic())


def today() -> date:
    """The present date in UTC."""
    return now().date()


@contextmanager
def running(source: Source | None) -> Iterator[None]:
    """Go by `source` meanwhile; None is the machine's clock."""
    token = _given.set(source)
    try:
        yield
    finally:
        _given.reset(token)


def give(source: Source | None) -> None:
    """Go by `source` from now on, for a command that is one piece of work."""
    _given.set(source)


def stamp(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as acts carry it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """The instant that `stamp` wrote. Raises ValueError."""
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant outside the years 1 to 9999 in UTC") from None
