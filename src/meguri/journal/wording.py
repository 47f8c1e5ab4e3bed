"""Kinds of act in words, from `tables/kinds.csv`, and what the node itself is called where it speaks."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from meguri.journal.act import CLOCK, NODE
from meguri.kit.words import Words, cell, plain

SPEAKERS = {NODE: Words("The node's operator"), CLOCK: Words("The clock")}
"""Who speaks without being an organisation on record."""
TABLE = Path(__file__).resolve().parent / "tables" / "kinds.csv"


@cache
def _words() -> dict[str, Words]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["kind"]: cell("journal/kinds", row["kind"], "words", row["words"]) for row in csv.DictReader(file)}


def of(kind: str) -> Words:
    """What a kind of act says, for people; its bare name where the table has none."""
    return _words().get(kind, plain(kind))
