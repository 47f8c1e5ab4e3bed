"""The journal's rows in plain SQL: locks, numbers, bulk appends. Few messages, whatever the number of acts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from meguri.journal.entry import timing
from meguri.journal.projections import books, sums
from meguri.journal.projections.relating import Changes
from meguri.journal.world import State
from meguri.kit.running import prepared

ACT = "number, act_id, kind, version, actor, key, nonce, claimed, recorded, legal, canonical, signature"
INSERT_ACT = f"INSERT INTO journal_act ({ACT}) VALUES ({', '.join(['%s'] * 12)})"  # noqa: S608
INSERT_SUBJECT = "INSERT INTO journal_subject (number, subject) VALUES (%s, %s)"
INSERT_SUBJECTS = "INSERT INTO journal_subject (number, subject) SELECT * FROM unnest(%s::bigint[], %s::text[])"
# Whoever takes a number shares EVERYTHING before and until its transaction has ended; the sealer relies on that.
NUMBERS = "SELECT nextval('journal_number') FROM generate_series(1, %s)"
WRITERS = (
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND pid <> pg_backend_pid() AND classid = %s::bigint::oid AND objid = %s::bigint::oid"
)
EVERYTHING = 0x6D65_6775_7269
MOST_LOCKS = 1000
MOST_TOGETHER = 20
"""From so many rows on, COPY costs less than a statement."""


def lock_number(subject: str) -> int:
    """The signed 64-bit number under which PostgreSQL locks a subject."""
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], "big", signed=True)


def _locks(write: Iterable[str], read: Iterable[str]) -> tuple[str, list[Any]]:
    wanted = {lock_number(subject): False for subject in read}
    wanted.update({lock_number(subject): True for subject in write})
    order = sorted(wanted)
    if len(order) > MOST_LOCKS:
        order, wanted = [], {EVERYTHING: True}
    order.insert(0, EVERYTHING)
    return (
        "SELECT CASE WHEN w THEN pg_advisory_xact_lock(k) ELSE pg_advisory_xact_lock_shared(k) END "
        "FROM unnest(%s::bigint[], %s::boolean[]) AS t(k, w)",
        [order, [wanted.get(number, False) for number in order]],
    )


def hold(write: set[str], read: set[str], count: int) -> tuple[dict[str, State | None], list[int]]:
    """Hold subjects until the transaction ends, to write them or against their change; then read their states, and
    take `count` numbers, so that acts on one subject are numbered as they happened.

    Locks are taken in one order by all. Everybody shares one lock beside; who needs very many subjects takes that one
    alone, and the others wait, because PostgreSQL's lock table is finite. The three statements go to PostgreSQL in one
    message; each sees what was committed when it began. SQLite's transaction holds the one write lock from the start.
    """
    wanted = write | read
    states, values = books.selection(wanted)
    if connection.vendor != "postgresql":
        return books.load(wanted), numbers(count)
    locks, given = _locks(write, read)
    with connection.cursor() as cursor:
        take = [(NUMBERS, [count])] if count else []
        prepared.execute(cursor, [(locks, given), (states, values), *take])
        cursor.nextset()
        found = books.understood(wanted, cursor.fetchall())
        if not count:
            return found, []
        cursor.nextset()
        return found, sorted(row[0] for row in cursor.fetchall())


def writers(cursor: Any) -> list[str]:
    """The transactions that take acts down in this database now (PostgreSQL)."""
    cursor.execute(WRITERS, [EVERYTHING >> 32, EVERYTHING & 0xFFFF_FFFF])
    return [row[0] for row in cursor.fetchall()]


def lock_everything() -> None:
    """Hold all subjects until the transaction ends: no act is taken down meanwhile."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EVERYTHING])


def numbers(count: int) -> list[int]:
    """Take the next numbers, after the locks."""
    if not count:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(NUMBERS, [count])
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


class _Dropped(Exception):
    """What PostgreSQL is told of an act that is refused while its row is on the way: nothing of what it says."""


@contextmanager
def appending(acts: Sequence[Sequence[Any]]) -> Iterator[None]:
    """Append acts (values in the order of ACT), all or none: where what is done meanwhile raises, none.

    On PostgreSQL the rows of several acts are on their way meanwhile, and no other statement can be said. One act goes
    with the rest of what it writes (`append`).
    """
    if connection.vendor != "postgresql" or len(acts) < 2:
        yield
        return
    refused = None
    try:
        with connection.cursor() as cursor, _copying(cursor, f"COPY journal_act ({ACT}) FROM STDIN", acts):
            timing.lap("appending acts")
            try:
                yield
            except BaseException as error:
                refused = error
                raise _Dropped from None
    except _Dropped:
        assert refused is not None
        raise refused from None
    timing.lap("appending acts")


def append(
    acts: Sequence[Sequence[Any]],
    subjects: Sequence[tuple[int, str]],
    changed: Mapping[str, State | None],
    new: Collection[str],
    related: Changes,
    added: sums.Additions,
) -> None:
    """Append the subjects of acts, and the acts where `appending` did not; bring rows, relations and sums up to date.

    `new` are those of the changed subjects that had no state before.
    """
    additions = added.rows()
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(INSERT_ACT, acts)
            cursor.executemany(INSERT_SUBJECT, subjects)
            timing.lap("appending acts")
            bring(cursor, changed, related)
            if additions:
                cursor.executemany(sums.ADD, additions)
            return
        first: list[prepared.Statement] = []
        if len(acts) > 1:
            _copy(cursor, "COPY journal_subject (number, subject) FROM STDIN", subjects)
        else:
            first = [(INSERT_ACT, acts[0]), (INSERT_SUBJECTS, _columns(subjects))]
        if additions:
            first.append((sums.INSERT, [msgspec.json.encode(additions).decode()]))
        timing.lap("appending acts")
        bring(cursor, changed, related, first=first, new=new)


def bring(
    cursor: Any,
    changed: Mapping[str, State | None],
    related: Changes,
    *,
    at: str = "",
    first: Sequence[prepared.Statement] = (),
    new: Collection[str] = (),
) -> None:
    """Bring rows and relations up to date, in the tables or (`at`) in those beside them.

    On PostgreSQL the statements go in one message, after those that come `first`; many rows of subjects that are `new`
    there are copied.
    """
    gone, come = related.gone(), related.come()
    if connection.vendor != "postgresql":
        for book, states in books.by_book(changed):
            book.save(states, at)
        for table, keys in gone.items():
            cursor.executemany(table.at(at).delete, keys)
        for table, values in come.items():
            cursor.executemany(table.at(at).insert, values)
        return
    together = list(first)
    for book, states in books.by_book(changed):
        begun = {id: state for id, state in states.items() if f"{book.prefix}:{id}" in new}
        if len(begun) >= MOST_TOGETHER:
            _copy(cursor, *book.begin(begun, at))
            states = {id: state for id, state in states.items() if id not in begun}
        if states:
            together.append(book.upsert(states, at))
    for table, keys in gone.items():
        together.append((table.at(at).delete_lists, _columns(keys)))
    for table, values in come.items():
        if len(values) < MOST_TOGETHER:
            together.append((table.at(at).insert_lists, _columns(values)))
    if together:
        prepared.execute(cursor, together)
    for table, values in come.items():
        if len(values) >= MOST_TOGETHER:
            _copy(cursor, table.at(at).copy, values)


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows as one list for each column."""
    return [list(column) for column in zip(*rows, strict=True)]


def _copy(cursor: Any, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    with _copying(cursor, sql, rows):
        pass


@contextmanager
def _copying(cursor: Any, sql: str, rows: Iterable[Sequence[Any]]) -> Iterator[None]:
    """Rows on their way; there when this ends. Errors are those of any other statement."""
    with connection.wrap_database_errors, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)
        yield
