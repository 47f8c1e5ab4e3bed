"""Organisations that are likely the same under two spellings. Pure; a hint for who admits, and no refusal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import cache

from meguri.kit.files import reading
from meguri.registry.vocabulary import TABLES

LIKE = 0.86
STROKES = str.maketrans({0x111: "d", 0x110: "D", 0xF8: "o", 0xD8: "O", 0x142: "l", 0x141: "L"})
"""Letters with a stroke, which no normal form takes apart."""
COMMON = 500
"""What more names than these begin with tells nothing."""
LOOKED_AT = 10


@cache
def forms() -> tuple[frozenset[str], re.Pattern[str]]:
    """Words that say what form a company has and not which it is; and such signs, where words have no spaces."""
    found = [row["form"] for row in reading.lines(TABLES / "company_forms.csv")]
    signs = [re.escape(form) for form in found if not form.isascii()]
    return frozenset(form for form in found if form.isascii()), re.compile("|".join(signs))


def folded(name: str) -> str:
    """A name without case, accents, signs and forms of company, its words in order: what two spellings share."""
    words_of_form, signs = forms()
    text = signs.sub(" ", unicodedata.normalize("NFKC", name)).translate(STROKES)
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()
    words = [word for word in re.findall(r"\w+", plain) if word not in words_of_form]
    return " ".join(words) or plain.strip()


def likeness(one: str, other: str) -> float:
    """How alike two folded names are, 0 to 1; words in another order count as the same."""
    if one == other or _sorted(one) == _sorted(other):
        return 1.0
    found = [_ratio(one, other), _ratio(_sorted(one), _sorted(other))]
    return max(found)


def _sorted(name: str) -> str:
    return " ".join(sorted(name.split()))


def _ratio(one: str, other: str) -> float:
    if 2 * min(len(one), len(other)) < LIKE * (len(one) + len(other)):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= LIKE else 0.0


class Names:
    """Names by whom they are of, made ready to be compared with many others."""

    def __init__(self, of: Mapping[str, Iterable[str]]) -> None:
        self._of: dict[str, dict[str, set[str]]] = {}
        self._exact: dict[str, list[str]] = {}
        self._with: dict[str, set[str]] = {}
        for who, names in of.items():
            self.add(who, names)

    def add(self, who: str, names: Iterable[str]) -> None:
        """One more."""
        self._of[who] = {name: _parts(name) for name in map(folded, names)}
        for name, parts in self._of[who].items():
            self._exact.setdefault(_sorted(name), []).append(who)
            for part in parts:
                self._with.setdefault(part, set()).add(who)

    def like(self, names: Iterable[str], most: int = 5) -> list[str]:
        """Those with a name that is likely one of these, the likest first."""
        found: dict[str, float] = {}
        for name in map(folded, names):
            found |= dict.fromkeys(self._exact.get(_sorted(name), ()), 1.0)
            for who in self._near(name):
                how = max(likeness(name, other) for other in self._of[who])
                found[who] = max(how, found.get(who, 0.0))
        return sorted((who for who, how in found.items() if how >= LIKE), key=lambda who: (-found[who], who))[:most]

    def _near(self, name: str) -> list[str]:
        """Those that share at least half of the parts of a name: alone they are compared by letters."""
        parts = _parts(name)
        shared: dict[str, int] = {}
        for part in parts:
            among = self._with.get(part, set())
            if len(among) <= COMMON:
                for who in among:
                    shared[who] = shared.get(who, 0) + 1
        near = [who for who, count in shared.items() if 2 * count >= len(parts)]
        return sorted(near, key=lambda who: (-shared[who], who))[:LOOKED_AT]


def _parts(name: str) -> set[str]:
    """How its words begin and how all of it does; for scripts without spaces, three letters in a row."""
    found = {word[:4] for word in name.split()} | {"=" + name.replace(" ", "")[:6]}
    if not name.isascii():
        found |= {word[at : at + 3] for word in name.split() for at in range(len(word) - 2)}
    return found
