"""The watch over writes: which tables are written without an act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meguri.kit import clock as _clock

WRITES = re.compile(r'^\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
MACHINE = _clock.machine
TABLES = Path(__file__).resolve().parent.parent / "docs" / "tables.md"


def exempt_tables() -> set[str]:
    """Tables that may change without an act, as listed in docs/tables.md."""
    return set(re.findall(r"^\| `(\w+)` \|", TABLES.read_text(), re.MULTILINE))


@contextmanager
def writes_seen() -> Iterator[list[str]]:
    """Collect the tables that are written outside the journal while the block runs."""
    from django.db import connection

    from meguri.journal import services

    exempt, seen = exempt_tables(), []

    def watch(execute, sql, params, many, context):
        found = WRITES.match(sql)
        if found and found.group(1) not in exempt and not services.writing():
            seen.append(found.group(1))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


def use_clock(source):
    """Let the machine's clock show what `source` says, in every thread; None brings its own time back."""
    _clock.machine = source or MACHINE


def put_relations(*relations, by="test:relations", number=1):
    """Put relations into their tables without an act, as if the subject `by` declared them since that number."""
    put_declared((by, relation, number) for relation in relations)


def put_declared(declared):
    """The same for many: subject, relation, number."""
    from django.db import connection

    from meguri.journal import services
    from meguri.journal.projections import relating

    rows = {}
    for by, relation, number in declared:
        table, row = relating.row(by, relation, number)
        rows.setdefault(table, []).append(row)
    with services.as_writer(), connection.cursor() as cursor:
        for table, values in rows.items():
            cursor.executemany(table.insert, values)
