"""Who may read an act: anyone, its parties, or its actor alone, as its kind declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meguri.journal import books, kinds
from meguri.journal.act import Entry
from meguri.journal.world import State

Party = Callable[[str, Any], bool]
_PARTIES: dict[str, Party] = {}


def parties(prefix: str, is_party: Party) -> None:
    """Let a room say who is party to its subjects: `is_party(organisation, state)`. ValueError where it did."""
    if prefix in _PARTIES:
        raise ValueError(f"parties of {prefix}: are declared already")
    _PARTIES[prefix] = is_party


def may_read(entry: Entry, organisation: str | None) -> bool:
    """Whether an organisation (None: anyone) may read the act.

    Parties are the actor, organisations that the act names as subjects or in its body, and whoever a room declares
    to be party to one of its subjects.
    """
    readers = kinds.find(entry.act.kind).readers
    if readers == "public":
        return True
    if organisation is None:
        return False
    if organisation == entry.act.actor:
        return True
    if readers == "actor":
        return False
    if organisation in entry.act.subjects or _names(entry.act.body, organisation):
        return True
    asked = [subject for subject in entry.act.subjects if books.split(subject)[0] in _PARTIES]
    states: dict[str, State | None] = books.load(asked)
    return any(
        state is not None and _PARTIES[books.split(subject)[0]](organisation, state)
        for subject, state in states.items()
    )


def _names(value: Any, organisation: str) -> bool:
    if isinstance(value, str):
        return value == organisation
    if isinstance(value, dict):
        return any(_names(inner, organisation) for inner in value.values())
    if isinstance(value, list | tuple):
        return any(_names(inner, organisation) for inner in value)
    return False
