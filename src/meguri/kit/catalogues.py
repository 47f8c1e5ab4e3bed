"""What every room says in another language: one lookup for pages, commands, PDF and notebooks, without Django.

English is the source, in code and in tables. A room keeps one gettext catalogue a language for what its code and
templates say (``django.po``) and one for the cells of its tables (``tables.po``); all rooms are read as one.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import msgspec

ROOMS = Path(__file__).resolve().parent.parent
SOURCE = "en"
DOMAINS = ("django", "tables")
# What gettext puts between a message's context and its text.
BETWEEN = "\x04"


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language: its code, its name in itself, and whether readers are offered it."""

    code: str
    name: str
    offered: bool = False


@cache
def languages() -> Mapping[str, Language]:
    """All languages that catalogues are kept or prepared for, by code."""
    # JSON and not CSV: the reader of tables says what is wrong in words, and words are found by this.
    table = Path(__file__).with_name("tables") / "languages.json"
    return {one.code: one for one in msgspec.json.decode(table.read_bytes(), type=list[Language])}


@cache
def offered() -> tuple[str, ...]:
    """The codes of the languages that readers are offered, English first."""
    return tuple(code for code, language in languages().items() if language.offered)


@lru_cache(maxsize=512)
def nearest(tag: str | None) -> str:
    """The offered language that a tag such as ``ja-JP``, ``ja_JP.UTF-8`` or ``en-gb`` asks for; English otherwise."""
    code = (tag or "").replace("_", "-").partition(".")[0].partition("-")[0].lower()
    return code if code in offered() else SOURCE


@cache
def _messages(language: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for domain in DOMAINS:
        for path in sorted(ROOMS.glob(f"*/locale/{language}/LC_MESSAGES/{domain}.mo")):
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            for key, text in catalogue.items():
                if isinstance(key, str) and key and text:
                    found.setdefault(key, text)
    return found


def find(text: str, language: str, context: str = "") -> str:
    """The text in a language; the English itself where its catalogue has nothing."""
    if language == SOURCE:
        return text
    return _messages(language).get(f"{context}{BETWEEN}{text}" if context else text, text)


_editions = [0]


def edition() -> int:
    """How often the catalogues were forgotten: what was found under another number may be another text now."""
    return _editions[0]


def forget() -> None:
    """Read the catalogues anew when they are next asked for."""
    _messages.cache_clear()
    _editions[0] += 1
