"""The roles and the kinds of licence, from their tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from meguri.kit.files import reading
from meguri.kit.problems import N_, Problem, nearest
from meguri.kit.words import Words, cell
from meguri.law.citing import citation

TABLES = Path(__file__).parent / "tables"


class Role(msgspec.Struct, frozen=True):
    """A role that an organisation may hold."""

    role: str
    names: Words
    meaning: Words
    source: str
    confidence: str


class LicenceKind(msgspec.Struct, frozen=True):
    """A kind of licence: whose law gives it (empty: any economy), who issues it (empty: any authority of the holder's
    economy), whose it is, and the fact of law that it proves.

    `operations` are all that one may be for, `validity_months` the longest that one holds, `renew_days` how long before
    its end a renewal is asked for at the latest; empty, 0: no limit on file. With `stands` it holds on after its end
    until its renewal is decided.
    """

    kind: str
    economy: str
    issuers: tuple[str, ...]
    holder: Literal["organisation", "facility", "either"]
    names: Words
    fact: str
    operations: tuple[str, ...]
    validity_months: int
    renew_days: int
    stands: bool
    citation: str
    source: str
    confidence: str
    evidence: str
    note: str

    @property
    def cited(self) -> Words:
        """The citation in the reader's language."""
        return citation(self.citation)


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
            msgspec.convert(row["holder"], Literal["organisation", "facility", "either"]),
            cell("registry/licence_kinds", row["kind"], "name", row["name"]),
            row["fact"],
            tuple(row["operations"].split(";")) if row["operations"] else (),
            int(row["validity_months"] or 0),
            int(row["renew_days"] or 0),
            row["stands"] == "yes",
            row["citation"],
            row["source"],
            row["confidence"],
            row["evidence"],
            row["note"],
        )
        for row in reading.lines(TABLES / "licence_kinds.csv")
    }


def kinds_proving(fact: str, economy: str = "") -> dict[str, LicenceKind]:
    """The kinds of licence that prove a fact of law, by their slug; with `economy`, those that can be given there."""
    return {
        slug: kind
        for slug, kind in licence_kinds().items()
        if fact and kind.fact == fact and (not economy or kind.economy in ("", economy))
    }


def own_kinds(fact: str, economy: str) -> dict[str, LicenceKind]:
    """The kinds of licence by which an economy's own law proves a fact: there, nothing else does."""
    return {slug: kind for slug, kind in kinds_proving(fact, economy).items() if kind.economy}


class EsmScheme(msgspec.Struct, frozen=True):
    """A list of questions about environmentally sound management; of one economy's law, or (empty) for all."""

    scheme: str
    names: Words
    economy: str


class EsmCheck(msgspec.Struct, frozen=True):
    """One question of a scheme, in words of our own."""

    check: str
    scheme: str
    item: Words


@cache
def esm_schemes() -> dict[str, EsmScheme]:
    """Schemes by their word."""
    return {
        row["scheme"]: EsmScheme(
            row["scheme"], cell("registry/esm_schemes", row["scheme"], "name", row["name"]), row["economy"]
        )
        for row in reading.lines(TABLES / "esm_schemes.csv")
    }


@cache
def esm_checks() -> dict[str, EsmCheck]:
    """Questions by their word, in the order of the table."""
    return {
        row["check"]: EsmCheck(
            row["check"], row["scheme"], cell("registry/esm_checks", row["check"], "item", row["item"])
        )
        for row in reading.lines(TABLES / "esm_checks.csv")
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
