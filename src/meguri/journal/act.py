"""The act: how the record changes. Small, typed, immutable, named by the hash of its canonical bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import rfc8785

from meguri.kit import clock

P = TypeVar("P")
EXACT = 2**53 - 1
NODE = "organisation:node"
"""The actor of what the node itself says, through its operator."""
# The actor of what the passing of time brings; it alone dates acts in law.
CLOCK = "organisation:clock"


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an act is told long after it happened: written down without a connection, or entered from paper."""

    how: Literal["offline", "paper"]
    why: Annotated[str, msgspec.Meta(max_length=500)]


class SaidFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who says an act for its actor, and by which delegation on record (its bare id) it may: see `delegating`."""

    organisation: Annotated[str, msgspec.Meta(max_length=120)]
    delegation: Annotated[str, msgspec.Meta(max_length=100)]


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement on which another organisation may rely.

    `subjects` name what it touches (``lot:7Q2…``), sorted and without repeats; `actor` is an organisation's subject;
    `key` the id of the key that signs; `nonce` makes a second equal weighing another act and a retry the same one;
    `claimed` is when the actor says it happened; `legal` the instant at which law dates it, for acts of the clock;
    `private` maps names of values that are kept outside the body to salted commitments. `late` stands only in acts that
    are told long after they happened, `by` only in those that another organisation says for the actor, by its own key.
    """

    kind: str
    version: int
    node: str
    subjects: tuple[str, ...]
    actor: str
    key: str
    nonce: str
    claimed: str
    body: dict[str, Any]
    legal: str | None = None
    private: dict[str, str] = {}
    late: Late | msgspec.UnsetType = msgspec.UNSET
    by: SaidFor | msgspec.UnsetType = msgspec.UNSET

    @property
    def speaker(self) -> str:
        """The organisation whose key signs: the actor, or who says it for the actor."""
        return self.by.organisation if isinstance(self.by, SaidFor) else self.actor

    @property
    def resting(self) -> tuple[str, ...]:
        """What an act of this author rests on beside its kind's: the delegation and who acts by it."""
        return (f"delegation:{self.by.delegation}", self.by.organisation) if isinstance(self.by, SaidFor) else ()

    def canonical(self) -> bytes:
        """RFC 8785 bytes; raises ValueError for values that JSON cannot carry exactly."""
        if _plain(self.body) and _plain(self.private):
            return msgspec.json.encode(self, order="sorted")
        return rfc8785.dumps(msgspec.to_builtins(self))

    @property
    def id(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return self.digest(self.canonical())

    @staticmethod
    def digest(canonical: bytes) -> str:
        """The id that belongs to canonical bytes."""
        return hashlib.sha256(canonical).hexdigest()


def _plain(value: Any) -> bool:
    """Whether the quick encoder writes this as RFC 8785 does: no fractions, no large numbers, keys in ASCII."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -EXACT <= value <= EXACT
    if kind is dict:
        return all(type(key) is str and key.isascii() and _plain(inner) for key, inner in value.items())
    if kind is list or kind is tuple:
        return all(map(_plain, value))
    return False


def subjects(*names: str | Iterable[str]) -> tuple[str, ...]:
    """The subjects field of an act: sorted, without repeats."""
    found: set[str] = set()
    for name in names:
        if isinstance(name, str):
            found.add(name)
        else:
            found.update(name)
    return tuple(sorted(found))


class Instants(msgspec.Struct, frozen=True):
    """When an act is said to have happened, when it is taken down, and the instant at which law dates it, if any."""

    claimed: datetime
    recorded: datetime
    legal: datetime | None = None

    @property
    def counts(self) -> datetime:
        """The instant that counts in law: the legal one for acts of the clock, else the claimed one."""
        return self.legal or self.claimed

    @property
    def both(self) -> tuple[datetime, ...]:
        """The instants at which what may be done is judged: claimed and recorded; for acts of the clock the legal."""
        return (self.legal,) if self.legal else (self.claimed, self.recorded)

    def wrong(self, check: Callable[[datetime], Iterable[P]]) -> list[P]:
        """What `check` finds wrong at the first of `both` at which it finds anything."""
        return next((found for instant in self.both if (found := list(check(instant)))), [])


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An act as the journal took it down: its number and the three times. Folds see this and nothing else."""

    act: Act
    id: str
    number: int
    recorded: datetime

    @property
    def claimed(self) -> datetime:
        """When the actor says it happened."""
        return clock.parse(self.act.claimed)

    @property
    def at(self) -> datetime:
        """The instant that counts in law: the legal one for acts of the clock, else the claimed one."""
        return clock.parse(self.act.legal) if self.act.legal else self.claimed
