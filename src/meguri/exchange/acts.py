"""What another node has said, taken in: one act of this node wraps the signed acts of the other.

What comes from abroad moves nothing by itself. `exchange.received` writes copies (``case:C@meguri.mys``) and nothing
else; what follows from them is taken in by acts of their own, as on one node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated

import msgspec

from meguri.journal.act import Act
from meguri.journal.entry import history
from meguri.journal.entry.admission import MOST_BYTES
from meguri.journal.kinds import Kind, define
from meguri.journal.signatures.signing import Signature
from meguri.journal.subject import at, split

COPIED = frozenset({"case", "account", "verdict", "track", "reply", "guarantee", "movement", "arrival", "use"})
"""Prefixes of what is copied. Lots and events never are: what a movement's document says of them is enough."""


class Foreign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed act of another node: its canonical bytes as text, its signature, its number there and when it was taken
    down there. `unread` where its kind or version is not known here: it is kept, and changes nothing.
    """

    canonical: Annotated[str, msgspec.Meta(max_length=MOST_BYTES, extra={"text": True})]
    signature: Signature
    number: int
    recorded: datetime
    unread: bool = False

    @property
    def id(self) -> str:
        """Its id."""
        return Act.digest(self.canonical.encode())


class Received(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The node takes in what the node `from_` has said on a case, in the order of that node's journal.

    `home` is the node that keeps the case. `keys` are the public keys that signed, by the id that the acts name.
    """

    from_: str
    case: str
    home: str
    acts: tuple[Foreign, ...]
    keys: dict[str, str] = {}


def nonce(acts: Sequence[Foreign]) -> str:
    """The nonce of a taking in: the same acts are taken in once."""
    return hashlib.sha256("\n".join(one.id for one in acts).encode()).hexdigest()


@lru_cache(maxsize=2048)
def told(one: Foreign) -> history.Told:
    """A foreign act taken apart. Refused where it is none, is not known here, or its signature does not cover it."""
    return history.read(one.canonical.encode(), one.signature)


def copied(subjects: Iterable[str], node: str) -> dict[str, str]:
    """Of what an act of a node writes, what is copied, with the name of the copy."""
    return {name: at(name, node) for name in subjects if split(name)[0] in COPIED}


def feed(case: str, node: str) -> str:
    """The subject that keeps how far a node's acts on a case were taken in."""
    return at(f"feed:{case}", node)


def _subjects(body: Received) -> list[str]:
    found = {feed(body.case, body.from_)}
    for one in body.acts:
        if not one.unread:
            found.update(copied(told(one).act.subjects, body.from_).values())
    return sorted(found)


def _dossier(act: Act, body: Received) -> Iterable[str]:
    """The dossier as it stands here, and this node's own of that name."""
    return [f"case:{body.case}"] if body.home == act.node else [f"case:{body.case}", f"case:{body.case}@{body.home}"]


define(Kind(name="exchange.received", version=1, body=Received, subjects=_subjects, reads=_dossier, copies=True))
