"""The house itself: the database asked for, the floors, the docs that tests rely on."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict

import pytest

from conftest import REPOSITORY


@pytest.mark.django_db
@pytest.mark.both
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


def sources():
    """Every Python file of the house but migrations."""
    from meguri.kit.catalogues import ROOMS

    return [path for path in sorted(ROOMS.rglob("*.py")) if "migrations" not in path.parts]


def test_no_folder_holds_more_files_than_can_be_seen():
    held = Counter(path.parent for path in sources())
    assert {str(folder): count for folder, count in held.items() if count > 15} == {}


def test_a_class_name_stands_once():
    named = defaultdict(list)
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            # What Django asks for by name stands in many models.
            if isinstance(node, ast.ClassDef) and node.name != "Meta":
                named[node.name].append(str(path))
    assert {name: paths for name, paths in named.items() if len(paths) > 1} == {}


def test_one_reader_of_tables():
    """CSV and TOML are read by kit alone; a room that did it itself would say less of what is wrong and where."""
    from meguri.kit.catalogues import ROOMS

    readers = {ROOMS / "kit" / "files" / "reading.py"}
    writers = {ROOMS / "kit" / "files" / "writing.py", ROOMS / "kit" / "web" / "csvs.py"}
    reading = re.compile(
        r"^\s*(?:import|from) (?:csv|tomllib)\b|\b(?:csv\.(?:reader|DictReader)|tomllib\.loads?)\(", re.M
    )
    found = {path for path in sources() if reading.search(path.read_text())}
    assert readers <= found <= readers | writers
    assert not [path for path in writers if "csv.reader" in path.read_text() or "DictReader" in path.read_text()]


def test_what_the_map_of_the_house_names_is_there():
    from meguri.kit.catalogues import ROOMS

    text = (REPOSITORY / "docs" / "house.md").read_text()
    named = set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", text))
    assert len(named) > 15
    named -= {"web/"}  # what every room calls its pages
    assert not [name for name in named if not (ROOMS / name).exists() and not (REPOSITORY / name).exists()]
