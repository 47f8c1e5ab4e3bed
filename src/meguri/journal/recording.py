"""`record`: the one way in which the record changes. Verify, lock, guard, number, fold, append, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from meguri.journal import books, kinds, rows, signing, timing
from meguri.journal.act import Act, Entry
from meguri.journal.models import Private
from meguri.journal.signing import Jws, Signed
from meguri.journal.states import KeyState
from meguri.journal.world import State, World
from meguri.kit import clock
from meguri.kit.problems import N_, Conflict, MeguriError, Problem, refuse

AHEAD = timedelta(minutes=5)
MOST_ACTS = 5000
MOST_BYTES = 512 * 1024
_writing: ContextVar[int] = ContextVar("journal_writing", default=0)


class Receipt(msgspec.Struct, frozen=True):
    """What the journal answers: the act's id, its number, when it was taken down, and whether it was new."""

    id: str
    number: int
    recorded: datetime
    fresh: bool


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


def writing() -> bool:
    """Whether the journal itself is writing now (record or rebuild)."""
    return _writing.get() > 0


@contextmanager
def as_writer() -> Iterator[None]:
    """Mark what happens inside as written by the journal."""
    token = _writing.set(_writing.get() + 1)
    try:
        yield
    finally:
        _writing.reset(token)


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
    _check_signature(public, item, genuine)


def _check_signature(public: str, item: Prepared, genuine: MutableMapping[str, bool]) -> None:
    jws = item.signed.signature.jws
    if jws not in genuine:
        genuine[jws] = signing.key_id(public) == item.act.key and signing.genuine(item.jws, public)
    if not genuine[jws]:
        raise refuse(N_("The signature does not match the act and the key."), "/signature", "signature")


def apply(item: Prepared, number: int, recorded: datetime, states: dict[str, State | None]) -> frozenset[str]:
    """Fold one act into the states; returns the subjects that changed."""
    world = World({name: states.get(name) for name in item.touches}, frozenset(item.act.subjects))
    entry = Entry(act=item.act, id=item.id, number=number, recorded=recorded)
    for fold in item.kind.folds:
        fold(world, entry, item.body)
    states.update(world.changes())
    return frozenset(world.changed)


def _judge(item: Prepared, now: datetime, states: Mapping[str, State | None], genuine: dict[str, bool]) -> None:
    if item.claimed > now + AHEAD:
        raise refuse(
            N_("The act claims to happen at {claimed}, after the present {now}."),
            "/claimed",
            "future",
            claimed=item.act.claimed,
            now=clock.stamp(now),
        )
    judge_key(states[f"key:{item.act.key}"], item, now, genuine)
    world = World({name: states.get(name) for name in item.touches}, frozenset())
    for guard in item.kind.guards:
        guard(world, item.act, item.body)


def record(signed: Sequence[Signed], *, canonical: Sequence[bytes] | None = None, new: bool = False) -> list[Receipt]:
    """Take acts down, all or none, in the order given; an act told before gives its old receipt (`fresh` False).

    `canonical` are the acts' canonical bytes where the caller has them; `new` says that the nonces were made just
    now, so that no replay needs looking for. Raises Refused, Conflict, NotAllowed and the like, with pointers into
    the act (into the list where there are several).
    """
    if len(signed) > MOST_ACTS:
        raise refuse(
            N_("At most {most} acts are taken at once, not {count}."), "", "many", most=MOST_ACTS, count=len(signed)
        )
    parsed: dict[str, Jws] = {}
    items: list[Prepared] = []
    for place, one in enumerate(signed):
        with placed(place, len(signed)):
            items.append(prepare(one, parsed, canonical[place] if canonical else None))
    if not items:
        return []
    timing.lap("checks and canonical bytes")
    try:
        with as_writer(), transaction.atomic():
            receipts = _record(items, new)
        timing.lap("commit")
        return receipts
    except IntegrityError as error:
        if "journal_act" not in str(error):
            raise
        # Two writers told the same nonce at once and no shared subject made one wait for the other.
        with as_writer(), transaction.atomic():
            return _record(items, False)
    except OperationalError as error:
        if "deadlock" not in str(error):
            raise
        raise Conflict(
            Problem(
                N_("Others changed the same things at the same moment. Nothing was recorded; try again."), "", "busy"
            )
        ) from error


def _record(items: list[Prepared], new: bool) -> list[Receipt]:
    timing.lap("beginning (SQLite: waiting for the write lock)")
    write = {subject for item in items for subject in item.act.subjects}
    read = {subject for item in items for subject in item.reads}
    states, taken = rows.hold(write, read, len(items) if new else 0)
    told = {} if new else rows.told([_name(item) for item in items])
    now = clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    genuine: dict[str, bool] = {}
    receipts: list[Receipt] = []
    fresh: list[tuple[Prepared, int]] = []
    changed: set[str] = set()
    free = iter(taken or rows.numbers(sum(_name(item) not in told for item in items)))
    timing.lap("locks, states, numbers")
    for place, item in enumerate(items):
        with placed(place, len(items)):
            before = told.get(_name(item))
            if before is not None:
                receipts.append(_again(item, before, states, genuine))
                continue
            _judge(item, now, states, genuine)
            number = next(free)
            changed |= apply(item, number, now, states)
            told[_name(item)] = (item.id, number, now)
            fresh.append((item, number))
            receipts.append(Receipt(item.id, number, now, True))
    timing.lap("signatures, guards, folds")
    _write(fresh, now, {name: states[name] for name in changed})
    return receipts


def _name(item: Prepared) -> tuple[str, str, str]:
    return item.act.actor, item.act.key, item.act.nonce


def _again(
    item: Prepared,
    before: tuple[str, int, datetime],
    states: Mapping[str, State | None],
    genuine: dict[str, bool],
) -> Receipt:
    id, number, recorded = before
    if id != item.id:
        raise Conflict(
            Problem(
                N_("The nonce {nonce} was used for another act, {id}. A new act needs a new nonce."),
                "/nonce",
                "nonce",
                {"nonce": item.act.nonce, "id": id},
            )
        )
    key = states[f"key:{item.act.key}"]
    if isinstance(key, KeyState):
        _check_signature(key.public, item, genuine)
    return Receipt(id, number, recorded, False)


def _write(fresh: Sequence[tuple[Prepared, int]], now: datetime, changed: Mapping[str, State | None]) -> None:
    if not fresh:
        return
    recorded = rows.instant(now)
    acts = [
        (
            number,
            item.id,
            item.act.kind,
            item.act.version,
            item.act.actor,
            item.act.key,
            item.act.nonce,
            rows.instant(item.claimed),
            recorded,
            rows.instant(item.legal),
            item.canonical,
            msgspec.json.encode(item.signed.signature),
        )
        for item, number in fresh
    ]
    rows.append(acts, [(number, subject) for item, number in fresh for subject in item.act.subjects], changed)
    timing.lap("projections (one act: appending too)")
    values = [
        Private(act_id=item.id, name=name, salt=value.salt, value=value.value)
        for item, _ in fresh
        for name, value in item.signed.private.items()
    ]
    if values:
        Private.objects.bulk_create(values)


@contextmanager
def placed(place: int, count: int) -> Iterator[None]:
    """Where several acts are told at once, pointers say which one."""
    try:
        yield
    except MeguriError as error:
        if count == 1:
            raise
        raise type(error)(
            *(
                Problem(problem.text, f"/{place}{problem.pointer}", problem.code, problem.params)
                for problem in error.problems
            )
        ) from error
