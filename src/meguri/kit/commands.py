"""Commands of the kit: the long work that pages start."""

from __future__ import annotations

import argparse
import json
import os
from datetime import UTC, datetime, timedelta

from meguri.kit.problems import refuse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    jobs = subparsers.add_parser("jobs", help="long work that pages start: list, run, cancel, tidy")
    commands = jobs.add_subparsers(dest="jobs", metavar="WHAT", required=True)
    for name, run, text in (
        ("list", _list, "list the work, newest first"),
        ("run", _run, "do a piece of work in this process; pages start this themselves"),
        ("cancel", _cancel, "ask for a piece of work to be cancelled"),
        ("tidy", _tidy, "forget finished work older than 30 days, with its results"),
    ):
        parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name in ("run", "cancel"):
            parser.add_argument("job", metavar="ID", help="the work's id")
        if name == "tidy":
            parser.add_argument("--days", type=int, default=30, help="older than so many days (default 30)")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
        parser.set_defaults(run=run)


def _start() -> None:
    import django

    try:
        django.setup()
    except Exception as error:
        if type(error).__name__ != "EnvironmentProblem":
            raise
        raise refuse("{text}", "", "environment", text=str(error)) from None


def _list(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.kit.models import Job

    found = [
        {"id": job.id, "kind": job.kind, "state": job.state, "progress": job.progress, "words": job.words_en}
        for job in Job.objects.all()[:200]
    ]
    if arguments.json:
        print(json.dumps({"jobs": found}, ensure_ascii=False))
    for one in () if arguments.json else found:
        print(f"{one['id']}  {one['state']:<10} {one['progress']:>4.0%}  {one['kind']}  {one['words']}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    os.nice(5)
    _start()
    from meguri.kit import working

    job = working.run(arguments.job)
    if arguments.json:
        print(json.dumps({"id": job.id, "state": job.state, "result": job.result}))
    else:
        print(f"{job.id}: {job.state}")
    return 0 if job.state == "done" else 1


def _cancel(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.kit import jobs
    from meguri.kit.web.identity import Reader

    job = jobs.cancel(arguments.job, Reader(administrator=True))
    print(json.dumps({"id": job.id, "state": job.state}) if arguments.json else f"{job.id}: {job.state}")
    return 0


def _tidy(arguments: argparse.Namespace) -> int:
    _start()
    from meguri.kit import jobs

    count = jobs.tidy(datetime.now(UTC) - timedelta(days=arguments.days))
    print(json.dumps({"forgotten": count}) if arguments.json else f"forgotten: {count}")
    return 0
