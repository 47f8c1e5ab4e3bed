"""Two requests that race for one lot: one is recorded, the other learns that the record has moved on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from meguri.custody import services, tracing
from meguri.kit import clock
from meguri.kit.problems import Conflict
from meguri.kit.words import Words
from meguri.registry import services as registry

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
YARD = "organisation:yard"


def test_a_lot_is_used_once_by_two_at_once():
    clock.use(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    registry.admit("yard", Words("Yard"), "MYS", ("dismantler",))
    registry.site("yard", Words("Yard"), "MYS", 5.4, 100.4, facility="yard")
    lots = [services.collect(YARD, "yard", "mixed-small-e-waste", 1_000_000) for _ in range(4)]
    start, outcomes = threading.Barrier(2), []

    def use(lot):
        try:
            start.wait(10)
            services.dismantle(YARD, lot, {"circuit-boards": 1_000_000}, grams=1_000_000)
            outcomes.append("recorded")
        except Conflict as error:
            outcomes.append(error.problems[0].code)
        finally:
            connection.close()

    for lot in lots:
        both = [threading.Thread(target=use, args=(lot,)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join(30)
    clock.use(None)
    assert sorted(outcomes) == ["consumed"] * 4 + ["recorded"] * 4
    assert all(services.lot(lot).mass_g == 0 for lot in lots)
    assert tracing.balance().closed
