"""`meguri restore`: the record of a backup, into an empty database of either kind.

The tables are made as they were when the backup was taken and filled in one transaction; what is made from acts is
folded anew, so that a restored record is what a rebuild would make of it. A backup of an earlier version is folded once
its tables have been brought to this one's. Whoever interrupts a restore begins it again; one of an earlier version that
was filled already is ended by `meguri setup`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from meguri.journal.entry import triggers
from meguri.journal.entry.recording import as_writer
from meguri.journal.keeping import archive, backing_up
from meguri.journal.keeping.archive import Archive, Kind
from meguri.journal.keeping.checking import Checked
from meguri.journal.models import Founding
from meguri.journal.rebuild import rebuilding
from meguri.journal.signatures import keyring
from meguri.kit.node import of_demonstration
from meguri.kit.problems import N_, MeguriError, refuse

AT_ONCE = 2000
NAME = re.compile(r"[a-z][a-z0-9_]*")
MADE_BY_DJANGO = ("django_content_type", "auth_permission")
"""Rows that tables are made with; they come from the backup instead, under the numbers that others name."""


class Restored(msgspec.Struct, frozen=True):
    """How many acts there are, how many rows they make, and whether the service can open the keys that it keeps."""

    acts: int
    rows: int
    keys: bool


def restore(file: Archive, checked: Checked) -> Restored:
    """Bring a backup that was found to be whole back to life. Refused where the database is not empty, or the backup is
    of another mode, of a later version, or not intact.
    """
    if not checked.intact:
        raise refuse(N_("The backup is not intact; nothing was restored. See: meguri backup check FILE"), "", "broken")
    if of_demonstration(file.manifest.node) != settings.DEMONSTRATION:
        raise refuse(
            N_("The backup is of {node} and is not restored in {mode} mode. Set MEGURI_MODE, and another MEGURI_HOME."),
            "/mode",
            "record",
            node=file.manifest.node,
            mode=settings.MODE,
        )
    _require_names(file)
    _require_empty()
    _make_tables(file.manifest.migrations)
    executor = MigrationExecutor(connection)
    earlier = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    folded = None
    with as_writer(), transaction.atomic():
        _fill(file)
        if not earlier:
            folded = rebuilding.fold_all()
    # Tables of this version, and what Django's own tables lack of it.
    call_command("migrate", verbosity=0, interactive=False)
    if folded is None:
        with as_writer(), transaction.atomic():
            folded = rebuilding.fold_all()
    triggers.install(connection)
    return Restored(folded.acts, folded.rows, _keys_open())


def _require_names(file: Archive) -> None:
    """Refuse tables and columns that no backup holds: a file of somebody else's making."""
    made = backing_up.made_anew()
    for name, table in file.manifest.tables.items():
        if name in made or not all(map(NAME.fullmatch, (name, *table.columns))):
            raise refuse(N_("No backup holds a table like {table}; nothing was restored."), "", "broken", table=name)


def _require_empty() -> None:
    """Refuse a database in which anything was written."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in ("django_migrations", *MADE_BY_DJANGO):
                continue
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                raise refuse(
                    N_("The database is not empty: there are rows in {table}. A backup is restored into an empty one."),
                    "",
                    "not-empty",
                    table=table,
                )


def _make_tables(migrations: Sequence[tuple[str, str]]) -> None:
    """The tables as they were when the backup was taken."""
    executor = MigrationExecutor(connection)
    unknown = [f"{app}.{name}" for app, name in migrations if (app, name) not in executor.loader.graph.nodes]
    if unknown:
        raise refuse(
            N_("The backup is of a later version: {unknown} is not known here. Restore it with that one, or a later."),
            "",
            "version",
            unknown=", ".join(unknown[:3]),
        )
    if executor.loader.applied_migrations.keys() - set(migrations):
        raise refuse(
            N_("The database's tables are of a later version than the backup. Give it a database without tables."),
            "",
            "not-empty",
        )
    graph, wanted = executor.loader.graph, set(migrations)
    # Each implies those before it; a plan that is asked for these too would first go back to them.
    last = [one for one in sorted(wanted) if all(child.key not in wanted for child in graph.node_map[one].children)]
    executor.migrate(last)


def _fill(file: Archive) -> None:
    """Every row of the file."""
    with connection.cursor() as cursor:
        for made in reversed(MADE_BY_DJANGO):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(made)}")  # noqa: S608
        for name, table in file.manifest.tables.items():
            names = ", ".join(map(connection.ops.quote_name, table.columns))
            into = f"{connection.ops.quote_name(name)} ({names})"
            told = _told(file.rows(name), table.kinds)
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                    for row in told:
                        copy.write_row(row)
                _go_on_counting(cursor, name, table.columns)
                continue
            places = ", ".join(["%s"] * len(table.columns))
            while rows := list(islice(told, AT_ONCE)):
                cursor.executemany(f"INSERT INTO {into} VALUES ({places})", rows)  # noqa: S608


def _go_on_counting(cursor: Any, table: str, columns: Sequence[str]) -> None:
    """Numbers that PostgreSQL gives out go on behind those that are taken; SQLite looks itself."""
    quote = connection.ops.quote_name
    given = "journal_number" if table == "journal_act" else ""
    if "id" in columns:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [quote(table)])
        given = cursor.fetchone()[0] or ""
    if given:
        most = quote("number" if table == "journal_act" else "id")
        cursor.execute(
            f"SELECT setval(%s, COALESCE(MAX({most}), 1), MAX({most}) IS NOT NULL) FROM {quote(table)}",  # noqa: S608
            [given],
        )


def _told(rows: Iterator[list[Any]], kinds: Sequence[Kind]) -> Iterator[list[Any]]:
    """Rows of the file as this database takes them."""

    def instant(text: str) -> Any:
        return connection.ops.adapt_datetimefield_value(datetime.fromisoformat(text))

    ways = {"bytes": archive.to_bytes, "instant": instant}
    places = [(place, ways[kind]) for place, kind in enumerate(kinds) if kind in ways]
    for row in rows:
        for place, way in places:
            if row[place] is not None:
                row[place] = way(row[place])
        yield row


def _keys_open() -> bool:
    """Whether MEGURI_KEYRING_SECRET is the secret under which the restored keys were kept."""
    founding = Founding.objects.get(id=Founding.ID).value
    try:
        keyring.private(founding.log_key)
    except MeguriError:
        return False
    return True
