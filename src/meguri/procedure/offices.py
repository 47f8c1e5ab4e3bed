"""How each authority counts its days: what the law knows of it, and how periods end there.

An authority is found by its slug, then by its economy: several offices of one country may keep different calendars.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from meguri.kit.words import Words, cell
from meguri.procedure.states import Form, Office
from meguri.procedure.tables import Shelf, shelf


class OfficeKnown(msgspec.Struct, frozen=True, kw_only=True):
    """What the law knows of an authority's calendar (ISO 3166 alpha-2, with a subdivision) and zone."""

    calendar: str
    zone: str = "UTC"


class EndRule(msgspec.Struct, frozen=True, kw_only=True):
    """How periods end at an office or the offices of an economy, and whether silence may consent there at all."""

    office: str
    calendar: str
    rolls: bool
    silence: bool
    closures: tuple[str, ...]
    rule: Words
    source: str
    confidence: str


COLUMNS = ("office", "calendar", "rolls", "silence", "closures", "rule", "source", "confidence")


def end_rules() -> Mapping[str, EndRule]:
    """End rules by authority slug, economy or ``*``, of the procedures that are read now."""
    return _end_rules(shelf())


@lru_cache(maxsize=8)
def _end_rules(of: Shelf) -> Mapping[str, EndRule]:
    found: dict[str, EndRule] = {}
    for row in of.rows("offices.csv", COLUMNS):
        if not row["source"] or not row["confidence"]:
            raise row.fail("source and confidence are both needed")
        if not {row["rolls"], row["silence"]} <= {"true", "false"}:
            raise row.fail("rolls and silence are true or false")
        if row["office"] in found:
            raise row.fail(f"office {row['office']} stands twice")
        found[row["office"]] = EndRule(
            office=row["office"],
            calendar=row["calendar"],
            rolls=row["rolls"] == "true",
            silence=row["silence"] == "true",
            closures=tuple(row["closures"].split()),
            rule=cell("procedure/offices", row["office"], "rule", row["rule"]),
            source=row["source"],
            confidence=row["confidence"],
        )
    return found


def end_rule(authority: str, economy: str) -> EndRule:
    """The rule for an authority: its own, else its economy's, else the general one."""
    rules = end_rules()
    return rules.get(authority) or rules.get(economy) or rules["*"]


def office(authority: str, economy: str, known: OfficeKnown | None) -> Office:
    """How this authority counts days.

    Its own rule's calendar goes first, then a subdivision that the law names for it, then its economy's calendar.
    """
    rule = end_rule(authority, economy)
    named = known.calendar if known else ""
    own = rule.calendar if rule.office == authority or "-" not in named else ""
    return Office(calendar=own or named, zone=known.zone if known else "UTC", rolls=rule.rolls, closures=rule.closures)


def form(authority: str, economy: str, asked: Form) -> Form:
    """The form of an authority's answer: silence that a route would take for consent is none at some offices."""
    return "written" if asked == "tacit" and not end_rule(authority, economy).silence else asked
