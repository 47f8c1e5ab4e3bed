"""Organisations that are likely the same under two spellings. Pure; a hint for who admits, and no refusal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

LIKE = 0.86
FORMS = frozenset(
    re.findall(
        r"\w+",
        "co company corp corporation inc incorporated ltd limited llc llp plc pte pty sdn bhd berhad tbk pt cv gmbh ag "
        "kg sa srl spa bv nv oy ab jsc tnhh cong ty phan kk kabushiki kaisha yugen goshi godo the and joint stock "
        "public private pvt",
    )
)
"""Words that say what form a company has, and not which it is."""
JAPANESE = re.compile("株式会社|有限会社|合同会社|合資会社|合名会社|㈱|㈲|（株）|\\(株\\)")


def folded(name: str) -> str:
    """A name without case, accents, signs and forms of company, its words in order: what two spellings share."""
    text = JAPANESE.sub(" ", unicodedata.normalize("NFKC", name)).replace("đ", "d").replace("Đ", "D")
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()
    words = [word for word in re.findall(r"\w+", plain) if word not in FORMS]
    return " ".join(words) or plain.strip()


def likeness(one: str, other: str) -> float:
    """How alike two folded names are, 0 to 1; words in another order count as the same."""
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    far = matcher.real_quick_ratio() < LIKE or matcher.quick_ratio() < LIKE
    straight = 0.0 if far else matcher.ratio()
    left, right = sorted(one.split()), sorted(other.split())
    if left == right:
        return 1.0
    return max(straight, SequenceMatcher(None, " ".join(left), " ".join(right), autojunk=False).ratio())


class Names:
    """Names by whom they are of, made ready to be compared with many others."""

    def __init__(self, of: Mapping[str, Iterable[str]]) -> None:
        self.folded = {who: {folded(name) for name in names} for who, names in of.items()}
        self.exact: dict[str, list[str]] = {}
        self.parts: dict[str, set[str]] = {}
        for who, names in self.folded.items():
            for name in names:
                self.exact.setdefault(" ".join(sorted(name.split())), []).append(who)
                for part in _parts(name):
                    self.parts.setdefault(part, set()).add(who)

    def add(self, who: str, names: Iterable[str]) -> None:
        """One more."""
        self.folded[who] = {folded(name) for name in names}
        for name in self.folded[who]:
            self.exact.setdefault(" ".join(sorted(name.split())), []).append(who)
            for part in _parts(name):
                self.parts.setdefault(part, set()).add(who)

    def like(self, names: Iterable[str], most: int = 5, look: int = 200) -> list[str]:
        """Those with a name that is likely one of these, the likest first. At most `look` are compared by letters."""
        wanted = [folded(name) for name in names]
        same = [who for name in wanted for who in self.exact.get(" ".join(sorted(name.split())), ())]
        shared: dict[str, int] = {}
        for name in wanted:
            for part in _parts(name):
                among = self.parts.get(part, set())
                if len(among) <= look:
                    for who in among:
                        shared[who] = shared.get(who, 0) + 1
        near = sorted(shared, key=lambda who: (-shared[who], who))[:look]
        found = {
            who: max(likeness(name, other) for name in wanted for other in self.folded[who])
            for who in near
            if who not in same
        }
        likest = sorted((who for who, how in found.items() if how >= LIKE), key=lambda who: (-found[who], who))
        return [*dict.fromkeys(same), *likest][:most]


def _parts(name: str) -> set[str]:
    """Beginnings of the words, and (for scripts without spaces) the pairs of letters of a long one."""
    found = set()
    for word in name.split():
        found.add(word[:4])
        if not word.isascii():
            found |= {word[place : place + 3] for place in range(len(word) - 2)}
    return found
