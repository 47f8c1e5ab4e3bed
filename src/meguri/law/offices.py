"""How the authorities of the law count their days, and what they are called for short."""

from __future__ import annotations

from functools import lru_cache

from meguri.kit.words import Words, plain
from meguri.law import tables
from meguri.procedure import offices
from meguri.procedure.offices import EndRule, OfficeKnown
from meguri.procedure.states import Office


def office(authority: str, economy: str) -> Office:
    """How this authority counts days. Where the law does not know it, its economy's calendar, in UTC."""
    known = tables.authorities().get(authority)
    if known is not None:
        return offices.office(authority, economy, OfficeKnown(calendar=known.calendar, zone=known.zone))
    party = tables.parties().get(economy)
    return offices.office(authority, economy, OfficeKnown(calendar=party.alpha2) if party else None)


def office_name(authority: str) -> Words:
    """The short name of an authority, for lists and refusals; its slug where nothing is known."""
    known = tables.authorities().get(authority)
    return known.short if known else plain(authority)


def end_rule(authority: str, economy: str) -> EndRule:
    """How periods end at an authority, and whether its silence may consent at all."""
    return offices.end_rule(authority, economy)


@lru_cache(maxsize=512)
def economy_zone(economy: str) -> str:
    """The zone in which an economy's first authority on file counts its days; UTC where none is on file."""
    return next((one.zone for one in tables.authorities().values() if one.economy == economy and one.zone), "UTC")
