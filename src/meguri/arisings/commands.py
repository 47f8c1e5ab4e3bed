"""The commands of this room: ``meguri arisings run | list | show | compare | export | validate``. Imports no Django.

Everything that needs numpy is imported inside, so that ``meguri --help`` stays quick.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meguri.kit.language.speaking import add_language
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.words import Words

if TYPE_CHECKING:
    from meguri.arisings.runs.export import Choice
    from meguri.arisings.runs.run import Run

BREAKDOWN_YEAR = 2030
Command = Callable[[argparse.Namespace], int]


def register(subparsers: Any) -> None:
    """Add ``arisings`` to the command line, and its benchmark."""
    room = subparsers.add_parser(
        "arisings",
        help="what will come: arisings, stocks and the metals in them",
        description="What will arise, what is in it and how sure that is, under a scenario.",
        epilog="A scenario is a TOML file (every key: docs/arisings-format.md) or the name of a built-in one.",
    )
    inner = room.add_subparsers(dest="arisings_command", required=True, metavar="WHAT")
    _add_run(inner)
    listed = inner.add_parser("list", help="the built-in scenarios")
    listed.add_argument("--json", action="store_true", help="one JSON object")
    add_language(listed)
    listed.set_defaults(run=_list)
    shown = inner.add_parser("show", help="print a built-in scenario, to start one of your own from")
    shown.add_argument("scenario", metavar="SCENARIO")
    shown.add_argument("--json", action="store_true", help="all assumptions, also those left at their usual value")
    shown.set_defaults(run=_show)
    compared = inner.add_parser(
        "compare",
        help="two scenarios side by side",
        epilog="Example: meguri arisings compare baseline higher-collection --economy JPN --economy MYS",
    )
    compared.add_argument("first", metavar="A")
    compared.add_argument("second", metavar="B")
    compared.add_argument("--variable", action="append", metavar="NAME[:ITEM]", help="such as contained:Cu, repeatable")
    compared.add_argument(
        "--product", default="all", metavar="KEY", help="of this product or group (default all equipment)"
    )
    _some(compared)
    compared.set_defaults(run=_compare)
    export = inner.add_parser(
        "export",
        help="write a run as CSV, Parquet or IAMC",
        epilog="Example: meguri arisings export baseline --form iamc --out baseline-iamc.csv --years all",
    )
    export.add_argument("scenario", metavar="SCENARIO")
    export.add_argument("--form", default="csv", help="csv, parquet, iamc or iamc-xlsx (default csv)")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    _filters(export)
    _some(export)
    export.set_defaults(run=_export)
    validate = inner.add_parser(
        "validate", help="beside what is published: every row, also those not met, with reasons"
    )
    validate.add_argument(
        "--json", action="store_true", help="a list of objects: row, published, ours, difference, reason"
    )
    add_language(validate)
    validate.set_defaults(run=_validate)
    _bench()


def _bench() -> None:
    from meguri.arisings.measure import bench

    bench.register()


def _add_run(inner: Any) -> None:
    run = inner.add_parser(
        "run",
        help="work out a scenario",
        description="Work out a scenario, or take it from where it is kept (same assumptions, tables and code).",
        epilog="Example: meguri arisings run baseline --economy JPN --economy MYS",
    )
    run.add_argument("scenario", metavar="SCENARIO")
    run.add_argument("--out", type=Path, metavar="DIR", help="also write figures, sources and repairs as files")
    run.add_argument(
        "--variance",
        action="append",
        metavar="ECONOMY",
        help="which input to measure next for it, repeatable",
    )
    run.add_argument("--quiet", action="store_true", help="no progress")
    _filters(run)
    _some(run)
    run.set_defaults(run=_run)


def _filters(parser: Any) -> None:
    parser.add_argument("--variable", action="append", metavar="NAME", help="only this variable, repeatable")
    parser.add_argument("--product", action="append", metavar="KEY", help="only this product or group, repeatable")
    parser.add_argument("--item", action="append", metavar="ITEM", help="only this element or stream, repeatable")


def _some(parser: Any) -> None:
    parser.add_argument(
        "--economy", action="append", metavar="ISO3", help="only this economy, ASEAN or ALL, repeatable"
    )
    parser.add_argument(
        "--years", default="", help="such as 2025,2030 or 2020-2050, or all (default: the report years)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_language(parser)


def _problem(error: MeguriError, as_json: bool) -> int:
    if as_json:
        print(json.dumps(error.to_json(), ensure_ascii=False, default=str))
    for problem in error.problems:
        where = f"{problem.pointer}: " if problem.pointer else ""
        print(f"meguri: {where}{problem.say()}", file=sys.stderr)
    return 2


def _worked(name: str, quiet: bool = False) -> Run:
    from meguri.arisings.runs import run
    from meguri.arisings.scenarios import scenario_file

    scenario = scenario_file.read(name)
    tty = sys.stderr.isatty() and not quiet

    def say(share: float, what: Words) -> None:
        if tty:
            print(f"\r\033[K{share:4.0%} {what}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)

    return run.run(scenario, say)


def _years(text: str, run: Run) -> list[int] | None:
    if not text:
        return None
    if text == "all":
        return list(run.years)
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdecimal() and (not last or last.isdecimal())):
            raise refuse(
                N_("“{text}” are no years. Write such as 2025,2030 or 2020-2050, or all."), "/years", "year", text=text
            )
        if last and int(last) < int(first):
            raise refuse(N_("The years {first} to {last} run backwards."), "/years", "reversed", first=first, last=last)
        found += range(int(first), int(last or first) + 1)
    return sorted(dict.fromkeys(found))


def _choice(args: argparse.Namespace, run: Run) -> Choice:
    from meguri.arisings.runs.export import Choice

    return Choice(
        getattr(args, "variable", None),
        _known(args.economy, run.economies, "economy"),
        _known(getattr(args, "product", None), _labels(run, "products"), "product"),
        _known(getattr(args, "item", None), _labels(run, "items"), "item"),
        _years(args.years, run),
    )


def _labels(run: Run, axis: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for variable in run.variables for name in getattr(run.block(variable), axis)))


def _known(given: list[str] | None, names: tuple[str, ...], axis: str) -> list[str] | None:
    from meguri.kit.problems import nearest

    for one in given or ():
        if one not in names:
            hint = nearest(one, names)
            raise refuse(
                N_("“{name}” was not worked out. Did you mean {hint}? There are: {names}."), f"/{axis}", axis,
                name=one, hint=hint or names[0], names=", ".join(names[:80]),
            )  # fmt: skip
    return given


def _run(args: argparse.Namespace) -> int:
    try:
        run = _worked(args.scenario, args.quiet)
        from meguri.arisings.runs import export, report

        choice = _choice(args, run)
        if args.out is not None:
            made = export.write_all(run, args.out, choice)
        if args.json:
            print(json.dumps(report.document(run, choice, _broken(args, run)), ensure_ascii=False, allow_nan=False))
            return 0
        print("\n".join(report.lines(run, choice.economies, choice.years)))
        for variable, economy, item, year in _broken(args, run) if args.variance else ():
            print()
            print("\n".join(_variance(run, variable, economy, item, year)))
        if args.out is not None:
            print("\n".join(str(path) for path in made))
    except MeguriError as error:
        return _problem(error, args.json)
    return 0


def _broken(args: argparse.Namespace, run: Run) -> list[tuple[str, str, str, int]]:
    """The figures whose variance is broken down: those of the economies asked for, else of Japan or the first."""
    first = "JPN" if "JPN" in run.scenario.economies else run.scenario.economies[0]
    names = args.variance or [next((one for one in args.economy or () if one in run.scenario.economies), first)]
    _known(names, run.scenario.economies, "variance")
    years = run.scenario.report_years
    year = min(years, key=lambda one: abs(one - BREAKDOWN_YEAR))
    figures = (("arisings", "all"), ("contained", "Au"), ("recovered-value-usd", "all"))
    return [(variable, name, item, year) for name in names for variable, item in figures]


def _variance(run: Run, variable: str, economy: str, item: str, year: int) -> list[str]:
    from meguri.arisings.runs import report

    found = run.variance(variable, economy, year, item=item)
    head = Words("What makes {title} uncertain: {place}, {year} (measure the first next)").format(
        title=report.title_of(variable, item), place=report.name_of(economy), year=year
    )
    rows = [
        [one.title.say(), f"{one.first:.0%} ±{one.first_error:.0%}", f"{one.total:.0%} ±{one.total_error:.0%}"]
        for one in found.groups
    ]
    columns = ["", Words("alone").say(), Words("with interactions").say()]
    return [head.say(), *report.table(columns, rows)]


def _list(args: argparse.Namespace) -> int:
    try:
        from meguri.arisings.scenarios import scenario_file

        found = scenario_file.built_in()
    except MeguriError as error:
        return _problem(error, args.json)
    if args.json:
        rows = [{"name": one.name, "title": one.title.everywhere(), "note": one.note.everywhere()} for one in found]
        print(json.dumps({"scenarios": rows}, ensure_ascii=False))
        return 0
    for one in found:
        print(f"{one.name:18} {one.title}\n{'':18} {one.note}")
    return 0


def _show(args: argparse.Namespace) -> int:
    try:
        from meguri.arisings.scenarios import scenario_file

        scenario = scenario_file.read(args.scenario)
        text = scenario_file.text_of(args.scenario)
    except MeguriError as error:
        return _problem(error, args.json)
    print(json.dumps(scenario.to_json(), ensure_ascii=False) if args.json else text.rstrip())
    return 0


def _compare(args: argparse.Namespace) -> int:
    try:
        first, second = _worked(args.first), _worked(args.second)
        from meguri.arisings.runs import comparison as compare
        from meguri.arisings.runs import report

        figures = compare.USUAL
        if args.variable:
            pairs = [one.partition(":") for one in args.variable]
            figures = tuple((name, args.product, item or "all") for name, _, item in pairs)
        economies = _known(args.economy, first.economies, "economy")
        years = _years(args.years, first)
        if years is not None:
            from meguri.arisings.runs.export import Choice, years_of

            years_of(first, Choice(years=years))
        if years is None and not args.json:
            years = list(report.three(first))
        found = compare.compare(first, second, figures, economies, years)
        if args.json:
            print(json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False))
        else:
            print("\n".join(report.compared(found)))
    except MeguriError as error:
        return _problem(error, args.json)
    return 0


def _export(args: argparse.Namespace) -> int:
    try:
        run = _worked(args.scenario)
        from meguri.arisings.runs import export

        path = export.write(run, args.out, args.form, _choice(args, run))
    except MeguriError as error:
        return _problem(error, args.json)
    size = path.stat().st_size
    print(
        json.dumps({"path": str(path), "bytes": size, "digest": run.digest})
        if args.json
        else f"{path} ({size:,} bytes)"
    )
    return 0


def _validate(args: argparse.Namespace) -> int:
    try:
        from meguri.arisings.checks import validation
        from meguri.arisings.runs import report

        rows = validation.rows()
    except MeguriError as error:
        return _problem(error, args.json)
    if args.json:
        print(json.dumps([row.to_json() for row in rows], ensure_ascii=False, allow_nan=False))
        return 0
    for row in rows:
        difference = "–" if row.difference is None else f"{row.difference:+.2%}"
        published, ours = ("–" if one is None else report.figure(one) for one in (row.published, row.ours))
        print(row.row)
        figures = Words("published {published}  ours {ours}  difference {difference}")
        print(f"    {figures.format(published=published, ours=ours, difference=difference)}")
        print(f"    {row.reason}")
    beside = sum(row.difference is not None for row in rows)
    close = sum(row.difference is not None and abs(row.difference) <= 0.1 for row in rows)
    said = Words("{count} rows: {beside} beside a published figure, {close} of them within 10 %.")
    print(f"\n{said.format(count=len(rows), beside=beside, close=close)}")
    return 0
