"""The sealer: committed acts go, in number order, into an append-only Merkle log with a signed checkpoint.

On PostgreSQL a lower number may still be on its way while a higher one is committed. The sealer therefore fixes a
horizon: it reads the last number H that was given out, then who writes: every writer of this database shares one lock
from before it takes a number until its transaction has ended. As soon as none of those writes any more, everything up
to H is there or never will be. Nobody waits for this but the sealer; what goes on in other databases of the cluster, or
only reads, holds nothing up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import msgspec
from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction

from meguri.journal.entry import rows
from meguri.journal.entry.recording import as_writer
from meguri.journal.log import checkpoints, leaves, log_key, publishing
from meguri.journal.models import ActRow, Checkpoint, Founding, Leaf, Tile
from meguri.journal.signatures import keyring, merkle, signing
from meguri.kit import clock
from meguri.kit.running import metrics, readiness

STRIDE = 8
_ADVISORY = rows.lock_number("the sealer")
_MOST = 10_000


class Horizon(msgspec.Struct, frozen=True):
    """All numbers up to `number` are settled once none of the `writers` writes any more."""

    number: int
    writers: frozenset[str]


_pending: dict[str, Horizon] = {}
_pending_guard = threading.Lock()


def leaf_of(row: ActRow) -> bytes:
    """The leaf data of a stored act."""
    return leaves.leaf_data(row.act_id, row.number, clock.stamp(row.recorded), bytes(row.signature))


def seal() -> Checkpoint | None:
    """Seal what is committed; returns the newest checkpoint, or None where nothing was ever sealed.

    Several sealers may run; one works at a time. What is still uncertain (a lower number on its way) is left for the
    next call.
    """
    last = Leaf.objects.order_by("-index").values_list("number", flat=True).first() or 0
    if not ActRow.objects.filter(number__gt=last).exists():
        newest = Checkpoint.objects.order_by("-size").first()
    else:
        while True:
            with as_writer(), transaction.atomic(durable=True):
                newest, more = _step()
            if not more:
                break
    if newest is not None:
        publishing.publish(newest)
    return newest


def _step() -> tuple[Checkpoint | None, bool]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY])
    newest = Checkpoint.objects.order_by("-size").first()
    settled = _settled()
    last = Leaf.objects.order_by("-index").values_list("number", flat=True).first() or 0
    acts = ActRow.objects.filter(number__gt=last).order_by("number")
    if settled is not None:
        acts = acts.filter(number__lte=settled)
    taken = list(acts.only("number", "act_id", "recorded", "signature")[:_MOST])
    if not taken:
        return newest, False
    size = newest.size if newest else 0
    peaks = bytes(newest.peaks) if newest else b""
    grown = merkle.CompactRange(size, (peaks[i : i + 32] for i in range(0, len(peaks), 32)))
    added, tiles = [], []
    for row in taken:
        hash = merkle.leaf_hash(leaf_of(row))
        added.append(Leaf(index=grown.size, number=row.number, hash=hash))
        tiles += [
            Tile(level=level, index=index, hash=inner)
            for level, index, inner in grown.append(hash)
            if level % STRIDE == 0
        ]
    Leaf.objects.bulk_create(added, batch_size=2000)
    Tile.objects.bulk_create(tiles)
    founding = Founding.objects.get(id=Founding.ID).value
    key = signing.key_id(log_key.public_after(taken[-1].number))
    root = grown.root()
    note = checkpoints.write(founding.node, grown.size, root, keyring.private(key))
    made = Checkpoint.objects.create(size=grown.size, root=root, peaks=b"".join(grown.peaks), note=note, at=clock.now())
    return made, len(taken) == _MOST


def _settled() -> int | None:
    """Up to which number nothing can appear any more; None where that is everything visible (SQLite)."""
    if connection.vendor != "postgresql":
        return None
    name = str(connection.settings_dict["NAME"])
    with _pending_guard, connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_number")
        number = cursor.fetchone()[0]
        own = Horizon(number, frozenset(rows.writers(cursor)))
        if not own.writers:
            _pending.pop(name, None)
            return own.number
        waiting = _pending.get(name)
        if waiting is not None and not waiting.writers & own.writers:
            _pending[name] = own
            return waiting.number
        _pending.setdefault(name, own)
        return 0


BEATS = 3.0
"""Seconds between two signs of life of the sealer."""
SILENT, LATE = 8.0, 10.0
"""A sealer that was silent for so many seconds, or left an act for so many, is late: one that is stopped shows within
ten seconds.
"""
NAME = "sealer"


def run_forever(interval: float = 1.0, stop: Callable[[], bool] = lambda: False) -> None:
    """Seal again and again, at least each `interval` seconds, until `stop` says so; and say that one is alive."""
    said = float("-inf")
    while not stop():
        started = time.monotonic()
        close_old_connections()
        try:
            seal()
            if started - said >= BEATS:
                readiness.beat(NAME)
                said = started
        except OperationalError:
            connection.close()
        time.sleep(max(0.05, interval - (time.monotonic() - started)))


def readiness_of_sealer() -> readiness.Check:
    """Whether the sealer is alive and has come along: on PostgreSQL a transaction that stays open holds it up.

    In the demonstration acts bear dates of its own, so there only signs of life are looked at.
    """
    alive = readiness.beating(NAME, SILENT)
    waited = 0.0 if settings.DEMONSTRATION else _oldest_waits()
    return readiness.Check(alive.ok and waited <= LATE, None if alive.lag_s is None else max(alive.lag_s, waited))


def _oldest_waits() -> float:
    """For how many seconds the first act that is not sealed has waited."""
    last = Leaf.objects.order_by("-index").values_list("number", flat=True).first() or 0
    first = ActRow.objects.filter(number__gt=last).order_by("number").values_list("recorded", flat=True).first()
    return 0.0 if first is None else max(0.0, (readiness.now() - first).total_seconds())


def numbers_of_acts() -> Iterator[metrics.Sample]:
    """How many acts are on record, how many of them wait for the sealer, and for how many seconds the oldest has."""
    last = Leaf.objects.order_by("-index").values_list("index", "number").first()
    waiting = ActRow.objects.filter(number__gt=last[1] if last else 0).count()
    yield metrics.sample("meguri_acts_recorded_total", (last[0] + 1 if last else 0) + waiting)
    yield metrics.sample("meguri_acts_unsealed", waiting)
    # The demonstration's acts bear dates of its own.
    yield metrics.sample("meguri_acts_unsealed_oldest_seconds", 0.0 if settings.DEMONSTRATION else _oldest_waits())


def range_hash(low: int, high: int) -> bytes:
    """The hash of the log's leaves low..high-1, from stored tiles and leaves. Both lie within the sealed log."""
    grown: list[bytes] = []
    at = low
    while at < high:
        level = (at & -at).bit_length() - 1 if at else high.bit_length() - 1
        while at + (1 << level) > high:
            level -= 1
        grown.append(_perfect(level, at >> level))
        at += 1 << level
    found = grown[-1]
    for hash in reversed(grown[:-1]):
        found = merkle.node_hash(hash, found)
    return found


def _perfect(level: int, index: int) -> bytes:
    base = level // STRIDE * STRIDE
    width = 1 << (level - base)
    within = range(index * width, (index + 1) * width)
    if base == 0:
        stored = Leaf.objects.filter(index__gte=within.start, index__lt=within.stop)
    else:
        stored = Tile.objects.filter(level=base, index__gte=within.start, index__lt=within.stop)  # type: ignore[assignment]
    return merkle.root([bytes(hash) for hash in stored.order_by("index").values_list("hash", flat=True)])
