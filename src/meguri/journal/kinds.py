"""The kinds of act. Rooms register theirs here: schema, subjects, readers, guards, folds.

Several rooms may guard and fold one kind: a departure is one act which both the case and the lots obey. Guards judge an
act that is being told; all must pass, and each raises a MeguriError and changes nothing. Folds say what an act changes;
each is a pure function of the entry and of the states of the subjects that the act writes, and sees no others.

A kind has versions. Only the newest is told; every one that was ever told can be read, as long as the house stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import msgspec

from meguri.journal.act import Act, Entry, Instants
from meguri.journal.world import World
from meguri.kit.problems import N_, nearest, refuse

Body = Any
Guard = Callable[[World, Act, Body, Instants], None]
Fold = Callable[[World, Entry, Body], None]
Readers = Literal["public", "parties", "actor"]
F = TypeVar("F", bound=Callable[..., Any])


def _nothing(act: Act, body: Body) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Version:
    """One version of a kind: the body's schema, what it writes, what its guards also look at.

    `subjects(body)` names what it writes (locked), `reads(act, body)` what guards look at beside it (locked against
    change, not for change). `lift(body)` makes a body of the next version; the newest has none.
    """

    number: int
    body: type[msgspec.Struct]
    subjects: Callable[[Any], Iterable[str]]
    reads: Callable[[Act, Any], Iterable[str]] = _nothing
    lift: Callable[[Any], Any] | None = None

    def names(self, body: Body) -> tuple[str, ...]:
        """What an act with this body writes: sorted, without repeats."""
        return tuple(sorted(set(self.subjects(body))))


@dataclass(frozen=True)
class Folding:
    """A fold, and the versions of an act that it is for."""

    fold: Fold
    since: int = 1
    until: int | None = None

    def serves(self, version: int) -> bool:
        """Whether it folds acts of that version."""
        return self.since <= version and (self.until is None or version <= self.until)


@dataclass
class Kind:
    """One kind of act, described by its newest version; `earlier` are those before it, in order.

    The actor's own subject and its key are always readable to guards. One that `copies` writes what other nodes keep,
    as it is seen from here, and nothing else does.
    """

    name: str
    version: int
    body: type[msgspec.Struct]
    subjects: Callable[[Any], Iterable[str]]
    readers: Readers = "parties"
    reads: Callable[[Act, Any], Iterable[str]] = _nothing
    earlier: tuple[Version, ...] = ()
    copies: bool = False
    guards: list[Guard] = field(default_factory=list)
    folds: list[Folding] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = [one.number for one in self.versions]
        if numbers != list(range(1, self.version + 1)):
            raise ValueError(f"{self.name}: the versions are {numbers}; every one from 1 to {self.version} is needed")
        if any(one.lift is None for one in self.earlier):
            raise ValueError(f"{self.name}: an earlier version needs a lift to the next")

    @property
    def newest(self) -> Version:
        """The version that is told now."""
        return Version(self.version, self.body, self.subjects, self.reads)

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions, oldest first."""
        return (*self.earlier, self.newest)

    def of(self, number: int) -> Version:
        """The version with that number. Raises Refused where it is not known here."""
        if not 1 <= number <= self.version:
            raise refuse(
                N_("{kind} is known up to version {known}, not {version}."),
                "/version",
                "version",
                kind=self.name,
                known=self.version,
                version=number,
            )
        return self.newest if number == self.version else self.earlier[number - 1]

    def decode(self, act: Act) -> Any:
        """The body as the struct of the act's own version. Raises Refused with pointers under /body."""
        try:
            return msgspec.convert(act.body, self.of(act.version).body)
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            pointer = "/body" + where.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
            raise refuse(N_("{kind}: {what}."), pointer, "schema", kind=self.name, what=text) from None

    def lift(self, body: Any, number: int) -> Any:
        """A body of that version as one of the newest."""
        for one in self.earlier[number - 1 :]:
            assert one.lift is not None
            body = one.lift(body)
        return body

    def read(self, act: Act) -> Any:
        """The body of an act of any version as the struct of the newest."""
        return self.lift(self.decode(act), act.version)


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
    """Decorate a guard ``(world, act, body, at)`` of those kinds; the kinds must be defined first."""

    def register(function: F) -> F:
        for name in names:
            _KINDS[name].guards.append(function)
        return function

    return register


def fold(*names: str, since: int = 1, until: int | None = None) -> Callable[[F], F]:
    """Decorate a fold ``(world, entry, body)`` of those kinds; the kinds must be defined first.

    The body is always of the newest version. `since` and `until` are the versions of the act that the fold is for: what
    a later version writes beside is a fold of its own, and acts of before go on as they did.
    """

    def register(function: F) -> F:
        for name in names:
            _KINDS[name].folds.append(Folding(function, since, until))
        return function

    return register
