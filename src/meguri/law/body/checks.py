"""When each rule was last looked up in its source, and what was found there.

``tables/checks.csv`` has a row for each look: the rule or entry (without its version), the day, what was found, by
whom, where. A rule without a row was last read with the whole law on `READ_ON`; one that is only recalled was never
looked up. The day is no part of a decision: it says how old our reading is, by the day on which it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from meguri.kit.files.reading import TableError
from meguri.law import groups, tables
from meguri.law.body.packs import READ_ON

COLUMNS = ("rule", "checked_on", "found", "by", "note", "source", "confidence")
FOUND = ("same", "changed", "gone", "unclear")
"""The text says what the rule says; it says something else; it is no longer in force; it cannot be told."""
OLD_DAYS = 180
"""Days after which a reading of a rule on a watched lane is said to be old."""
RECALLED = "memory"


class Standing(Protocol):
    """What a verdict rests on: a rule or entry by its id, and how its text was read."""

    @property
    def rule(self) -> str:
        """The id without a version."""

    @property
    def evidence(self) -> str:
        """How the text was read."""


@dataclass(frozen=True)
class RuleCheck:
    """One look at the source of a rule."""

    rule: str
    on: date
    found: str
    by: str
    note: str
    source: str
    confidence: str


def base(rule: str) -> str:
    """The id of a rule without its version."""
    return rule.partition("@")[0]


def read(folder: Path = tables.TABLES) -> Mapping[str, RuleCheck]:
    """The last look at each rule. Raises TableError for a day that is none, or a finding that is none of `FOUND`."""
    found: dict[str, RuleCheck] = {}
    for place, row in tables.rows("checks.csv", folder):
        try:
            one = RuleCheck(
                row["rule"], date.fromisoformat(row["checked_on"]), row["found"], row["by"], row["note"],
                row["source"], row["confidence"],
            )  # fmt: skip
        except (KeyError, ValueError) as error:
            raise TableError(f"{place}: {error}") from error
        if one.found not in FOUND:
            raise TableError(f"{place}: “{one.found}” is none of {', '.join(FOUND)}")
        if one.rule not in found or found[one.rule].on <= one.on:
            found[one.rule] = one
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def checks() -> Mapping[str, RuleCheck]:
    """The last look at each rule that was looked up since the law was read as a whole."""
    return read()


def day(rule: str, evidence: str) -> date | None:
    """The day on which a rule was last looked up in its source; None for what is only recalled."""
    found = checks().get(base(rule))
    if found is not None:
        return found.on
    return None if evidence == RECALLED else READ_ON


@lru_cache(maxsize=1)
def watched() -> frozenset[str]:
    """The economies between which old readings are said to be old."""
    return frozenset(row["economy"] for _, row in tables.rows("watched.csv"))


@lru_cache(maxsize=8192)
def on_watched_lane(origin: str, destination: str, on: date) -> bool:
    """Whether both ends are watched economies, or members of a watched union."""

    def is_one(economy: str) -> bool:
        if economy in watched():
            return True
        unions = (group.name for group in groups.groups().values() if group.law_of in watched())
        return any(groups.matches(union, economy, on) for union in unions)

    return is_one(origin) and is_one(destination)


@dataclass(frozen=True)
class LastChecked:
    """How old the reading is on which an answer rests.

    `oldest` is the day of its oldest check, None where some ground was never looked up (`never`); `old` are rules whose
    check is older than `OLD_DAYS` on a watched lane, `otherwise` those of which the last look found something else.
    """

    oldest: date | None
    never: tuple[str, ...]
    old: tuple[str, ...]
    otherwise: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "oldest": self.oldest.isoformat() if self.oldest else None,
            "never": list(self.never),
            "old": list(self.old),
            "changed": list(self.otherwise),
        }


def last_checked(grounds: Iterable[Standing], origin: str, destination: str, on: date, today: date) -> LastChecked:
    """How old the reading of these grounds is today; for a movement between these ends on the day `on`."""
    days = {ground.rule: day(ground.rule, ground.evidence) for ground in grounds}
    never = tuple(rule for rule, found in days.items() if found is None)
    known = [found for found in days.values() if found is not None]
    lane = on_watched_lane(origin, destination, on)
    old = tuple(rule for rule, found in days.items() if lane and found and (today - found).days > OLD_DAYS)
    other = tuple(rule for rule in days if rule in checks() and checks()[rule].found in ("changed", "gone"))
    return LastChecked(None if never or not known else min(known), never, old, other)
