"""What a person may do inside an organisation: the roles of people, from their table, and which acts each may sign."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from meguri.kit.files import reading
from meguri.kit.words import Words, cell

TABLE = Path(__file__).resolve().parent.parent / "tables" / "duties.csv"
READ, ROAD, PREPARE, SIGN, ADMINISTER = "read", "road", "prepare", "sign", "administer"
RIGHTS = (READ, ROAD, PREPARE, SIGN, ADMINISTER)
"""See what the organisation sees; see its movements; fill in; sign; look after its people."""
ALL_KINDS = "*"
FULL = ("administer", "sign")
"""Who was a member before there were roles, and whoever an organisation begins with."""

PLAYED = ("sign",)
"""What a role of the demonstration may: nobody is behind it who could invite others."""


class PersonRole(msgspec.Struct, frozen=True):
    """A person's role inside an organisation: its rights, and the kinds of act that it may sign (`ALL_KINDS`: any)."""

    duty: str
    name: Words
    meaning: Words
    may: frozenset[str]
    signs: frozenset[str]


@cache
def duties() -> dict[str, PersonRole]:
    """The roles by their word, in the order of the table."""
    return {
        row["duty"]: PersonRole(
            row["duty"],
            cell("kit/duties", row["duty"], "name", row["name"]),
            cell("kit/duties", row["duty"], "meaning", row["meaning"]),
            frozenset(row["may"].split()),
            frozenset(row["signs"].split()),
        )
        for row in reading.lines(TABLE, ("duty", "name", "meaning", "may", "signs"), needed=("duty", "name", "may"))
    }


def may(held: Iterable[str], right: str) -> bool:
    """Whether somebody with these roles has a right. A role that the table does not have gives none."""
    return any(right in duties()[duty].may for duty in held if duty in duties())


def signs(held: Iterable[str], kind: str) -> bool:
    """Whether somebody with these roles may sign acts of a kind."""
    return any(duties()[duty].signs & {kind, ALL_KINDS} for duty in held if duty in duties())


def ordered(given: Iterable[str]) -> list[str]:
    """Those of the words that name a role, once each, in the order of the table."""
    wanted = set(given)
    return [duty for duty in duties() if duty in wanted]
