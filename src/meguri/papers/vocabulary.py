"""Kinds of paper, from their table, and the limits."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from meguri.kit.files import reading
from meguri.kit.words import Words, cell

TABLES = Path(__file__).parent / "tables"
MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
"""Bytes of one paper."""
MOST_EACH = 100
"""Papers that one organisation attaches to one subject."""
MOST_A_DAY = 500 * MEGABYTE
"""Bytes that one organisation brings in a day (UTC)."""
LONGEST_NAME = 200


class PaperKind(msgspec.Struct, frozen=True):
    """A kind of paper, in words."""

    kind: str
    name: Words
    meaning: Words
    source: str
    confidence: str


@cache
def paper_kinds() -> dict[str, PaperKind]:
    """Kinds by their word, in the order of the table."""
    return {
        row["kind"]: PaperKind(
            row["kind"],
            cell("papers/paper_kinds", row["kind"], "name", row["name"]),
            cell("papers/paper_kinds", row["kind"], "meaning", row["meaning"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "paper_kinds.csv")
    }
