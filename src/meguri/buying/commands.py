"""Commands about collectors: which numbers there are, and erasing who one is."""

from __future__ import annotations

import argparse
import json
from typing import Any

from meguri.kit.running.starting import start

Parsers = argparse._SubParsersAction


def register(subparsers: Parsers[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    collector = subparsers.add_parser("collector", help="collectors' numbers: list, erase")
    commands = collector.add_subparsers(dest="collector", metavar="WHAT", required=True)
    listed = _add(commands, "list", _list, "numbers that an organisation gave, with their step; never names")
    listed.add_argument("--organisation", required=True, metavar="ID", help="whose: mys-yard or organisation:mys-yard")
    erase = _add(commands, "erase", _erase, "erase who a collector is; the number and its lots stay on record")
    erase.add_argument("id", metavar="ORGANISATION.NUMBER", help="whom, such as mys-yard.40213")


def _add(parent: Parsers[argparse.ArgumentParser], name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parent.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--json", action="store_true", help="JSON instead of sentences")
    parser.set_defaults(run=run)
    return parser


def _list(arguments: argparse.Namespace) -> int:
    start()
    from meguri.buying import services
    from meguri.kit.people.identity import Reader
    from meguri.registry import services as registry

    rows = services.collectors(Reader(organisation=registry.subject(arguments.organisation)), most=100_000)
    if arguments.json:
        print(json.dumps([row | {"step": row["step"].step} for row in rows]))
        return 0
    for row in rows:
        print(f"{row['id']}  {row['step'].step}  {row['times']}  {row['grams'] / 1000:.3f} kg")
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    start()
    from meguri.buying import people, services

    services.find(arguments.id)
    gone = people.erase(arguments.id)
    if arguments.json:
        print(json.dumps({"id": arguments.id, "erased": gone}))
    else:
        print(f"{arguments.id}: erased." if gone else f"{arguments.id}: nothing was kept.")
    return 0
