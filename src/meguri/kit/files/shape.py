"""Bounds on what is sent, looked at before anything reads it: so long, so many lines, so deep, so many values.

A parser's time and memory may grow faster than its text does. What these bounds let through costs any of the parsers
here no more than a few times what copying it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from meguri.kit.problems import N_, Problem, Refused

DEEPEST = 40
"""A key of a TOML file has at most so many parts, and tables, lists and objects lie at most so deep in each other."""
_PART = r"(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')"
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_\"'-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{DEEPEST},}}")
# One without an end goes on to the end: else each quotation mark in it would begin the search anew.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[{\]}]")


class Misshapen(Refused):
    """Something sent is longer, deeper or more than is read at once."""


@dataclass(frozen=True)
class Shape:
    """What a kind of text may be: characters, lines, the longest of them, and values (what commas divide)."""

    characters: int
    lines: int
    longest: int
    values: int


TOML: Final = Shape(characters=1_000_000, lines=50_000, longest=1_000_000, values=100_000)
CSV: Final = Shape(characters=20_000_000, lines=300_000, longest=20_000, values=5_000_000)
JSON_VALUES: Final = 300_000


def text_fault(given: str, shape: Shape, divider: str = ",") -> str | None:
    """What is too much in a text, in English with its line where there is one; None where nothing is."""
    if len(given) > shape.characters:
        return f"at most {shape.characters:,} characters are read, not {len(given):,}"
    if (count := given.count("\n") + 1) > shape.lines:
        return f"at most {shape.lines:,} lines are read, not {count:,}"
    if (count := given.count(divider)) > shape.values:
        return f"at most {shape.values:,} values are read, not {count:,}"
    if len(given) > shape.longest:
        for number, line in enumerate(given.split("\n"), 1):
            if len(line) > shape.longest:
                return f"line {number} has {len(line):,} characters; at most {shape.longest:,} are read"
    return None


def long_key(given: str) -> int | None:
    """The line of a TOML key with more parts than `DEEPEST`; None where there is none."""
    found = _LONG_KEY.search(given)
    return given.count("\n", 0, found.start()) + 1 if found else None


def require_json(given: bytes) -> None:
    """Raise Misshapen where JSON lies deeper, or has more values, than is read at once."""
    if given.count(b",") + given.count(b"[") + given.count(b"{") > JSON_VALUES:
        raise Misshapen(
            Problem(
                N_("The body has more than {most} values. Send it in parts."), "", "too-many", {"most": JSON_VALUES}
            )
        )
    if given.count(b"[") + given.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(_STRING.sub(b"", given)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > DEEPEST:
            raise Misshapen(
                Problem(N_("Lists and objects lie more than {most} deep in each other."), "", "deep", {"most": DEEPEST})
            )
