"""A record from before there were relations or sums is filled in once, and every other is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meguri.custody import services
from meguri.journal import services as journal
from meguri.journal.models import AdditionRow, LiesRow, SumRow
from meguri.journal.rebuild import rebuilding
from meguri.journal.services import as_writer
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(monkeypatch):
    """Says whether the record was filled in when asked."""
    use_clock(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    said = []
    monkeypatch.setattr(rebuilding, "rebuild", lambda: said.append(True))

    def ask():
        said.clear()
        rebuilding.fill_in()
        return bool(said)

    yield ask
    use_clock(None)


def test_only_what_lacks_them_is_filled_in(filled):
    assert not filled(), "a record without acts has nothing to lack"
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.site("yard", {"en": "Yard"}, "MYS", 5, 100, facility="yard")
    assert journal.history("organisation:yard")
    assert not SumRow.objects.exists()
    assert not AdditionRow.objects.exists()
    assert not filled(), "nothing is on record that sums are kept of"
    services.collect("organisation:yard", "yard", "circuit-boards", 1000)
    assert not filled()
    with as_writer():
        SumRow.objects.all().delete()
        AdditionRow.objects.all().delete()
    assert filled()
    with as_writer():
        AdditionRow.objects.create(amounts='[["custody.all", "collected", "", 1]]')
    assert filled(), "nobody has a part in what was added"
    with as_writer():
        AdditionRow.objects.create(amounts='[["custody.party", " collected", "organisation:yard", 1]]')
    assert not filled(), "what is not gathered yet is kept all the same"
    with as_writer():
        LiesRow.objects.all().delete()
    assert filled()
