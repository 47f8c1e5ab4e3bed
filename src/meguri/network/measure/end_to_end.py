"""One scenario from its file to its saved reports, in a process of its own.

``python -m meguri.network.measure.end_to_end SCENARIO FOLDER`` prints one JSON object of CPU seconds: of the whole
process from its start, of the solver alone (within its own calls), and of each step. What may be on file already
(plans kept earlier) is not used.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Plan a scenario afresh and write every report and the summary, as ``meguri plan run --no-answers`` does."""
    # Imports are a step of what is measured.
    from meguri.network.runs import plan_run, reports
    from meguri.network.solver import highs

    steps = {"import": time.process_time()}
    spent: list[float] = []
    told: list[tuple[str, float]] = []
    scenario = plan_run.of_file(name)
    steps["read"] = time.process_time()
    with _counted(highs.Session, spent):
        run = plan_run.run(
            scenario, lambda _, words: told.append((words.en, time.process_time())), answers=False, fresh=True
        )
    steps["instance"] = next(at for said, at in told if said == plan_run.STEPS["plan"][1].en)
    steps["plan"] = time.process_time()
    reports.save(run, folder)
    steps["save"] = time.process_time()
    marks = list(steps.values())
    parts = {step: at - before for (step, at), before in zip(steps.items(), [0.0, *marks], strict=False)}
    program, gap = run.plan.program, run.plan.solution.gap
    return {
        "cpu": marks[-1], "solver": sum(spent), "solves": len(spent), "parts": parts, "columns": program.columns,
        "rows": program.rows, "entries": program.entries, "gap": gap, "objective": run.plan.solution.objective,
    }  # fmt: skip


@contextmanager
def _counted(session: Any, spent: list[float]) -> Iterator[None]:
    """Inside, each call of the solver adds its CPU seconds."""
    inner = session._run

    def timed(self: Any) -> Any:
        start = time.process_time()
        try:
            return inner(self)
        finally:
            spent.append(time.process_time() - start)

    session._run = timed
    try:
        yield
    finally:
        session._run = inner


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
