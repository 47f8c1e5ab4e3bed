"""Books: how states of one type of subject are kept as rows that people query. Rows are made only from states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec
from django.db import connection, models

from meguri.journal.world import State

P = TypeVar("P", bound="Projection")


class Projection(models.Model):
    """Base of every table that adds up acts: the subject, its state, and columns worth an index.

    A concrete table names its state struct and says what its columns hold; `columns` is a pure function of the state.
    """

    STATE: ClassVar[type[msgspec.Struct]]

    id = models.CharField(primary_key=True, max_length=120)
    state = models.JSONField()

    class Meta:
        abstract = True

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """The indexed columns that follow from a state."""
        return {}

    @property
    def value(self) -> Any:
        """The state as its struct."""
        return msgspec.convert(self.state, self.STATE, str_keys=True)

    @classmethod
    def row(cls: type[P], id: str, state: State) -> P:
        """The row that keeps a state."""
        return cls(id=id, state=msgspec.to_builtins(state, str_keys=True), **cls.columns(id, state))


@dataclass(frozen=True)
class Book:
    """Keeps the subjects of one prefix (``lot`` in ``lot:7Q2…``) in one table."""

    prefix: str
    model: type[Projection]

    @property
    def table(self) -> str:
        """The table, quoted."""
        return connection.ops.quote_name(self.model._meta.db_table)

    def load(self, ids: Sequence[str]) -> dict[str, State]:
        """States by id, for those that exist."""
        found = load(f"{self.prefix}:{id}" for id in ids)
        return {split(subject)[1]: state for subject, state in found.items() if state is not None}

    def read(self, text: str | bytes) -> State:
        """A state from the JSON that keeps it."""
        state: State = msgspec.json.decode(text, type=self.model.STATE)
        return state

    def upsert(self, states: Mapping[str, State]) -> tuple[str, list[list[Any]]]:
        """The statement that inserts or replaces one row, and the values of each row."""
        others = [f for f in self.model._meta.concrete_fields if f.name not in ("id", "state")]
        names = ["id", "state", *(f.column for f in others)]
        quoted = [connection.ops.quote_name(str(name)) for name in names]
        sql = (
            f"INSERT INTO {self.table} ({', '.join(quoted)}) VALUES ({', '.join(['%s'] * len(names))}) "  # noqa: S608
            f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in quoted[1:])}"
        )
        values = []
        for id, state in states.items():
            row: list[Any] = [id, msgspec.json.encode(state).decode()]
            columns = self.model.columns(id, state)
            for field in others:
                value = (
                    columns[field.name] if field.name in columns else columns.get(field.attname, field.get_default())
                )
                row.append(field.get_db_prep_save(value, connection))
            values.append(row)
        return sql, values

    def save(self, states: Mapping[str, State]) -> None:
        """Insert or replace rows."""
        if states:
            with connection.cursor() as cursor:
                cursor.executemany(*self.upsert(states))


_BOOKS: dict[str, Book] = {}


def keep(prefix: str, model: type[Projection]) -> Book:
    """Register the table that keeps subjects with this prefix. ValueError where it is taken."""
    if prefix in _BOOKS:
        raise ValueError(f"subjects {prefix}: are kept already")
    _BOOKS[prefix] = Book(prefix, model)
    return _BOOKS[prefix]


def book(prefix: str) -> Book:
    """The book that keeps subjects with this prefix. KeyError where none does."""
    return _BOOKS[prefix]


def books() -> tuple[Book, ...]:
    """All books, by prefix."""
    return tuple(_BOOKS[prefix] for prefix in sorted(_BOOKS))


def kept(subject: str) -> bool:
    """Whether some book keeps subjects like this one, and it names one."""
    prefix, id = split(subject)
    return prefix in _BOOKS and bool(id)


def split(subject: str) -> tuple[str, str]:
    """Prefix and id of a subject: ``lot:7Q2`` is ``("lot", "7Q2")``."""
    prefix, _, id = subject.partition(":")
    return prefix, id


def selection(subjects: Iterable[str]) -> tuple[str, list[Any]]:
    """One statement (and its values) that reads the states of all subjects, whatever their books: subject, JSON."""
    wanted: dict[str, list[str]] = {}
    for subject in subjects:
        prefix, id = split(subject)
        wanted.setdefault(prefix, []).append(id)
    parts, values = [], []
    among, text, as_list = (
        ("= ANY(%s)", "state::text", list)
        if connection.vendor == "postgresql"
        else ("IN (SELECT value FROM json_each(%s))", "state", lambda ids: msgspec.json.encode(ids).decode())
    )
    for prefix, ids in sorted(wanted.items()):
        parts.append(f"SELECT '{prefix}:' || id, {text} FROM {book(prefix).table} WHERE id {among}")  # noqa: S608
        values.append(as_list(ids))
    return " UNION ALL ".join(parts), values


def understood(subjects: Iterable[str], rows: Iterable[tuple[str, str]]) -> dict[str, State | None]:
    """What the selection found, as states by subject; None for those that do not exist."""
    found: dict[str, State | None] = dict.fromkeys(subjects)
    for subject, text in rows:
        found[subject] = book(split(subject)[0]).read(text)
    return found


def load(subjects: Iterable[str]) -> dict[str, State | None]:
    """States of all subjects in one query; None for those that do not exist. KeyError where no book keeps one."""
    wanted = list(subjects)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(*selection(wanted))
        return understood(wanted, cursor.fetchall())


def by_book(states: Mapping[str, State | None]) -> list[tuple[Book, dict[str, State]]]:
    """States by book and id, leaving out what does not exist."""
    found: dict[str, dict[str, State]] = {}
    for subject, state in states.items():
        prefix, id = split(subject)
        if state is not None:
            found.setdefault(prefix, {})[id] = state
    return [(book(prefix), kept_states) for prefix, kept_states in sorted(found.items())]
