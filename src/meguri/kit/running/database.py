"""Habits of the database: how long one waits for it, and what is said where that was too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.signals import connection_created

from meguri.kit.problems import N_, Busy, MeguriError, Problem, refuse
from meguri.kit.running import metrics

LIMITS = ("lock_timeout", "statement_timeout")
# PostgreSQL's names for what passes when it is tried again: a lock not had in time, a deadlock, a serialisation
# failure; and a statement that took too long.
IN_THE_WAY = {"55P03", "40P01", "40001"}
TOO_LONG = {"57014"}
NO_ROOM = {"53100"}
LOCKED = ("database is locked", "database table is locked", "deadlock detected")

# SQLite's words: the file can grow no further, or a write to it was refused (a limit on files, a quota).
FULL = ("database or disk is full", "disk I/O error")


class NoRoom(MeguriError):
    """The database can write no more; `retry_after` says in how many seconds to try again."""

    status = 503
    title = N_("There is no room to record anything")
    retry_after = 60


def busy(error: BaseException) -> Busy | NoRoom | None:
    """What a database error amounts to where it would pass later; None for any other error. It is counted."""
    found = _later(error)
    if found is not None:
        metrics.count("meguri_database_refusals_total", why=found.problems[0].code)
    return found


def _later(error: BaseException) -> Busy | NoRoom | None:
    cause = error.__cause__ or error
    state = getattr(cause, "sqlstate", None)
    text = str(error)
    if state in NO_ROOM or any(words in text for words in FULL):
        return NoRoom(
            Problem(
                N_("The disk of this service is full. Nothing was recorded; its operator has to make room."), "", "disk"
            )
        )
    if state in TOO_LONG:
        return Busy(
            Problem(
                N_("This took longer than it may. Nothing was recorded; try again, or ask for less at once."),
                "",
                "busy",
            )
        )
    if state in IN_THE_WAY or any(words in text for words in LOCKED):
        return Busy(
            Problem(
                N_("Others changed the same things at the same moment. Nothing was recorded; try again."), "", "busy"
            )
        )
    if type(cause).__name__ in ("PoolTimeout", "TooManyRequests"):
        return Busy(Problem(N_("Very many ask at once. Nothing was recorded; try again in a moment."), "", "busy"))
    return None


def _unlimited(connection: Any, **_: Any) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("; ".join(f"SET {name} = 0" for name in LIMITS))


def be_patient() -> None:
    """Let every connection of this process wait as long as it takes: a command is nobody's page."""
    connection_created.connect(_unlimited, dispatch_uid="meguri.kit.running.database")
    if connection.connection is not None:
        _unlimited(connection)


@contextmanager
def patient() -> Iterator[None]:
    """Let this connection wait as long as it takes, meanwhile."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in LIMITS)}")
        before = cursor.fetchone()
    _unlimited(connection)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                for name, value in zip(LIMITS, before, strict=True):
                    cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def require_isolation() -> None:
    """Refuse a database whose transactions are not READ COMMITTED: what one waits for is read after the wait."""
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        found = cursor.fetchone()[0]
    if found != "read committed":
        raise refuse(
            N_(
                "The database begins transactions as {found}. Meguri needs READ COMMITTED: set "
                "default_transaction_isolation."
            ),
            "",
            "isolation",
            found=found,
        )
