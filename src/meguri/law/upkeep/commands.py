"""The commands that keep the law right: ``meguri law mutate`` and ``meguri law watch``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from meguri.kit import clock
from meguri.kit.files import writing
from meguri.kit.problems import N_, MeguriError
from meguri.law.body import checks
from meguri.law.body.packs import Law


def register(inner: Any) -> None:
    """Add them to the commands of the law."""
    mutate = inner.add_parser(
        "mutate",
        help=N_("what the rulings would not notice: each rule left out, each date moved, each scope widened"),
        description=N_(
            "Change the packs one thing at a time, and list the changes that no ruling notices. "
            "Exit status 0 where at least 90 % are noticed, 1 where fewer are, 2 where rulings cannot be read."
        ),
    )
    mutate.add_argument("--rulings", type=Path, action="append", metavar="FILE.csv", help=N_("these rulings alone"))
    mutate.add_argument("--pack", action="append", default=[], metavar="NAME", help=N_("changes of this pack alone"))
    mutate.add_argument(
        "--suggest", type=Path, metavar="FILE.csv", help=N_("write rulings that would notice the others")
    )
    mutate.add_argument("--quick", action="store_true", help=N_("do not look which unseen changes change no answer"))
    mutate.add_argument("--jobs", type=int, default=0, help=N_("processes side by side (default: one for each core)"))
    mutate.add_argument("--json", action="store_true", help=N_("one JSON object"))
    mutate.set_defaults(run=_mutate)
    watch = inner.add_parser(
        "watch",
        help=N_("what to look up next in the law, and taking back what was found"),
        description=N_(
            "The work list for a lawyer: rules that lanes rest on and that were never looked up, or long ago, "
            "the heaviest first; with --take, what was found is put into the table of checks."
        ),
        epilog=N_(
            "Example: meguri law watch --json > work.json; fill in found, checked_on, by, source; "
            "meguri law watch --take work.json"
        ),
    )
    watch.add_argument(
        "--days", type=int, default=checks.OLD_DAYS, help=N_("longer ago than so many days (default 180)")
    )
    watch.add_argument("--most", type=int, default=50, help=N_("at most so many lines (default 50)"))
    watch.add_argument("--pack", action="append", default=[], metavar="NAME", help=N_("rules of this pack alone"))
    watch.add_argument("--take", type=Path, metavar="FILE", help=N_("a work list with answers, as CSV or JSON"))
    watch.add_argument("--into", type=Path, metavar="checks.csv", help=N_("another table than the law's own"))
    watch.add_argument("--csv", action="store_true", help=N_("the list as CSV"))
    watch.add_argument("--json", action="store_true", help=N_("one JSON object"))
    watch.set_defaults(run=_watch)


def _problems(error: MeguriError) -> int:
    for problem in error.problems:
        print(f"{problem.pointer or '/'}: {problem.say()}", file=sys.stderr)
    return 2


def _watch(arguments: argparse.Namespace) -> int:
    """Exit status 0; 2 where an answer cannot be taken, and then none is."""
    from meguri.law.upkeep import watching

    today = clock.today()
    try:
        if arguments.take:
            taken = watching.take(arguments.take, today, arguments.into)
            print(json.dumps({"taken": taken}) if arguments.json else f"taken: {taken}")
            return 0
        listed = watching.work(today, arguments.days, max(1, arguments.most), arguments.pack)
    except MeguriError as error:
        return _problems(error)
    if arguments.json:
        told = {"on": today.isoformat(), "days": arguments.days, "law": Law.load().digest, "work": listed}
        print(json.dumps(told, ensure_ascii=False))
    elif arguments.csv:
        head = (*checks.COLUMNS[:5], "source", "citation", "words", "last_checked", "lanes", "would_change")
        rows = [
            (
                one["rule"], "", "", "", "", one["source"], one["citation"], one["words"],
                one["last_checked"], one["lanes"],
                "; ".join(f"{what}: {count}" for what, count in one["would_change"].items()),
            )
            for one in listed
        ]  # fmt: skip
        print(writing.csv_of(head, rows), end="")
    else:
        for one in listed:
            print(f"{one['last_checked'] or 'never':10}  {one['lanes']:4} lanes  {one['rule']}  {one['citation']}")
    return 0


def _mutate(arguments: argparse.Namespace) -> int:
    from meguri.law.upkeep import equivalent, mutating, rulings

    try:
        listed = rulings.read(arguments.rulings or rulings.files())
    except MeguriError as error:
        return _problems(error)
    law = Law.load()
    found = mutating.mutate(
        law, listed, max(0, arguments.jobs), arguments.pack, None if arguments.quick else equivalent.shown
    )
    if arguments.suggest:
        from meguri.law.upkeep import suggesting

        rows = suggesting.every(
            law, [one for one in found.unseen if one not in found.equivalent], listed, max(0, arguments.jobs)
        )
        text = writing.csv_of(suggesting.HEAD, ([row[name] for name in suggesting.HEAD] for row in rows))
        arguments.suggest.write_text(text, "utf-8")
    if arguments.json:
        print(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        for one in found.unseen:
            told = one.to_json()
            same = "  (changes no answer)" if one in found.equivalent else ""
            had = told["was"] if told["was"] is not None else ""
            print(f"{told['pack']}  {told['rule']}  {told['change']}  {had}{same}")
        for place in found.broken:
            print(f"does not hold: {place}")
        print(
            f"changes: {found.changes}, seen: {found.seen} ({found.share_of_all:.1%}), "
            f"changing no answer: {len(found.equivalent)}; seen of the others: {found.share:.1%}"
        )
    return 0 if found.share >= mutating.ENOUGH else 1
