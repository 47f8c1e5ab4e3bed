"""The journal's rows in plain SQL: locks, numbers, bulk appends. One statement each, whatever the number of acts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

INSERT_ACT = (
    "INSERT INTO journal_act (number, act_id, kind, version, actor, key, nonce, claimed, recorded, legal, "
    "canonical, signature) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
INSERT_SUBJECT = "INSERT INTO journal_subject (number, subject) VALUES (%s, %s)"
EVERYTHING = 0x6D65_6775_7269
MOST_LOCKS = 1000


def instant(value: datetime | None) -> Any:
    """A UTC instant as the database's driver takes it."""
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


def lock_number(subject: str) -> int:
    """The signed 64-bit number under which PostgreSQL locks a subject."""
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], "big", signed=True)


def lock(write: Iterable[str], read: Iterable[str]) -> None:
    """Hold subjects until the transaction ends, in one order for all: to write them, or against their change.

    Everybody shares one lock beside; who needs very many subjects takes that one alone, and the others wait, because
    PostgreSQL's lock table is finite. SQLite needs nothing: its transaction holds the write lock from the start.
    """
    if connection.vendor != "postgresql":
        return
    wanted = {lock_number(subject): False for subject in read}
    wanted.update({lock_number(subject): True for subject in write})
    order = sorted(wanted)
    if len(order) > MOST_LOCKS:
        order, wanted = [], {EVERYTHING: True}
    order.insert(0, EVERYTHING)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN w THEN pg_advisory_xact_lock(k) ELSE pg_advisory_xact_lock_shared(k) END "
            "FROM unnest(%s::bigint[], %s::boolean[]) AS t(k, w)",
            [order, [wanted.get(number, False) for number in order]],
        )


def lock_everything() -> None:
    """Hold all subjects until the transaction ends: no act is taken down meanwhile."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EVERYTHING])


def numbers(count: int) -> list[int]:
    """Take the next numbers. Call after the locks, so that acts on one subject are numbered as they happened.

    On PostgreSQL the transaction has its id before it has a number; the sealer relies on that.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "WITH own AS MATERIALIZED (SELECT pg_current_xact_id()) "
                "SELECT nextval('journal_number') FROM own, generate_series(1, %s)",
                [count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT COALESCE(MAX(number), 0) FROM journal_act")
        last = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))


def told(nonces: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], tuple[str, int, datetime]]:
    """What was taken down under these (actor, key, nonce): act id, number, recorded."""
    from meguri.journal.models import ActRow

    wanted = set(nonces)
    rows = ActRow.objects.filter(nonce__in=[nonce for _, _, nonce in wanted]) if len(wanted) > 1 else None
    if rows is None:
        ((actor, key, nonce),) = wanted
        rows = ActRow.objects.filter(actor=actor, key=key, nonce=nonce)
    else:
        rows = rows.filter(actor__in={actor for actor, _, _ in wanted}, key__in={key for _, key, _ in wanted})
    found = rows.values_list("actor", "key", "nonce", "act_id", "number", "recorded")
    return {(a, k, n): (id, number, at) for a, k, n, id, number, at in found if (a, k, n) in wanted}


def append(acts: Sequence[Sequence[Any]], subjects: Sequence[tuple[int, str]]) -> None:
    """Append acts (columns in the order of INSERT_ACT) and their subjects."""
    with connection.cursor() as cursor:
        cursor.executemany(INSERT_ACT, acts)
        cursor.executemany(INSERT_SUBJECT, subjects)
