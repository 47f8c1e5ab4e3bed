"""Every command with arguments that are wrong: ``python -m tests.every_command [COMMAND …]`` tries all of them.

A command is asked with what it needs, and then with one argument wrong at a time. It answers with one of its exit
statuses and in sentences: whatever shows a traceback, dies or never ends is a fault. Each is asked in a fork of a
process that has loaded what commands load.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import io
import json
import os
import signal
import sys
import tempfile
import traceback
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

BEGINS = {
    ("serve",), ("setup",), ("screenshots",), ("demo",), ("play",), ("bench",), ("law", "mutate"),
    ("arisings", "validate"),
}  # fmt: skip
"""What begins something long, and is tried where it is at home."""
MOST_S = 120
FILES: dict[str, bytes] = {
    "bytes.bin": bytes(range(256)) * 8,
    "nothing.txt": b"",
    "half.json": b'{"a": [1, 2',
    "deep.json": b"[" * 100_000,
    "list.json": b'[1, null, {"kind": 7}]',
    "act.json": b'{"kind": "custody.collect", "actor": 7, "body": []}',
    "wrong.toml": b"a = [[[1]]\n",
    "torn.csv": b'economy,stream\n"a\nb',
    "torn.xlsx": b"PK\x03\x04" + bytes(40),
}
WRITTEN = (
    "", "nothing-here", "/nowhere/at/all", "-1", "1e999", "NaN", "2025-13-45", "0001-01-01", "9999-12-31",
    "\u2603\u202e" * 50, "x" * 20_000, "\udcff", "a\nb", "organisation:nobody", "../nowhere/at/all",
)  # fmt: skip


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All commands, each with its parser."""
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield words, parser
    for action in inner:
        for name, below in action.choices.items():
            yield from leaves(below, (*words, name))


def trials(words: tuple[str, ...], parser: argparse.ArgumentParser, wrong: Sequence[str]) -> list[list[str]]:
    """The command with what it needs, and with each argument once as each of the wrong values."""
    arguments = [one for one in parser._actions if one.nargs != 0]
    needed = [one for one in arguments if not one.option_strings or one.required]

    def line(special: argparse.Action | None = None, value: str = "") -> list[str]:
        found = list(words)
        for one in needed:
            if one is special or one.nargs not in ("?", "*"):
                given = value if one is special else _plain(one)
                found.append(f"{one.option_strings[0]}={given}" if one.option_strings else given)
        if special is not None and special not in needed:
            found.append(f"{special.option_strings[0]}={value}")
        return found

    return [line(), *(line(one, value) for one in arguments for value in wrong)]


def _plain(action: argparse.Action) -> str:
    if action.choices:
        return str(next(iter(action.choices)))
    return "1" if action.type in (int, float) else "x"


def asked(words: Sequence[str]) -> tuple[Any, str]:
    """The exit status, and the traceback of what a command did not foresee."""
    from meguri.portal import cli

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(MOST_S)
        told = os.fdopen(writing, "w")
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
        status: Any = "no answer"
        fault = ""
        try:
            status = cli.main(list(words))
        except SystemExit as end:
            status = end.code
        except BaseException:
            fault = traceback.format_exc()
        with contextlib.suppress(OSError):
            told.write(json.dumps([status if isinstance(status, int) or status is None else str(status), fault]))
            told.close()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, ended = os.waitpid(child, 0)
    if not text:
        return f"ended by signal {os.WTERMSIG(ended)}", ""
    status, fault = json.loads(text)
    return status, fault


def faults(only: Sequence[str], *, each: int, folder: Path) -> Iterator[tuple[list[str], Any, str]]:
    """What did not answer as a command does; with `each`, so many wrong trials a command, chosen by its words."""
    from meguri.portal import cli

    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    # Some of the wrong words are good names of files to be written.
    (folder / "here").mkdir()
    os.chdir(folder / "here")
    wrong = [*WRITTEN, str(folder), *(str(folder / name) for name in FILES)]
    for words, parser in leaves(cli.parser()):
        if words[:1] in BEGINS or words[:2] in BEGINS or (only and words[0] not in only):
            continue
        found = trials(words, parser, wrong)
        if each:
            found[1:] = sorted(found[1:], key=lambda one: zlib.crc32(repr(one).replace(str(folder), "").encode()))[
                :each
            ]
        for one in found:
            status, fault = asked(one)
            if fault or status not in (0, 1, 2, None):
                yield one, status, fault


def load() -> None:
    """Load what commands load, and read the command line's own tables, before they are forked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    import django
    from django.urls import get_resolver

    from meguri.portal import cli

    django.setup()
    assert get_resolver().url_patterns
    cli.parser = functools.cache(cli.parser)
    cli.parser()
    gc.collect()
    gc.freeze()


def main(only: Sequence[str], each: int = 0) -> int:
    """Try them, and print each fault. 0 where there is none."""
    load()
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for words, status, fault in faults(only, each=each, folder=Path(folder)):
            count += 1
            print(" ".join(repr(word[:80]) for word in words), status, fault, flush=True)
    print(f"{count} faults")
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
