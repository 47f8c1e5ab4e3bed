"""The registry's tables are read column by column."""

from __future__ import annotations

import csv

from meguri.registry import vocabulary


def rows(name):
    with (vocabulary.TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_roles_are_what_their_table_says():
    found = [
        {
            "role": role.role, "name": role.names.en, "meaning": role.meaning.en, "source": role.source,
            "confidence": role.confidence,
        }
        for role in vocabulary.roles().values()
    ]  # fmt: skip
    assert found == rows("roles.csv")
    assert list(vocabulary.roles()) == [row["role"] for row in rows("roles.csv")]


def test_kinds_of_licence_are_what_their_table_says():
    found = [
        {
            "kind": kind.kind, "economy": kind.economy, "issuers": ";".join(kind.issuers), "name": kind.names.en,
            "fact": kind.fact, "holder": kind.holder, "operations": ";".join(kind.operations),
            "validity_months": str(kind.validity_months or ""), "renew_days": str(kind.renew_days or ""),
            "stands": "yes" if kind.stands else "", "evidence": kind.evidence, "note": kind.note,
            "citation": kind.citation, "source": kind.source, "confidence": kind.confidence,
        }
        for kind in vocabulary.licence_kinds().values()
    ]  # fmt: skip
    assert found == rows("licence_kinds.csv")
    assert list(vocabulary.licence_kinds()) == [row["kind"] for row in rows("licence_kinds.csv")]


def test_a_table_is_read_once():
    assert vocabulary.roles() is vocabulary.roles()
