"""Citations in the reader's language. The packs cite in English; names of instruments are translated by a table."""

from __future__ import annotations

import re
from functools import lru_cache

from meguri.law import tables

ARTICLE = re.compile(r"\s*\bArts? (\d+(?:-\d+)*)([A-Z]?)")
ANNEX = re.compile(r"附属書 ")


@lru_cache(maxsize=1)
def _names() -> tuple[tuple[str, str], ...]:
    rows = [(row["en"], row["ja"]) for _, row in tables.rows("instruments.csv")]
    return tuple(sorted(rows, key=lambda pair: -len(pair[0])))


@lru_cache(maxsize=4096)
def cited(citation: str, language: str | None) -> str:
    """A citation in a language: ``Basel Art 6(1)-(3)`` is ``バーゼル条約第6条(1)-(3)`` in Japanese."""
    if not (language or "").startswith("ja"):
        return citation
    said = citation
    for name, japanese in _names():
        said = said.replace(name, japanese)
    said = ARTICLE.sub(r"第\1条\2", said)
    return (
        ANNEX.sub("附属書", said).replace("; ", "、").replace(", ", "、").replace("条約 ", "条約").replace(" （", "（")
    )
