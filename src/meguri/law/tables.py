"""The tables that the law speaks in: economies and their standing, authorities, streams, facts, codes, procedures.

Every row keeps its source and confidence. The loaders are strict: a missing column, a duplicate key or an
impossible date is a mistake of the table's author and is refused naming file and line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from meguri import reference
from meguri.kit.words import Words, cell, plain

TABLES = Path(__file__).resolve().parent / "tables"
T = TypeVar("T")


class TableError(ValueError):
    """A table or pack is not as it must be; the text names the file, the line and what is wrong."""


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def rows(name: str, folder: Path = TABLES) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table with their place (``file:line``). Raises TableError where source or confidence is missing."""
    path = folder / name
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            place = f"{path.name}:{reader.line_num}"
            if None in row or None in row.values():
                raise TableError(f"{place}: the row has not as many cells as the head has columns")
            if not row.get("source") or not row.get("confidence"):
                raise TableError(f"{place}: source and confidence are both needed")
            yield place, row


def _keyed(name: str, key: str, build: Callable[[dict[str, str]], T]) -> Mapping[str, T]:
    found: dict[str, T] = {}
    for place, row in rows(name):
        if row[key] in found:
            raise TableError(f"{place}: {key} {row[key]} stands twice")
        try:
            found[row[key]] = build(row)
        except (KeyError, ValueError) as error:
            raise TableError(f"{place}: {error}") from error
    return MappingProxyType(found)


def words(table: str, row: Mapping[str, str], column: str, *ids: str) -> Words:
    """The words of a row's column, which the catalogues know by the row's ids; without ids they mean the same anywhere.

    A column of its name with ``_own`` may hold the text in languages in which it is a fact: ``ja=…|th=…``.
    """
    own = (part.partition("=") for part in row.get(f"{column}_own", "").split("|") if part)
    return cell(f"law/{table}", "/".join(ids), column, row[column], {language: text for language, _, text in own})


@dataclass(frozen=True)
class Party:
    """An economy and its standing to the treaties, each with the date from which it holds."""

    iso3: str
    alpha2: str
    name: Words
    law_of: str
    basel: str
    basel_from: date | None
    ban: str
    ban_from: date | None
    oecd_from: date | None
    oecd_control: bool
    annex_vii: bool
    eu: bool
    eu_until: date | None
    notes: str
    source: str
    confidence: str
    evidence: str


@dataclass(frozen=True)
class Authority:
    """A public authority: what it does, on which calendar and in which zone its days are counted."""

    slug: str
    economy: str
    name: Words
    short: Words
    role: str
    calendar: str
    zone: str
    basel_code: str
    source: str
    confidence: str
    evidence: str


@dataclass(frozen=True)
class Stream:
    """A kind of material, and the groups by which rules reach it."""

    slug: str
    name: Words
    meaning: str
    kind: str
    groups: frozenset[str]
    presumed: str


@dataclass(frozen=True)
class Fact:
    """A fact that a question may carry: kind is tri, bool, choice, number, date or stream."""

    name: str
    kind: str
    values: tuple[str, ...]
    label: Words
    meaning: str


@dataclass(frozen=True)
class Operation:
    """A disposal (D) or recovery (R) operation of Basel Annex IV."""

    code: str
    kind: str
    words: Words
    interim: bool


@dataclass(frozen=True)
class Step:
    """One duty inside a procedure, with its deadline where the law gives one."""

    regime: str
    procedure: str
    step: str
    actor: str
    event: str
    duty: str
    words: Words
    value: str
    day_kind: str
    tacit: str
    effective_from: date | None
    effective_to: date | None
    source: str
    confidence: str
    evidence: str

    @property
    def procedure_id(self) -> str:
        """``REGIME/PROCEDURE``."""
        return f"{self.regime}/{self.procedure}"

    def in_force(self, on: date) -> bool:
        """Whether the duty stands on that date."""
        return not (
            (self.effective_from and on < self.effective_from) or (self.effective_to and on > self.effective_to)
        )


@dataclass(frozen=True)
class Code:
    """An entry of a waste list, dated."""

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

    def in_force(self, on: date) -> bool:
        """Whether the entry stands in its list on that date."""
        return not (
            (self.effective_from and on < self.effective_from) or (self.effective_to and on > self.effective_to)
        )


@dataclass(frozen=True)
class Term:
    """A word of the field, explained in one sentence."""

    term: str
    words: Words
    source: str
    confidence: str


def _party(row: dict[str, str]) -> Party:
    return Party(
        row["iso3"],
        row["alpha2"],
        reference.economies()[row["iso3"]].name,
        row["law_of"],
        row["basel_status"],
        _date(row["basel_in_force_from"]),
        row["ban_amendment"],
        _date(row["ban_in_force_from"]),
        _date(row["oecd_member_since"]),
        row["oecd_control"] == "Y",
        row["annex_vii_state"] == "Y",
        row["eu_member"] == "Y",
        _date(row["eu_until"]),
        row["notes"],
        row["source"],
        row["confidence"],
        row["evidence"],
    )


@lru_cache
def parties() -> Mapping[str, Party]:
    """All economies by ISO 3166 alpha-3 code, called as `reference` calls them; EUE is the Union as a Party."""
    return _keyed("parties.csv", "iso3", _party)


@lru_cache
def authorities() -> Mapping[str, Authority]:
    """All authorities by slug, such as ``mys-doe``."""
    return _keyed(
        "authorities.csv",
        "authority",
        lambda row: Authority(
            row["authority"],
            row["economy"],
            words("authorities", row, "name", row["authority"]),
            words("authorities", row, "short", row["authority"]),
            row["role"],
            row["calendar"],
            row["zone"],
            row["basel_code"],
            row["source"],
            row["confidence"],
            row["evidence"],
        ),
    )


@lru_cache
def competent(economy: str) -> str:
    """The slug of an economy's competent authority; ``xxx-ca`` where no authority is on file."""
    for slug, authority in authorities().items():
        if authority.economy == economy and authority.role == "competent":
            return slug
    return f"{economy.lower()}-ca"


@lru_cache(maxsize=1024)
def authority_name(slug: str) -> Words:
    """The authority's short name with its economy; a general name where it is not on file."""
    known = authorities().get(slug)
    economy = parties().get(known.economy if known else slug[:3].upper())
    where = economy.name if economy else plain(slug)
    if known is None:
        return Words("competent authority of {economy}").format(economy=where)
    return Words("{name} ({place})").format(name=known.short, place=where)


@lru_cache
def streams() -> Mapping[str, Stream]:
    """All streams by slug, called as the table of streams in `reference` calls them."""
    known = reference.streams()
    return _keyed(
        "streams.csv",
        "stream",
        lambda row: Stream(
            row["stream"],
            known[row["stream"]].name,
            row["meaning"],
            row["kind"],
            frozenset(row["groups"].split()),
            row["presumed_hazard"],
        ),
    )


@lru_cache
def fact_vocabulary() -> Mapping[str, Fact]:
    """All facts that a question may carry, by name."""
    return _keyed(
        "fact_vocabulary.csv",
        "fact",
        lambda row: Fact(
            row["fact"],
            row["kind"],
            tuple(row["values"].split("|")),
            words("fact_vocabulary", row, "label", row["fact"]),
            row["meaning"],
        ),
    )


@lru_cache
def operations() -> Mapping[str, Operation]:
    """All operations of Basel Annex IV by code."""
    return _keyed(
        "operations.csv",
        "code",
        lambda row: Operation(
            row["code"], row["kind"], words("operations", row, "words", row["code"]), row["interim"] == "Y"
        ),
    )


@lru_cache
def events() -> Mapping[str, Words]:
    """The events from which rules let a consent's period run, by their key."""
    return _keyed("events.csv", "event", lambda row: words("events", row, "words", row["event"]))


def _duty(row: dict[str, str]) -> Words:
    """What a page says of a step: only steps with a clock are shown, and have words for it."""
    if not row["words"]:
        return plain(row["duty_own_words"])
    return words("procedures", row, "words", row["regime"], row["procedure"], row["step"])


@lru_cache
def procedures() -> Mapping[str, tuple[Step, ...]]:
    """The steps of each procedure by its id, such as ``BASEL/PIC``."""
    found: dict[str, list[Step]] = {}
    for place, row in rows("procedures.csv"):
        try:
            step = Step(
                row["regime"],
                row["procedure"],
                row["step"],
                row["actor"],
                row["trigger_event"],
                row["duty_own_words"],
                _duty(row),
                row["deadline_value"],
                row["day_kind"],
                row["tacit"],
                _date(row["effective_from"]),
                _date(row["effective_to"]),
                row["source"],
                row["confidence"],
                row["evidence"],
            )
        except ValueError as error:
            raise TableError(f"{place}: {error}") from error
        found.setdefault(step.procedure_id, []).append(step)
    return MappingProxyType({key: tuple(steps) for key, steps in found.items()})


_SCHEMES = {"Basel": "basel", "OECD": "oecd", "EU": "eu", "MY": "my", "ID": "id", "PH": "ph", "TH": "th", "UK": "uk"}


@lru_cache
def waste_codes() -> Mapping[str, tuple[Code, ...]]:
    """Dated list entries by ``scheme:code``; one code may stand in several lists or periods."""
    found: dict[str, list[Code]] = {}
    for place, row in rows("waste_codes.csv"):
        scheme = _SCHEMES.get(row["scheme"].split()[0])
        if scheme is None:
            raise TableError(f"{place}: scheme {row['scheme']} is not known")
        for code in row["code"].split(";"):
            entry = Code(
                scheme,
                row["scheme"],
                code.strip(),
                words("waste_codes", row, "text_own_words", row["scheme"], row["code"]),
                row["hazardous"],
                _date(row["effective_from"]),
                _date(row["effective_to"]),
                row["source"],
                row["confidence"],
                row["evidence"],
            )
            found.setdefault(f"{scheme}:{code.strip()}", []).append(entry)
    for _, row in rows("hs_codes.csv"):
        for code in row["hs"].split("/"):
            entry = Code(
                "hs", row["vintage"], code, plain(row["own_words"]), "?", None, _date(row["valid_to"]), row["source"],
                row["confidence"], "secondary",
            )  # fmt: skip
            found.setdefault(f"hs:{code}", []).append(entry)
    return MappingProxyType({key: tuple(entries) for key, entries in found.items()})


@lru_cache
def terms() -> Mapping[str, Term]:
    """Words of the field explained, by term."""
    return _keyed(
        "terms.csv",
        "term",
        lambda row: Term(row["term"], words("terms", row, "words", row["term"]), row["source"], row["confidence"]),
    )


@dataclass(frozen=True)
class Change:
    """A day on which the law changed or changes, in one sentence."""

    on: date
    words: Words
    source: str
    confidence: str
    evidence: str


@lru_cache
def changes() -> tuple[Change, ...]:
    """The days that bite, in order."""
    found = [
        Change(
            date.fromisoformat(row["on"]),
            words("changes", row, "words", row["on"]),
            row["source"],
            row["confidence"],
            row["evidence"],
        )
        for _, row in rows("changes.csv")
    ]
    return tuple(sorted(found, key=lambda change: change.on))


HS_SHAPE = re.compile(r"^\d{4}(\.?\d{2}){0,3}$")
