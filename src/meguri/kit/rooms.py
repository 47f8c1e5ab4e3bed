"""What a room of the house has for the others: one declaration in each (`room.py`), which the portal goes over.

A declaration names things and imports none, so that a command starts without the rooms that it does not ask.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meguri.kit.words import Words

HOUSE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Room:
    """A room: its package under `meguri`, and the names of what it has, as ``module`` or ``module.name`` within it.

    `acts` are modules in which kinds of act, their guards and folds are registered; `kinds` is the table that says
    them in words; `books` the tables that keep subjects, by prefix; `after` what is done once acts of some kinds
    are on record; `ready` what `/readyz` looks at, `numbers` what `/metrics` tells. `waiting` and `followed` give
    lines for the home page, `links` the footer's addresses; `lists` are what systems read as JSON, as data
    (`journal.listing`). `pages`, `endpoints`, `policy` and `commands` are modules with ``urlpatterns``, ``router``,
    ``POLICY`` (who may see and do what at them) and ``register``; those of rooms that stand `aside`, because they
    answer none of the three questions, are listed last.
    """

    name: str
    acts: tuple[str, ...] = ()
    books: Mapping[str, str] = field(default_factory=dict)
    kinds: str = ""
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ready: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    waiting: str = ""
    followed: str = ""
    links: Mapping[str, Words] = field(default_factory=dict)
    pages: str = ""
    endpoints: str = ""
    lists: str = ""
    policy: str = ""
    commands: str = ""
    aside: bool = False

    @property
    def package(self) -> str:
        """The package's dotted name."""
        return f"meguri.{self.name}"

    def module(self, name: str) -> Any:
        """A module of the room."""
        return importlib.import_module(f"{self.package}.{name}")

    def file(self, name: str) -> Path:
        """A file of the room."""
        return HOUSE / self.name / name

    def get(self, name: str) -> Any:
        """Something that the room names: ``models.Case``."""
        where, _, what = name.rpartition(".")
        return getattr(self.module(where), what)


def of(name: str) -> Room:
    """The declaration of a room."""
    declared: Room = importlib.import_module(f"meguri.{name}.room").ROOM
    return declared
