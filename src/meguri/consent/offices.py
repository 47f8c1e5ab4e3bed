"""Where and how each authority counts its days: the law's table of authorities, and how periods end there."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from meguri import law
from meguri.consent.clocks import Office
from meguri.consent.tables import rows
from meguri.kit.words import Words, cell, plain


class EndRule(msgspec.Struct, frozen=True, kw_only=True):
    """How periods end at the offices of an economy or authority, and whether silence may consent there at all."""

    office: str
    calendar: str
    rolls: bool
    silence: bool
    closures: tuple[str, ...]
    rule: Words
    source: str
    confidence: str


@lru_cache(maxsize=1)
def end_rules() -> dict[str, EndRule]:
    """End rules by authority slug, economy or ``*``."""
    return {
        row["office"]: EndRule(
            office=row["office"],
            calendar=row["calendar"],
            rolls=row["rolls"] == "true",
            silence=row["silence"] == "true",
            closures=tuple(row["closures"].split()),
            rule=cell("consent/offices", row["office"], "rule", row["rule"]),
            source=row["source"],
            confidence=row["confidence"],
        )
        for row in rows("offices.csv")
    }


def end_rule(authority: str, economy: str) -> EndRule:
    """The rule for an authority: its own, else its economy's, else the general one."""
    rules = end_rules()
    return rules.get(authority) or rules.get(economy) or rules["*"]


@lru_cache(maxsize=512)
def office(authority: str, economy: str) -> Office:
    """How this authority counts days. Where the law's table does not know it, its economy's calendar, in UTC."""
    rule = end_rule(authority, economy)
    known = law.authorities().get(authority)
    party = law.parties().get(economy)
    calendar = rule.calendar or (known.calendar if known else "") or (party.alpha2 if party else "")
    return Office(calendar=calendar, zone=known.zone if known else "UTC", rolls=rule.rolls, closures=rule.closures)


def name(authority: str) -> Words:
    """The short name of an authority, for lists and refusals; its slug where nothing is known."""
    known = law.authorities().get(authority)
    return known.short if known else plain(authority)
