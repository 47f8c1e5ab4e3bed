"""The kinds of act. Rooms register theirs here: schema, subjects, readers, guards, folds.

Several rooms may guard and fold one kind: a departure is one act which both the case and the lots obey.
Guards run before folds; all must pass. A guard raises a MeguriError and changes nothing; a fold changes only
its own subjects and is a pure function of the states and the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec

from meguri.journal.act import Act, Entry
from meguri.journal.world import World
from meguri.kit.problems import N_, refuse

Body = Any
Guard = Callable[[World, Act, Body], None]
Fold = Callable[[World, Entry, Body], None]
Readers = Literal["public", "parties", "actor"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Kind:
    """One kind of act in its newest version.

    `subjects(body)` names what it writes (locked), `reads(act, body)` what its guards and folds also look at (locked
    against change, not for change). `upcasters[n]` lifts a body of version n to n + 1. The actor's own subject and
    its key are always readable.
    """

    name: str
    version: int
    body: type[msgspec.Struct]
    subjects: Callable[[Any], Iterable[str]]
    readers: Readers = "parties"
    reads: Callable[[Act, Any], Iterable[str]] = lambda act, body: ()
    upcasters: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)

    def read(self, act: Act) -> Any:
        """The body as a struct of the newest version. Raises Refused with pointers under /body."""
        raw, version = act.body, act.version
        if version > self.version or version < 1:
            raise refuse(
                N_("{kind} is known up to version {known}, not {version}."),
                "/version",
                "version",
                kind=self.name,
                known=self.version,
                version=version,
            )
        while version < self.version:
            raw = self.upcasters[version](raw)
            version += 1
        try:
            return msgspec.convert(raw, self.body)
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            pointer = "/body" + where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
            raise refuse(N_("{kind}: {what}."), pointer, "schema", kind=self.name, what=text) from None


_KINDS: dict[str, Kind] = {}


def define(kind: Kind) -> Kind:
    """Register a kind. ValueError where the name is taken."""
    if kind.name in _KINDS:
        raise ValueError(f"{kind.name} is defined twice")
    _KINDS[kind.name] = kind
    return kind


def find(name: str) -> Kind:
    """The kind of that name. Raises Refused where no room has registered it."""
    if name not in _KINDS:
        from meguri.kit.problems import nearest

        raise refuse(
            N_("There is no kind of act “{kind}”. The nearest is “{nearest}”."),
            "/kind",
            "kind",
            kind=name,
            nearest=nearest(name, _KINDS),
        )
    return _KINDS[name]


def every() -> tuple[Kind, ...]:
    """All kinds, by name."""
    return tuple(_KINDS[name] for name in sorted(_KINDS))


def guard(*names: str) -> Callable[[F], F]:
    """Decorate a guard ``(world, act, body)`` of those kinds; the kinds must be defined first."""

    def register(function: F) -> F:
        for name in names:
            _KINDS[name].guards.append(function)
        return function

    return register


def fold(*names: str) -> Callable[[F], F]:
    """Decorate a fold ``(world, entry, body)`` of those kinds; the kinds must be defined first."""

    def register(function: F) -> F:
        for name in names:
            _KINDS[name].folds.append(function)
        return function

    return register
