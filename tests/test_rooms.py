"""Each room declares what it has, once; what it declares is there, and what is there it declares."""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import pytest

from meguri.journal import kinds
from meguri.journal.projections import books
from meguri.kit import rooms as declared
from meguri.portal import rooms

EVERY = {room.name: room for room in rooms.every()}
NO_ROOM = {"materials", "procedure", "sea"}
"""Packages that have nothing for the portal: what they hold is shown by the rooms above them."""


def files(room: str, pattern: str) -> set[Path]:
    return {path for path in (declared.HOUSE / room).rglob(pattern) if "migrations" not in path.parts}


def test_every_package_is_a_room_that_is_declared():
    packages = {path.parent.name for path in declared.HOUSE.glob("*/__init__.py")}
    assert packages - NO_ROOM == set(EVERY)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_what_a_room_declares_is_there(name):
    room = EVERY[name]
    for module in (*room.acts, *filter(None, (room.pages, room.endpoints, room.commands))):
        assert find_spec(f"{room.package}.{module}"), module
    for what in (*room.books.values(), *room.after, *filter(None, (room.waiting, room.followed))):
        assert callable(room.get(what)), what
    assert bool(room.pages) == bool(files(name, "urls.py") - {declared.HOUSE / "portal" / "urls.py"})
    assert bool(room.commands) == (declared.HOUSE / name / "commands.py").is_file()
    assert bool(room.endpoints) == any("router = Router(" in path.read_text() for path in files(name, "*.py"))


def test_every_kind_and_book_belongs_to_the_room_that_declares_it():
    said = {}
    for name, room in EVERY.items():
        if room.kinds:
            with room.file(room.kinds).open(encoding="utf-8", newline="") as file:
                said[name] = {row["kind"] for row in csv.DictReader(file)}
    known: dict[str, set[str]] = {}
    for kind in kinds.every():
        # Other tests have kinds of their own.
        if not kind.body.__module__.startswith("meguri."):
            continue
        known.setdefault(kind.name.partition(".")[0], set()).add(kind.name)
    assert said == known
    assert {prefix for room in EVERY.values() for prefix in room.books} == {
        book.prefix for book in books.books() if book.model.__module__.startswith("meguri.")
    }


def test_the_journal_names_no_kind_of_another_room():
    others = [f'"{kind.name}"' for kind in kinds.every() if not kind.name.startswith("journal.")]
    assert others
    found = [
        f"{path.name}: {line.strip()}"
        for path in files("journal", "*.py")
        for line in path.read_text().splitlines()
        if any(name in line for name in others)
    ]
    assert not found


def test_styles_and_scripts_lie_with_the_room_whose_pages_alone_ask_for_them():
    said = {
        path: path.read_text()
        for kind in ("html", "js", "css")
        for path in declared.HOUSE.glob(f"*/web/**/*.{kind}")
        if "vendor" not in path.parts
    }
    wrong = {}
    for file in said:
        if file.suffix not in (".css", ".js"):
            continue
        asking = {path.relative_to(declared.HOUSE).parts[0] for path, text in said.items() if file.name in text}
        own = file.relative_to(declared.HOUSE).parts[0]
        if len(asking) == 1 and asking != {own}:
            wrong[file.name] = asking
    assert wrong == {}
