"""Counts that all workers share: how often a caller came to a door, how often a password was wrong.

`settings.LIMITS` says where they are kept. ``database``: in a table of the database that loses its rows when the
database falls over, or, where that is SQLite, in a file of its own beside it, so that counting never waits for an act.
``cache``: in Django's cache, which an operator may keep in one place for several machines (`MEGURI_CACHE`).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)

FILE = "limits.sqlite3"
LOTS = 20
"""Of a large limit a worker tells the others in so many lots, not at each request."""
KEPT_MOST = 20_000
TIDY = 1_000
_TABLE = "CREATE TABLE IF NOT EXISTS kit_count (name TEXT PRIMARY KEY, number INTEGER NOT NULL, until INTEGER NOT NULL)"
_ADD = """
INSERT INTO kit_count (name, number, until) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET
    number = CASE WHEN kit_count.until < %s THEN excluded.number ELSE kit_count.number + excluded.number END,
    until = CASE WHEN kit_count.until < %s THEN excluded.until ELSE kit_count.until END
RETURNING number
"""
_FORGET = "DELETE FROM kit_count WHERE until < %s"

Add = Callable[[str, int, int], int]


def add(name: str, number: int, seconds: int) -> int:
    """Add to a count that is forgotten so many seconds after its first; returns what it is then. Atomic."""
    return _adders[settings.LIMITS](name, number, seconds)


def _in_cache(name: str, number: int, seconds: int) -> int:
    cache.add(name, 0, seconds)
    try:
        return int(cache.incr(name, number))
    except ValueError:
        return number


def _in_database(name: str, number: int, seconds: int) -> int:
    present = int(time.time())
    given = (name, number, present + seconds, present, present)
    if connection.vendor == "sqlite":
        return _file().add(given, present)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, given)
        found = int(cursor.fetchone()[0])
        if present % TIDY == 0:
            cursor.execute(_FORGET, [present])
    return found


_adders: dict[str, Add] = {"cache": _in_cache, "database": _in_database}


class _File:
    """Counts in a file that all workers of one machine open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.own = threading.local()

    def add(self, given: tuple[str, int, int, int, int], present: int) -> int:
        if not hasattr(self.own, "open"):
            self.own.open = self._opened()
        found = int(self.own.open.execute(_ADD.replace("%s", "?"), given).fetchall()[0][0])
        if present % TIDY == 0:
            self.own.open.execute(_FORGET.replace("%s", "?"), [present])
        return found

    def _opened(self) -> sqlite3.Connection:
        """The file, ready. Where several open it first at once, SQLite refuses all but one without waiting."""
        opened = sqlite3.connect(self.path, timeout=2.0, isolation_level=None)
        for left in range(40, -1, -1):
            try:
                opened.execute("PRAGMA journal_mode=WAL")
                opened.execute("PRAGMA synchronous=OFF")
                opened.execute(_TABLE)
                break
            except sqlite3.OperationalError:
                if not left:
                    raise
                time.sleep(0.05)
        return opened


_files: dict[Path, _File] = {}


def _file() -> _File:
    path = Path(settings.DATA) / FILE
    return _files.setdefault(path, _File(path))


class Lots:
    """Counts of this process beside those of all, told to the others in lots. What is beyond its limit is told to
    nobody: refusing costs nothing.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[str, tuple[int, int, float]] = {}
        """What all had at the last telling, what this process has had since, and when that is forgotten."""

    def count(self, name: str, most: int, seconds: int) -> int:
        """Count one more against a limit; what all workers have had, short of what others have not told yet."""
        present = time.time()
        with self.lock:
            known, mine, until = self.kept.get(name, (0, 0, 0.0))
            if until < present:
                known, mine = 0, 0
            if known > most:
                return known
            mine += 1
            if known and mine < max(1, most // LOTS) and known + mine <= most:
                self.kept[name] = (known, mine, until)
                return known + mine
        try:
            total = add(name, mine, seconds)
        except (DatabaseError, sqlite3.Error) as error:
            log.warning("a limit was counted in this process alone: %s", type(error).__name__)
            total = known + mine
        with self.lock:
            self.kept[name] = (total, 0, present + seconds)
            if len(self.kept) > KEPT_MOST:
                self.kept = {key: one for key, one in self.kept.items() if one[2] > present}
                if len(self.kept) > KEPT_MOST:
                    self.kept.clear()
        return total

    def forget(self) -> None:
        """Forget what this process knows."""
        with self.lock:
            self.kept.clear()
