"""`meguri bench custody`: a lot drawn from many times, and the public balance beside adding up the whole record.

Measured on a new SQLite database of its own, in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from meguri.kit import benches
from meguri.kit.benches import Measurement
from meguri.kit.problems import N_, refuse

BATCH = 100
GRAMS = 1000
HUB_G = 90_000_000_000
BYTES_AIM = 1.01
BALANCE_AIM = 20.0
TURNS = 5


def run(draws: int, as_json: bool) -> int:
    """Measure and print. Returns 1 where an aim is missed."""
    with tempfile.TemporaryDirectory(prefix="meguri-bench-") as home:
        url = f"sqlite:///{home}/bench.sqlite3"
        env = {**os.environ, "MEGURI_DATABASE_URL": url, "MEGURI_HOME": home, "MEGURI_MODE": "local"}
        command = [sys.executable, "-m", "meguri.custody.bench", str(draws)]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise refuse(N_("The measurement stopped; what it said stands above."), "", "bench")
    rows = [Measurement(**row) for row in json.loads(done.stdout.splitlines()[-1])]
    if as_json:
        print(json.dumps({"rows": benches.rows_json(rows)}, indent=2))
    else:
        for row in rows:
            beside = f" beside {row.baseline:,.1f}, ratio {row.ratio:.2f}" if row.baseline is not None else ""
            print(f"{row.job}: {row.ours:,.1f} {row.unit}{beside}")
    return 1 if any(row.met is False for row in rows) else 0


def measure(draws: int) -> list[Measurement]:
    """Draw so often from one lot; then read its balance both ways."""
    from django.core.management import call_command

    from meguri.custody import acts
    from meguri.custody.balance import totals
    from meguri.journal import services as journal
    from meguri.journal.services import Utterance
    from meguri.kit import ids
    from meguri.movement.states import LotMass
    from meguri.registry import services as registry

    call_command("migrate", verbosity=0, interactive=False)
    journal.ensure_node()
    who = registry.admit("bench", {"en": "Yard"}, "MYS", ["collector", "dismantler"])
    registry.site(who, {"en": "Yard"}, "MYS", 5.4, 100.3, facility="bench")
    hub, stream = ids.new(), "circuit-boards-high-grade"

    def draw(grams: int) -> Utterance:
        body = acts.Transform(
            event=ids.new(),
            step="sorting",
            facility="bench",
            economy="MYS",
            inputs=(LotMass(hub, grams),),
            outputs=(acts.Output(lot=ids.new(), stream=stream, grams=grams),),
        )
        return Utterance("custody.transform", body)

    begin = acts.Collect(event=ids.new(), lot=hub, stream=stream, grams=HUB_G, facility="bench", economy="MYS")
    journal.attest(who, [Utterance("custody.collect", begin)])
    # After this all figures have as many digits as they will have.
    journal.attest(who, [draw(HUB_G // 5)])
    first = _written(lambda: journal.attest(who, [draw(GRAMS)]))
    began = _tenth(lambda: journal.attest(who, [draw(GRAMS) for _ in range(BATCH)]), draws)
    for _ in range(draws * 8 // 10 // BATCH):
        journal.attest(who, [draw(GRAMS) for _ in range(BATCH)])
    ended = _tenth(lambda: journal.attest(who, [draw(GRAMS) for _ in range(BATCH)]), draws)
    last = _written(lambda: journal.attest(who, [draw(GRAMS)]))
    kept = min(_cpu(totals.standing) for _ in range(TURNS))
    whole = _cpu(totals.balance)
    assert totals.standing() == totals.balance()
    said = f"one lot drawn from {draws:,} times"
    return [
        Measurement(
            job=f"{said}: bytes of states, relations and sums that the last draw writes, beside the first",
            ours=last,
            baseline=first,
            ratio=last / first,
            unit="bytes",
            aim=BYTES_AIM,
            met=last <= first * BYTES_AIM,
        ),
        Measurement(
            job=f"{said}: CPU of a draw of the last tenth, in batches of {BATCH}, beside the first tenth",
            ours=ended * 1e6,
            baseline=began * 1e6,
            ratio=benches.ratio(ended, began),
            unit="µs",
        ),
        Measurement(
            job=f"public balance of {draws:,} lots from kept sums, beside adding up (CPU)",
            ours=kept * 1000,
            baseline=whole * 1000,
            ratio=benches.ratio(whole, kept),
            unit="ms",
            aim=BALANCE_AIM,
            met=benches.ratio(whole, kept) >= BALANCE_AIM,
        ),
    ]


def _tenth(step: Callable[[], object], draws: int) -> float:
    """The CPU seconds of an act in a tenth of all steps."""
    count = max(1, draws // 10 // BATCH)
    return sum(_cpu(step) for _ in range(count)) / count / BATCH


def _written(step: Callable[[], object]) -> int:
    """The bytes of all rows that a step writes, beside acts and their subjects, which are its own size."""
    from django.db import connection

    from meguri.journal.projections.sums import TABLES

    written = 0

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal written
        head = sql.lstrip()[:60]
        if head.startswith(("INSERT", "DELETE")) and not any(
            name in head for name in ("journal_act", "journal_subject", TABLES[0])
        ):
            written += sum(_size(row) for row in (params if many else [params]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        step()
    return written


def _size(row: Any) -> int:
    """How long the values of a row are as text; numbers of acts count alike, however many digits they have."""
    return sum(len(value) if isinstance(value, str) else 8 for value in row or ())


def _cpu(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def main(arguments: list[str]) -> None:
    """Start Django and measure; the last line printed is JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    import django

    django.setup()
    print(json.dumps(benches.rows_json(measure(int(arguments[0])))))


if __name__ == "__main__":
    main(sys.argv[1:])
