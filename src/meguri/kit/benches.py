"""Benchmarks that rooms offer under ``meguri bench``: each compares two things in one run and prints the ratio."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

Configure = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Bench:
    """One benchmark: its name, what it compares, its own options, and what runs it."""

    name: str
    help: str
    configure: Configure
    run: Run


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One comparison: our figure beside the baseline's, both in `unit`, and their ratio as the job states it.

    `aim` is what the ratio (without a baseline: the figure) should be, `met` whether it is; None where there is none.
    """

    job: str
    ours: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    aim: float | None = None
    met: bool | None = None


LEAST_S = 1e-6
"""What a shorter time counts as in a ratio: clocks of processors tick in steps of up to 16 ms, and tell 0 between."""


def ratio(over: float, under: float) -> float:
    """How many times the time `under` goes into the time `over`: a clock that tells 0 divides nothing."""
    return max(over, LEAST_S) / max(under, LEAST_S)


def rows_json(rows: Iterable[Measurement]) -> list[dict[str, Any]]:
    """What every benchmark prints under ``rows``."""
    return [asdict(row) for row in rows]


_BENCHES: dict[str, Bench] = {}


def add(name: str, help: str, run: Run, configure: Configure = lambda parser: None) -> None:
    """Offer a benchmark. ValueError where another has the name."""
    if name in _BENCHES and _BENCHES[name].run is not run:
        raise ValueError(f"there are two benchmarks called {name}")
    _BENCHES[name] = Bench(name, help, configure, run)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``bench`` with all benchmarks to the command line."""
    bench = subparsers.add_parser("bench", help="measure, beside a baseline, in one run")
    names = bench.add_subparsers(dest="bench", metavar="WHAT", required=True)
    for one in _BENCHES.values():
        parser = names.add_parser(one.name, help=one.help, description=one.help)
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
        one.configure(parser)
        parser.set_defaults(run=one.run)
