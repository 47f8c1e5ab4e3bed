"""The roles of the demonstration: which organisation of the story each plays, and what it is, in words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from meguri.kit.files import reading
from meguri.kit.words import Words, cell


class Member(msgspec.Struct, frozen=True):
    """One role: the organisation that it plays, by its id on record, and what that is."""

    role: str
    organisation: str
    plays: Words

    @property
    def subject(self) -> str:
        """The organisation as a subject of acts."""
        return f"organisation:{self.organisation}"


@cache
def members() -> tuple[Member, ...]:
    """All roles, in the order of the story."""
    return tuple(
        Member(row["role"], row["organisation"], cell("demonstration/cast", row["role"], "plays", row["plays"]))
        for row in reading.lines(Path(__file__).with_name("cast.csv"), ("role", "organisation", "plays"))
    )


def by_role(role: str) -> Member | None:
    """The member that plays a role; None for anybody else."""
    return next((member for member in members() if member.role == role), None)
