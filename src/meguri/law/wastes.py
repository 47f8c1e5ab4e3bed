"""Lists of wastes: whose they are, their classes and their codes with the days on which each stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words, plain
from meguri.law import tables

OWN = ("national", *(f"answer-{letter}" for letter in "abcd"))
"""Families of classes that are one economy's own: its list of wastes, and what it answered of an entry when asked."""


@dataclass(frozen=True)
class WasteList:
    """A list of wastes: the scheme under which its codes are written, and the economy whose own list it is, if one's.

    What is declared by a `confirmed` list is compared with what stream and facts lead to, and counted in.
    """

    name: str
    scheme: str
    economy: str
    confirmed: bool


@lru_cache
def waste_lists() -> Mapping[str, WasteList]:
    """All waste lists by name."""
    return tables.keyed(
        "waste_lists.csv",
        "list",
        lambda row: WasteList(row["list"], row["scheme"], row["economy"], row["confirmed"] == "Y"),
    )


@lru_cache
def own_schemes() -> Mapping[str, str]:
    """The economy by the scheme of its own waste list."""
    return {one.scheme: one.economy for one in waste_lists().values() if one.economy}


@lru_cache
def waste_classes() -> Mapping[str, str]:
    """The classes of waste that rules and entries may name, each with its source; a national one needs no row."""
    return tables.keyed("waste_classes.csv", "class", lambda row: row["source"])


def known_class(name: str) -> bool:
    """Whether a class of waste is in its table, or is an economy's own: ``national:MYS``, ``answer-a:IND``."""
    family, _, economy = name.partition(":")
    return name in waste_classes() or (family in OWN and economy in tables.parties())


@dataclass(frozen=True)
class Code:
    """An entry of a waste list, dated.

    Where its list is `confirmed`, declaring it says something of the material: that it is hazardous or is not, and
    classes of waste that are then counted in.
    """

    scheme: str
    list_name: str
    code: str
    text: Words
    hazardous: str
    effective_from: date | None
    effective_to: date | None
    source: str
    confidence: str
    evidence: str
    declares_hazard: bool | None = None
    declares: tuple[str, ...] = ()
    confirmed: bool = False

    @property
    def by_listing(self) -> bool:
        """Whether being on this list makes the waste hazardous, so that an assay alone does not undo it."""
        return self.declares_hazard is True and "hazardous" in self.declares

    def in_force(self, on: date) -> bool:
        """Whether the entry stands in its list on that date."""
        return not (
            (self.effective_from and on < self.effective_from) or (self.effective_to and on > self.effective_to)
        )


@lru_cache
def customs_chapters() -> tuple[str, ...]:
    """The chapters of the Harmonised System that hold a heading on file."""
    heads = (code for _, row in tables.rows("hs_codes.csv") for code in row["hs"].split("/"))
    return tuple(sorted({code[:2] for code in heads}))


@lru_cache
def waste_codes() -> Mapping[str, tuple[Code, ...]]:
    """Dated list entries by ``scheme:code``; one code may stand in several lists or periods."""
    found: dict[str, list[Code]] = {}
    for place, row in tables.rows("waste_codes.csv"):
        listed = waste_lists().get(row["scheme"])
        if listed is None:
            raise TableError(f"{place}: “{row['scheme']}” is not in the table of waste lists")
        if row["declared_hazard"] not in ("", "true", "false"):
            raise TableError(f"{place}: declared_hazard is true, false or empty")
        classes = tuple(row["declared_classes"].split())
        if (classes or row["declared_hazard"]) and not listed.confirmed:
            raise TableError(f"{place}: what is declared by “{row['scheme']}” is not counted in")
        if strange := [name for name in classes if not known_class(name)]:
            raise TableError(f"{place}: “{strange[0]}” is not a class of waste")
        for code in row["code"].split(";"):
            entry = Code(
                listed.scheme,
                row["scheme"],
                code.strip(),
                tables.words("waste_codes", row, "text_own_words", row["scheme"], row["code"]),
                row["hazardous"],
                tables.day(row["effective_from"]),
                tables.day(row["effective_to"]),
                row["source"],
                row["confidence"],
                row["evidence"],
                {"true": True, "false": False}.get(row["declared_hazard"]),
                classes,
                listed.confirmed,
            )
            found.setdefault(f"{listed.scheme}:{code.strip()}", []).append(entry)
    for _, row in tables.rows("hs_codes.csv"):
        for code in row["hs"].split("/"):
            entry = Code(
                "hs", row["vintage"], code, plain(row["own_words"]), "?", None, tables.day(row["valid_to"]),
                row["source"], row["confidence"], "secondary",
            )  # fmt: skip
            found.setdefault(f"hs:{code}", []).append(entry)
    return MappingProxyType({key: tuple(entries) for key, entries in found.items()})
