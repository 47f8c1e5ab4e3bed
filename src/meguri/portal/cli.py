"""The ``meguri`` command. Each room registers its own commands; this only gathers them and reports problems."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from meguri.kit.language.speaking import language, of_the_terminal, told_in
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.running.starting import collect_seldom
from meguri.kit.words import speaking
from meguri.portal import rooms

OPTION = re.compile(r"--[a-z][a-z-]*")
KEY_LIKE = re.compile(r"-[A-Za-z0-9_-]{30,}")
"""What begins with a dash and is too long for the name of an option."""


def parser() -> argparse.ArgumentParser:
    """The whole command line, with every room's commands."""
    root = argparse.ArgumentParser(
        prog="meguri",
        description="May it move? Does it add up? Where should it go next?",
        epilog="Every command takes --json for machines and --help for people. A decision aid, not legal advice.",
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in sorted(rooms.every(), key=lambda room: room.aside):
        if room.commands:
            room.module(room.commands).register(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 2 where what was asked cannot be done: said in a sentence, or as JSON."""
    collect_seldom()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    words = whole(sys.argv[1:] if argv is None else argv)
    arguments = told_in(parser(), of_the_terminal()).parse_args(words)
    # A server has many readers: each page follows its own.
    reader = None if arguments.command == "serve" else language(arguments)
    try:
        with speaking(reader) if reader else nullcontext():
            return _run(arguments, words)
    except BrokenPipeError:
        return 0


def whole(words: Sequence[str]) -> list[str]:
    """The words of a command line, an option and its value as one where the value begins like an option: one key or
    signature in 64 does, for base64url has a dash.
    """
    found: list[str] = []
    for word in words:
        if KEY_LIKE.fullmatch(word) and found and OPTION.fullmatch(found[-1]):
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found


def _need_text(words: Sequence[str]) -> None:
    """Refuse words that are bytes of no text: they could be neither kept nor printed."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode(errors="backslashreplace").decode()
            raise refuse(N_("“{word}” is no text in UTF-8."), "", "text", word=shown[:80]) from None


def _run_it(arguments: argparse.Namespace, words: Sequence[str]) -> int | None:
    try:
        _need_text(words)
        done: int | None = arguments.run(arguments)
        return done
    except RecursionError as error:
        raise refuse(N_("What was given is nested too deeply to be read."), "", "deep") from error
    except OSError as error:
        # A file that was named cannot be had; whatever else the machine refuses is a fault, and is shown as one.
        named = str(error.filename) if error.filename else ""
        if not named or not any(word.partition("=")[2] == named or word == named for word in words):
            raise
        raise refuse(
            N_("“{path}” cannot be opened: {why}."), "", "file", path=named[:80], why=str(error.strerror)
        ) from error
    except Exception as error:
        # Django need not have been started, so its errors are known by what they say.
        if getattr(error.__cause__, "sqlstate", None) == "42501":
            raise refuse(
                N_("The database does not let this role do that ({why}). Do it as the owner of its tables."),
                "",
                "owner",
                why=str(error.__cause__).splitlines()[0],
            ) from error
        if getattr(error.__cause__, "sqlstate", None) == "42P01" or str(error).startswith("no such table"):
            raise refuse(N_("This database holds no journal yet. Run: meguri setup"), "", "setup") from error
        if type(error).__name__ != "OperationalError":
            raise
        from meguri.kit.running.database import busy

        later = busy(error)
        if later is None:
            raise
        raise later from error


def _run(arguments: argparse.Namespace, words: Sequence[str]) -> int:
    try:
        return int(_run_it(arguments, words) or 0)
    except MeguriError as error:
        if getattr(arguments, "json", False):
            print(json.dumps(error.to_json(), ensure_ascii=False))
        for problem in error.problems:
            where = f"{problem.pointer}: " if problem.pointer else ""
            print(f"meguri: {where}{problem.say()}", file=sys.stderr)
        return 2
