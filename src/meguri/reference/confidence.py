"""How far a figure can be trusted, in one scale for all tables, with the mark that pages show."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from meguri.kit.words import Words


class Confidence(IntEnum):
    """From weakest to strongest, so that `min` gives the weaker of two."""

    MISSING = 0
    MEMORY = 1
    DERIVED = 2
    SOURCED = 3

    @classmethod
    def of(cls, word: str) -> Confidence:
        """The level of a word as tables of facts and of law write it. Raises ValueError."""
        try:
            return _WORDS[word.strip().lower()]
        except KeyError:
            raise ValueError(f"“{word}” is no confidence; write one of {', '.join(sorted(_WORDS))}") from None

    @property
    def word(self) -> str:
        """The word that our own tables use: sourced, derived, memory, missing."""
        return self.name.lower()

    @property
    def mark(self) -> str:
        """● read in the source, ◐ derived or secondary, ○ from memory, assumed or missing."""
        return _MARKS[self]

    @property
    def label(self) -> Words:
        """What the mark says when it is tapped."""
        return _LABELS[self]


_WORDS = {
    "sourced": Confidence.SOURCED,
    "primary_text": Confidence.SOURCED,
    "high": Confidence.SOURCED,
    "derived": Confidence.DERIVED,
    "secondary": Confidence.DERIVED,
    "official_page": Confidence.DERIVED,
    "official_page_excerpt": Confidence.DERIVED,
    "sourced_single_copy": Confidence.DERIVED,
    "medium": Confidence.DERIVED,
    "memory": Confidence.MEMORY,
    "assumed": Confidence.MEMORY,
    "low": Confidence.MEMORY,
    "missing": Confidence.MISSING,
}

_MARKS = {
    Confidence.SOURCED: "●",
    Confidence.DERIVED: "◐",
    Confidence.MEMORY: "○",
    Confidence.MISSING: "○",
}

_LABELS = {
    Confidence.SOURCED: Words("Read in the source"),
    Confidence.DERIVED: Words("Derived, or from a secondary source"),
    Confidence.MEMORY: Words("From memory or assumed; not checked"),
    Confidence.MISSING: Words("No figure found"),
}


def weakest(parts: Iterable[tuple[float, Confidence]]) -> Confidence:
    """The confidence of a total: the weakest level whose parts together carry more than a tenth of it.

    `parts` are (weight, confidence) with weights of zero or more in any one unit; parts of one level are taken
    together, so that many small guesses do not hide behind each other. An empty or weightless total is MISSING.
    """
    carried = dict.fromkeys(Confidence, 0.0)
    for weight, confidence in parts:
        if weight < 0:
            raise ValueError("a part of a total weighs zero or more")
        carried[confidence] += weight
    total = sum(carried.values())
    for level in Confidence:
        if total > 0 and carried[level] > total / 10:
            return level
    return Confidence.MISSING
