"""What the numbers of `/metrics` say of the machine: processes of the service, the disk, the checks of `/readyz`."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Count as CountOf

from meguri.kit.models import Job
from meguri.kit.running import metrics, parents, readiness
from meguri.kit.running.metrics import Sample, sample

PROC = Path("/proc")
ROLES = {b"seal": "sealer", b"deliver": "webhooks", b"clock": "clock", b"notices": "mail"}
"""By a word of its command: which process beside the server it is."""


def of_service() -> Iterator[tuple[str, int, int, float]]:
    """Each process of the service: role, number, bytes of memory, seconds of the processor. Linux alone tells."""
    if not PROC.is_dir():
        return
    server = int(os.environ.get(parents.SERVER, os.getpid()))
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(folder.name)
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            parent = int(stat[1])
            if server in (pid, parent):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                role = "server" if pid == server else "worker"
                if pid != server and parents.OPTION.encode() in words:
                    role = next((said for word, said in ROLES.items() if word in words), "helper")
                yield role, pid, int(stat[21]) * page, (int(stat[11]) + int(stat[12])) / ticks


def _processes() -> Iterator[Sample]:
    for role, pid, memory, seconds in of_service():
        yield sample("meguri_process_memory_bytes", memory, role=role, pid=str(pid))
        yield sample("meguri_process_cpu_seconds_total", seconds, role=role, pid=str(pid))


def _disk() -> Iterator[Sample]:
    yield sample("meguri_disk_free_bytes", shutil.disk_usage(settings.DATA).free)


def _checks() -> Iterator[Sample]:
    for name, check in readiness.checks().items():
        yield sample("meguri_ready", float(check.ok), check=name)
        if check.lag_s is not None:
            yield sample("meguri_ready_lag_seconds", check.lag_s, check=name)


def _jobs() -> Iterator[Sample]:
    found = dict(Job.objects.order_by().values_list("state").annotate(CountOf("id")))
    for state in Job.State.values:
        yield sample("meguri_jobs", found.get(state, 0), state=state)


def connect() -> None:
    """Have them told."""
    for name, read in {"processes": _processes, "disk": _disk, "checks": _checks, "jobs": _jobs}.items():
        metrics.provide(name, read)
