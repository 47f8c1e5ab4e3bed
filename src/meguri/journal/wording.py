"""Kinds of act in words: each room says its own, in `tables/kinds.csv`. And what the node itself is called."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from meguri.journal.act import CLOCK, NODE
from meguri.kit.files import reading
from meguri.kit.words import Words, cell, plain

SPEAKERS = {NODE: Words("The node's operator"), CLOCK: Words("The clock")}
"""Who speaks without being an organisation on record."""
_tables: dict[str, Path] = {}


def say(room: str, table: Path) -> None:
    """Let a room say its kinds: columns `kind` and `words`."""
    _tables[room] = table
    _words.cache_clear()


@cache
def _words(room: str) -> dict[str, Words]:
    if room not in _tables:
        return {}
    rows = reading.lines(_tables[room], ("kind", "words"))
    return {row["kind"]: cell(f"{room}/kinds", row["kind"], "words", row["words"]) for row in rows}


def of(kind: str) -> Words:
    """What a kind of act says, for people; its bare name where no room says it."""
    return _words(kind.partition(".")[0]).get(kind, plain(kind))
