"""Which office of an economy is competent for a place in it: a part of the country, a prefecture, a port."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from meguri.kit.files.reading import TableError
from meguri.kit.problems import N_, Problem, nearest
from meguri.kit.words import Words, plain
from meguri.law import tables

FACTS = {"origin_place": "origin", "destination_place": "destination"}
"""The facts that name a place, and at which end it lies."""
ANYWHERE = "*"
LONGEST = 60


def folded(text: str) -> str:
    """A name as it is compared: width, case and blanks beside."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class CompetentOffice:
    """The office for a place at one end; `authority` is its slug where it is on file, `about` what it is competent for
    (empty: for all that the economy's authority is).
    """

    economy: str
    side: str
    place: str
    authority: str
    name: Words
    about: Words
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "economy": self.economy,
            "side": self.side,
            "place": self.place,
            "authority": self.authority,
            "words": self.name.everywhere(),
            "about": self.about.everywhere() if self.about else None,
            "evidence": self.evidence,
        }


@lru_cache(maxsize=1)
def _places() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Rows by economy and folded name. Raises TableError for a name that means two places, or no office."""
    found: dict[str, dict[str, Mapping[str, str]]] = {}
    for place, row in tables.rows("places.csv"):
        known = found.setdefault(row["economy"], {})
        if row["economy"] not in tables.parties() or bool(row["authority"]) == bool(row["office"]):
            raise TableError(f"{place}: a place has an economy on file, and either an authority or an office")
        if row["authority"] and row["authority"] not in tables.authorities():
            raise TableError(f"{place}: “{row['authority']}” is not an authority on file")
        for name in {folded(one) for one in (row["place"], *row["names"].split(";")) if one}:
            if known.setdefault(name, row) is not row:
                raise TableError(f"{place}: “{name}” means two places")
    return found


def wrong(fact: str, text: str, economy: str) -> Problem | None:
    """Why a place is none of an economy whose offices are told apart by their places; None where it may be one."""
    known = _places().get(economy)
    if known is None or folded(text) in known or ANYWHERE in known:
        return None
    close = nearest(folded(text)[:LONGEST], known)
    said = N_("“{word}” is no place of {economy} for which an office is on file. Did you mean “{close}”?")
    bare = N_("“{word}” is no place of {economy} for which an office is on file.")
    name = tables.parties()[economy].name
    return Problem(said if close else bare, f"/facts/{fact}", "place", {"word": text, "economy": name, "close": close})


def office(economy: str, side: str, text: str) -> CompetentOffice | None:
    """The office for a place of an economy; None where none is told apart by places."""
    known = _places().get(economy, {})
    row = known.get(folded(text)) or known.get(ANYWHERE)
    if row is None:
        return None
    slug = row["authority"]
    name = tables.authority_name(slug) if slug else tables.words("places", row, "office")
    about = tables.words("places", row, "about") if row["about"] else plain("")
    return CompetentOffice(economy, side, text, slug, name, about, row["evidence"])
