"""A toy book beside the real ones."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Machines that test are busy; how long an example takes says nothing about whether it is right.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    from django.db import connection

    from journal import toy

    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(toy.Pot)


@pytest.fixture
def toy(db):
    from journal import toy

    return toy
