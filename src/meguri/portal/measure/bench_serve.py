"""`meguri bench serve`: users with think time on a server of its own; with `--hostile` beside clients that do harm."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass

from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.kit.problems import N_, refuse
from meguri.portal.measure import clients, hostile
from meguri.portal.measure.clients import Met

QUICK_MS, TWICE, GROWS = 300.0, 2.0, 1.5
FEW_CASES = 100
WARM_S = 5.0
REST_S = 3.0
STARTS_S = 120.0
WARMING_S = 60.0
FLAT = 1.2
"""Memory at the end to that after a minute's load: what is more has grown."""
MB = 2**20
TOKEN = secrets.token_urlsafe(16)
MEMORY = re.compile(r'^meguri_process_memory_bytes\{role="(\w+)",pid="(\d+)"\} (\S+)$', re.MULTILINE)


def run(users: int, seconds: float, think_s: float, workers: int, harmed: bool, database: str, as_json: bool) -> int:
    """Measure and print. Returns 1 where an aim is missed or an honest user was refused."""
    sides = apart() if harmed else None
    with (
        tempfile.TemporaryDirectory(prefix="meguri-bench-") as home,
        served(around(home, database), workers, sides.server if sides else frozenset()) as port,
    ):
        told = measured("127.0.0.1", port, users, seconds, think_s, harmed)
    return _say(*told, as_json=as_json, sides=sides.told if sides else "")


@dataclass(frozen=True)
class Sides:
    """On which cores the server runs and on which its clients, so that neither takes from the other; none where this
    machine cannot part them.
    """

    server: frozenset[int]
    clients: frozenset[int]

    @property
    def told(self) -> str:
        """In words."""
        if not self.server:
            return "server and clients share all cores: what clients take of them counts against the server"
        return (
            f"in both runs the server has cores {sorted(self.server)}, its clients {sorted(self.clients)}; hostile "
            f"ones are a process of their own that gives way to who measures (nice {hostile.NICE})"
        )


def apart() -> Sides:
    """Part the cores that this process may use, half for the server; this process and what it starts keep the rest."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) < 2:
        return Sides(frozenset(), frozenset())
    half = len(cores) // 2
    sides = Sides(frozenset(cores[:half]), frozenset(cores[half:]))
    os.sched_setaffinity(0, sides.clients)
    return sides


def run_steady(rate: float, seconds: float, workers: int, database: str, as_json: bool) -> int:
    """So many requests a second: errors, and the memory of each process at the start and at the end. Returns 1 where
    there was an error or memory grew.
    """
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as home, served(around(home, database), workers) as port:
        asyncio.run(clients.steady("127.0.0.1", port, rate, WARMING_S))
        before = memory(port)
        met = asyncio.run(clients.steady("127.0.0.1", port, rate, seconds))
        after = memory(port)
    rows = [
        Measurement(job="answered", ours=len(met.seconds) / seconds, unit="/s", baseline=rate),
        Measurement(job="p95", ours=1000 * met.quantile(0.95), unit="ms"),
        Measurement(job="median", ours=1000 * met.quantile(0.5), unit="ms"),
    ]
    for process, ours in sorted(after.items()):
        began = before.get(process)
        grown = ours / began if began else None
        job = f"memory of {process} at the end"
        rows.append(
            Measurement(
                job=job, ours=ours / MB, unit="MB", baseline=began / MB if began else None, ratio=grown, aim=FLAT,
                met=grown is not None and grown <= FLAT,
            )
        )  # fmt: skip
    return _say(rows, met.wrong, Counter(), as_json=as_json)


def memory(port: int) -> dict[str, float]:
    """Bytes of each process of the service, by role and number, as `/metrics` tells."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        wire.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        text = wire.getresponse().read().decode()
    finally:
        wire.close()
    return {f"{role} {pid}": float(value) for role, pid, value in MEMORY.findall(text)}


def run_cases(
    users: int, seconds: float, think_s: float, workers: int, cases: int, database: str, as_json: bool
) -> int:
    """The same for the pages of an authority with so many open cases beside those with a hundred, on one server."""
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as home:
        env = around(home, database, "local")
        with served(env, workers) as port:
            met = []
            for more in (FEW_CASES, cases - FEW_CASES):
                command = [sys.executable, "-m", "meguri.portal.measure.with_cases", str(more)]
                said = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout  # noqa: S603
                cookie = said.splitlines()[-1]
                for length in (WARM_S, seconds):
                    seen = asyncio.run(clients.load("127.0.0.1", port, users, length, think_s, cookie))
                met.append(seen)
    few, many = (1000 * seen.quantile(0.95) for seen in met)
    rows = [
        Measurement(
            job=f"p95 of {users} users, {cases:,} open cases beside {FEW_CASES}",
            ours=many, baseline=few, ratio=many / few, unit="ms", aim=GROWS, met=many / few <= GROWS,
        ),
        Measurement(
            job="median",
            ours=1000 * met[1].quantile(0.5), baseline=1000 * met[0].quantile(0.5),
            ratio=met[1].quantile(0.5) / met[0].quantile(0.5), unit="ms",
        ),
    ]  # fmt: skip
    return _say(rows, met[0].wrong + met[1].wrong, Counter(), as_json=as_json)


def _say(rows: list[Measurement], wrong: Counter[str], tried: Counter[str], *, as_json: bool, sides: str = "") -> int:
    if as_json:
        said = {"rows": benches.rows_json(rows), "wrong": dict(wrong), "tried": dict(tried), "load": os.getloadavg()[0]}
        said |= {"sides": sides} if sides else {}
        print(json.dumps(said, indent=2))
    else:
        for row in rows:
            ratio = f", ratio {row.ratio:.2f}" if row.ratio is not None else ""
            beside = f" beside {row.baseline:,.1f}{ratio}" if row.baseline is not None else ""
            print(f"{row.job}: {row.ours:,.1f} {row.unit}{beside}")
        print(f"answers other than 200 to honest users: {dict(wrong) or 'none'}")
        if tried:
            print(f"tried by hostile clients: {dict(tried)}")
        if sides:
            print(sides)
        print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 1 if wrong or any(row.met is False for row in rows) else 0


def measured(
    host: str, port: int, users: int, seconds: float, think_s: float, harmed: bool
) -> tuple[list[Measurement], Counter[str], Counter[str]]:
    """The rows, what honest users met beside answers, and what hostile clients tried."""

    def load(length: float) -> Met:
        return asyncio.run(clients.load(host, port, users, length, think_s))

    load(WARM_S)
    alone = load(seconds)
    p95 = 1000 * alone.quantile(0.95)
    rows = [
        Measurement(job=f"p95 of {users} users", ours=p95, unit="ms", aim=QUICK_MS, met=p95 <= QUICK_MS),
        Measurement(job="median", ours=1000 * alone.quantile(0.5), unit="ms"),
        Measurement(job="requests", ours=len(alone.seconds) / seconds, unit="/s"),
    ]
    wrong, tried = Counter(alone.wrong), Counter[str]()
    if harmed:
        time.sleep(REST_S)
        with hostile.beside(host, port, seconds + 2 * WARM_S) as tried:
            load(2 * WARM_S)
            beside = load(seconds)
        ours = 1000 * beside.quantile(0.95)
        rows.append(
            Measurement(
                job=f"p95 beside {sum(hostile.HOSTILE.values())} hostile clients",
                ours=ours, unit="ms", baseline=p95, ratio=ours / p95, aim=TWICE, met=ours <= TWICE * p95,
            )
        )  # fmt: skip
        wrong += beside.wrong
    return rows, wrong, tried


def around(home: str, database: str = "", mode: str = "demonstration") -> dict[str, str]:
    """The surroundings of a server of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEGURI_")}
    env = {**kept, "MEGURI_HOME": home, "MEGURI_MODE": mode, "MEGURI_METRICS_TOKEN": TOKEN}
    if database:
        env["MEGURI_DATABASE_URL"] = database
    return env


@contextmanager
def served(env: dict[str, str], workers: int, cores: Set[int] = frozenset()) -> Iterator[int]:
    """A record of its own, served at a free port until the block ends; on these cores alone, where any are given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "meguri"]
    if subprocess.run([*command, "setup", "--json"], env=env, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603
        raise refuse(N_("The measurement stopped; what it said stands above."), "", "bench")
    serving = [*command, "serve", "--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(serving, env=env, stdout=subprocess.DEVNULL) as server:  # noqa: S603
        if cores:
            os.sched_setaffinity(server.pid, cores)
        try:
            _await(port, server)
            yield port
        finally:
            server.terminate()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
                wire.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if wire.recv(12).endswith(b"200"):
                    return
        except OSError:
            time.sleep(0.2)
    raise refuse(N_("The measurement stopped; what it said stands above."), "", "bench")
