"""Words written in both languages, for names and rules that live in tables."""

from __future__ import annotations

import msgspec


class Words(msgspec.Struct, frozen=True):
    """A text in English and in Japanese; Japanese may be missing and then English stands in."""

    en: str
    ja: str = ""

    def in_(self, language: str | None) -> str:
        """The text in a language code such as ``ja`` or ``en-gb``."""
        return self.ja if self.ja and (language or "").startswith("ja") else self.en
