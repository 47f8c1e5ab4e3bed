"""What the law asks at home: producer responsibility, collection and treatment, licences; and titles of instruments.

These tables stand beside the verdict and never change it: they are read by the library and by the gap table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words
from meguri.law.citing import citation
from meguri.law.tables import rows, words

STATES = ("in_force", "draft", "target")
KINDS = ("treaty", "union", "national", "bilateral", "guidance", "draft")


@dataclass(frozen=True)
class Duty:
    """A duty of producers, collectors or recyclers at home; `since` is a date, or a year where only that is set."""

    id: str
    economy: str
    topics: frozenset[str]
    state: str
    product: Words
    scheme: Words
    since: str
    targets: Words
    instrument: Words
    source: str
    confidence: str
    evidence: str

    @property
    def starts(self) -> date | None:
        """The first day on which it can apply; of a year alone its last day, as targets are read."""
        if not self.since:
            return None
        return date(int(self.since), 12, 31) if len(self.since) == 4 else date.fromisoformat(self.since)

    def stands(self, on: date) -> bool:
        """Whether the duty binds on that day: in force, and begun."""
        return self.state == "in_force" and (self.starts is None or self.starts <= on)


@dataclass(frozen=True)
class NationalRule:
    """A row of national law on movements as it was found, with the rules that encode it or why none does."""

    economy: str
    direction: str
    scope: str
    rule: str
    effective_from: date | None
    effective_to: date | None
    instrument: str
    detail: str
    encoded_as: tuple[str, ...]
    left_out: Words
    source: str
    confidence: str
    evidence: str


@dataclass(frozen=True)
class Title:
    """What an instrument of the packs is called, and what kind of law it is."""

    instrument: str
    kind: str
    words: Words


@lru_cache(maxsize=1)
def duties() -> tuple[Duty, ...]:
    """All duties at home, in the order of their table. Raises TableError for a row that is not as it must be."""
    found: dict[str, Duty] = {}
    for place, row in rows("epr.csv"):
        if row["duty"] in found:
            raise TableError(f"{place}: duty {row['duty']} stands twice")
        if row["state"] not in STATES:
            raise TableError(f"{place}: state is one of {', '.join(STATES)}")
        duty = Duty(
            row["duty"],
            row["economy"],
            frozenset(row["topics"].split(";")),
            row["state"],
            words("epr", row, "product", row["duty"]),
            words("epr", row, "scheme", row["duty"]),
            row["effective_from"],
            words("epr", row, "targets", row["duty"]),
            words("epr", row, "instrument", row["duty"]),
            row["source"],
            row["confidence"],
            row["evidence"],
        )
        try:
            duty.starts  # noqa: B018 - a date that cannot be read is refused here
        except ValueError as error:
            raise TableError(f"{place}: {error}") from error
        found[duty.id] = duty
    return tuple(found.values())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def national_rules() -> tuple[NationalRule, ...]:
    """National law on movements row by row; that of a union of States under the union's code."""
    return tuple(
        NationalRule(
            row["economy"],
            row["direction"],
            row["waste_scope"],
            row["rule"],
            _day(row["effective_from"]),
            _day(row["effective_to"]),
            row["instrument"],
            row["detail"],
            tuple(part for part in row["encoded_as"].split(";") if part),
            words("national_rules", row, "left_out"),
            row["source"],
            row["confidence"],
            row["evidence"],
        )
        for _, row in rows("national_rules.csv")
    )


@lru_cache(maxsize=1)
def titles() -> Mapping[str, Title]:
    """Titles of the instruments by the name that the packs use."""
    found: dict[str, Title] = {}
    for place, row in rows("instrument_titles.csv"):
        if row["kind"] not in KINDS:
            raise TableError(f"{place}: kind is one of {', '.join(KINDS)}")
        name = row["instrument"]
        found[name] = Title(name, row["kind"], words("instrument_titles", row, "instrument", name))
    return MappingProxyType(found)


def title(instrument: str) -> Title:
    """The title of an instrument; its name as it is cited, as national law, where none is on file."""
    return titles().get(instrument) or Title(instrument, "national", citation(instrument))
