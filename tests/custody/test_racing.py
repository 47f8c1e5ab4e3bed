"""Two requests that race for one lot: one is recorded, the other learns that the record has moved on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from meguri.custody import services
from meguri.custody.balance import totals
from meguri.journal.entry.recording import as_writer
from meguri.journal.projections import sums
from meguri.kit.models import Membership
from meguri.kit.problems import Conflict
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
YARD = "organisation:yard"


def test_a_lot_is_used_once_by_two_at_once():
    use_clock(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.site("yard", {"en": "Yard"}, "MYS", 5.4, 100.4, facility="yard")
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
    use_clock(None)
    assert sorted(outcomes) == ["consumed"] * 4 + ["recorded"] * 4
    assert all(services.lot(lot).mass_g == 0 for lot in lots)
    assert totals.balance().closed


def test_two_requests_for_one_lot():
    """The same through pages: one is led on, the other gets its form back with the reason."""
    use_clock(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.site("yard", {"en": "Yard"}, "MYS", 5.4, 100.4, facility="yard")
    lots = [services.collect(YARD, "yard", "mixed-small-e-waste", 1_000_000) for _ in range(4)]
    user = get_user_model().objects.create_user(username="yard", password="x" * 20)
    Membership.objects.create(user=user, organisation=YARD)
    start, outcomes = threading.Barrier(2), []
    sent = {"taken_kg": "1000", "extra-stream-0": "circuit-boards", "extra-mass-0": "1000", "loss_kg": "0"}

    def use(client, lot):
        try:
            start.wait(10)
            outcomes.append(client.post(f"/lots/{lot}/dismantle", sent).status_code)
        finally:
            connection.close()

    clients = [Client(), Client()]
    for client in clients:
        client.force_login(user)
    for lot in lots:
        both = [threading.Thread(target=use, args=(client, lot)) for client in clients]
        for one in both:
            one.start()
        for one in both:
            one.join(30)
    use_clock(None)
    assert sorted(outcomes) == [302] * 4 + [409] * 4
    assert totals.balance().closed


def test_sums_are_whole_while_many_write_and_gather():
    """Writers of one yard wait for nobody's sums; whoever gathers meanwhile takes none away and none twice."""
    use_clock(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.site("yard", {"en": "Yard"}, "MYS", 5.4, 100.4, facility="yard")
    start, closures, failed, ready = threading.Barrier(6), [], [], threading.Event()

    def write():
        for _ in range(25):
            services.collect(YARD, "yard", "mixed-small-e-waste", 1_000)

    def gather():
        while not ready.is_set():
            with as_writer():
                sums.gather()
            closures.append(totals.standing().closure_g)

    def go(work):
        try:
            start.wait(10)
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=go, args=(write,)) for _ in range(4)]
    gatherers = [threading.Thread(target=go, args=(gather,)) for _ in range(2)]
    for one in (*writers, *gatherers):
        one.start()
    for one in writers:
        one.join(60)
    ready.set()
    for one in gatherers:
        one.join(60)
    use_clock(None)
    assert not failed
    assert set(closures) == {0}
    assert totals.standing().collected_g == 100_000
    assert totals.standing() == totals.balance()
