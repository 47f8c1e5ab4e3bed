"""What all tests share: the right database, and the rule that the record changes only through the journal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import parts_plugin

REPOSITORY = Path(__file__).resolve().parent.parent
FIXTURES = Path(os.environ.get("MEGURI_FIXTURES") or REPOSITORY.parent / "shared" / "fixtures")
# Commands speak the terminal's language; these tests read English where they name none.
os.environ["LC_ALL"] = "C.UTF-8"
# Timings never decide a test: the machine may be busy.
settings.register_profile("meguri", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("meguri")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each test in the passes where it belongs (`dealing.Deal.runs`), and on PostgreSQL what is named."""
    # Many rows come first: they are counted and looked through before other tests leave dead ones.
    items.sort(key=lambda item: item.path.name != "test_lists.py")
    deal = parts_plugin.deal(config)
    if deal.database == "postgresql" and config.args != config.getini("testpaths"):
        left = [item for item in items if item.get_closest_marker("sqlite")]
    else:
        left = [item for item in items if not deal.runs(item, parts_plugin.touches_a_database(item))]
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]


@pytest.fixture
def fixtures():
    """A folder of third-party fixtures by name; the test is skipped, saying so, where it is not there."""

    def folder(name: str) -> Path:
        path = FIXTURES / name
        if not path.exists():
            pytest.skip(f"third-party fixtures not present: {name}")
        return path

    return folder


@pytest.fixture(scope="session")
def deal(request):
    """What this pass shares with the other, and the sample of long walks."""
    return parts_plugin.deal(request.config)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Nothing here is a secret: hashes are made in no time."""
    from django.conf import settings
    from django.contrib.auth import hashers

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()


@pytest.fixture(autouse=True)
def record_changes_only_by_act(request):
    """Fail a test in which a table of the record is written outside `journal.record` and rebuild."""
    if "django_db" not in {marker.name for marker in request.node.iter_markers()}:
        yield
        return
    from tests_support import writes_seen

    with writes_seen() as outside:
        yield
    if outside and not request.node.get_closest_marker("writes_outside"):
        pytest.fail(f"written without an act: {sorted(set(outside))}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Transactional tests on PostgreSQL empty the tables afterwards; the journal's refusal of that is lifted.

    Addresses are loaded as they are before any test changes the mode, whichever test is the first.
    """
    from django.db import connection
    from django.urls import get_resolver

    from meguri.journal.entry import triggers

    assert get_resolver().url_patterns
    with django_db_blocker.unblock():
        triggers.allow_truncate(connection)
