"""The command that plays stories."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meguri.custody.adversary import frauds
from meguri.kit.problems import N_, NotAllowed, Problem, refuse
from meguri.kit.running.starting import start
from meguri.play.frauds import running

NODE = "meguri.play"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line, and the frauds that are told as stories to the bench of custody."""
    frauds.provide(running.planted)
    play = subparsers.add_parser(
        "play",
        help="play a story from a file",
        description="Play a story: who does what, when and through which door (docs/scenario.md). A step that is "
        "refused is told with its code, and the story goes on. The exit status is 0 where it was played, "
        "2 where the file cannot be read.",
    )
    play.add_argument("file", metavar="FILE", type=Path, nargs="?", help="the story, TOML or JSON")
    play.add_argument("--fresh", action="store_true", help="play in a temporary record that is thrown away")
    play.add_argument("--schema", action="store_true", help="print the JSON Schema of stories and stop")
    play.add_argument("--json", action="store_true", help="one JSON object instead of a line for each step")
    play.set_defaults(run=_play)


@contextmanager
def temporary() -> Iterator[None]:
    """A data folder that is thrown away, for a record whose node's name says that it was played."""
    with tempfile.TemporaryDirectory(prefix="meguri-") as folder:
        os.environ |= {"MEGURI_HOME": folder, "MEGURI_MODE": "local", "MEGURI_NODE": NODE}
        os.environ.pop("MEGURI_DATABASE_URL", None)
        try:
            yield
        finally:
            from django.apps import apps
            from django.db import connections

            if apps.ready:
                connections.close_all()


def _play(arguments: argparse.Namespace) -> int:
    if arguments.schema:
        start()
        from meguri.play import story

        print(json.dumps(story.schema(), indent=2))
        return 0
    if arguments.file is None:
        raise refuse(N_("Name the story's file, or ask for --schema."), "/file", "missing")
    if arguments.fresh:
        with temporary():
            return _in_this_record(arguments)
    return _in_this_record(arguments)


def _in_this_record(arguments: argparse.Namespace) -> int:
    start()
    from django.conf import settings

    from meguri.kit import clock
    from meguri.play import outcome, performance, story
    from meguri.portal import preparing

    if settings.PRODUCTION:
        raise NotAllowed(Problem(N_("A record in service is not played on. Add --fresh."), "/mode", "mode"))
    if settings.DEMONSTRATION:
        raise NotAllowed(
            Problem(N_("The demonstration has a story of its own. Add --fresh, or MEGURI_MODE=local."), "/mode", "mode")
        )
    told = story.load(arguments.file)
    preparing.bring_up_to_date()

    def say(played: Any, step: Any) -> None:
        if arguments.json:
            return
        mark = "done   " if played.done else "refused"
        name = f"  {step.title or played.as_}" if step.title or played.as_ else ""
        print(f"{played.n:>4}  {clock.stamp(played.at)}  {mark}  {step.by or '-'}: {played.do}{name}", flush=True)
        if played.expected is False:
            print(f"      not as the story expects: {step.expect}", flush=True)
        if played.refused:
            print(f"      {played.refused.code} {played.refused.pointer}: {played.refused.say()}", flush=True)

    stage, steps = performance.play(told, say, keeps_time=arguments.fresh)
    result = {"steps": [one.to_json() for one in steps], **outcome.reckon(stage, stage.at)}
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        done = sum(one.done for one in steps)
        balance, book = result["balance"], result["journal"]
        print(f"{done} of {len(steps)} steps done; unaccounted {balance['closure_g']} g; {book['acts']} acts, "
              f"{'intact' if book['intact'] else 'NOT INTACT'}")  # fmt: skip
    return 0
