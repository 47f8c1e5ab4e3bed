"""How long it takes to ask for a page of what readers of much and of little see, and how many bytes the first and the
last of many acts write: what `meguri bench lists` measures, in a process for each database.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from meguri.journal.measure import measuring
from meguri.journal.projections import relating, relations

PAGE = 51
CASES, OF_FEW = 5000, 5
TURNS = 25
SOME = 50
"""Acts at the beginning and at the end of which the bytes are counted."""
YARDS = 20
OLD_CASES = 2000
OLD = f"nothing new, in {OLD_CASES:,} cases"
"""The costly one: neither are few scopes merged, nor is anything found among the newest rows."""
READERS = {
    "nearly all, in one scope": "organisation:follower",
    f"nearly all, in {CASES:,} cases": "organisation:authority",
    f"few, in {OF_FEW} cases": "organisation:exporter-7",
    "its own twentieth": "organisation:yard-3",
    "nothing": "organisation:stranger",
    OLD: "organisation:former",
}


def lists(lots: int) -> dict[str, Any]:
    """Milliseconds for a page of the newest, and for a look at one page's lots, with a tenth of the lots and with all.

    Lots lie in the scope of the yard that holds them, in their case and, nineteen of twenty, in a follower's. They come
    after all that is on record, as the newest do.
    """
    from meguri.journal.models import ActRow

    found: dict[str, Any] = {}
    after = ActRow.objects.order_by("-number").values_list("number", flat=True).first() or 0
    _fill(relating.READS, _reads())
    for start, end in ((0, lots // 10), (lots // 10, lots)):
        _fill(relating.LIES, _lies(start, end, lots, after))
        _settle()
        for name, who in READERS.items():
            page = relations.newest(who, "lot", PAGE)
            last = (page[-1][1], page[-1][0]) if page else None
            some = [f"lot:{number:010}" for number in range(0, end, max(1, end // SOME))]
            found.setdefault(name, []).append(
                {
                    "first_page": _median(lambda who=who: relations.newest(who, "lot", PAGE)),  # type: ignore[misc]
                    "next_page": _median(lambda who=who, at=last: relations.newest(who, "lot", PAGE, at)),  # type: ignore[misc]
                    "which_of_these": _median(lambda who=who, some=some: relations.readable(who, some)),  # type: ignore[misc]
                }
            )
    return found


def _median(ask: Callable[[], Any]) -> float:
    ask()
    spans = []
    for _ in range(TURNS):
        started = time.perf_counter()
        ask()
        spans.append((time.perf_counter() - started) * 1000)
    return statistics.median(spans)


def _reads() -> Iterator[tuple[Any, ...]]:
    for case in range(CASES):
        scope = f"case:{case:06}"
        yield "organisation:authority", scope, scope, case
        if case < OLD_CASES:
            yield "organisation:former", scope, scope, case
        yield f"organisation:exporter-{case % (CASES // OF_FEW)}", scope, scope, case


def _lies(start: int, end: int, lots: int, after: int) -> Iterator[tuple[Any, ...]]:
    for n in range(start, end):
        lot = f"lot:{n:010}"
        scopes = [f"case:{n * CASES // lots:06}", f"organisation:yard-{n % YARDS}"]
        scopes += ["organisation:follower"] if n % 20 else []
        for scope in scopes:
            yield lot, scope, lot, "lot", after + CASES + n // 10


def _fill(table: relating.RelationTable, rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(table.copy) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.execute("BEGIN")
            cursor.executemany(table.insert, list(rows))
            cursor.execute("COMMIT")


def _settle() -> None:
    """What the database's own housekeeping does in time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in relating.TABLES:
                cursor.execute(f"VACUUM ANALYZE {table.name}")


class Bytes:
    """Bytes written since the last call: of the log on PostgreSQL, of the values written on SQLite."""

    def __init__(self) -> None:
        self.written = 0
        self.last = self._log()

    def _log(self) -> int:
        if connection.vendor != "postgresql":
            return self.written
        with connection.cursor() as cursor:
            cursor.execute("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
            return int(cursor.fetchone()[0])

    def __call__(self) -> int:
        """How many since the last call."""
        before, self.last = self.last, self._log()
        return self.last - before

    def watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Count the values of what is written (Django's execute wrapper)."""
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            rows = params = list(params) if many else [params or ()]
            self.written += sum(len(value) if isinstance(value, str | bytes) else 8 for row in rows for value in row)
            params = rows if many else rows[0]
        return execute(sql, params, many, context)


def bytes_written(acts: int) -> dict[str, Any]:
    """The bytes of one of the first and of one of the last acts of many, for each workload."""
    from meguri.journal import services

    services.ensure_node()
    found, prepared = {}, {}
    for workload in measuring.workloads():
        if workload.prepare not in prepared:
            prepared[workload.prepare] = list(workload.prepare(1))
        actor = prepared[workload.prepare][0]
        count = Bytes()

        def some(workload: measuring.Workload = workload, actor: str = actor, count: Bytes = count) -> float:
            # By kind, because some write more than others; medians, because a page or an index grows at times.
            spans: dict[str, list[int]] = {}
            for _ in range(SOME):
                utterance = workload.make(actor)
                count()
                services.attest(actor, [utterance])
                spans.setdefault(utterance.kind, []).append(count())
            return statistics.mean(map(statistics.median, spans.values()))

        with connection.execute_wrapper(count.watch):
            # The first act of all may make what the others use.
            services.attest(actor, [workload.make(actor)])
            first = some()
            left = max(0, acts - 2 * SOME)
            while left:
                batch = min(left, measuring.BATCH)
                services.attest(actor, [workload.make(actor) for _ in range(batch)])
                left -= batch
            found[workload.key] = {"name": workload.name, "first": first, "last": some()}
    return found


def measured(lots: int, acts: int) -> dict[str, Any]:
    """Everything, on an empty database. Refused where it is none."""
    from django.core.management import call_command

    from meguri.journal.models import ActRow
    from meguri.kit.problems import N_, refuse

    call_command("migrate", verbosity=0, interactive=False)
    if ActRow.objects.exists():
        raise refuse(N_("This database holds acts already. Measure on an empty one."), "", "bench")
    # Bytes first: the lists then fill the tables with what no act has said.
    return {"database": connection.vendor, "bytes": bytes_written(acts), "lists": lists(lots)}
