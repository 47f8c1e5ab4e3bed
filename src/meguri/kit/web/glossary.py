"""Terms that explain themselves on hover and tap. Rooms with a table of terms hand it over; pages look terms up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from meguri.kit.words import Words


@dataclass(frozen=True)
class Term:
    """A term, its explanation in both languages, and how sure that explanation is."""

    term: str
    words: Words
    source: str
    confidence: str


Rows = Iterable[Mapping[str, str]]
_sources: list[Callable[[], Rows]] = []
_terms: dict[str, Term] | None = None


def use(rows: Rows | Callable[[], Rows]) -> None:
    """Add rows with term, en, ja, source and confidence, or a function that loads them when first needed."""
    global _terms
    kept = rows if callable(rows) else None
    listed = [] if callable(rows) else list(rows)
    _sources.append(kept if kept is not None else lambda: listed)
    _terms = None


def find(term: str) -> Term | None:
    """The explanation of a term as written on pages, ignoring case; None where nobody explains it."""
    global _terms
    if _terms is None:
        _terms = {
            row["term"].casefold(): Term(row["term"], Words(row["en"], row["ja"]), row["source"], row["confidence"])
            for source in _sources
            for row in source()
        }
    return _terms.get(term.strip().casefold())
