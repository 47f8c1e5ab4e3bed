"""On which ground a track or a clock stands, and what follows from silence: found by their keys in tables and law."""

from __future__ import annotations

import msgspec

from meguri.consent.states import AskedAuthority, TrackState
from meguri.kit.words import Words, plain
from meguri.law.asking import decisions
from meguri.law.citing import citation
from meguri.law.tables import common_procedure
from meguri.procedure import tables
from meguri.procedure.states import Due


class CitedGround(msgspec.Struct, frozen=True):
    """A citation, and how sure it is; both empty where nothing on file knows the key."""

    citation: Words
    confidence: str


NONE = CitedGround(plain(""), "")


def of_rule(rule: str) -> CitedGround:
    """The ground that a rule of law is."""
    found = decisions.reason(rule) if rule else None
    return CitedGround(found.citation, found.evidence) if found else NONE


def of_track(track: TrackState) -> CitedGround:
    """Why an authority is asked."""
    return of_rule(track.asked.rule)


def of_due(due: Due) -> CitedGround:
    """Which rule or row sets a clock."""
    if due.rule and (found := of_rule(due.rule)) is not NONE:
        return found
    clock = tables.clock(due.table, due.clock)
    return CitedGround(citation(clock.citation), clock.confidence) if clock else NONE


def if_nothing(due: Due) -> Words:
    """What follows where nothing is said before a clock runs out."""
    return tables.if_nothing(due.table, due.clock, bool(due.then))


def general(asked: AskedAuthority) -> bool:
    """Whether a track goes by a general table, because no country's own procedure is on file for it."""
    table = tables.tables().get(asked.table)
    own = table is not None and asked.procedure in table.procedures and not common_procedure(asked.procedure)
    return table is not None and tables.general(table) and not own
