"""Commands of the front of the house: setup, serve, demo, bench, screenshots."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from meguri.kit.problems import N_, refuse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    setup = subparsers.add_parser(
        "setup",
        help="prepare the record; safe to repeat",
        description="Prepare the record: schema, keys, and in demonstration mode the cast.",
    )
    setup.add_argument(
        "--administrator",
        metavar="NAME",
        help="also make the first administrator's account (MEGURI_PASSWORD, or the password is asked for)",
    )
    setup.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    setup.set_defaults(run=_setup)

    serve = subparsers.add_parser("serve", help="serve the portal", description="Serve the portal on this machine.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", default="8000")
    serve.add_argument("--workers", type=int, default=1, help="server processes (default 1)")
    serve.add_argument("--json", action="store_true", help="problems as JSON")
    serve.set_defaults(run=_serve)

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

    from meguri.kit import benches

    benches.register(subparsers)


def _start() -> None:
    from meguri.portal.cli import django

    django()


def _temporary() -> tempfile.TemporaryDirectory[str]:
    """Point this process at a temporary data folder; must come before Django starts."""
    folder: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="meguri-")
    os.environ["MEGURI_HOME"] = folder.name
    os.environ.pop("MEGURI_DATABASE_URL", None)
    os.environ["MEGURI_MODE"] = "demonstration"
    return folder


def _setup(arguments: argparse.Namespace) -> int:
    from meguri.portal import preparing

    _start()
    done: list[str] = []

    def say(text: str) -> None:
        done.append(text)
        if not arguments.json:
            print(f"meguri: {text}", flush=True)

    preparing.prepare(say)
    if arguments.administrator:
        import getpass

        from meguri.kit import accounts

        password = os.environ.get("MEGURI_PASSWORD") or getpass.getpass("Password: ")
        accounts.create_administrator(arguments.administrator, password)
        say(f"administrator {arguments.administrator} can sign in")
    if arguments.json:
        print(json.dumps({"done": done}, ensure_ascii=False))
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from meguri.portal import serving

    port = serving.parse_port(str(arguments.port))
    serving.require_free(arguments.host, port)
    _start()
    return serving.serve(arguments.host, port, max(1, arguments.workers))


def _demo(arguments: argparse.Namespace) -> int:
    from meguri.portal.demonstration import scenario as scenarios

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
        _start()
        from django.db import connections

        from meguri.portal import preparing
        from meguri.portal.demonstration import playing

        def say(text: str) -> None:
            if not arguments.json:
                print(text, flush=True)

        preparing.prepare(lambda text: None)
        result: dict[str, Any] = playing.play_all(scenario, say)
        if arguments.json:
            print(json.dumps(result, ensure_ascii=False, indent=2))
        else:
            print(playing.summary(result))
        connections.close_all()
    finally:
        if folder:
            folder.cleanup()
    return 0 if result["journal"]["intact"] and result["closure_g"] == 0 else 1


def _screenshots(arguments: argparse.Namespace) -> int:
    folder = _temporary()
    try:
        _start()
        from meguri.portal import screenshots

        names = screenshots.take(
            arguments.folder, only=arguments.only, say=None if arguments.json else lambda text: print(text, flush=True)
        )
        if arguments.json:
            print(json.dumps({"folder": str(arguments.folder), "pictures": names}))
    finally:
        folder.cleanup()
    sys.stdout.flush()
    return 0
