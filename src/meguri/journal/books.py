"""Books: how states of one type of subject are kept as rows that people query. Rows are made only from states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec
from django.db import models

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

    def load(self, ids: Sequence[str]) -> dict[str, State]:
        """States by id, for those that exist."""
        rows = self.model._default_manager.filter(id__in=ids).values_list("id", "state")
        return {id: msgspec.convert(state, self.model.STATE, str_keys=True) for id, state in rows}

    def save(self, states: Mapping[str, State]) -> None:
        """Insert or replace rows, in bulk."""
        rows = [self.model.row(id, state) for id, state in states.items()]
        if not rows:
            return
        fields = [f.name for f in self.model._meta.concrete_fields if not f.primary_key]
        self.model._default_manager.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=500
        )


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


def load(subjects: Iterable[str]) -> dict[str, State | None]:
    """States of all subjects, one query a book; None for those that do not exist."""
    wanted: dict[str, list[str]] = {}
    for subject in subjects:
        prefix, id = split(subject)
        wanted.setdefault(prefix, []).append(id)
    found: dict[str, State | None] = {}
    for prefix, ids in wanted.items():
        states = book(prefix).load(ids)
        for id in ids:
            found[f"{prefix}:{id}"] = states.get(id)
    return found


def save(states: Mapping[str, State | None]) -> None:
    """Keep states by subject, one statement a book."""
    sorted_out: dict[str, dict[str, State]] = {}
    for subject, state in states.items():
        prefix, id = split(subject)
        if state is not None:
            sorted_out.setdefault(prefix, {})[id] = state
    for prefix, kept_states in sorted_out.items():
        book(prefix).save(kept_states)
