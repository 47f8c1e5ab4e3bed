"""`meguri backup`: one consistent copy of the record, taken while the service goes on writing.

Everything is read in one snapshot of the database. What is made from acts (projections, relations, sums) is left out
and made anew by a restore, and so is what lasts no longer than the process that wrote it. Memory does not grow with
the record.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from django.apps import apps
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

from meguri.journal.keeping import archive
from meguri.journal.keeping.archive import Kind, Manifest
from meguri.journal.log.sealing import seal
from meguri.journal.projections import sums
from meguri.journal.rebuild import rebuilding
from meguri.kit import clock
from meguri.kit.problems import N_, refuse

PASSING = frozenset(
    {
        "django_migrations",
        "django_session",
        "kit_job",
        "kit_jobholder",
        "kit_beat",
        "kit_count",
        "usersessions_usersession",
    }
)
"""Not in a backup: the manifest has the schema's state; sessions, long work and signs of life end with the node."""
AT_ONCE = 1000
KINDS: dict[str, Kind] = {
    "AutoField": "plain",
    "BigAutoField": "plain",
    "BigIntegerField": "plain",
    "BooleanField": "bool",
    "BinaryField": "bytes",
    "CharField": "plain",
    "DateTimeField": "instant",
    "DecimalField": "decimal",
    "FloatField": "plain",
    "IntegerField": "plain",
    "JSONField": "json",
    "PositiveIntegerField": "plain",
    "PositiveSmallIntegerField": "plain",
    "SmallIntegerField": "plain",
    "TextField": "plain",
}
"""What a field's values are in the file. A field of another kind has to be given one before it can be backed up."""


def kind_of(field: models.Field[Any, Any]) -> Kind:
    """What a field's values are in the file. KeyError for a kind of field that has no place in `KINDS`."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return KINDS[field.get_internal_type()]


def made_anew() -> frozenset[str]:
    """The tables that no backup holds: made from acts, or passing."""
    return PASSING | rebuilding.tables_made() | set(sums.TABLES)


def kept() -> dict[str, dict[str, Kind]]:
    """The tables that a backup holds, with their columns and what these hold; the journal's come first."""
    left = made_anew()
    found = {
        model._meta.db_table: {str(field.column): kind_of(field) for field in model._meta.concrete_fields}
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in left
    }
    return dict(sorted(found.items(), key=lambda table: (not table[0].startswith("journal_"), table[0])))


def migrations() -> tuple[tuple[str, str], ...]:
    """The state of the schema. Refused where it is not this version's."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise refuse(N_("The database has not the tables of this version. Run: meguri setup"), "", "setup")
    return tuple(sorted(executor.loader.applied_migrations))


Asked = Iterator[Sequence[Sequence[Any]]]


class _Snapshot:
    """The database as of one instant, on a connection of its own."""

    def __init__(self, raw: Any) -> None:
        self.raw, self.postgresql = raw, connection.vendor == "postgresql"

    def rows(self, sql: str) -> Asked:
        """What a question finds, some rows at a time."""
        cursor = self.raw.cursor(name="backup") if self.postgresql else self.raw.cursor()
        try:
            cursor.execute(sql)
            while rows := cursor.fetchmany(AT_ONCE):
                yield rows
        finally:
            cursor.close()

    def one(self, sql: str) -> Any:
        """The first row of what a question finds, or None."""
        for rows in self.rows(sql):
            return rows[0]
        return None

    def table(self, name: str, columns: dict[str, Kind], key: str) -> Asked:
        """A table's rows as they stand in the file, in the order of their key."""
        quote = connection.ops.quote_name
        asked = ", ".join(
            f"{quote(column)}::text" if kind == "json" and self.postgresql else quote(column)
            for column, kind in columns.items()
        )
        places = [(place, _TOLD[kind]) for place, kind in enumerate(columns.values()) if kind in _TOLD]
        for rows in self.rows(f"SELECT {asked} FROM {quote(name)} ORDER BY {key}"):  # noqa: S608
            told = [list(row) for row in rows]
            for row in told:
                for place, tell in places:
                    if row[place] is not None:
                        row[place] = tell(row[place])
            yield told


def _instant(value: Any) -> str:
    """SQLite keeps instants as text, in UTC without saying so."""
    at = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
    return str(at.astimezone(UTC).isoformat())


_TOLD: dict[str, Callable[[Any], Any]] = {
    "bool": bool,
    "bytes": lambda value: archive.to_text(bytes(value)),
    "decimal": lambda value: format(Decimal(str(value)).normalize(), "f"),
    "instant": _instant,
}


@contextmanager
def _snapshot() -> Iterator[_Snapshot]:
    if connection.vendor == "postgresql":
        from psycopg import IsolationLevel

        other = connection.copy()
        other.settings_dict["OPTIONS"].pop("pool", None)
        try:
            other.ensure_connection()
            raw = other.connection
            raw.autocommit = False
            raw.isolation_level, raw.read_only = IsolationLevel.REPEATABLE_READ, True
            raw.execute("SET LOCAL statement_timeout = 0")
            yield _Snapshot(raw)
        finally:
            other.close()
        return
    name = str(connection.settings_dict["NAME"])
    own = sqlite3.connect(name, uri=name.startswith("file:"), isolation_level=None)
    try:
        own.execute("BEGIN")
        yield _Snapshot(own)
    finally:
        own.close()


def back_up(path: Path) -> Manifest:
    """Write a backup to a file that is not there yet, for its owner's eyes alone; returns what it holds.

    What is committed is sealed first. Until the file is whole it is called ``….part``. Refused where it cannot be
    written.
    """
    schema = migrations()
    seal()
    part = path.with_name(path.name + ".part")
    if path.exists():
        raise refuse(N_("The file {path} is there already; a backup is never overwritten."), "", "file", path=str(path))
    try:
        part.unlink(missing_ok=True)
        before = os.umask(0o077)
        try:
            made = _write(part, schema)
        finally:
            os.umask(before)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise refuse(
            N_("The file {path} cannot be written: {why}."),
            "",
            "file",
            path=str(path),
            why=error.strerror or str(error),
        ) from None
    return made


def _write(path: Path, schema: tuple[tuple[str, str], ...]) -> Manifest:
    keys = {
        model._meta.db_table: ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.pk_fields)
        for model in apps.get_models(include_auto_created=True)
    }
    out = archive.Writer(path)
    try:
        with _snapshot() as database:
            founded = database.one("SELECT state FROM journal_founding")
            if founded is None:
                raise refuse(N_("This database holds no journal yet. Run: meguri setup"), "", "setup")
            state = founded[0] if isinstance(founded[0], dict) else msgspec.json.decode(founded[0])
            newest = database.one("SELECT size, note FROM journal_checkpoint ORDER BY size DESC LIMIT 1")
            for name, columns in kept().items():
                out.table(name, list(columns), list(columns.values()), database.table(name, columns, keys[name]))
        manifest = Manifest(
            format=archive.FORMAT,
            made=clock.stamp(clock.machine()),
            meguri=version("meguri"),
            node=str(state["node"]),
            migrations=schema,
            acts=out.tables["journal_act"].rows,
            sealed=newest[0] if newest else 0,
            tables=out.tables,
        )
        out.text(archive.CHECKPOINT, (newest[1] if newest else "").encode())
        out.text(archive.MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    finally:
        out.close()
    return manifest
