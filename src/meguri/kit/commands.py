"""Commands of the kit: what is said in which language, and the long work that pages start."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta

from meguri.kit.files import home
from meguri.kit.problems import N_, refuse
from meguri.kit.running.starting import start


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    _register_words(subparsers)
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


def _register_words(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = subparsers.add_parser("words", help="what is said in which language: missing, draw-out")
    commands = words.add_subparsers(dest="words", metavar="WHAT", required=True)
    missing = commands.add_parser(
        "missing",
        help="texts without a translation",
        description="Texts of code, templates and tables without a translation, by language and room. "
        "The exit status is 1 where a language that readers are offered lacks any.",
    )
    missing.add_argument("--language", metavar="CODE", help="only this one, with every text named")
    missing.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    missing.set_defaults(run=_missing)
    draw = commands.add_parser(
        "draw-out",
        help="bring the catalogues of a language up to date",
        description="Bring every room's catalogues up to date: what is new is empty, what nobody says goes.",
    )
    draw.add_argument("language", metavar="CODE", help="a language of kit/tables/languages.json, such as ja or vi")
    draw.add_argument("--json", action="store_true", help="one JSON object instead of a line")
    draw.set_defaults(run=_draw_out)


def _known_language(code: str) -> str:
    from meguri.kit import catalogues

    known = [name for name in catalogues.languages() if name != catalogues.SOURCE]
    if code not in known:
        raise refuse(
            N_("No catalogue is kept for “{code}”. One of: {known}."),
            "/language",
            "language",
            code=code,
            known=", ".join(known),
        )
    return code


def _missing(arguments: argparse.Namespace) -> int:
    from meguri.kit import catalogues
    from meguri.kit.language import extraction

    one = _known_language(arguments.language) if arguments.language else None
    wanted = [one] if one else [code for code in catalogues.languages() if code != catalogues.SOURCE]
    found = extraction.missing_in(wanted)
    if arguments.json:
        print(
            json.dumps(
                {
                    code: {
                        "missing": sum(map(len, by_room.values())),
                        "rooms": {room: len(texts) for room, texts in by_room.items()},
                    }
                    for code, by_room in found.items()
                }
            )
        )
    for code, by_room in () if arguments.json else found.items():
        print(f"{code}: {sum(map(len, by_room.values()))} missing")
        for room, texts in by_room.items():
            for message, place in texts.items() if one else ():
                print(f"  {room}/{place}: {message.context + ': ' if message.context else ''}{message.text!r}")
    return int(any(texts for code in found if code in catalogues.offered() for texts in found[code].values()))


def _draw_out(arguments: argparse.Namespace) -> int:
    from meguri.kit.language import extraction

    if not home.in_checkout():
        raise refuse(
            N_("Catalogues are drawn out in a checkout; an installed Meguri is not written to."), "", "installed"
        )
    empty = extraction.draw_out(_known_language(arguments.language))
    print(json.dumps({"missing": empty}) if arguments.json else f"{arguments.language}: {empty} missing")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.models import Job

    found = [
        {"id": job.id, "kind": job.kind, "state": job.state, "progress": job.progress, "words": job.said.en}
        for job in Job.objects.all()[:200]
    ]
    if arguments.json:
        print(json.dumps({"jobs": found}, ensure_ascii=False))
    for one in () if arguments.json else found:
        print(f"{one['id']}  {one['state']:<10} {one['progress']:>4.0%}  {one['kind']}  {one['words']}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.work import worker as working
    from meguri.kit.work.apart import give_way

    give_way()

    job = working.alone(arguments.job)
    if arguments.json:
        print(json.dumps({"id": job.id, "state": job.state, "result": job.result}))
    else:
        print(f"{job.id}: {job.state}")
    return 0 if job.state == "done" else 1


def _cancel(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.people.identity import Reader
    from meguri.kit.work import jobs

    job = jobs.cancel(arguments.job, Reader(administrator=True))
    print(json.dumps({"id": job.id, "state": job.state}) if arguments.json else f"{job.id}: {job.state}")
    return 0


def _tidy(arguments: argparse.Namespace) -> int:
    start()
    from meguri.kit.work import jobs

    count = jobs.tidy(datetime.now(UTC) - timedelta(days=arguments.days))
    print(json.dumps({"forgotten": count}) if arguments.json else f"forgotten: {count}")
    return 0
