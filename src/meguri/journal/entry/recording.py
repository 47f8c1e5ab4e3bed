"""`record`: the one way in which the record changes. Verify, lock, guard, number, fold, append, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import msgspec
from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from meguri.journal.act import Act, Instants
from meguri.journal.entry import afterwards, rows, terms, timing
from meguri.journal.entry.admission import Admitted, Outdated, admit
from meguri.journal.entry.history import apply
from meguri.journal.models import ActRow, Private
from meguri.journal.projections import books, sums
from meguri.journal.projections.relating import Changes
from meguri.journal.signatures.authenticity import check_signature, judge
from meguri.journal.signatures.signing import Jws, Signed
from meguri.journal.states import KeyState
from meguri.journal.world import State, World, ask
from meguri.kit import clock
from meguri.kit.problems import N_, Busy, Conflict, MeguriError, Problem, refuse
from meguri.kit.running.database import busy

AHEAD = timedelta(minutes=5)
MOST_ACTS = 5000
Nonce: TypeAlias = tuple[str, str, str]
"""What an act is known by when it is told again: actor, key, nonce."""
_writing: ContextVar[int] = ContextVar("journal_writing", default=0)


class Receipt(msgspec.Struct, frozen=True):
    """What the journal answers: the act's id, its number, when it was taken down, and whether it was new."""

    id: str
    number: int
    recorded: datetime
    fresh: bool


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


def on_terms(world: World, act: Act, body: object, at: Instants) -> None:
    """The first guard of every kind."""
    terms.ask(world, act, at)


def _judge(item: Admitted, now: datetime, states: Mapping[str, State | None], genuine: dict[str, bool]) -> None:
    if item.claimed > now + AHEAD:
        raise refuse(
            N_("The act claims to happen at {claimed}, after the present {now}."),
            "/claimed",
            "future",
            claimed=item.act.claimed,
            now=clock.stamp(now),
        )
    delegation = next((states.get(name) for name in item.act.resting), None)
    judge(states[f"key:{item.act.key}"], item, now, genuine, delegation)
    world = World({name: states.get(name) for name in item.touches}, frozenset())
    at = Instants(item.claimed, now, item.legal)
    ask([on_terms, *item.kind.guards], world, item.act, item.body, at)


def record(
    signed: Sequence[Signed],
    *,
    canonical: Sequence[bytes] | None = None,
    new: bool = False,
    made: Collection[str] = (),
) -> list[Receipt]:
    """Take acts down, all or none, in the order given; an act told before gives its old receipt (`fresh` False).

    `canonical` are the acts' canonical bytes where the caller has them; `new` says that the nonces were made just
    now, so that no replay needs looking for; `made` are signatures (their texts) that the caller has just made itself,
    with the key that they name, over these very acts: they are not checked again. What rooms do afterwards is done when
    this returns. Raises Refused, Conflict, NotAllowed and the like, with pointers into the act (into the list where
    there are several).
    """
    receipts = _take_down(signed, canonical, new, made)
    if sums.due([receipt.number for receipt in receipts if receipt.fresh]):
        with as_writer():
            sums.gather()
    kinds = {one.act.id: one.act.kind for one in signed} if afterwards.wanted(one.act.kind for one in signed) else {}
    afterwards.tell((receipt.id, kinds[receipt.id]) for receipt in receipts if receipt.fresh and kinds)
    return receipts


def _take_down(
    signed: Sequence[Signed], canonical: Sequence[bytes] | None, new: bool, made: Collection[str]
) -> list[Receipt]:
    if len(signed) > MOST_ACTS:
        raise refuse(
            N_("At most {most} acts are taken at once, not {count}."), "", "many", most=MOST_ACTS, count=len(signed)
        )
    parsed: dict[str, Jws] = {}
    items: list[Admitted] = []
    try:
        for place, one in enumerate(signed):
            with placed(place, len(signed)):
                items.append(admit(one, parsed, canonical[place] if canonical else None, made))
    except Outdated:
        # Told before its kind was written anew, and told again by somebody who has not heard the answer.
        known = _told_whole(signed)
        if known is None:
            raise
        return known
    if not items:
        return []
    timing.lap("checks and canonical bytes")
    genuine = dict.fromkeys(made, True)
    if not new:
        _know(items, genuine)
    try:
        with as_writer(), transaction.atomic():
            receipts = _record(items, new, genuine)
        timing.lap("commit")
        return receipts
    except IntegrityError as error:
        if "journal_act" not in str(error):
            raise
        # Two writers told the same nonce at once and no shared subject made one wait for the other.
        with as_writer(), transaction.atomic():
            return _record(items, False, genuine)
    except OperationalError as error:
        later = busy(error)
        if later is None:
            raise
        raise later from error


def rehearse(signed: Sequence[Signed], canonical: Sequence[bytes]) -> None:
    """Judge acts as if they were told now, in the order given, and take nothing down. Raises as `record` does."""
    parsed: dict[str, Jws] = {}
    items = []
    for place, one in enumerate(signed):
        with placed(place, len(signed)):
            items.append(admit(one, parsed, canonical[place]))
    states = books.load({name for item in items for name in (*item.act.subjects, *item.reads)})
    now = clock.now()
    for place, item in enumerate(items):
        with placed(place, len(items)):
            _judge(item, now, states, {})
            apply(item, 0, now, states)


def _told_whole(signed: Sequence[Signed]) -> list[Receipt] | None:
    """The receipts of acts that all are on record; None where any is not."""
    ids = [one.act.id for one in signed]
    found = {row.act_id: row for row in ActRow.objects.filter(act_id__in=ids)}
    if len(found) < len(set(ids)):
        return None
    return [Receipt(id, found[id].number, found[id].recorded, False) for id in ids]


def _know(items: list[Admitted], genuine: dict[str, bool]) -> None:
    """Refuse what no enrolled key has signed before anything is held for it: a stranger makes nobody wait.

    Whether the key counts now is asked again once its state is held; its signature is not (`genuine`).
    """
    now = clock.now()
    keys = books.load({f"key:{item.act.key}" for item in items})
    made: set[str] = set()
    for place, item in enumerate(items):
        name = f"key:{item.act.key}"
        with placed(place, len(items)):
            key = keys[name]
            if isinstance(key, KeyState):
                check_signature(key.public, item, genuine)
            elif name not in made:
                judge(key, item, now, genuine)
        # A key may be enrolled and speak in one batch; who enrols it is known.
        made.update(item.act.subjects)


def _record(items: list[Admitted], new: bool, genuine: dict[str, bool]) -> list[Receipt]:
    timing.lap("beginning (SQLite: waiting for the write lock)")
    _require_time()
    write = {subject for item in items for subject in item.act.subjects}
    read = {subject for item in items for subject in item.reads}
    states, taken = rows.hold(write, read, len(items) if new else 0)
    told = {} if new else rows.told([_name(item) for item in items])
    now = clock.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    fresh = _numbered(items, told, taken)
    acts = [_row(items[place], number, now) for place, number in fresh.items()]
    receipts: list[Receipt] = []
    first = dict(states)
    changed: set[str] = set()
    related, added = Changes(), sums.Additions()
    timing.lap("locks, states, numbers")
    with rows.appending(acts):
        for place, item in enumerate(items):
            with placed(place, len(items)):
                if place not in fresh:
                    receipts.append(_again(item, told[_name(item)], states, genuine))
                    continue
                _judge(item, now, states, genuine)
                number = fresh[place]
                old = {name: states.get(name) for name in item.act.subjects}
                put = apply(item, number, now, states)
                related.note(put, old, states, number)
                changed |= put
                told[_name(item)] = (item.id, number, now)
                receipts.append(Receipt(item.id, number, now, True))
        added.note(changed, first, states)
        timing.lap("signatures, guards, folds")
    if fresh:
        told_now = [(items[place], number) for place, number in fresh.items()]
        begun = {name for name in changed if first.get(name) is None}
        subjects = [(number, subject) for item, number in told_now for subject in item.act.subjects]
        rows.append(acts, subjects, {name: states[name] for name in changed}, begun, related, added)
        timing.lap("projections (one act: appending too)")
        _keep_private([item for item, _ in told_now])
    return receipts


def _numbered(items: Sequence[Admitted], told: Mapping[Nonce, object], taken: Sequence[int]) -> dict[int, int]:
    """The numbers of those acts that were not told before, by their place among all."""
    names = set(told)
    places = []
    for place, item in enumerate(items):
        if _name(item) not in names:
            names.add(_name(item))
            places.append(place)
    return dict(zip(places, taken or rows.numbers(len(places)), strict=False))


def time_lost() -> timedelta:
    """By how much the machine's time lies before that of the newest act, or was set back; 0 where it is all right."""
    newest = ActRow.objects.order_by("-number").values_list("recorded", flat=True).first()
    back = max(clock.set_back(), newest - clock.machine() if newest else timedelta())
    return back if back > AHEAD else timedelta()


def _require_time() -> None:
    """Take nothing down while the machine's time is known to be wrong: an act would bear it for good."""
    back = clock.set_back()
    if back > AHEAD and not settings.DEMONSTRATION:
        raise Busy(
            Problem(
                N_("The machine's clock was set back by {minutes} minutes. Nothing is recorded until it is right."),
                "",
                "clock",
                {"minutes": round(back.total_seconds() / 60)},
            )
        )


def _name(item: Admitted) -> Nonce:
    return item.act.actor, item.act.key, item.act.nonce


def _again(
    item: Admitted,
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
        check_signature(key.public, item, genuine)
    return Receipt(id, number, recorded, False)


def _row(item: Admitted, number: int, now: datetime) -> tuple[Any, ...]:
    """What is appended of an act, in the order of `rows.ACT`."""
    return (
        number,
        item.id,
        item.act.kind,
        item.act.version,
        item.act.actor,
        item.act.key,
        item.act.nonce,
        books.instant(item.claimed),
        books.instant(now),
        books.instant(item.legal),
        item.canonical,
        msgspec.json.encode(item.signature),
    )


def _keep_private(items: Iterable[Admitted]) -> None:
    values = [
        Private(act_id=item.id, name=name, salt=value.salt, value=value.value)
        for item in items
        for name, value in item.private.items()
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
