"""The declaration of a list: its name, the book behind it, by what it can be narrowed, and what each line says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from meguri.journal.projections.books import Projection
from meguri.journal.subject import bare

Beside = Callable[[Sequence[Projection]], Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Filter:
    """A column by which a list is narrowed, and what it holds; `values` where only these can stand there."""

    column: str
    text: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """What a room lets systems read as ``/api/NAME``.

    A line is the subject's whole state, field by field, so that a new field of a state is a new field of the list. What
    is `open` anybody reads; all else is what the reader's organisation sees (`relations`). `beside(rows)` gives, by id,
    what pages say of a subject beside its state, each named and typed in `more`. `record` says that one line is also
    read by itself at ``/api/NAME/ID``; rooms whose records say more have an endpoint of their own.
    """

    name: str
    prefix: str
    model: type[Projection]
    text: str
    filters: Mapping[str, Filter] = field(default_factory=dict)
    open: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
    beside: Beside | None = None
    record: bool = False

    @cached_property
    def line(self) -> type[msgspec.Struct]:
        """The type of a line: id, subject, address, the state's fields, and what stands beside."""
        state = self.model.STATE
        fields: list[Any] = [("id", str), ("subject", str), ("href", str)]
        fields += [(one.name, one.type) for one in msgspec.structs.fields(state)]
        fields += list(self.more.items())
        return msgspec.defstruct(
            f"{self.prefix.capitalize()}Line",
            fields,
            frozen=True,
            kw_only=True,
            namespace={"__doc__": f"{self.text} {(state.__doc__ or '').strip()}"},
            module=self.model.__module__,
        )

    def href(self, id: str) -> str:
        """Where a record is read."""
        return f"/api/{self.name}/{bare(id)}"

    def lines(self, rows: Sequence[Projection]) -> list[msgspec.Struct]:
        """Rows as lines."""
        said = self.beside(rows) if self.beside and rows else {}
        found = []
        for row in rows:
            state = row.value
            told = {name: getattr(state, name) for name in state.__struct_fields__}
            about = {"id": bare(row.pk), "subject": f"{self.prefix}:{row.pk}", "href": self.href(row.pk)}
            found.append(self.line(**about, **told, **said.get(row.pk, {})))
        return found


_LISTS: dict[str, Listed] = {}


def keep(listed: Listed) -> Listed:
    """Make a list known. ValueError where the name is taken."""
    if listed.name in _LISTS:
        raise ValueError(f"there is a list {listed.name} already")
    _LISTS[listed.name] = listed
    return listed


def every() -> tuple[Listed, ...]:
    """All lists, by name."""
    return tuple(_LISTS[name] for name in sorted(_LISTS))


def address(subject: str) -> str | None:
    """Where systems read a subject; None where no list has it."""
    prefix, _, id = subject.partition(":")
    return next((one.href(id) for one in _LISTS.values() if one.prefix == prefix), None)
