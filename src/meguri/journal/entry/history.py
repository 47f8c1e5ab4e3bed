"""Reading back what was told: an act of any version, of this node or another, under whatever name its node had.

Nothing is asked here of the present: no guard, no node name, no newest version. What an act writes is what it carries;
whether that is what its version names is a question of its own, which `verify` asks.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from datetime import datetime
from typing import Any

import msgspec

from meguri.journal import kinds
from meguri.journal.act import Act, Entry
from meguri.journal.signatures import signing
from meguri.journal.signatures.signing import Jws, Signature
from meguri.journal.world import State, World
from meguri.kit import clock
from meguri.kit.problems import N_, refuse


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A signed act taken apart: its bytes, id, kind, its body as the newest version has it, its instants, its mark."""

    act: Act
    canonical: bytes
    id: str
    kind: kinds.Kind
    body: Any
    claimed: datetime
    legal: datetime | None
    signature: Signature
    jws: Jws

    @property
    def named(self) -> tuple[str, ...]:
        """What an act of this version with this body writes; the act carries the same, or was not made by its rules."""
        version = self.kind.of(self.act.version)
        return version.names(self.body if version.number == self.kind.version else self.kind.decode(self.act))


def instant(text: str, pointer: str) -> datetime:
    """An instant that an act carries. Refused where it is none, or has no zone."""
    try:
        return clock.parse(text)
    except ValueError:
        raise refuse(
            N_("“{text}” is no instant. Write RFC 3339 with a zone, such as 2025-10-01T09:00:00.000Z."),
            pointer,
            "instant",
            text=text[:80],
        ) from None


def mark(act: Act, id: str, signature: Signature, parsed: MutableMapping[str, Jws], made: Collection[str] = ()) -> Jws:
    """An act's signature taken apart. Refused where it names another key than the act, or does not cover it; that those
    `made` just now over these very acts do, is not worked out again.
    """
    jws = parsed.get(signature.jws)
    if jws is None:
        jws = parsed[signature.jws] = signing.parse(signature.jws)
    if jws.header.kid != act.key:
        raise refuse(
            N_("The signature names key {kid}, the act names {key}."),
            "/signature/jws",
            "signature-key",
            kid=jws.header.kid,
            key=act.key,
        )
    if signature.jws not in made and not signing.covers(signature, jws, bytes.fromhex(id)):
        raise refuse(N_("The signature does not cover this act."), "/signature", "signature")
    return jws


def read(canonical: bytes, signature: Signature, parsed: MutableMapping[str, Jws] | None = None) -> Told:
    """An act from its canonical bytes and its signature. `parsed` keeps signatures taken apart, by their text.

    Refused where the bytes are no act, its kind or version is not known here, its body is not as its version has it, or
    the signature does not cover it. Whether the key may speak is for `authenticity` to say.
    """
    try:
        act = msgspec.json.decode(canonical, type=Act)
    except msgspec.MsgspecError as error:
        raise refuse(N_("This is no act: {why}."), "", "schema", why=str(error)) from None
    id = act.digest(canonical)
    kind = kinds.find(act.kind)
    return Told(
        act=act,
        canonical=canonical,
        id=id,
        kind=kind,
        body=kind.read(act),
        claimed=instant(act.claimed, "/claimed"),
        legal=instant(act.legal, "/legal") if act.legal else None,
        signature=signature,
        jws=mark(act, id, signature, {} if parsed is None else parsed),
    )


def apply(
    told: Told, number: int, recorded: datetime, states: dict[str, State | None], own: str | tuple[str, ...] = ""
) -> frozenset[str]:
    """Fold an act into the states; returns the subjects that changed. A fold sees what the act writes and no more.

    With `own`, only folds of modules whose names begin so.
    """
    world = World({name: states.get(name) for name in told.act.subjects})
    entry = Entry(act=told.act, id=told.id, number=number, recorded=recorded)
    for folding in told.kind.folds:
        if folding.serves(told.act.version) and folding.fold.__module__.startswith(own):
            folding.fold(world, entry, told.body)
    states.update(world.changes())
    return frozenset(world.changed)
