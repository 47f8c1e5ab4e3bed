"""The commands that keep the law right: ``meguri law mutate`` and ``meguri law watch``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from meguri.kit.problems import MeguriError
from meguri.law.body.packs import Law


def register(inner: Any) -> None:
    """Add them to the commands of the law."""
    mutate = inner.add_parser(
        "mutate",
        help="what the rulings would not notice: each rule left out, each date moved, each scope widened",
        description="Change the packs one thing at a time, and list the changes that no ruling notices. "
        "Exit status 0 where at least 90 % are noticed, 1 where fewer are, 2 where rulings cannot be read.",
    )
    mutate.add_argument("--rulings", type=Path, action="append", metavar="FILE.csv", help="these rulings alone")
    mutate.add_argument("--pack", action="append", default=[], metavar="NAME", help="changes of this pack alone")
    mutate.add_argument("--jobs", type=int, default=0, help="processes side by side (default: one for each core)")
    mutate.add_argument("--json", action="store_true", help="one JSON object")
    mutate.set_defaults(run=_mutate)


def _mutate(arguments: argparse.Namespace) -> int:
    from meguri.law.upkeep import mutating, rulings

    try:
        listed = rulings.read(arguments.rulings or rulings.files())
    except MeguriError as error:
        for problem in error.problems:
            print(f"{problem.pointer or '/'}: {problem.say()}", file=sys.stderr)
        return 2
    found = mutating.mutate(Law.load(), listed, max(0, arguments.jobs), arguments.pack)
    if arguments.json:
        print(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for one in found.unseen:
            told = one.to_json()
            print(f"{told['pack']}  {told['rule']}  {told['change']}  {told['was'] if told['was'] is not None else ''}")
        for place in found.broken:
            print(f"does not hold: {place}")
        print(f"changes: {found.changes}, seen: {found.changes - len(found.unseen)} ({found.share:.1%})")
    return 0 if found.share >= mutating.ENOUGH else 1
