"""`meguri bench journal`: acts a second on both databases in one run, beside a bare INSERT of the same bytes.

Each database is measured by a process of its own (`meguri.journal.measuring`). PostgreSQL is a temporary cluster from
the machine's own binaries with durability on, or the database given with --database.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meguri.kit.problems import N_, refuse

FLOORS = {"postgresql": {"batches": 1000, "singly": 300}}


def run(database: str | None, seconds: float, writers: int, as_json: bool) -> int:
    """Measure and print. Returns 1 where PostgreSQL stays below the floors."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the temporary cluster is stopped
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as name:
        home = Path(name)
        home.chmod(0o711)
        if database:
            given = _measure(database, home, seconds, writers)
            results[given["database"]] = given
        else:
            _say("SQLite", as_json)
            results["sqlite"] = _measure(f"sqlite:///{home / 'bench.sqlite3'}", home, seconds, writers)
            _say("PostgreSQL", as_json)
            with cluster() as url:
                results["postgresql"] = _measure(url, home, seconds, writers)
    low = [
        f"{which} {how}"
        for which, floors in FLOORS.items()
        for how, floor in floors.items()
        if which in results and results[which][how]["acts_per_second"] < floor
    ]
    if as_json:
        print(json.dumps({**results, "floors": FLOORS, "below_floor": low}, indent=2))
    else:
        for which, result in results.items():
            _table(which, result)
        print(f"below the floor: {', '.join(low)}" if low else "PostgreSQL's floors (1,000/s and 300/s): held")
    return 1 if low else 0


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        print(f"measuring {text} …", file=sys.stderr, flush=True)


def _measure(url: str, home: Path, seconds: float, writers: int) -> dict[str, Any]:
    env = {**os.environ, "MEGURI_DATABASE_URL": url, "MEGURI_HOME": str(home), "MEGURI_MODE": "local"}
    command = [sys.executable, "-m", "meguri.journal.measuring", "all", str(seconds), str(writers)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise refuse(
            N_("The measurement on {url} stopped; what it said stands above."), "", "bench", url=url.split("@")[-1]
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _table(which: str, result: dict[str, Any]) -> None:
    print(f"\n{which}: {result['settings']}; {result['machine']}")
    print(f"  acts: {result['workload']}; {result['bytes']} bytes each with signature, {result['subjects']} subjects")
    print(f"  {'':34}{'acts/s':>9}{'bare INSERT/s':>15}{'ratio':>8}{'p50 ms':>9}{'p95 ms':>9}")
    names = {"batches": "batches of 100, one writer", "singly": f"singly, {result['writers']} writers"}
    for how, name in names.items():
        row = result[how]
        print(
            f"  {name:34}{row['acts_per_second']:>9,.0f}{row['bare_per_second']:>15,.0f}{row['ratio']:>8.2f}"
            f"{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}"
        )
    for how, name in names.items():
        parts = ", ".join(f"{section} {share:.0%}" for section, share in result[how]["where_time_goes"].items())
        print(f"  {name}: {parts}")
    print(f"  sealed {result['sealed']:,} acts at {result['sealed_per_second']:,.0f}/s; verify: {result['verified']}")


@contextmanager
def cluster() -> Iterator[str]:
    """A temporary PostgreSQL cluster with durability on; yields its address. Refused where there are no binaries."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4].split(".")[0]))
    found = shutil.which("initdb")
    if not folders and not found:
        raise refuse(N_("PostgreSQL's initdb was not found. Install it: apt-get install postgresql"), "", "postgresql")
    binaries = Path(folders[-1]) if folders else Path(str(found)).parent
    folder = Path(tempfile.mkdtemp(prefix="meguri-postgresql-"))
    become: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = str(folder / "data")

    def call(name: str, *options: str) -> None:
        command = [*become, str(binaries / name), *options]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise refuse(
                N_("PostgreSQL did not start: {why}"), "", "postgresql", why=(done.stderr or done.stdout).strip()
            )

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c shared_buffers=256MB"
    try:
        call("initdb", "-D", data, "-A", "trust", "-U", "meguri", "-E", "UTF8", "--locale=C.UTF-8")
        call("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            call("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "meguri", "meguri")
            yield f"postgresql://meguri@127.0.0.1:{port}/meguri"
        finally:
            call("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
