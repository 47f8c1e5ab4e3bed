"""The ``meguri`` command. Each room registers its own commands; this only gathers them and reports problems."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from meguri.kit import clock
from meguri.kit.problems import MeguriError

# Rooms that have commands, in the order in which the help lists them.
ROOMS = ("law", "arisings", "network", "custody", "consent", "journal", "kit", "portal")


def parser() -> argparse.ArgumentParser:
    """The whole command line, with every room's commands."""
    root = argparse.ArgumentParser(
        prog="meguri",
        description="May it move? Does it add up? Where should it go next?",
        epilog="Every command takes --json for machines and --help for people. A decision aid, not legal advice.",
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in ROOMS:
        importlib.import_module(f"meguri.{room}.commands").register(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 2 where what was asked cannot be done: said in a sentence, or as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    arguments = parser().parse_args(argv)
    if arguments.command != "bench":
        clock.use(_now)
    try:
        return int(arguments.run(arguments) or 0)
    except MeguriError as error:
        if getattr(arguments, "json", False):
            print(json.dumps(error.to_json(), ensure_ascii=False))
        for problem in error.problems:
            where = f"{problem.pointer}: " if problem.pointer else ""
            print(f"meguri: {where}{problem.say()}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


def _now() -> datetime:
    """The demonstration's date where this process works on one, else the machine's."""
    from django.apps import apps

    if apps.ready and _demonstration():
        from meguri.portal.demonstration import stage

        return stage.now()
    return datetime.now(UTC)


def _demonstration() -> bool:
    from django.conf import settings

    return bool(settings.DEMONSTRATION)


def django() -> None:
    """Start Django for a command that needs the record; says in a sentence what is wrong with the surroundings."""
    from meguri.kit.problems import Problem, Refused
    from meguri.portal.environment import EnvironmentProblem

    try:
        import django as framework

        framework.setup()
    except EnvironmentProblem as error:
        raise Refused(Problem("{text}", "", "environment", {"text": str(error)})) from None
