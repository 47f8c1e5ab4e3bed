"""What the two passes of the tests share out between them, and what of long walks is walked in one run.

`./test` runs two passes beside each other, one on each database. A test whose outcome does not rest on the database
runs in one of them, and long walks ask a sample of what they could ask. What goes where and what is asked follows from
the salt, the id of the commit: the same commit is dealt alike wherever it is tried, and over commits everything is
asked, on both databases.
"""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parent.parent
CORE = ("journal/", "kit/", "operate/")
"""Folders of tests of what is written in SQL, waits for locks or is kept by the database itself: those that touch one
run on both, but for what is marked `either`; elsewhere what is marked `both`, or commits for real."""
TOGETHER = ("arisings/", "network/")
"""Folders whose files go to one pass whole: what one of their tests has calculated, the others of the file read."""
COMMITS = frozenset({"transactional_db", "live_server"})


def number(*what: Hashable) -> int:
    """A number that is the same for the same things on every machine."""
    return zlib.crc32(repr(what).encode())


@cache
def salt_of_tree(root: Path = REPOSITORY) -> str:
    """The id of the commit; where there is no git, a number of what `src` and `tests` hold."""
    try:
        asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return asked.stdout.strip()[:12]
    except OSError:
        pass
    files = sorted(file for folder in ("src", "tests") for file in (root / folder).rglob("*.py"))
    return f"{zlib.crc32(b''.join(file.read_bytes() for file in files)):08x}"


@dataclass(frozen=True)
class Deal:
    """How one pass shares with the other.

    `claims` is the folder in which both say what they have begun, where the other runs beside this one; `whole` says
    that walks ask all.
    """

    database: str
    salt: str
    claims: Path | None = None
    whole: bool = False

    @property
    def shared(self) -> bool:
        """Whether the other pass runs beside this one, with the same tests."""
        return self.claims is not None

    def mine(self, *what: Hashable) -> bool:
        """Of things that are tried in one pass only: is this in this one?"""
        return not self.shared or number(self.salt, *what) % 2 == (self.database == "sqlite")

    def some(self, members: Iterable[T], count: int, turn: int = 0) -> list[T]:
        """So many of the members, in turns: consecutive turns ask all of them; others are together in other commits."""
        every = list(members)
        if self.whole or count >= len(every):
            return every
        start = number(self.salt) + turn * count
        return [every[(start + k) % len(every)] for k in range(count)]

    def runs(self, item: pytest.Item, touches: bool) -> bool:
        """Whether a test is this pass's, or to be claimed by either; `touches` says whether it touches a database.

        What is PostgreSQL's own, or the browser's, runs on PostgreSQL; what touches no database on SQLite, or where
        both run beside each other in the one that has time. Whatever else runs on both, but is dealt where they do.
        """
        marks = {mark.name for mark in item.iter_markers()}
        if marks & {"postgresql", "browser"}:
            return self.database == "postgresql"
        if "sqlite" in marks:
            return self.database == "sqlite"
        if not touches:
            return self.shared or self.database == "sqlite"
        return both(item) or self.mine(unit(item))

    def claimed(self, file: str) -> bool:
        """Take a file of tests that either pass may run; False where the other has."""
        assert self.claims is not None
        try:
            (self.claims / f"{number(file):08x}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def file_of(nodeid: str) -> str:
    """The file of a test, below `tests`."""
    return nodeid.partition("::")[0].removeprefix("tests/")


def both(item: pytest.Item) -> bool:
    """Whether a test's outcome rests on the database."""
    marks = {mark.name: mark for mark in item.iter_markers()}
    if "either" in marks:
        return False
    commits = "django_db" in marks and marks["django_db"].kwargs.get("transaction")
    fixtures: Iterable[str] = getattr(item, "fixturenames", ())
    return bool("both" in marks or commits or COMMITS.intersection(fixtures)) or file_of(item.nodeid).startswith(CORE)


def unit(item: pytest.Item) -> str:
    """What goes to one pass together: a test, or the whole file where its tests share what was costly to make."""
    file = file_of(item.nodeid)
    found = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).values()
    shared = any(one.scope in ("module", "class") for definitions in found for one in definitions)
    return file if shared or file.startswith(TOGETHER) else item.nodeid


def in_turn(
    deal: Deal, items: Sequence[pytest.Item], free: set[pytest.Item], long: Container[str]
) -> Iterator[pytest.Item]:
    """The tests of a pass: its own, then files of `free` ones that the other has left, those of `long` first.

    A file is claimed when the last test before it begins.
    """
    yield from (item for item in items if item not in free)
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item in free:
            files.setdefault(file_of(item.nodeid), []).append(item)
    for file in sorted(files, key=lambda file: file not in long):
        if deal.claimed(file):
            yield from files[file]
