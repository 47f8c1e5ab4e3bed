"""What time it is. In demonstration mode the demonstration's date stands in, and law and legal clocks follow it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

Source = Callable[[], datetime]


def _wall() -> datetime:
    return datetime.now(UTC)


_source: Source = _wall


def now() -> datetime:
    """The present instant in UTC."""
    return _source()


def today() -> date:
    """The present date in UTC."""
    return now().date()


def use(source: Source | None) -> None:
    """Take the time from `source`; None returns to the machine's clock."""
    global _source
    _source = source or _wall


def stamp(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as acts carry it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """The instant that `stamp` wrote. Raises ValueError."""
    instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(UTC)
