"""One database measured: what its writers do, alone and beside one another (`meguri bench journal`)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meguri.journal.entry import timing

PROCESS = __package__
"""What each writer runs: `python -m`, with what it is to do."""
BATCH = 100
SAMPLE = 500


@dataclass(frozen=True)
class Workload:
    """Acts to measure with: `prepare(count)` puts on record what they need and returns actors; `make(actor)` one.

    Workloads that are prepared alike share what was prepared.
    """

    key: str
    name: str
    prepare: Callable[[int], Sequence[str]]
    make: Callable[[str], Any]
    rated: bool = True
    """Whether acts a second are measured; else what they write alone."""


_workloads: dict[str, Workload] = {}


def offer(workload: Workload) -> None:
    """Let a room offer its acts for measurement."""
    _workloads[workload.key] = workload


def workloads() -> tuple[Workload, ...]:
    """What rooms offer, in the order in which they did."""
    return tuple(_workloads.values())


def everything(seconds: float, writers: int) -> dict[str, Any]:
    """Each workload in batches by one writer and singly by several, beside the bare INSERT; then seal and verify."""
    from django.core.management import call_command
    from django.db import connection

    from meguri.journal import services
    from meguri.journal.models import ActRow, Subject
    from meguri.kit.problems import N_, refuse

    machine = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the measurement"
    call_command("migrate", verbosity=0, interactive=False)
    if ActRow.objects.exists():
        raise refuse(N_("This database holds acts already. Measure on an empty one."), "", "bench")
    if not _workloads:
        raise refuse(N_("No room offers acts to measure with."), "", "bench")
    services.ensure_node()
    _bare_table()
    prepared: dict[Any, list[str]] = {}
    measured = []
    for workload in _workloads.values():
        if not workload.rated:
            continue
        if workload.prepare not in prepared:
            prepared[workload.prepare] = list(workload.prepare(writers))
        measured.append(_measured(workload, prepared[workload.prepare], seconds))
    stored = ActRow.objects.count()
    started = time.perf_counter()
    checkpoint = services.seal()
    sealing = time.perf_counter() - started
    report = services.verify(checkpoint.note if checkpoint else None)
    return {
        "database": connection.vendor,
        "settings": _settings(),
        "machine": machine,
        "writers": writers,
        "subjects": round(Subject.objects.count() / stored, 1),
        "workloads": measured,
        "sealed": report.sealed,
        "sealed_per_second": report.sealed / sealing,
        "verified": "intact" if report.intact else report.findings[0].say(),
    }


def _measured(workload: Workload, actors: Sequence[str], seconds: float) -> dict[str, Any]:
    _batches(workload, actors[0], min(1.0, seconds))
    batches = _batches(workload, actors[0], seconds)
    beside = bare(seconds, BATCH)
    singly = _several([["one", workload.key, actor, str(seconds)] for actor in actors])
    bare_singly = _several([["bare", str(seconds)] for _ in actors])
    return {
        "key": workload.key,
        "workload": workload.name,
        "bytes": _sizes(),
        "batches": _row(batches, beside),
        "singly": _row(singly, bare_singly),
    }


def _row(done: dict[str, Any], bare: dict[str, Any]) -> dict[str, Any]:
    whole = sum(done["sections"].values()) or 1.0
    shares = sorted(done["sections"].items(), key=lambda pair: -pair[1])
    return {
        "acts_per_second": done["rate"],
        "bare_per_second": bare["rate"],
        "ratio": done["rate"] / bare["rate"],
        "cpu_us": done.get("cpu_us"),
        "p50_ms": done["p50_ms"],
        "p95_ms": done["p95_ms"],
        "where_time_goes": {name: round(spent / whole, 3) for name, spent in shares},
    }


def _settings() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = (
                "server_version",
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "wal_sync_method",
                "shared_buffers",
            )
            values = []
            for name in names:
                cursor.execute(f"SHOW {name}")
                values.append(f"{name}={cursor.fetchone()[0]}")
            return " ".join(values)
        values = []
        for name in ("journal_mode", "synchronous"):
            cursor.execute(f"PRAGMA {name}")
            values.append(f"{name}={cursor.fetchone()[0]}")
        cursor.execute("SELECT sqlite_version()")
        return f"version={cursor.fetchone()[0]} " + " ".join(values) + " (synchronous 2 is FULL)"


def _timed(step: Callable[[], int], seconds: float) -> dict[str, Any]:
    """Repeat a step that says how many acts it made; rate over the whole, latency of a step."""
    timing.on()
    count, spans, started, before = 0, [], time.perf_counter(), _cpu()
    while (now := time.perf_counter()) - started < seconds:
        count += step()
        spans.append(time.perf_counter() - now)
    elapsed, spent = time.perf_counter() - started, _cpu() - before
    return {
        "count": count,
        "elapsed": elapsed,
        "rate": count / elapsed,
        "cpu_us": spent / count * 1e6,
        "sections": timing.off(),
        **_spans(spans),
    }


def _cpu() -> float:
    """Seconds of processor time of this process and, where it can be seen, of PostgreSQL's process for it."""
    from django.db import connection

    spent = time.process_time()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        if path.exists():
            fields = path.read_text().rpartition(")")[2].split()
            spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def _spans(spans: list[float]) -> dict[str, float]:
    ordered = sorted(spans)
    return {
        "p50_ms": statistics.median(ordered) * 1000,
        "p95_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000,
    }


def _batches(workload: Workload, actor: str, seconds: float) -> dict[str, Any]:
    from meguri.journal import services

    def step() -> int:
        timing.start()
        utterances = [workload.make(actor) for _ in range(BATCH)]
        timing.lap("making bodies")
        return len(services.attest(actor, utterances))

    return _timed(step, seconds)


def one(workload: Workload, actor: str, seconds: float) -> dict[str, Any]:
    """What one of several writers does: acts of a workload, singly, for so long."""
    from meguri.journal import services

    def step() -> int:
        timing.start()
        utterance = workload.make(actor)
        timing.lap("making bodies")
        return len(services.attest(actor, [utterance]))

    step()
    _ready()
    return _timed(step, seconds)


def _bare_table() -> None:
    from django.db import connection

    kind, blob = ("BIGSERIAL", "BYTEA") if connection.vendor == "postgresql" else ("INTEGER", "BLOB")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_bare (id {kind} PRIMARY KEY, canonical {blob}, signature {blob})")


def bare(seconds: float, size: int) -> dict[str, Any]:
    """The same bytes, the same number of rows in a transaction, the same durability; nothing else."""
    from django.db import connection, transaction

    from meguri.journal.models import ActRow

    stored = list(ActRow.objects.order_by("-number").values_list("canonical", "signature")[:SAMPLE])
    rows = [(bytes(canonical), bytes(signature)) for canonical, signature in stored]
    place = 0

    def step() -> int:
        nonlocal place
        chunk = [rows[(place + i) % len(rows)] for i in range(size)]
        place += size
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bench_bare (canonical, signature) VALUES (%s, %s)", chunk)
        return size

    step()
    if size == 1:
        _ready()
    return _timed(step, seconds)


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _several(commands: list[list[str]]) -> dict[str, Any]:
    """Run writers as processes that begin together; rates add up."""
    running = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", PROCESS, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    told = []
    for process in running:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("a writer did not start")
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        out, _ = process.communicate()
        told.append(json.loads(out.splitlines()[-1]))
    sections: dict[str, float] = {}
    for one in told:
        for name, spent in one["sections"].items():
            sections[name] = sections.get(name, 0.0) + spent
    return {
        "rate": sum(one["rate"] for one in told),
        "sections": sections,
        "p50_ms": statistics.median(one["p50_ms"] for one in told),
        "p95_ms": max(one["p95_ms"] for one in told),
    }


def _sizes() -> int:
    from meguri.journal.models import ActRow

    rows = ActRow.objects.order_by("-number").values_list("canonical", "signature")[:SAMPLE]
    return round(statistics.mean(len(bytes(canonical)) + len(bytes(signature)) for canonical, signature in rows))
