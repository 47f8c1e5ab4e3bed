"""Why a certificate is revoked, from a table."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from meguri.kit.files import reading
from meguri.kit.words import Words, cell

TABLES = Path(__file__).parents[1] / "tables"


class RevocationReason(msgspec.Struct, frozen=True):
    """Why a certificate may be revoked, and who says so."""

    reason: str
    words: Words
    source: str
    confidence: str


@cache
def revocation_reasons() -> dict[str, RevocationReason]:
    """The reasons by their word."""
    return {
        row["reason"]: RevocationReason(
            row["reason"],
            cell("movement/revocation_reasons", row["reason"], "words", row["words"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "revocation_reasons.csv")
    }
