"""Words as parameters of a refusal."""

from __future__ import annotations

from meguri.kit.words import Words, listed

__all__ = ["Spoken", "listed"]


def Spoken(words: Words) -> Words:  # noqa: N802
    """The words themselves: a refusal says them in its reader's language."""
    return words
