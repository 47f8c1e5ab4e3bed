"""``meguri delegation list``: which organisation lets which other act for it. Acts alone give and end them."""

from __future__ import annotations

import argparse
import json
from typing import Any

from meguri.kit.running.starting import start

Parsers = argparse._SubParsersAction


def register(subparsers: Parsers[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    text = "which organisation lets which other act for it"
    room = subparsers.add_parser("delegation", help=text, description=text[0].upper() + text[1:] + ".")
    commands = room.add_subparsers(dest="delegation", metavar="WHAT", required=True)
    shown = commands.add_parser("list", help="all that are on record", description="All that are on record.")
    shown.add_argument("--organisation", metavar="ID", default="", help="those that it gave or has alone")
    shown.add_argument("--json", action="store_true", help="one JSON object a line instead of sentences")
    shown.set_defaults(run=_list)


def _list(arguments: argparse.Namespace) -> int:
    start()
    from meguri.journal.delegating import held
    from meguri.kit import clock

    now = clock.now()
    who = arguments.organisation
    wanted = who if not who or who.startswith("organisation:") else f"organisation:{who}"
    for id, state in held.of(wanted) if wanted else held.every():
        line: dict[str, Any] = {
            "id": id,
            "state": held.standing(state, now),
            "giver": state.giver,
            "to": state.to,
            "kinds": list(state.kinds),
            "since": clock.stamp(state.since),
            "until": clock.stamp(state.until),
            "ended_on": clock.stamp(state.ended_on) if state.ended_on else None,
        }
        if arguments.json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            print(
                f"{id}  {line['state']:<9} {state.giver} lets {state.to} until {line['until']}: {' '.join(state.kinds)}"
            )
    return 0
