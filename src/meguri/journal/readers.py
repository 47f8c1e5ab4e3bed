"""Who may read an act: anyone, its parties, or its actor alone, as its kind declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meguri.journal import books, kinds
from meguri.journal.act import Entry
from meguri.journal.subject import split
from meguri.journal.world import State

Party = Callable[[str, Any], bool]
_PARTIES: dict[str, Party] = {}


def parties(prefix: str, is_party: Party) -> None:
    """Let a room say who is party to its subjects: `is_party(organisation, state)`. ValueError where it did.

    Without that, the parties of a state are those that its field `parties` lists, if it has one.
    """
    if prefix in _PARTIES:
        raise ValueError(f"parties of {prefix}: are declared already")
    _PARTIES[prefix] = is_party


def may_read(entry: Entry, organisation: str | None) -> bool:
    """Whether an organisation (None: anyone) may read the act.

    Parties are the actor, organisations among the act's subjects, and whoever is party to the present state of one of
    them. That the body names an organisation does not make it a reader: an authority is named before it is told.
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
    if organisation in entry.act.subjects:
        return True
    states: dict[str, State | None] = books.load(entry.act.subjects)
    return any(_party(organisation, subject, state) for subject, state in states.items() if state is not None)


def _party(organisation: str, subject: str, state: Any) -> bool:
    declared = _PARTIES.get(split(subject)[0])
    return declared(organisation, state) if declared else organisation in getattr(state, "parties", ())
