"""`meguri bench lists`: a page of what a reader sees among very many lots, and bytes an act as the record grows.

Each database is measured by a process of its own (`meguri.journal.measure`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from meguri.journal.measure.bench import NAMES, cluster
from meguri.journal.measure.measuring import PROCESS
from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.kit.problems import N_, refuse

MOST_MS = 5.0
GROWTH = 1.1
WITHOUT_AIM = "nothing new"
ASKED = {
    "first_page": "the first page of 50",
    "next_page": "the page after",
    "which_of_these": "which of 50 lots it sees",
}


def run(database: str | None, lots: int, acts: int, as_json: bool) -> int:
    """Measure and print. Returns 1 where an aim is not met."""
    results = []
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as name:
        home = Path(name)
        home.chmod(0o711)
        if database:
            results.append(_measure(database, home, lots, acts))
        else:
            results.append(_measure(f"sqlite:///{home / 'bench.sqlite3'}", home, lots, acts))
            with cluster(whole_pages=False) as (url, create):
                results.append(_measure(f"{url}/{create('meguri_lists')}", home / "other", lots, acts))
    found = [row for result in results for row in rows(result, lots, acts)]
    if as_json:
        print(json.dumps({"rows": benches.rows_json(found), "lots": lots, "acts": acts}, indent=2))
    else:
        for row in found:
            aim = "" if row.met is None else ("  met" if row.met else "  NOT MET")
            ratio = "" if row.ratio is None else f"  ratio {row.ratio:.2f}"
            print(f"{row.job}: {row.ours:,.2f} {row.unit}{ratio}{aim}")
    return 0 if all(row.met is not False for row in found) else 1


def rows(result: dict[str, Any], lots: int, acts: int) -> list[Measurement]:
    """Each question beside the same with a tenth of the lots; each workload's last acts beside its first.

    For who reads thousands of cases in which nothing is new there is no aim: every one of them is looked at.
    """
    which = NAMES[result["database"]]
    found = []
    for reader, (tenth, whole) in result["lists"].items():
        aimed = not reader.startswith(WITHOUT_AIM)
        for key, what in ASKED.items():
            found.append(
                Measurement(
                    job=f"{which}, {lots:,} lots, a reader of {reader}: {what}, beside a tenth of the lots",
                    ours=whole[key],
                    baseline=tenth[key],
                    ratio=benches.ratio(whole[key], tenth[key]),
                    unit="ms",
                    aim=MOST_MS if aimed else None,
                    met=whole[key] < MOST_MS if aimed else None,
                )
            )
    for one in result["bytes"].values():
        ratio = one["last"] / one["first"]
        found.append(
            Measurement(
                job=f"{which}, {one['name']}: bytes an act, the last of {acts:,} beside the first",
                ours=one["last"],
                baseline=one["first"],
                ratio=ratio,
                unit="bytes",
                aim=GROWTH,
                met=ratio <= GROWTH,
            )
        )
    return found


def _measure(url: str, home: Path, lots: int, acts: int) -> dict[str, Any]:
    print(f"measuring {NAMES['sqlite' if url.startswith('sqlite') else 'postgresql']} …", file=sys.stderr, flush=True)
    env = {**os.environ, "MEGURI_DATABASE_URL": url, "MEGURI_HOME": str(home), "MEGURI_MODE": "local"}
    # Filling and settling the tables is nobody's page.
    env |= {"MEGURI_STATEMENT_TIMEOUT": "0", "MEGURI_LOCK_TIMEOUT": "0"}
    command = [sys.executable, "-m", PROCESS, "lists", str(lots), str(acts)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise refuse(
            N_("The measurement on {url} stopped; what it said stands above."), "", "bench", url=url.split("@")[-1]
        )
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured
