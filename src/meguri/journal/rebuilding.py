"""`meguri journal rebuild`: fold all acts anew and compare with the rows that people query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import connection, transaction

from meguri.journal import books, relating, rows
from meguri.journal.history import apply
from meguri.journal.models import ActRow, LiesRow
from meguri.journal.recording import as_writer
from meguri.journal.relating import Changes, Table
from meguri.journal.signing import Jws
from meguri.journal.subject import split
from meguri.journal.verification import chunks, told
from meguri.journal.world import State


class Difference(msgspec.Struct, frozen=True):
    """A row that is not what the acts add up to: ``missing``, ``extra`` or ``different``."""

    subject: str
    what: str


class Rebuilt(msgspec.Struct):
    """How many acts were folded, how many rows they make, what differed, and whether rows were replaced."""

    acts: int
    rows: int
    differences: list[Difference]
    replaced: bool

    @property
    def identical(self) -> bool:
        """Whether every row was right."""
        return not self.differences


def states_from_acts() -> tuple[int, dict[str, State | None], Changes]:
    """Fold the whole journal in memory: how many acts, the states by subject, and the relations."""
    states: dict[str, State | None] = {}
    related = Changes()
    parsed: dict[str, Jws] = {}
    count = 0
    for chunk in chunks():
        parsed.clear()
        for row in chunk:
            one = told(row, parsed)
            old = {name: states.get(name) for name in one.act.subjects}
            related.note(apply(one, row.number, row.recorded, states), old, states, row.number)
            count += 1
    return count, states, related


def rebuild(*, check: bool = False) -> Rebuilt:
    """Compare all rows with the acts; unless `check`, put right in one transaction what differs."""
    with as_writer(), transaction.atomic():
        rows.lock_everything()
        count, states, related = states_from_acts()
        differences: list[Difference] = []
        made = 0
        for book in books.books():
            wanted = {
                id: state
                for subject, state in states.items()
                if state is not None
                for prefix, id in [split(subject)]
                if prefix == book.prefix
            }
            made += len(wanted)
            found = list(_differences(book, wanted))
            differences += found
            if not check and found:
                book.save({id: wanted[id] for d in found for id in [split(d.subject)[1]] if id in wanted})
                extra = [split(d.subject)[1] for d in found if d.what == "extra"]
                for start in range(0, len(extra), 500):
                    book.model._default_manager.filter(id__in=extra[start : start + 500]).delete()
        of_relations, there = _relations(related, check)
        differences += of_relations
        made += there
    return Rebuilt(count, made, differences, bool(differences) and not check)


def _differences(book: books.Book, wanted: dict[str, State]) -> Iterator[Difference]:
    missing = set(wanted)
    fields = [field.attname for field in book.model._meta.concrete_fields]
    for row in book.model._default_manager.order_by("id").iterator(2000):
        subject = f"{book.prefix}:{row.pk}"
        if row.pk not in missing:
            yield Difference(subject, "extra")
            continue
        missing.discard(row.pk)
        right = book.model.row(row.pk, wanted[row.pk])
        if any(_plain(getattr(row, name)) != _plain(getattr(right, name)) for name in fields):
            yield Difference(subject, "different")
    for id in sorted(missing):
        yield Difference(f"{book.prefix}:{id}", "missing")


def _relations(related: Changes, check: bool) -> tuple[list[Difference], int]:
    """What differs in the tables of relations, put right unless `check`; and how many rows there are to be."""
    wanted: dict[Table, dict[tuple[Any, ...], tuple[Any, ...]]] = {table: {} for table in relating.TABLES}
    for table, row in related.rows():
        wanted[table][row[: len(table.key)]] = row
    found: list[Difference] = []
    with connection.cursor() as cursor:
        for table in relating.TABLES:
            right = wanted[table]
            cursor.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}")  # noqa: S608
            there = {row[: len(table.key)]: tuple(row) for row in cursor.fetchall()}
            extra = [key for key in there if key not in right]
            wrong = [row for key, row in right.items() if there.get(key) != row]
            found += [Difference(table.subject(key), "extra") for key in sorted(extra)]
            found += [
                Difference(table.subject(row), "different" if row[: len(table.key)] in there else "missing")
                for row in sorted(wrong)
            ]
            if not check:
                cursor.executemany(table.delete, extra)
                cursor.executemany(table.insert, wrong)
    return found, sum(len(rows) for rows in wanted.values())


def fill_in() -> None:
    """Make the relations of a record that has acts from before there were any."""
    if ActRow.objects.exists() and not LiesRow.objects.exists():
        rebuild()


def _plain(value: Any) -> Any:
    """A column as it comes back from JSON, so that a tuple and the list that the database gives are equal."""
    return msgspec.json.decode(msgspec.json.encode(value))
