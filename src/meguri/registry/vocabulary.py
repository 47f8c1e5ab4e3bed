"""The roles and the kinds of licence, from their tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from meguri.kit.files import reading
from meguri.kit.problems import N_, Problem, nearest
from meguri.kit.words import Words, cell

TABLES = Path(__file__).parent / "tables"


class Role(msgspec.Struct, frozen=True):
    """A role that an organisation may hold."""

    role: str
    names: Words
    meaning: Words
    source: str
    confidence: str


class LicenceKind(msgspec.Struct, frozen=True):
    """A kind of licence: whose law gives it (empty: any economy), who issues it, and the fact of law it makes true."""

    kind: str
    economy: str
    issuers: tuple[str, ...]
    names: Words
    fact: str
    citation: str
    source: str
    confidence: str


@cache
def roles() -> dict[str, Role]:
    """Roles by their word."""
    return {
        row["role"]: Role(
            row["role"],
            cell("registry/roles", row["role"], "name", row["name"]),
            cell("registry/roles", row["role"], "meaning", row["meaning"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "roles.csv")
    }


@cache
def licence_kinds() -> dict[str, LicenceKind]:
    """Kinds of licence by their slug."""
    return {
        row["kind"]: LicenceKind(
            row["kind"],
            row["economy"],
            tuple(row["issuers"].split(";")) if row["issuers"] else (),
            cell("registry/licence_kinds", row["kind"], "name", row["name"]),
            row["fact"],
            row["citation"],
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "licence_kinds.csv")
    }


def unknown(what: str, pointer: str, known: dict[str, object] | set[str] | list[str]) -> Problem:
    """The problem of a word that a table does not have, with the nearest that it has."""
    close = nearest(what, known)
    if close:
        return Problem(
            N_("“{word}” is not known here. Did you mean “{nearest}”?"),
            pointer,
            "unknown-word",
            {"word": what, "nearest": close},
        )
    return Problem(
        N_("“{word}” is not known here. One of: {known}."),
        pointer,
        "unknown-word",
        {"word": what, "known": ", ".join(sorted(known)[:20])},
    )
