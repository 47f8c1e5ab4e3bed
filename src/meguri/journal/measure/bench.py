"""`meguri bench journal`: acts a second on both databases in one run, beside a bare INSERT of the same bytes.

Each database is measured by a process of its own (`meguri.journal.measure`). PostgreSQL is a temporary
cluster from the machine's own binaries with durability on, or the database given with --database.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meguri.journal.measure.measuring import PROCESS
from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.kit.problems import N_, refuse

FLOORS = {"postgresql": {"batches": 1000, "singly": 300}}
SHARE_OF_BEFORE = 0.9
TURNS = 3
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Measured = dict[str, Any]


def run(database: str | None, seconds: float, writers: int, as_json: bool, before: Path | None = None) -> int:
    """Measure and print. Returns 1 where PostgreSQL stays below the floors.

    With `before`, a work tree of another commit, that and this one are measured in turns, each on a new database.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the temporary cluster is stopped
    results: dict[str, Measured] = {}
    earlier: dict[str, list[Measured]] = {}
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as name:
        home = Path(name)
        home.chmod(0o711)

        def told(url: str, tree: Path | None = None) -> Measured:
            return _measure(url, home, seconds, writers, tree)

        def in_turns(which: str, url: Callable[[int], str]) -> None:
            _say(NAMES[which], as_json)
            if before is None:
                results[which] = told(url(0))
                return
            ours, theirs = [], []
            for turn in range(TURNS):
                theirs.append(told(url(2 * turn), before))
                ours.append(told(url(2 * turn + 1)))
            best = max(ours, key=lambda one: float(one["workloads"][0]["batches"]["acts_per_second"]))
            results[which], earlier[which] = {**best, "turns": ours}, theirs

        if database:
            given = told(database)
            results[given["database"]] = given
        else:
            in_turns("sqlite", lambda turn: f"sqlite:///{home / f'bench-{turn}.sqlite3'}")
            with cluster() as (url, create):
                in_turns("postgresql", lambda turn: f"{url}/{create(f'meguri_{turn}')}")
    rows = _rows(results, earlier)
    below = [row.job for row in rows if row.met is False and row.baseline is None]
    if as_json:
        print(
            json.dumps({"rows": benches.rows_json(rows), **results, "floors": FLOORS, "below_floor": below}, indent=2)
        )
    else:
        for which, result in results.items():
            _table(which, result)
        for row in rows:
            if row.baseline is not None and row.aim is not None:
                print(f"{row.job}: {row.ours:,.0f} to {row.baseline:,.0f} {row.unit}, ratio {row.ratio:.2f}")
        print(f"below the floor: {', '.join(below)}" if below else "PostgreSQL's floors (1,000/s and 300/s): held")
    return 1 if below else 0


def _rows(results: Mapping[str, Measured], earlier: Mapping[str, Sequence[Measured]]) -> list[Measurement]:
    """Each workload beside the bare INSERT, and beside the other work tree where one was measured."""
    rows = []
    for which, result in results.items():
        for place, workload in enumerate(result["workloads"]):
            for how in ("batches", "singly"):
                job = f"{NAMES[which]}, {workload['key']}, {how}"
                one = workload[how]
                made, bare = one["acts_per_second"], one["bare_per_second"]
                rows.append(
                    Measurement(
                        job=f"{job}, beside a bare INSERT", ours=made, baseline=bare, ratio=made / bare, unit="acts/s"
                    )
                )
                floor = FLOORS.get(which, {}).get(how) if place == 0 else None
                if floor is not None:
                    rows.append(
                        Measurement(job=f"{job}, floor", ours=made, unit="acts/s", aim=floor, met=made >= floor)
                    )
                if which in earlier and how == "batches":
                    rows += _cpu_rows(job, place, result["turns"], earlier[which])
                if which in earlier:
                    ours = statistics.median(_rate(turn, place, how) for turn in result["turns"])
                    theirs = statistics.median(_rate(turn, place, how) for turn in earlier[which])
                    rows.append(
                        Measurement(
                            job=f"{job}, beside the other work tree, medians of {TURNS} turns",
                            ours=ours,
                            baseline=theirs,
                            ratio=ours / theirs,
                            unit="acts/s",
                            aim=SHARE_OF_BEFORE,
                            met=ours >= SHARE_OF_BEFORE * theirs,
                        )
                    )
    return rows


def _cpu_rows(job: str, place: int, ours: Sequence[Measured], theirs: Sequence[Measured]) -> list[Measurement]:
    """Processor time of an act, client and server: steadier than acts a second where others use the machine too. None
    where the other work tree does not measure it.
    """
    spent = [
        [float(turn["workloads"][place]["batches"]["cpu_us"]) for turn in turns]
        for turns in (ours, theirs)
        if all(turn["workloads"][place]["batches"].get("cpu_us") for turn in turns)
    ]
    if len(spent) < 2:
        return []
    mine, others = map(statistics.median, spent)
    return [
        Measurement(
            job=f"{job}, processor time of the other work tree over ours, medians of {TURNS} turns",
            ours=mine,
            baseline=others,
            ratio=benches.ratio(others, mine),
            unit="µs an act",
            aim=SHARE_OF_BEFORE,
            met=others >= SHARE_OF_BEFORE * mine,
        )
    ]


def _rate(result: Measured, place: int, how: str) -> float:
    return float(result["workloads"][place][how]["acts_per_second"])


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        print(f"measuring {text} …", file=sys.stderr, flush=True)


def _process(tree: Path | None) -> str:
    """The module that measures one database: in a work tree of another commit it may lie elsewhere."""
    if tree is None or (tree / "src" / Path(*PROCESS.split(".")) / "__main__.py").is_file():
        return PROCESS
    if (tree / "src/meguri/journal/measuring.py").is_file():
        return "meguri.journal.measuring"
    raise refuse(N_("{tree} is no work tree of Meguri."), "", "tree", tree=str(tree))


def _measure(url: str, home: Path, seconds: float, writers: int, tree: Path | None = None) -> Measured:
    env = {**os.environ, "MEGURI_DATABASE_URL": url, "MEGURI_HOME": str(home), "MEGURI_MODE": "local"}
    if tree is not None:
        env |= {"PYTHONPATH": str(tree / "src"), "MEGURI_HOME": str(home / "other")}
    command = [sys.executable, "-m", _process(tree), "all", str(seconds), str(writers)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise refuse(
            N_("The measurement on {url} stopped; what it said stands above."), "", "bench", url=url.split("@")[-1]
        )
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def _table(which: str, result: Measured) -> None:
    print(f"\n{which}: {result['settings']}; {result['machine']}")
    names = {"batches": "batches of 100, one writer", "singly": f"singly, {result['writers']} writers"}
    for workload in result["workloads"]:
        print(f"  acts: {workload['workload']}; {workload['bytes']} bytes each with signature")
        print(f"  {'':34}{'acts/s':>9}{'bare INSERT/s':>15}{'ratio':>8}{'p50 ms':>9}{'p95 ms':>9}")
        for how, name in names.items():
            row = workload[how]
            print(
                f"  {name:34}{row['acts_per_second']:>9,.0f}{row['bare_per_second']:>15,.0f}{row['ratio']:>8.2f}"
                f"{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}"
            )
        for how, name in names.items():
            parts = ", ".join(f"{section} {share:.0%}" for section, share in workload[how]["where_time_goes"].items())
            print(f"  {name}: {parts}")
    print(
        f"  {result['subjects']} subjects an act; sealed {result['sealed']:,} acts at "
        f"{result['sealed_per_second']:,.0f}/s; verify: {result['verified']}"
    )


@contextmanager
def cluster(*, whole_pages: bool = True) -> Iterator[tuple[str, Callable[[str], str]]]:
    """A temporary PostgreSQL cluster with durability on: its address, and what makes a database in it by its name.

    Without the `whole_pages` that it writes after each checkpoint, an act's bytes are what that act wrote. Refused
    where there are no binaries.
    """
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

    def create(name: str) -> str:
        call("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "meguri", name)
        return name

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c shared_buffers=256MB"
    options += "" if whole_pages else " -c full_page_writes=off"
    try:
        call("initdb", "-D", data, "-A", "trust", "-U", "meguri", "-E", "UTF8", "--locale=C.UTF-8")
        call("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield f"postgresql://meguri@127.0.0.1:{port}", create
        finally:
            call("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
