"""On a clock that goes on, what follows from an act is reckoned for the very instant at which it is taken in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from consent_room import admit, ask

from meguri.consent import intake, services
from meguri.consent.models import Track
from tests_support import use_clock

pytestmark = pytest.mark.django_db


def test_a_notification_is_taken_in_though_the_clock_ticks():
    turns = iter(range(10**6))
    use_clock(lambda: datetime(2025, 10, 1, 3, tzinfo=UTC) + timedelta(milliseconds=3 * next(turns)))
    admit()
    day = datetime(2025, 10, 1).date()
    verdict = ask(facts="hazardous=unknown")
    services.notify(
        "seller", verdict, importer="buyer", facility="works", total_g=5_000_000, period_from=day,
        period_to=day + timedelta(days=300), description="Boards",
    )  # fmt: skip
    assert intake.waiting() == []
    assert Track.objects.filter(authority="organisation:mys-doe").exists()
    use_clock(None)
