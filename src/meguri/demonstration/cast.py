"""The demonstration's cast: invented organisations, labelled so, and authorities played under their own law."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import msgspec

from meguri.kit.words import Words


class Member(msgspec.Struct, frozen=True):
    """One role of the cast. Authorities keep their names from the law's table and have no facility."""

    role: str
    organisation: str
    roles: tuple[str, ...]
    authority: str
    economy: str
    facility: str
    lat: float | None
    lon: float | None
    port: str
    operations: tuple[str, ...]
    name: Words
    plays: Words

    @property
    def subject(self) -> str:
        """The organisation as a subject of acts."""
        return f"organisation:{self.organisation}"


@cache
def members() -> tuple[Member, ...]:
    """The whole cast, in the order of the story."""
    with Path(__file__).with_name("cast.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Member(
                role=row["role"],
                organisation=row["organisation"],
                roles=tuple(row["roles"].split(";")),
                authority=row["authority"],
                economy=row["economy"],
                facility=row["facility"],
                lat=float(row["lat"]) if row["lat"] else None,
                lon=float(row["lon"]) if row["lon"] else None,
                port=row["port"],
                operations=tuple(row["operations"].split(";")) if row["operations"] else (),
                name=Words(row["name_en"], row["name_ja"]),
                plays=Words(row["plays_en"], row["plays_ja"]),
            )
            for row in csv.DictReader(file)
        )


def by_role(role: str) -> Member | None:
    """The member that plays a role; None for anybody else."""
    return next((member for member in members() if member.role == role), None)


def member(role: str) -> Member:
    """The member that plays a role. KeyError where there is none."""
    found = by_role(role)
    if found is None:
        raise KeyError(role)
    return found
