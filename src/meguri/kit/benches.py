"""Benchmarks that rooms offer under ``meguri bench``: each compares two things in one run and prints the ratio."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

Configure = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Bench:
    """One benchmark: its name, what it compares, its own options, and what runs it."""

    name: str
    help: str
    configure: Configure
    run: Run


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
