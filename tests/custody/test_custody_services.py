"""The services over the database: the story's lots, rebuilt projections, and who sees what."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from meguri.consent.states import Bag
from meguri.custody import services, tracing
from meguri.custody.models import Event, Lot
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.registry import services as registry
from tests_support import use_clock

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
PENANG, SELANGOR, EXPORTER = "organisation:penang", "organisation:selangor", "organisation:exporter"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def yards():
    for who, role in ((PENANG, "dismantler"), (SELANGOR, "dismantler"), (EXPORTER, "exporter")):
        name = who.removeprefix("organisation:")
        registry.admit(name, {"en": name.title()}, "MYS", (role,))
        registry.site(name, {"en": f"{name} yard"}, "MYS", 5.4, 100.4, facility=f"{name}-yard")


@pytest.fixture
def boards(yards):
    """Boards of both yards, bought, blended and packed by the exporter."""
    sold = []
    for who, yard, grams in ((PENANG, "penang-yard", 7_000_000), (SELANGOR, "selangor-yard", 5_000_000)):
        lot = services.collect(who, yard, "mixed-small-e-waste", grams, mix="mixed-small-it")
        made = services.dismantle(who, lot)
        assert sum(services.lots(made.lots)[name].mass_g for name in made.lots) + made.loss_g == grams
        sold.append(made.by_stream["circuit-boards"])
        services.dispatch(who, [sold[-1]], EXPORTER)
    masses = services.lots(sold)
    services.receive(
        EXPORTER, "exporter-yard", [Bag(lot=n, received_g=s.mass_g, accepted=True) for n, s in masses.items()]
    )
    blend = services.blend(EXPORTER, sold)
    total = services.lot(blend).mass_g
    return sold, services.pack(EXPORTER, blend, [total // 2, total - total // 2])


def reader(organisation):
    return SimpleNamespace(organisation=organisation)


def test_the_lots_of_the_story_close_and_trace_to_both_yards(boards):
    _, bags = boards
    assert tracing.balance().closed
    shares = tracing.origin_shares(bags[0])
    assert shares == {PENANG: pytest.approx(7 / 12, abs=1e-6), SELANGOR: pytest.approx(5 / 12, abs=1e-6)}
    found = tracing.find(bags[0])
    assert [(leg.from_facility, leg.to_facility) for leg in tracing.legs(found)] == [
        ("penang-yard", "exporter-yard"),
        ("selangor-yard", "exporter-yard"),
    ]


def test_smelting_by_assay_and_by_weights(yards):
    registry.assign("exporter", "smelter")
    registry.assign("exporter", "collector")
    lot = services.collect(EXPORTER, "exporter-yard", "circuit-boards", 1_000_000)
    made = services.smelt(EXPORTER, [(lot, 600_000)], assay={"Au": 0.0005, "Cu": 0.2})
    gold = services.lot(made.metals["Au"])
    assert made.result is not None
    assert gold.mass_g == made.result.recovered["Au"]
    assert 0 < gold.mass_g <= 300
    weighed = services.smelt(
        EXPORTER, [lot], outputs={"element:Cu": 100_000, "slag": 200_000}, loss_g=100_000, loss_reason="off-gas"
    )
    assert weighed.result is None
    assert services.lot(lot).status == "consumed"
    assert tracing.balance().closed
    with pytest.raises(Refused):
        services.smelt(EXPORTER, [made.by_stream["slag"]], assay={"Au": 1.5})


def test_others_get_not_found(boards):
    sold, bags = boards
    assert services.lot(sold[0], reader(PENANG)).holder == EXPORTER
    for who in (SELANGOR, None):
        with pytest.raises(NotFound):
            services.lot(sold[0], reader(who))
    with pytest.raises(NotFound):
        services.lot(bags[0], reader(PENANG))
    assert set(Lot.objects.visible_to(reader(EXPORTER)).values_list("id", flat=True)) >= {*sold, *bags}


def test_a_lot_used_twice_is_a_conflict_and_nothing_is_half_written(boards):
    sold, _ = boards
    before = Lot.objects.count(), Event.objects.count()
    with pytest.raises(Conflict):
        services.blend(EXPORTER, [(sold[0], 1000)])
    with pytest.raises(Refused):
        services.dismantle(PENANG, services.collect(PENANG, "penang-yard", "computers", 10), {"circuit-boards": 20})
    assert (Lot.objects.count(), Event.objects.count()) == (before[0] + 1, before[1] + 1)


def test_rebuilt_projections_equal_the_live_ones(boards):
    from meguri.journal import rebuilding

    found = rebuilding.rebuild(check=True)
    assert found.identical, found.differences
    assert found.rows > 20


def test_what_waits_and_what_could_be_shipped(boards):
    from meguri.custody.holdings import Kept
    from meguri.custody.waiting import waiting
    from meguri.kit.web.identity import Reader

    _, bags = boards
    holdings = Kept()
    held = holdings.held(EXPORTER, "circuit-boards", "MYS")
    assert {row.lot for row in held} == set(bags)
    assert holdings.held(EXPORTER, "circuit-boards", "JPN") == ()
    services.dispatch(EXPORTER, [bags[0]], PENANG)
    waits = list(waiting(Reader(organisation=PENANG)))
    assert re.fullmatch(r"受領: 基板屑 [\d.]+ kg", waits[0].title.say("ja"))
    assert [wait.url for wait in waits] == [f"/lots/receive?lot={bags[0]}"]
    assert not list(waiting(Reader(organisation=SELANGOR)))
    services.receive(PENANG, "penang-yard", [Bag(lot=bags[0], received_g=held[0].grams, accepted=False, reason="wet")])
    assert bags[0] in next(iter(waiting(Reader(organisation=EXPORTER)))).url


def test_recoveries_name_the_metals_that_came_out(yards):
    from meguri.custody.holdings import Kept

    registry.assign("exporter", "smelter")
    registry.assign("exporter", "collector")
    lot = services.collect(EXPORTER, "exporter-yard", "circuit-boards", 1_000_000)
    made = services.smelt(EXPORTER, [lot])
    (found,) = Kept().recoveries(EXPORTER, [lot])
    assert found.event == made.event
    assert {m.element: m.lot for m in found.made} == made.metals
    assert Kept().recoveries(PENANG, [lot]) == ()


def test_a_lot_used_twice_is_followed_into_both_uses(yards):
    lot = services.collect(PENANG, "penang-yard", "mixed-small-e-waste", 10_000, mix="mixed-small-it")
    first = services.dismantle(PENANG, lot, {"circuit-boards": 3_900}, grams=4_000, loss_g=100, loss_reason="dust")
    second = services.dismantle(PENANG, lot, {"cables": 2_500}, grams=2_500)
    found = tracing.find(lot, down=True)
    assert {node.lot for node in found.trace.nodes} == {lot, *first.lots, *second.lots}
    assert {edge.target: (edge.grams, edge.event) for edge in found.trace.edges} == {
        first.lots[0]: (3_900, first.event),
        second.lots[0]: (2_500, second.event),
    }
    ends = {(share.kind, share.lot or share.event): share.grams for share in found.trace.shares}
    assert ends == {
        ("stock", lot): 3_500,
        ("stock", first.lots[0]): 3_900,
        ("stock", second.lots[0]): 2_500,
        ("loss", first.event): 100,
    }
    assert services.lot(lot).mass_g == 3_500
    for made in (first, second):
        assert tracing.trace(made.lots[0]).sources() == {lot: 1.0}
    assert tracing.balance().closed
