"""The commands of this room: ``meguri network classic``. Imports no Django.

Everything that needs numpy is imported inside, so that ``meguri --help`` stays quick.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

from meguri.kit import benches
from meguri.kit.problems import N_, refuse
from meguri.network import plan_commands

PARTS = ("linopy", "pyomo", "dense", "solve", "ensemble", "front", "location", "whole")
"""Parts of the benchmark that can be left out."""


def register(subparsers: Any) -> None:
    """Add ``network`` and ``plan`` to the command line, and the benchmark."""
    plan_commands.register(subparsers)
    room = subparsers.add_parser(
        "network",
        help="where should it go: the planning kernel on problems of its own",
        description="The planning kernel on problems with known answers.",
    )
    inner = room.add_subparsers(dest="network_command", required=True, metavar="WHAT")
    classic = inner.add_parser(
        "classic",
        help="solve an OR-Library location or a Canad network design file",
        description="Solve a facility location file of OR-Library or a network design file (.dow) of the Canad set.",
        epilog="Example: meguri network classic capa.txt --capacity 8000",
    )
    classic.add_argument("file", type=Path, metavar="FILE")
    classic.add_argument(
        "--capacity",
        default=None,
        metavar="NUMBER",
        help="of each plant, where the file leaves it open; none: no limit",
    )
    classic.add_argument("--gap", type=float, default=0.0, help="relative gap to stop at (default 0: prove it)")
    classic.add_argument("--time-limit", type=float, default=None, metavar="SECONDS", help="stop after so long")
    classic.add_argument("--threads", type=int, default=1, help="threads of the solver (default 1)")
    classic.add_argument("--mps", type=Path, default=None, metavar="FILE", help="also write the program as MPS")
    classic.add_argument("--json", action="store_true", help="one JSON object")
    classic.set_defaults(run=_classic)
    benches.add(
        "network",
        "building and solving plans, beside linopy, pyomo and solving from nothing",
        _bench,
        _configure_bench,
    )


def _capacity(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = math.inf if text == "none" else float(text)
    except ValueError:
        value = math.nan
    if not value >= 0:
        raise refuse(
            N_("“{text}” is no capacity. Give a number of at least 0, such as 8000, or none."),
            "/capacity", "capacity", text=text,
        )  # fmt: skip
    return value


def _classic(args: argparse.Namespace) -> int:
    """Exit code 0 where the optimum (or the gap asked for) is proved, 1 where the search was stopped before."""
    from meguri.network.oracles import classic_problems
    from meguri.network.solver.conflict import optimum
    from meguri.network.solver.highs import SolverOptions
    from meguri.network.solver.mps import write_mps

    problem = classic_problems.read(args.file, _capacity(args.capacity))
    program = classic_problems.formulate(problem)
    if args.mps is not None:
        write_mps(program, args.mps, args.file.stem)
    cpu = time.process_time()
    options = SolverOptions(
        gap=args.gap, time_limit=args.time_limit, threads=args.threads, settings=classic_problems.settings(problem)
    )
    found = optimum(program, options)
    cpu = time.process_time() - cpu
    is_location = isinstance(problem, classic_problems.Location)
    chosen = [int(k) + 1 for k in classic_problems.opened(program, found.x)]
    out = {
        "file": args.file.name,
        "kind": "location" if is_location else "design",
        "columns": program.columns,
        "rows": program.rows,
        "status": found.status,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "nodes": found.nodes,
        "cpu_seconds": round(cpu, 3),
        "opened": chosen,
    }
    if args.json:
        print(json.dumps(out))
    else:
        what = "plants" if is_location else "arcs"
        print(f"{args.file.name}: {program.columns:,} columns, {program.rows:,} rows")
        proof = "proved" if found.optimal else f"not proved ({found.status})"
        print(f"objective  {found.objective:,.3f}  {proof}; bound {found.bound:,.3f}, gap {found.gap:.2e}")
        print(f"opened     {len(chosen)} {what}: {' '.join(str(k) for k in chosen)}")
        print(f"effort     {found.nodes:,} nodes, {cpu:.2f} CPU seconds")
    return 0 if found.optimal else 1


def _configure_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeat", type=int, default=5, help="runs of each build; the best counts (default 5)")
    parser.add_argument("--scenarios", type=int, default=30, help="scenarios of the ensemble (default 30)")
    parser.add_argument("--points", type=int, default=50, help="points of the front (default 50)")
    parser.add_argument("--scenario", default="reference", help="what is planned from end to end (default reference)")
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=PARTS,
        metavar="PART",
        help=f"leave a part out, repeatable: {', '.join(PARTS)}",
    )
    parser.add_argument("--quick", action="store_true", help="a small instance throughout, in seconds; proves no aim")


def _bench(args: argparse.Namespace) -> int:
    from meguri.network.measure.benchmark import run

    return run(args)
