"""Books: how states of one type of subject are kept as rows that people query. Rows are made only from states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, lru_cache
from typing import Any, ClassVar, TypeVar

import msgspec
from django.db import connection, models

from meguri.journal.projections.relations import Relation
from meguri.journal.subject import split
from meguri.journal.world import State

P = TypeVar("P", bound="Projection")


class Projection(models.Model):
    """Base of every table that adds up acts: the subject, its state, and columns worth an index.

    A concrete table names its state struct and says what its columns hold; `columns` is a pure function of the state.
    `SINCE` is the field of the state with the instant before which nothing can have happened to the subject, if any.
    """

    STATE: ClassVar[type[msgspec.Struct]]
    SINCE: ClassVar[str] = ""

    id = models.CharField(primary_key=True, max_length=120)
    state = models.JSONField()

    class Meta:
        abstract = True

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """The indexed columns that follow from a state."""
        return {}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """What follows from this one state for `relations`: what lies where, who reads that, what is linked to what."""
        return ()

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

    def table(self, at: str = "") -> str:
        """The table, quoted; with `at`, the one beside it whose name begins so."""
        return connection.ops.quote_name(at + self.model._meta.db_table)

    @cached_property
    def declares(self) -> bool:
        """Whether its states declare relations at all."""
        return self.model.relations.__func__ is not Projection.relations.__func__  # type: ignore[attr-defined]

    def read(self, text: str | bytes) -> State:
        """A state from the JSON that keeps it."""
        state: State = msgspec.json.decode(text, type=self.model.STATE)
        return state

    def rows(self, states: Mapping[str, State]) -> list[dict[str, Any]]:
        """What each row holds, by column: id, state as JSON, and the values that follow from it."""
        names = columns_of(self.model)
        rows = []
        for id, state in states.items():
            row: dict[str, Any] = {"id": id, "state": msgspec.Raw(msgspec.json.encode(state))}
            given = self.model.columns(id, state)
            for column, field in names:
                name = field.name if field.name in given else field.attname
                row[column] = given[name] if name in given else field.get_default()
            rows.append(row)
        return rows

    def upsert(self, states: Mapping[str, State], at: str = "") -> tuple[str, list[Any]]:
        """For PostgreSQL: one statement, with its one value, that inserts or replaces the rows of all these states."""
        return upsert_json(self.model, at), [msgspec.json.encode(self.rows(states)).decode()]

    def begin(self, states: Mapping[str, State], at: str = "") -> tuple[str, list[list[Any]]]:
        """For PostgreSQL: what copies the rows of states that have none yet, and the rows."""
        quote = connection.ops.quote_name
        names = ", ".join(quote(name) for name in ("id", "state", *(column for column, _ in columns_of(self.model))))
        return f"COPY {self.table(at)} ({names}) FROM STDIN", self._values(states)

    def _values(self, states: Mapping[str, State]) -> list[list[Any]]:
        fields = prepared_of(self.model)
        return [
            [row["id"], bytes(row["state"]).decode()]
            + [prepare(row[column]) if prepare else row[column] for column, prepare in fields]
            for row in self.rows(states)
        ]

    def save(self, states: Mapping[str, State], at: str = "") -> None:
        """Insert or replace rows, in the table or (`at`) in the one beside it."""
        if not states:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(*self.upsert(states, at))
                return
            cursor.executemany(upsert_values(self.model, at), self._values(states))


@lru_cache(maxsize=1024)
def instant(value: datetime | None) -> Any:
    """An instant as the database's driver takes it. Acts told together hold few different ones."""
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)


@cache
def prepared_of(model: type[Projection]) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """The same columns, each with what makes its value one that the driver takes; None where each is one."""

    def prepare(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
        if isinstance(field, models.DateTimeField):
            return instant
        return None if isinstance(field, PLAIN) else lambda value: field.get_db_prep_save(value, connection)

    return [(column, prepare(field)) for column, field in columns_of(model)]


@cache
def columns_of(model: type[Projection]) -> list[tuple[str, models.Field[Any, Any]]]:
    """The columns beside id and state."""
    return [(str(f.column), f) for f in model._meta.concrete_fields if f.name not in ("id", "state")]


def _upsert(model: type[Projection], at: str, source: Callable[[list[str]], str]) -> str:
    quote = connection.ops.quote_name
    names = [quote(name) for name in ("id", "state", *(column for column, _ in columns_of(model)))]
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
    table = quote(at + model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(names)}) {source(names)} ON CONFLICT (id) DO UPDATE SET {changes}"


@cache
def upsert_values(model: type[Projection], at: str = "") -> str:
    """Insert or replace a row given value by value."""
    return _upsert(model, at, lambda names: f"VALUES ({', '.join(['%s'] * len(names))})")


@cache
def upsert_json(model: type[Projection], at: str = "") -> str:
    """Insert or replace rows given as one JSON list of objects (PostgreSQL): one value, however many rows."""
    kinds = [model._meta.get_field("id"), model._meta.get_field("state"), *(field for _, field in columns_of(model))]

    def source(names: list[str]) -> str:
        typed = ", ".join(f"{name} {field.db_type(connection)}" for name, field in zip(names, kinds, strict=True))
        return f"SELECT {', '.join(names)} FROM jsonb_to_recordset(%s::jsonb) AS given({typed})"  # noqa: S608

    return _upsert(model, at, source)


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


def since(prefix: str, state: State) -> datetime | None:
    """The instant before which nothing can have happened to a subject; None where its state tells none."""
    field = _BOOKS[prefix].model.SINCE
    found: datetime | None = getattr(state, field) if field else None
    return found


def kept(subject: str) -> bool:
    """Whether some book keeps subjects like this one, and it names one."""
    prefix, id = split(subject)
    return prefix in _BOOKS and bool(id)


def selection(subjects: Iterable[str], at: str = "") -> tuple[str, list[Any]]:
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
        parts.append(f"SELECT '{prefix}:' || id, {text} FROM {book(prefix).table(at)} WHERE id {among}")  # noqa: S608
        values.append(as_list(ids))
    return " UNION ALL ".join(parts), values


def understood(subjects: Iterable[str], rows: Iterable[tuple[str, str]]) -> dict[str, State | None]:
    """What the selection found, as states by subject; None for those that do not exist."""
    found: dict[str, State | None] = dict.fromkeys(subjects)
    for subject, text in rows:
        found[subject] = book(split(subject)[0]).read(text)
    return found


def load(subjects: Iterable[str], at: str = "") -> dict[str, State | None]:
    """States of all subjects in one query; None for those that do not exist. KeyError where no book keeps one."""
    wanted = list(subjects)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(*selection(wanted, at))
        return understood(wanted, cursor.fetchall())


def by_book(states: Mapping[str, State | None]) -> list[tuple[Book, dict[str, State]]]:
    """States by book and id, leaving out what does not exist."""
    found: dict[str, dict[str, State]] = {}
    for subject, state in states.items():
        prefix, id = split(subject)
        if state is not None:
            found.setdefault(prefix, {})[id] = state
    return [(book(prefix), kept_states) for prefix, kept_states in sorted(found.items())]
