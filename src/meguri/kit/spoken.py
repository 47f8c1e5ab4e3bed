"""Words as parameters of a refusal: said in the reader's language when the refusal's text is filled."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.kit.words import Words


class Spoken(str):
    """English text that fills a template in Japanese where the page is Japanese. As data it is its English."""

    words: Words

    def __new__(cls, words: Words) -> Spoken:
        """From words in both languages."""
        made = super().__new__(cls, words.en)
        made.words = words
        return made

    def __format__(self, spec: str) -> str:
        """In the language that is active now; in English where no Django runs (a notebook)."""
        from django.core.exceptions import ImproperlyConfigured
        from django.utils.translation import get_language

        try:
            language = get_language()
        except ImproperlyConfigured:
            language = None
        return format(self.words.in_(language), spec)


def listed(found: Iterable[Words]) -> Spoken:
    """Several words in a row."""
    names = tuple(found)
    return Spoken(Words(", ".join(name.en for name in names), "、".join(name.ja or name.en for name in names)))
