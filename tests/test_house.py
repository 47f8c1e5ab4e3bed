"""The house itself: the database asked for, the floors, the docs that tests rely on."""

from __future__ import annotations

import re

import pytest


@pytest.mark.django_db
def test_the_database_is_the_one_asked_for(request):
    from django.db import connection

    assert connection.vendor == request.config.getoption("--database")


@pytest.mark.django_db
@pytest.mark.writes_outside
def test_a_write_outside_the_journal_is_noticed(request):
    """The watch that guards every other test does see such a write."""
    from django.db import connection

    from tests_support import writes_seen

    with writes_seen() as seen, connection.cursor() as cursor:
        cursor.execute("DELETE FROM custody_lot WHERE 1 = 0")
    assert seen == ["custody_lot"]


@pytest.mark.django_db
def test_every_table_is_either_made_by_acts_or_listed(request):
    """A new table must be a projection, one of the journal's own books, or listed in docs/tables.md."""
    from django.apps import apps

    from meguri.journal.entry import triggers
    from meguri.journal.projections import relating, sums
    from meguri.journal.projections.books import Projection
    from tests_support import exempt_tables

    journal = {*triggers.TABLES, *(table.name for table in relating.TABLES), *sums.TABLES}
    unlisted = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if not issubclass(model, Projection) and model._meta.db_table not in exempt_tables() | journal
    }
    assert not unlisted


def test_the_law_and_the_facts_call_a_stream_the_same():
    from meguri import law
    from meguri.reference import streams

    assert {slug: stream.name for slug, stream in law.streams().items()} == {
        slug: stream.name for slug, stream in streams().items()
    }


def test_no_list_is_searched_as_text():
    """Who sees what and what belongs to what are relations, with an index; nothing looks for a name within a text."""
    from meguri.kit.catalogues import ROOMS

    searched = re.compile(r'__i?contains\s*=\s*f?["\']\||\bLIKE\s+(?:%|\\?\'|")')
    found = [
        f"{path.relative_to(ROOMS)}:{number}"
        for path in ROOMS.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if searched.search(line) and not line.lstrip().startswith("#")
    ]
    assert not found
