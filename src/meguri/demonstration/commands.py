"""Commands of the demonstration: demo, screenshots."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from meguri.kit.problems import N_, refuse
from meguri.kit.running.starting import start


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    demo = subparsers.add_parser(
        "demo",
        help="play the story without a browser",
        description="Play one consignment, from two yards in Malaysia to metal in Japan, without a browser.",
        epilog="A scenario file needs only what it changes; --print-scenario shows every key. Playing in the portal's "
        "own record starts its demonstration over; --fresh leaves it alone.",
    )
    demo.add_argument(
        "--scenario", metavar="FILE", type=Path, help="TOML or JSON laid over the default scenario (docs/scenario.md)"
    )
    demo.add_argument("--print-scenario", action="store_true", help="print the default scenario and stop")
    demo.add_argument("--fresh", action="store_true", help="play in a temporary database that is thrown away")
    demo.add_argument("--json", action="store_true", help="one JSON object instead of progress")
    demo.set_defaults(run=_demo)

    pictures = subparsers.add_parser(
        "screenshots",
        help="pictures of every page",
        description="Pictures of every page in two languages at 390 and 1280 px, of a story played for them.",
    )
    pictures.add_argument("folder", metavar="DIR", type=Path)
    pictures.add_argument("--only", metavar="NAME", help="only pages whose name contains this")
    pictures.add_argument("--json", action="store_true", help="one JSON object instead of progress")
    pictures.set_defaults(run=_screenshots)


def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Point this process at a temporary data folder; must come before Django starts."""
    folder: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="meguri-")
    os.environ["MEGURI_HOME"] = folder.name
    os.environ.pop("MEGURI_DATABASE_URL", None)
    os.environ.pop("MEGURI_NODE", None)
    os.environ["MEGURI_MODE"] = "demonstration"
    return folder


def _demo(arguments: argparse.Namespace) -> int:
    from meguri.demonstration import scenario as scenarios

    if arguments.print_scenario:
        print(scenarios.DEFAULT.read_text(encoding="utf-8"), end="")
        return 0
    if os.environ.get("MEGURI_MODE") not in (None, "demonstration") and not arguments.fresh:
        raise refuse(
            N_("The demonstration plays only in demonstration mode. Add --fresh to play it in a temporary database."),
            "/mode",
            "mode",
        )
    scenario = scenarios.load(arguments.scenario)
    folder = _temporary() if arguments.fresh else None
    try:
        start()
        from django.db import connections

        from meguri.demonstration import performance
        from meguri.portal import preparing

        def say(text: str) -> None:
            if not arguments.json:
                print(text, flush=True)

        preparing.prepare(lambda text: None)
        result: dict[str, Any] = performance.play_all(scenario, say)
        if arguments.json:
            print(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            print(performance.summary(result))
        connections.close_all()
    finally:
        if folder:
            folder.cleanup()
    return 0 if result["journal"]["intact"] and result["closure_g"] == 0 else 1


def _screenshots(arguments: argparse.Namespace) -> int:
    folder = _temporary()
    try:
        start()
        from meguri.demonstration import screenshots

        names = screenshots.take(
            arguments.folder, only=arguments.only, say=None if arguments.json else lambda text: print(text, flush=True)
        )
        if arguments.json:
            print(json.dumps({"folder": str(arguments.folder), "pictures": names}))
    finally:
        folder.cleanup()
    sys.stdout.flush()
    return 0
