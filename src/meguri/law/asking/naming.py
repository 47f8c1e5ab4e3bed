"""Words that a reader may use for an economy, a stream or an operation: codes, names, other spellings.

Width, case, kana and the signs between words do not matter. What is no known word is refused with the nearest that fits
the question at hand: economies of the network before others, codes of the stream and the ends before others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from meguri.kit.catalogues import SOURCE
from meguri.kit.files.reading import TableError
from meguri.law import groups, tables, wastes
from meguri.law.body.packs import READ_ON, Law

KINDS = ("economy", "stream", "operation")
_HIRAGANA = (0x3041, 0x3096)
_TO_KATAKANA = 0x60
_BETWEEN = re.compile(r"[\s_\-\u2010-\u2015\u2212\u30fb]+")
_DAY = re.compile(r"(\d{4})[^\d\s](\d{1,2})[^\d\s](\d{1,2})[^\d\s]?")


def narrow(text: str) -> str:
    """A text as it is meant whatever the width of its letters: full-width letters and signs become plain ones."""
    return unicodedata.normalize("NFKC", text).replace("\u3001", ",").replace("\u2212", "-").strip()


def folded(text: str) -> str:
    """A word by which names are told apart: without width, case, kind of kana and the signs between its parts."""
    plain = _BETWEEN.sub("", narrow(text).casefold())
    first, last = _HIRAGANA
    return "".join(chr(ord(c) + _TO_KATAKANA) if first <= ord(c) <= last else c for c in plain)


def written_day(text: str) -> str:
    """A day with other signs between year, month and day, or after them, as ISO 8601 writes it; else as it was."""
    plain = narrow(text)
    found = _DAY.fullmatch(plain)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else plain


@lru_cache(maxsize=1)
def _named() -> Mapping[str, Mapping[str, str]]:
    """For each kind the code by folded word. Raises TableError where two codes share a word.

    A code is itself before it is another economy's name.
    """
    found: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}

    def add(kind: str, word: str, code: str, place: str) -> None:
        key = folded(word)
        if found[kind].setdefault(key, code) != code:
            raise TableError(f"{place}: “{word}” names {found[kind][key]} and {code}")

    for code, party in tables.parties().items():
        for word in (code, party.alpha2 or code):
            add("economy", word, code, "parties.csv")
    codes = frozenset(found["economy"])
    for code, party in tables.parties().items():
        for word in party.name.everywhere().values():
            if folded(word) not in codes:
                add("economy", word, code, "parties.csv")
    for slug, stream in tables.streams().items():
        for word in (slug, *stream.name.everywhere().values()):
            add("stream", word, slug, "streams.csv")
    for code, operation in tables.operations().items():
        for word in (code, *operation.words.everywhere().values()):
            add("operation", word, code, "operations.csv")
    for place, row in tables.rows("spoken_names.csv"):
        if row["kind"] not in KINDS:
            raise TableError(f"{place}: kind is one of {', '.join(KINDS)}")
        if row["id"] not in set(found[row["kind"]].values()):
            raise TableError(f"{place}: “{row['id']}” is not on file")
        add(row["kind"], row["name"], row["id"], place)
    return MappingProxyType(found)


@lru_cache(maxsize=4096)
def code_of(kind: str, word: str) -> str:
    """The code that a word names, or an empty string."""
    return _named()[kind].get(folded(word), "")


def known(kind: str) -> tuple[str, ...]:
    """Codes and names of a kind, to find the nearest among."""
    if kind == "economy":
        names = (name for party in tables.parties().values() for name in party.name.everywhere().values())
        return (*tables.parties(), *names)
    if kind == "operation":
        return tuple(tables.operations())
    said = (stream.name.everywhere() for stream in tables.streams().values())
    own = (name for names in said for language, name in names.items() if language != SOURCE)
    return (*tables.streams(), *own)


@lru_cache(maxsize=1)
def economies_first() -> frozenset[str]:
    """Economies that a mistyped word more probably meant: those of the network and those with their law on file."""
    usual = {code for use in ("compared", "hub", "often asked", "destination", "transit") for code in tables.usual(use)}
    law = Law.load()
    return frozenset(usual | {code for code in tables.parties() if law.pack_of(code, READ_ON) == code.lower()})


@lru_cache(maxsize=256)
def codes_first(stream: str, ends: tuple[str, ...]) -> frozenset[str]:
    """Codes that a question about this stream between these ends more probably means."""
    lists = {economy for economy in ends if economy}
    entries = Law.load().entries if stream in tables.streams() else ()
    of_stream = {entry.code for entry in entries if groups.stream_matches(entry.streams, stream)}
    own = wastes.own_schemes()

    def meant(key: str) -> bool:
        scheme = key.partition(":")[0]
        return own[scheme] in lists if scheme in own else key in of_stream

    return frozenset(key for key in wastes.waste_codes() if meant(key))
