"""The tables that the law speaks in: economies and their standing, authorities, streams, facts, procedures.

Every row keeps its source and confidence. The loaders are strict: a missing column, a duplicate key or an
impossible date is a mistake of the table's author and is refused naming file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from meguri import reference
from meguri.kit.files.reading import TableError, lines
from meguri.kit.words import Words, cell, plain

TABLES = Path(__file__).resolve().parent / "tables"
T = TypeVar("T")


def day(text: str) -> date | None:
    """The date of a cell; None where it is empty."""
    return date.fromisoformat(text) if text else None


def rows(name: str, folder: Path = TABLES) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table with their place. Raises TableError where source or confidence is missing."""
    for line in lines(folder / name, needed=("source", "confidence")):
        yield line.place, dict(line.cells)


def keyed(name: str, key: str, build: Callable[[dict[str, str]], T]) -> Mapping[str, T]:
    """What is built of each row of a table, by a column in which nothing stands twice. Raises TableError."""
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
    """An economy; `cells` are the columns on its standing to the treaties, which `groups.csv` reads."""

    iso3: str
    alpha2: str
    name: Words
    law_of: str
    cells: Mapping[str, str]
    notes: str
    source: str
    confidence: str
    evidence: str

    def day(self, column: str) -> date | None:
        """The day in a column of its row; None where none is on file."""
        return day(self.cells[column])


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
class LawStream:
    """A kind of material, and the groups by which rules reach it.

    `listed` is the hazardous entry that names it by what it is: an assay alone does not undo that.
    """

    slug: str
    name: Words
    meaning: str
    kind: str
    groups: frozenset[str]
    presumed: str
    chemistry: str
    listed: str


@dataclass(frozen=True)
class FactWord:
    """A fact that a question may carry: kind is tri, bool, choice, number (of months),
    amount, year, date, text, shares (of a mixed load) or stream."""

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
class ProcedureStep:
    """One duty inside a procedure, with its deadline where the law gives one.

    A remedy names the `incident` and `fault` that it fits, and the end (`binds`) that is bound by it as a Party;
    `verdicts` are those under which the step is told, all where empty.
    """

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
    incident: str = ""
    fault: str = ""
    binds: str = ""
    verdicts: tuple[str, ...] = ()

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
class ExplainedTerm:
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
        MappingProxyType(row),
        row["notes"],
        row["source"],
        row["confidence"],
        row["evidence"],
    )


@lru_cache
def parties() -> Mapping[str, Party]:
    """All economies by ISO 3166 alpha-3 code, called as `reference` calls them; EUE is the Union as a Party."""
    return keyed("parties.csv", "iso3", _party)


@lru_cache
def authorities() -> Mapping[str, Authority]:
    """All authorities by slug, such as ``mys-doe``."""
    return keyed(
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
def streams() -> Mapping[str, LawStream]:
    """All streams by slug, called as the table of streams in `reference` calls them."""
    known = reference.streams()
    return keyed(
        "streams.csv",
        "stream",
        lambda row: LawStream(
            row["stream"],
            known[row["stream"]].name,
            row["meaning"],
            row["kind"],
            frozenset(row["groups"].split()),
            row["presumed_hazard"],
            row["chemistry"],
            row["listed"],
        ),
    )


@lru_cache
def fact_vocabulary() -> Mapping[str, FactWord]:
    """All facts that a question may carry, by name."""
    return keyed(
        "fact_vocabulary.csv",
        "fact",
        lambda row: FactWord(
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
    return keyed(
        "operations.csv",
        "code",
        lambda row: Operation(
            row["code"], row["kind"], words("operations", row, "words", row["code"]), row["interim"] == "Y"
        ),
    )


@lru_cache
def events() -> Mapping[str, Words]:
    """The events from which rules let a consent's period run, by their key."""
    return keyed("events.csv", "event", lambda row: words("events", row, "words", row["event"]))


def _duty(row: dict[str, str]) -> Words:
    """What a page says of a step: only steps with a clock are shown, and have words for it."""
    if not row["words"]:
        return plain(row["duty_own_words"])
    return words("procedures", row, "words", row["regime"], row["procedure"], row["step"])


@lru_cache
def procedures() -> Mapping[str, tuple[ProcedureStep, ...]]:
    """The steps of each procedure by its id, such as ``BASEL/PIC``."""
    found: dict[str, list[ProcedureStep]] = {}
    for place, row in rows("procedures.csv"):
        try:
            step = ProcedureStep(
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
                day(row["effective_from"]),
                day(row["effective_to"]),
                row["source"],
                row["confidence"],
                row["evidence"],
                row["incident"],
                row["fault"],
                row["binds"],
                tuple(row["verdicts"].split()),
            )
        except ValueError as error:
            raise TableError(f"{place}: {error}") from error
        found.setdefault(step.procedure_id, []).append(step)
    return MappingProxyType({key: tuple(steps) for key, steps in found.items()})


@lru_cache
def arrangements() -> Mapping[str, bool]:
    """The kinds of arrangement under Art 11, the most special first, and whether one asks for consents of its own."""
    return keyed("arrangements.csv", "arrangement", lambda row: row["asks"] == "Y")


@dataclass(frozen=True)
class ProcedureFamily:
    """Procedures whose ids begin alike: whose steps apply to them too, and whether they are common to States."""

    begins: str
    steps_of: tuple[str, ...]
    common: bool


@lru_cache
def procedure_families() -> Mapping[str, ProcedureFamily]:
    """The families of procedures by the beginning of their ids."""
    return keyed(
        "procedure_families.csv",
        "family",
        lambda row: ProcedureFamily(
            row["family"], tuple(part for part in row["steps_of"].split(";") if part), row["common"] == "Y"
        ),
    )


def common_procedure(name: str) -> bool:
    """Whether a procedure is a treaty's, common to States, and no law of one of them."""
    return any(name.startswith(family.begins) for family in procedure_families().values() if family.common)


@lru_cache
def usual(use: str) -> tuple[str, ...]:
    """The economies that come first for a use: ``hub``, ``transit``, ``destination``, ``often asked``, ``compared``."""
    found = []
    for place, row in rows("usual_economies.csv"):
        if row["economy"] not in parties():
            raise TableError(f"{place}: “{row['economy']}” is not an economy")
        if row["use"] == use:
            found.append(row["economy"])
    return tuple(dict.fromkeys(found))


@lru_cache
def terms() -> Mapping[str, ExplainedTerm]:
    """Words of the field explained, by term."""
    return keyed(
        "terms.csv",
        "term",
        lambda row: ExplainedTerm(
            row["term"], words("terms", row, "words", row["term"]), row["source"], row["confidence"]
        ),
    )


@dataclass(frozen=True)
class LawDay:
    """A day on which the law changed or changes, in one sentence."""

    on: date
    words: Words
    source: str
    confidence: str
    evidence: str


@lru_cache
def changes() -> tuple[LawDay, ...]:
    """The days that bite, in order."""
    found = [
        LawDay(
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
