"""Triggers that make the journal append-only in the database itself.

SQLite drops a table's triggers when a migration remakes the table: a migration that alters one of these tables
must call `install` again.
"""

from __future__ import annotations

from typing import Any

TABLES = ("journal_act", "journal_subject", "journal_leaf", "journal_tile", "journal_checkpoint")
_SAYS = "the journal is append-only"


def install(connection: Any) -> None:
    """Refuse UPDATE and DELETE on the journal's tables, on PostgreSQL also TRUNCATE. May be called again."""
    guard_rows(connection)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
                )


def guard_rows(connection: Any) -> None:
    """The triggers on rows alone."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'restrict_violation'; END $$"
            )
            for table in TABLES:
                cursor.execute(
                    f"CREATE OR REPLACE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION journal_refuse()"
                )
        else:
            for table in TABLES:
                for verb in ("UPDATE", "DELETE"):
                    cursor.execute(
                        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
                    )


def release_rows(connection: Any) -> None:
    """Take the triggers on rows away. For the demonstration's new beginning; whoever kept a checkpoint sees it."""
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_kept ON {table}")
            else:
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")


def allow_truncate(connection: Any) -> None:
    """For test databases alone: let the test framework empty the tables on PostgreSQL."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_whole")


def numbers(connection: Any) -> None:
    """Make the sequence that numbers acts (PostgreSQL; SQLite counts under its one writer)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE IF NOT EXISTS journal_number")
