"""What can be said of a signed act without the record, and whether its key may speak: the checks before guards."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from meguri.journal import books, kinds, signing
from meguri.journal.act import CLOCK, Act
from meguri.journal.signing import Jws, Signed
from meguri.journal.states import KeyState
from meguri.journal.world import State
from meguri.kit import clock
from meguri.kit.problems import N_, refuse

MOST_BYTES = 512 * 1024


class Prepared(msgspec.Struct, frozen=True):
    """A signed act after all checks that need no record: its bytes, id, kind, body, and what it touches."""

    signed: Signed
    canonical: bytes
    id: str
    kind: kinds.Kind
    body: Any
    reads: frozenset[str]
    claimed: datetime
    legal: datetime | None
    jws: Jws

    @property
    def act(self) -> Act:
        """The act."""
        return self.signed.act

    @property
    def touches(self) -> frozenset[str]:
        """Every subject whose state its guards and folds may ask for."""
        return self.reads.union(self.act.subjects)


def _moment(text: str, pointer: str) -> datetime:
    try:
        return clock.parse(text)
    except ValueError:
        raise refuse(
            N_("“{text}” is no instant. Write RFC 3339 with a zone, such as 2025-10-01T09:00:00.000Z."),
            pointer,
            "instant",
            text=text[:80],
        ) from None


def _within(value: str, most: int, pointer: str) -> None:
    if not 0 < len(value) <= most:
        raise refuse(
            N_("This has {length} characters; from 1 to {most} are allowed."),
            pointer,
            "length",
            length=len(value),
            most=most,
        )


def canonical_bytes(act: Act) -> bytes:
    """The act's canonical bytes. Refused where it holds what JSON or the record cannot carry, or too much."""
    try:
        canonical = act.canonical()
    except (ValueError, TypeError, RecursionError):
        raise refuse(
            N_("The act holds a value that JSON cannot carry exactly, such as an integer beyond 2^53."), "/body", "json"
        ) from None
    if b"\\u0000" in canonical:
        raise refuse(N_("The act holds the character U+0000, which the record cannot keep."), "/body", "json")
    if len(canonical) > MOST_BYTES:
        raise refuse(
            N_("The act has {size} bytes; at most {most} are taken."),
            "/body",
            "size",
            size=len(canonical),
            most=MOST_BYTES,
        )
    return canonical


def prepare(signed: Signed, parsed: MutableMapping[str, Jws], canonical: bytes | None = None) -> Prepared:
    """Everything that can be checked without the record. `parsed` keeps signatures taken apart, by their text;
    `canonical` are the act's canonical bytes where the caller made them already.
    """
    act = signed.act
    kind = kinds.find(act.kind)
    _within(act.actor, 120, "/actor")
    _within(act.key, 64, "/key")
    _within(act.nonce, 64, "/nonce")
    if act.node != settings.NODE:
        raise refuse(
            N_("The act is meant for node {node}; this is {here}."), "/node", "node", node=act.node, here=settings.NODE
        )
    if act.legal is not None and act.actor != CLOCK:
        # Guards date an act by it: whoever could set it could act before a clock ran out, or after.
        raise refuse(
            N_("Only the clock dates its acts in law. Leave this null; the claimed time counts."), "/legal", "legal"
        )
    if canonical is None:
        canonical = canonical_bytes(act)
    body = kind.read(act)
    expected = tuple(sorted(set(kind.subjects(body))))
    if act.subjects != expected:
        raise refuse(
            N_("An act of kind {kind} with this body has the subjects {expected}, sorted and without repeats."),
            "/subjects",
            "subjects",
            kind=kind.name,
            expected=", ".join(expected),
        )
    for place, subject in enumerate(expected):
        _within(subject, 120, f"/subjects/{place}")
        if not books.kept(subject):
            raise refuse(
                N_("“{subject}” is no subject that any book keeps."), f"/subjects/{place}", "subject", subject=subject
            )
    reads = {f"key:{act.key}", *kind.reads(act, body)}
    for subject in reads:
        if not books.kept(subject):
            raise refuse(N_("“{subject}” is no subject that any book keeps."), "/body", "subject", subject=subject)
    if books.kept(act.actor):
        reads.add(act.actor)
    jws = parsed.get(signed.signature.jws)
    if jws is None:
        jws = parsed[signed.signature.jws] = signing.parse(signed.signature.jws)
    id = act.digest(canonical)
    if jws.header.kid != act.key:
        raise refuse(
            N_("The signature names key {kid}, the act names {key}."),
            "/signature/jws",
            "signature-key",
            kid=jws.header.kid,
            key=act.key,
        )
    if not signing.covers(signed.signature, jws, bytes.fromhex(id)):
        raise refuse(N_("The signature does not cover this act."), "/signature", "signature")
    _check_private(signed)
    return Prepared(
        signed,
        canonical,
        id,
        kind,
        body,
        frozenset(reads),
        _moment(act.claimed, "/claimed"),
        _moment(act.legal, "/legal") if act.legal else None,
        jws,
    )


def _check_private(signed: Signed) -> None:
    for name, value in signed.private.items():
        _within(name, 80, "/private")
        try:
            right = signed.act.private.get(name) == value.commitment and len(value.salt) in range(32, 65)
        except ValueError:
            right = False
        if not right:
            raise refuse(
                N_("The act commits to no such value. Commit to SHA-256 over a salt of 16 to 32 bytes and the value."),
                f"/private/{name}",
                "commitment",
            )


def judge_key(key: State | None, item: Prepared, at: datetime, genuine: MutableMapping[str, bool]) -> None:
    """Refuse an act whose key does not speak for its actor at the claimed and the recorded time, or did not sign.

    `genuine` keeps which signatures were checked, so that a batch is checked once.
    """
    public = item.body.public if key is None and item.kind.name == "journal.found" else ""
    if isinstance(key, KeyState):
        public = key.public
        if key.owner != item.act.actor or key.mode == "log":
            raise refuse(
                N_("Key {key} does not speak for {actor}."), "/key", "key-owner", key=item.act.key, actor=item.act.actor
            )
        for moment, pointer in ((item.claimed, "/claimed"), (at, "/key")):
            if not key.active(moment):
                raise refuse(
                    N_("Key {key} does not count at {at}: it counts from {since}, and until {until}."),
                    pointer,
                    "key-inactive",
                    key=item.act.key,
                    at=clock.stamp(moment),
                    since=clock.stamp(key.since),
                    until=clock.stamp(key.revoked) if key.revoked else "—",
                )
    elif not public:
        raise refuse(N_("Key {key} is not enrolled."), "/key", "key-unknown", key=item.act.key)
    check_signature(public, item, genuine)


def check_signature(public: str, item: Prepared, genuine: MutableMapping[str, bool]) -> None:
    """Refuse an act that this key did not sign."""
    jws = item.signed.signature.jws
    if jws not in genuine:
        genuine[jws] = signing.key_id(public) == item.act.key and signing.genuine(item.jws, public)
    if not genuine[jws]:
        raise refuse(N_("The signature does not match the act and the key."), "/signature", "signature")
