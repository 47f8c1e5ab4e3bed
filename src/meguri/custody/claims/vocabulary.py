"""Models of a chain of custody, definitions of “recycled”, kinds of source and product groups, from tables."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from meguri.custody.vocabulary import TABLES
from meguri.kit.files import reading
from meguri.kit.words import Words, cell


class ClaimModel(msgspec.Struct, frozen=True):
    """A model of ISO 22095: how high it ranks (nothing moves upward), and what a claim by it may say.

    A `physical` claim is of a charge, an `account` one of a balance. `period_days` is the longest period, None where no
    rule names one.
    """

    model: str
    rank: int
    kind: Literal["physical", "account"]
    period_days: int | None
    name: Words
    rule: Words
    wording: Words
    source: str
    confidence: str
    wording_source: str
    wording_confidence: str


class RecycledDefinition(msgspec.Struct, frozen=True):
    """What somebody calls recycled: which sources count, and of which elements (none named: of all)."""

    definition: str
    name: str
    counts: tuple[str, ...]
    elements: tuple[str, ...]
    words: Words
    source: str
    confidence: str


class RecycledSource(msgspec.Struct, frozen=True):
    """Where material comes from, as definitions tell it apart."""

    source: str
    words: Words
    source_of: str
    confidence: str


class ClaimGroup(msgspec.Struct, frozen=True):
    """Metals that one account may be of."""

    group: str
    name: Words
    elements: tuple[str, ...]
    source: str
    confidence: str


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


@cache
def models() -> dict[str, ClaimModel]:
    """Models by their word, the highest first."""
    return {
        row["model"]: ClaimModel(
            row["model"],
            int(row["rank"]),
            msgspec.convert(row["kind"], Literal["physical", "account"]),
            int(row["period_days"]) if row["period_days"] else None,
            cell("custody/claim_models", row["model"], "name", row["name"]),
            cell("custody/claim_models", row["model"], "rule", row["rule"]),
            cell("custody/claim_models", row["model"], "wording", row["wording"]),
            row["source"],
            row["confidence"],
            row["wording_source"],
            row["wording_confidence"],
        )
        for row in reading.lines(TABLES / "claim_models.csv")
    }


@cache
def definitions() -> dict[str, RecycledDefinition]:
    """Definitions of “recycled” by their word."""
    return {
        row["definition"]: RecycledDefinition(
            row["definition"],
            row["name"],
            _list(row["counts"]),
            _list(row["elements"]),
            cell("custody/recycled_definitions", row["definition"], "words", row["words"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "recycled_definitions.csv")
    }


@cache
def sources() -> dict[str, RecycledSource]:
    """Kinds of source by their word."""
    return {
        row["source"]: RecycledSource(
            row["source"],
            cell("custody/recycled_sources", row["source"], "words", row["words"]),
            row["source_of"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "recycled_sources.csv")
    }


@cache
def groups() -> dict[str, ClaimGroup]:
    """Product groups by their word."""
    return {
        row["group"]: ClaimGroup(
            row["group"],
            cell("custody/product_groups", row["group"], "name", row["name"]),
            _list(row["elements"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "product_groups.csv")
    }
