"""Random lawful histories through the services: the balance closes, and rebuilt projections equal the live ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.custody import services
from meguri.custody.balance import totals
from meguri.custody.models import Lot
from meguri.custody.trace import walk
from meguri.journal.entry.recording import as_writer
from meguri.journal.projections import sums
from meguri.journal.rebuild import rebuilding
from meguri.kit.problems import MeguriError
from meguri.movement.states import Bag
from meguri.registry import services as registry
from tests_support import use_clock

HOLDERS = ("organisation:a", "organisation:b")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["collect", "dismantle", "blend", "pack", "send", "receive", "smelt", "correct"]),
        st.sampled_from(HOLDERS),
        st.integers(0, 5),
        st.integers(1, 10**6),
    ),
    min_size=4,
    max_size=14,
)


def one(kind, who, pick, number):
    """One act by one of two organisations, about one of its lots."""
    name = who.removeprefix("organisation:")
    held = list(Lot.objects.held_by(who).order_by("made_at", "id"))
    lot = held[pick % len(held)] if held else None
    if kind == "collect" or lot is None:
        services.collect(who, name, "circuit-boards" if pick % 2 else "mixed-small-e-waste", number)
    elif kind == "dismantle":
        services.dismantle(who, lot.id, grams=min(number, lot.mass_g))
    elif kind == "blend":
        services.blend(who, [other.id for other in held if other.stream == lot.stream])
    elif kind == "pack":
        services.pack(who, lot.id, [lot.mass_g // 3 + 1] * 2)
    elif kind == "send":
        services.dispatch(who, [lot.id], HOLDERS[1 - HOLDERS.index(who)])
    elif kind == "smelt":
        services.smelt(who, [lot.id], assay={"Au": (number % 100) / 1e4})
    elif kind == "correct":
        services.correct(who, lot.id, lot.mass_g + pick - 2, "typing error")
    else:
        coming = Lot.objects.filter(bound_for=who).order_by("id").first()
        if coming:
            bag = Bag(lot=coming.id, received_g=coming.mass_g + pick - 2, accepted=pick != 3, reason="wet")
            services.receive(who, name, [bag])


def spoil():
    """Sums that no act made."""
    with as_writer(), connection.cursor() as cursor:
        rows = [("custody.all", "", "collected", 1), ("custody.site", "nowhere", "in", 1)]
        cursor.executemany(sums.ADD, rows)


@pytest.mark.django_db
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_rebuilt_projections_equal_the_live_ones(steps):
    use_clock(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    with transaction.atomic():
        for who in HOLDERS:
            name = who.removeprefix("organisation:")
            registry.admit(name, {"en": name}, "MYS", ("dismantler", "smelter", "exporter"))
            registry.site(name, {"en": name}, "MYS", 5.4, 100.4, facility=name)
        for step in steps:
            try:
                one(*step)
            except MeguriError:
                continue
            assert totals.standing() == totals.balance()
        assert totals.balance().closed
        found = rebuilding.rebuild(check=True)
        assert found.identical, found.differences
        for row in Lot.objects.all():
            trace = walk.trace(row.id)
            assert sum(share.grams for share in trace.shares) == trace.grams
        if connection.vendor == "postgresql":
            with as_writer():
                sums.gather()
        assert totals.standing() == totals.balance()
        assert rebuilding.rebuild(check=True).identical
        spoil()
        wrong = {one.subject: one.what for one in rebuilding.rebuild(check=True).differences}
        assert wrong == {"sum:custody.all collected": "different", "sum:custody.site nowhere in": "extra"}
        assert rebuilding.rebuild().replaced
        assert totals.standing() == totals.balance()
        assert rebuilding.rebuild(check=True).identical
        transaction.set_rollback(True)
    use_clock(None)
