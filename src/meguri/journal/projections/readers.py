"""Who may read an act: anyone, its parties, or its actor alone, as its kind declares."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.journal import kinds
from meguri.journal.act import Entry
from meguri.journal.projections import relations


def readable(entries: Sequence[Entry], organisation: str | None) -> set[str]:
    """The ids of those of these acts that an organisation (None: anyone) may read. At most one query.

    Parties are the actor, organisations among the act's subjects, and whoever reads a scope in which one of them lies.
    That the body names an organisation does not make it a reader: an authority is named before it is told.
    """
    found: set[str] = set()
    asked: list[Entry] = []
    for entry in entries:
        readers = kinds.find(entry.act.kind).readers
        if readers == "public" or organisation in (entry.act.actor, entry.act.speaker):
            found.add(entry.id)
        elif organisation is not None and readers == "parties":
            if organisation in entry.act.subjects:
                found.add(entry.id)
            else:
                asked.append(entry)
    if asked:
        seen = relations.readable(organisation, {name for entry in asked for name in entry.act.subjects})
        found |= {entry.id for entry in asked if not seen.isdisjoint(entry.act.subjects)}
    return found


def may_read(entry: Entry, organisation: str | None) -> bool:
    """Whether an organisation (None: anyone) may read the act."""
    return entry.id in readable([entry], organisation)
