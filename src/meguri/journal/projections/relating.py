"""How relations become rows: what acts change of them, and the statements that write it.

What a state declares before and after an act is compared; only the difference is written, so that an act on a subject
with a thousand relations writes no more than one with two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from meguri.journal.projections import books
from meguri.journal.projections.relations import Edge, Lies, Relation
from meguri.journal.subject import split
from meguri.journal.world import State

COUNTED = ("grams", "number")
"""Columns with numbers in them; all others are text."""


@dataclass(frozen=True, eq=False)
class RelationTable:
    """A table of relations: what a row is named by, and what else it holds, in the order of `row`. Each is one."""

    label: str
    name: str
    key: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns."""
        return self.key + self.rest

    @cached_property
    def insert(self) -> str:
        """Insert or replace a row, given value by value."""
        return self._insert(f"VALUES ({', '.join(['%s'] * len(self.columns))})")

    @cached_property
    def insert_lists(self) -> str:
        """For PostgreSQL: the same for many rows, given as one list for each column."""
        lists = ", ".join(f"%s::{'bigint' if name in COUNTED else 'text'}[]" for name in self.columns)
        return self._insert(f"SELECT * FROM unnest({lists})")  # noqa: S608

    @cached_property
    def copy(self) -> str:
        """For PostgreSQL: many rows, none of which is there."""
        return f"COPY {self.name} ({', '.join(self.columns)}) FROM STDIN"

    def _insert(self, source: str) -> str:
        changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in self.rest)
        return (
            f"INSERT INTO {self.name} ({', '.join(self.columns)}) {source} "
            f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changes}"
        )

    @cached_property
    def delete(self) -> str:
        """Delete a row, given its key value by value."""
        return f"DELETE FROM {self.name} WHERE {' AND '.join(f'{name} = %s' for name in self.key)}"  # noqa: S608

    @cached_property
    def delete_lists(self) -> str:
        """For PostgreSQL: the same for many rows, given as one list for each column."""
        lists = ", ".join("%s::text[]" for name in self.key)
        same = " AND ".join(f"t.{name} = gone.{name}" for name in self.key)
        return f"DELETE FROM {self.name} t USING unnest({lists}) AS gone({', '.join(self.key)}) WHERE {same}"  # noqa: S608

    def at(self, prefix: str) -> RelationTable:
        """The table beside, whose name begins so."""
        return _beside(self, prefix) if prefix else self

    def subject(self, row: tuple[Any, ...]) -> str:
        """How a row is called where it is reported."""
        return f"{self.label}:{' '.join(map(str, row[: len(self.key)]))}"


@cache
def _beside(table: RelationTable, prefix: str) -> RelationTable:
    return replace(table, name=prefix + table.name)


LIES = RelationTable("lies", "journal_lies", ("subject", "scope", "by"), ("prefix", "number"))
READS = RelationTable("reads", "journal_reads", ("organisation", "scope", "by"), ("number",))
EDGE = RelationTable("edge", "journal_edge", ("kind", "source", "target", "by"), ("grams", "number"))
TABLES = (LIES, READS, EDGE)


def row(by: str, relation: Relation, number: int) -> tuple[RelationTable, tuple[Any, ...]]:
    """The table of a relation and its row: who declares it, and by which act it came."""
    if isinstance(relation, Lies):
        return LIES, (relation.subject, relation.scope, by, relation.subject.partition(":")[0], number)
    if isinstance(relation, Edge):
        return EDGE, (relation.kind, relation.source, relation.target, by, relation.grams, number)
    return READS, (relation.organisation, relation.scope, by, number)


def declared(book: books.Book, id: str, state: State) -> Iterable[Relation]:
    """What a state declares, each once."""
    found: dict[Relation | tuple[str, str, str], Relation] = {}
    for one in book.model.relations(id, state):
        if isinstance(one, Edge):
            name = (one.kind, one.source, one.target)
            earlier = found.get(name)
            found[name] = Edge(*name, earlier.grams + one.grams) if isinstance(earlier, Edge) else one
        else:
            found[one] = one
    return found.values()


KEPT = -1
"""In the place of the number of an act: the relation was there before, and its row stays as it is."""


class Changes:
    """What acts change of the relations, in the order in which they are folded."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Relation, ...]] = {}
        self._now: dict[str, dict[Relation, int]] = {}

    def note(
        self,
        changed: Iterable[str],
        before: Mapping[str, State | None],
        after: Mapping[str, State | None],
        number: int,
    ) -> None:
        """The act with this number has changed these subjects."""
        for subject in changed:
            prefix, id = split(subject)
            book = books.book(prefix)
            if not book.declares:
                continue
            was = self._now.get(subject)
            if was is None:
                old = before.get(subject)
                was = dict.fromkeys(declared(book, id, old), KEPT) if old is not None else {}
                self._before[subject] = tuple(was)
            new = after.get(subject)
            now = declared(book, id, new) if new is not None else ()
            self._now[subject] = (
                {relation: was.get(relation, number) for relation in now} if was else dict.fromkeys(now, number)
            )

    def growth(self) -> int:
        """How many rows there are more than before."""
        return sum(map(len, self._now.values())) - sum(map(len, self._before.values()))

    def gone(self) -> dict[RelationTable, list[tuple[Any, ...]]]:
        """Keys of the rows that were on record and are no more, or are told anew."""
        found: dict[RelationTable, list[tuple[Any, ...]]] = {}
        for by, relations in self._before.items():
            now = self._now[by]
            for relation in relations:
                if now.get(relation) != KEPT:
                    table, values = row(by, relation, 0)
                    found.setdefault(table, []).append(values[: len(table.key)])
        return found

    def come(self) -> dict[RelationTable, list[tuple[Any, ...]]]:
        """The rows that came and stayed, by table; written after what is gone was deleted."""
        found: dict[RelationTable, list[tuple[Any, ...]]] = {}
        for by, now in self._now.items():
            for relation, number in now.items():
                if number != KEPT:
                    table, values = row(by, relation, number)
                    found.setdefault(table, []).append(values)
        return found
