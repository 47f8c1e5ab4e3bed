"""What is on record of acts: read back by their subjects, their ids and their order, for pages, commands and rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import msgspec

from meguri.journal.act import Act, Entry
from meguri.journal.models import ActRow, Key, Subject
from meguri.journal.states import KeyState
from meguri.kit.problems import N_, NotFound, Problem


def entry_of(row: ActRow) -> Entry:
    """A row of the journal as folds see it."""
    act = msgspec.json.decode(bytes(row.canonical), type=Act)
    return Entry(act=act, id=row.act_id, number=row.number, recorded=row.recorded)


def entries(rows: Iterable[ActRow]) -> list[Entry]:
    """Rows of the journal as folds see them."""
    return [entry_of(row) for row in rows]


Opener = Callable[[Entry, str], Iterable[Entry]]
_OPENERS: dict[str, Opener] = {}


def opens(kind: str, opener: Opener) -> None:
    """Let a room say which acts of other nodes an act of this kind holds on a subject: ``opener(entry, subject)``."""
    _OPENERS[kind] = opener


def history(subject: str) -> list[Entry]:
    """The acts on a subject, oldest first."""
    numbers = Subject.objects.filter(subject=subject).values("number")
    return [entry_of(row) for row in ActRow.objects.filter(number__in=numbers).order_by("number")]


def said_on(subject: str) -> list[Entry]:
    """What was said on a subject, oldest first: of a copy, the acts of the node that keeps it, as they stand there."""
    found: list[Entry] = []
    for entry in history(subject):
        opener = _OPENERS.get(entry.act.kind)
        found += opener(entry, subject) if opener else [entry]
    return found


def history_of(subjects: Sequence[str], most: int = 200, before: int | None = None) -> list[Entry]:
    """The newest acts on any of these subjects, newest first; with `before`, those with smaller numbers."""
    wanted = set(subjects)
    numbers = Subject.objects.filter(subject__in=wanted)
    if before is not None:
        numbers = numbers.filter(number__lt=before)
    newest = numbers.order_by("-number").values_list("number", flat=True)
    # An act names a subject once. Where nothing is to be told apart, the database stops at the last one wanted.
    newest = newest[:most] if len(wanted) == 1 else newest.distinct()[:most]
    return [entry_of(row) for row in ActRow.objects.filter(number__in=list(newest)).order_by("-number")]


def entry(id: str) -> Entry:
    """One act by its id. NotFound where there is none."""
    row = ActRow.objects.filter(act_id=id).first()
    if row is None:
        raise NotFound(Problem(N_("There is no act {id} on record."), "", "act", {"id": id}))
    return entry_of(row)


def recent(most: int = 50, before: int | None = None) -> list[Entry]:
    """The newest acts, newest first; with `before`, those with smaller numbers."""
    rows = ActRow.objects.order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [entry_of(row) for row in rows[:most]]


def modes(entries: Iterable[Entry]) -> dict[str, str]:
    """How each of these acts was signed, by its id: ``held``, ``attested``, or ``offered``: by a key that its owner
    had not accepted.
    """
    told = list(entries)
    rows = Key.objects.filter(id__in={entry.act.key for entry in told})
    keys = {row.pk: cast(KeyState, row.value) for row in rows}
    return {entry.id: keys[entry.act.key].mode_at(entry.recorded) for entry in told if entry.act.key in keys}
