"""Tables beside those that people query: made empty, filled, compared with them, and put in their place.

A table beside is called like the other with a word before it, and has the same columns, constraints and primary key;
its further indexes are made when it is to take the other's place, under names of their own, which become the other's
names with the place. What an interrupted rebuild left is dropped by the next.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from django.db import connection, transaction

BESIDE = "rebuild_"
GONE = "rebuild_gone_"
AT_ONCE = 500


class Columns(msgspec.Struct, frozen=True):
    """A table with its columns, of which the first `keys` name a row."""

    table: str
    names: tuple[str, ...]
    keys: int

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row."""
        return self.names[: self.keys]


class Index(msgspec.Struct, frozen=True):
    """An index of a table that people query, and what makes the like on the table beside it."""

    name: str
    beside: str
    make: str


def _q(name: str) -> str:
    return connection.ops.quote_name(name)


def _ask(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)
        return cursor.fetchall()


def _do(*statements: str) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


def _postgresql() -> bool:
    return connection.vendor == "postgresql"


def make(table: str) -> None:
    """The empty table beside, with the primary key alone."""
    if _postgresql():
        _do(f"CREATE TABLE {_q(BESIDE + table)} (LIKE {_q(table)} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        for index in _indexes(table, primary=True):
            _do(index.make)
        return
    ((sql,),) = _ask("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
    _do(re.sub(r'^CREATE TABLE\s+("[^"]+"|\S+)', f"CREATE TABLE {_q(BESIDE + table)}", sql, count=1))


def drop(tables: Iterable[str]) -> None:
    """Drop what is beside these tables, and what was in their place before."""
    for table in tables:
        _do(*(f"DROP TABLE IF EXISTS {_q(prefix + table)}" for prefix in (BESIDE, GONE)))


def index(tables: Iterable[str]) -> None:
    """The indexes that the tables beside need to take the place of the others."""
    for table in tables:
        _do(*(one.make for one in _indexes(table)))
        if _postgresql():
            _do(f"ANALYZE {_q(BESIDE + table)}")


def swap(tables: Sequence[str]) -> None:
    """Put the tables beside in the place of the others, within a transaction that holds all subjects."""
    for table in tables:
        if _postgresql():
            indexes = [*_indexes(table, primary=True), *_indexes(table)]
            _rights(table)
            _do(f"DROP TABLE {_q(table)}", f"ALTER TABLE {_q(BESIDE + table)} RENAME TO {_q(table)}")
            _do(*(f"ALTER INDEX {_q(one.beside)} RENAME TO {_q(one.name)}" for one in indexes))
        else:
            _do(
                f"ALTER TABLE {_q(table)} RENAME TO {_q(GONE + table)}",
                f"ALTER TABLE {_q(BESIDE + table)} RENAME TO {_q(table)}",
            )


def tidy(tables: Iterable[str]) -> None:
    """After a swap: on SQLite indexes cannot be given a name, so they are made once more under their own. What an
    interrupted rebuild left undone of this is done by the next.
    """
    if _postgresql():
        return
    for table in tables:
        found = _ask("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s", [GONE + table])
        if not _ask("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = %s", [GONE + table]):
            continue
        made = [re.sub(r'\bON\s+("[^"]+"|\S+)', f"ON {_q(table)}", sql, count=1) for (sql,) in found if sql]
        likes = _ask(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND substr(name, 1, %s) = %s",
            [table, len(BESIDE), BESIDE],
        )
        with transaction.atomic():
            _do(f"DROP TABLE {_q(GONE + table)}", *made, *(f"DROP INDEX {_q(name)}" for (name,) in likes))


def _named(name: str) -> str:
    """A name for the like of an index: short, and the same at every time."""
    return BESIDE + hashlib.sha256(name.encode()).hexdigest()[:16]


def _indexes(table: str, *, primary: bool = False) -> list[Index]:
    """The indexes of a table: those that constraints bring (`primary`), or the others."""
    beside = _q(BESIDE + table)
    if _postgresql():
        found = []
        for name, unique, constraint, definition in _ask(
            "SELECT i.relname, x.indisunique, pg_get_constraintdef(c.oid), pg_get_indexdef(x.indexrelid) "
            "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
            "LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype IN ('p', 'u') "
            "WHERE x.indrelid = %s::regclass ORDER BY i.relname",
            [_q(table)],
        ):
            if primary != (constraint is not None):
                continue
            if constraint is not None:
                sql = f"ALTER TABLE {beside} ADD CONSTRAINT {_q(_named(name))} {constraint}"
            else:
                how = definition.partition(" USING ")[2]
                sql = f"CREATE {'UNIQUE ' if unique else ''}INDEX {_q(_named(name))} ON {beside} USING {how}"
            found.append(Index(name, _named(name), sql))
        return found
    if primary:
        return []
    found = []
    for name, sql in _ask(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL ORDER BY name",
        [table],
    ):
        unique, how = ("UNIQUE " if sql.startswith("CREATE UNIQUE") else ""), sql.partition("(")[2]
        found.append(Index(name, _named(name), f"CREATE {unique}INDEX {_q(_named(name))} ON {beside} ({how}"))
    return found


def _rights(table: str) -> None:
    """Give whoever may read or write the table the same rights on the one beside."""
    for grant in _ask(
        "SELECT format('GRANT %%s ON %%s TO %%s', a.privilege_type, %s::text, "
        "CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) "
        "FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = %s::regclass",
        [_q(BESIDE + table), _q(table)],
    ):
        _do(grant[0])


def suspects(columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Keys of rows that are missing, extra, or not the same in the table that people query, read as a stream.

    While acts are taken down these also are rows that have moved on; `differing` looks at them once nothing moves.
    """
    key = ", ".join(f"s.{_q(name)}" for name in columns.key)
    other = "IS DISTINCT FROM" if _postgresql() else "IS NOT"
    same = " AND ".join(f"l.{_q(name)} = s.{_q(name)}" for name in columns.key)
    unlike = " OR ".join(f"l.{_q(name)} {other} s.{_q(name)}" for name in columns.names)
    live, beside = _q(columns.table), _q(BESIDE + columns.table)
    with connection.cursor() as cursor:
        for sql in (
            f"SELECT {key} FROM {beside} s LEFT JOIN {live} l ON {same} WHERE {unlike}",  # noqa: S608
            f"SELECT {key} FROM {live} s LEFT JOIN {beside} l ON {same} WHERE l.{_q(columns.key[0])} IS NULL",  # noqa: S608
        ):
            cursor.execute(sql)
            while rows := cursor.fetchmany(AT_ONCE):
                yield from rows


def differing(columns: Columns, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Of these keys those whose rows differ, with how: ``missing``, ``extra`` or ``different``; in order."""
    for start in range(0, len(keys), AT_ONCE):
        some = sorted(set(keys[start : start + AT_ONCE]))
        live, right = (_rows(prefix + columns.table, columns, some) for prefix in ("", BESIDE))
        for key in some:
            if key not in live and key in right:
                yield key, "missing"
            elif key in live and key not in right:
                yield key, "extra"
            elif live.get(key) != right.get(key):
                yield key, "different"


def _rows(table: str, columns: Columns, keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[Any]]:
    one = f"({', '.join(['%s'] * columns.keys)})"
    key = f"({', '.join(map(_q, columns.key))})"
    names = ", ".join(f"{_q(name)}::text" if name == "state" and _postgresql() else _q(name) for name in columns.names)
    place = columns.names.index("state") if "state" in columns.names else None
    sql = f"SELECT {names} FROM {_q(table)} WHERE {key} IN (VALUES {', '.join([one] * len(keys))})"  # noqa: S608
    found = {}
    for row in _ask(sql, [value for one_key in keys for value in one_key]):
        values = list(row)
        if place is not None:
            # JSON is compared as what it says.
            values[place] = msgspec.json.decode(values[place])
        found[tuple(row[: columns.keys])] = values
    return found
