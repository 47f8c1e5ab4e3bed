"""The services over the database: the story's lots, rebuilt projections, and who sees what."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from meguri.custody import contents, services
from meguri.custody.balance import totals
from meguri.custody.models import Event, Lot
from meguri.custody.services import Weighed
from meguri.custody.trace import journeys, walk
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.movement.states import Bag, Content
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
        registry.site(
            name, {"en": f"{name} yard"}, "MYS", 5.4, 100.4, operations=("R4", "R12"), facility=f"{name}-yard"
        )
    registry.grant("facility:exporter-yard", "facility-permit", "P-1", NOW)


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
    assert totals.balance().closed
    shares = walk.origin_shares(bags[0])
    assert shares == {PENANG: pytest.approx(7 / 12, abs=1e-6), SELANGOR: pytest.approx(5 / 12, abs=1e-6)}
    found = walk.find(bags[0])
    assert [(leg.from_facility, leg.to_facility) for leg in journeys.legs(found)] == [
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
    assert totals.balance().closed
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
    from meguri.journal.rebuild import rebuilding

    found = rebuilding.rebuild(check=True)
    assert found.identical, found.differences
    assert found.rows > 20


def test_what_waits_and_what_could_be_shipped(boards):
    from meguri.custody.answers.home_page import waiting
    from meguri.custody.answers.lots import LotAnswers
    from meguri.kit.people.identity import Reader

    _, bags = boards
    holdings = LotAnswers()
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


def test_a_lot_used_twice_is_followed_into_both_uses(yards):
    lot = services.collect(PENANG, "penang-yard", "mixed-small-e-waste", 10_000, mix="mixed-small-it")
    first = services.dismantle(PENANG, lot, {"circuit-boards": 3_900}, grams=4_000, loss_g=100, loss_reason="dust")
    second = services.dismantle(PENANG, lot, {"cables": 2_500}, grams=2_500)
    found = walk.find(lot, down=True)
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
        assert walk.trace(made.lots[0]).sources() == {lot: 1.0}
    assert totals.balance().closed


def stated(element, share, basis="assay", confidence="sourced"):
    ppb = round(share * 1_000_000_000)
    return Content(element=element, ppb=ppb, sd_ppb=ppb // 10, basis=basis, source=basis, confidence=confidence)


def test_a_blend_has_the_contents_of_its_parts_by_mass(yards):
    """Where one part states its own, the figures on file stand for the other; where none does, they stand for all."""
    file = contents.of(services.lot(services.collect(PENANG, "penang-yard", "circuit-boards", 1)))
    poor, rich, plain = (services.collect(PENANG, "penang-yard", "circuit-boards", 10_000) for _ in range(3))
    (poor,) = services.transform(
        PENANG, "sorting", [poor], [Weighed("circuit-boards", 10_000, contents=(stated("Au", 0.0001),))]
    ).lots
    (rich,) = services.transform(
        PENANG,
        "sorting",
        [rich],
        [Weighed("circuit-boards", 10_000, contents=(stated("Au", 0.0005, "declared"),))],
        assayed=(stated("Au", 0.0005),),
    ).lots
    own = contents.of(services.lot(rich))
    assert {element: (one.value, one.sd, one.basis) for element, one in own.items()} == {
        "Au": (pytest.approx(0.0005), pytest.approx(0.00005), "declared")
    }
    (gold,) = services.lot(services.blend(PENANG, [(poor, 1_000), (rich, 3_000)])).contents
    assert (gold.element, gold.ppb, gold.sd_ppb) == ("Au", 400_000, 40_000)
    mixed = {one.element: one for one in services.lot(services.blend(PENANG, [(rich, 1_000), (plain, 1_000)])).contents}
    assert set(mixed) == {"Au", *file}
    assert mixed["Cu"].ppb == pytest.approx(file["Cu"].value / 2 * 1e9, abs=1)
    assert mixed["Au"].ppb == pytest.approx((0.0005 + file["Au"].value) / 2 * 1e9, abs=1)
    least = min((file["Au"].confidence, own["Au"].confidence))
    assert mixed["Au"].confidence == least.word
    assert services.lot(services.blend(PENANG, [(plain, 2_000)])).contents == ()


def test_what_is_melted_yields_what_its_lots_state(yards):
    registry.assign("exporter", "smelter")
    registry.assign("exporter", "collector")
    lot = services.collect(EXPORTER, "exporter-yard", "circuit-boards", 1_000_000)
    stating = Weighed("circuit-boards", 1_000_000, contents=(stated("Au", 0.002), stated("Cu", 0.1)))
    with pytest.raises(Refused, match="Au would come out"):
        services.transform(EXPORTER, "sorting", [lot], [stating])
    (lot,) = services.transform(EXPORTER, "sorting", [lot], [stating], assayed=stating.contents).lots
    made = services.smelt(EXPORTER, [(lot, 500_000)])
    assert set(made.metals) >= {"Au", "Cu"}
    assert services.lot(made.metals["Au"]).mass_g > 800
    metal = contents.of(services.lot(made.metals["Au"]))
    assert {element: (one.value, one.sd) for element, one in metal.items()} == {"Au": (1.0, 0.0)}
    assert sum(services.lot(name).mass_g for name in made.lots) + made.loss_g == 500_000
    (weighed,) = (line for line in totals.balance().elements if line.element == "Au")
    assert (weighed.contained_g, weighed.recovered_g) == (pytest.approx(1000), services.lot(made.metals["Au"]).made_g)
    assert weighed.unaccounted_g == weighed.contained_g - weighed.recovered_g


def test_bags_take_what_is_left_within_tolerance_and_leave_a_rest_otherwise(yards):
    lot = services.collect(PENANG, "penang-yard", "circuit-boards", 100_000)
    bags = services.pack(PENANG, lot, [30_000, 20_000], names=["B-one"], labels=["first", "second"])
    assert (bags[0], services.lot(bags[0]).label, services.lot(bags[1]).label) == ("B-one", "first", "second")
    assert services.lot(lot).mass_g == 50_000
    (last,) = services.pack(PENANG, lot, [50_250])
    assert (services.lot(last).mass_g, services.lot(lot).status) == (50_250, "consumed")
    assert totals.balance().difference_g == 250
    assert totals.balance().closed


def test_what_is_beyond_tolerance_stands_open_until_its_sender_agrees(boards):
    _, (bag, _) = boards
    mass = services.lot(bag).mass_g
    services.dispatch(EXPORTER, [bag], PENANG)
    most = mass * 5 // 1000
    services.receive(PENANG, "penang-yard", [Bag(lot=bag, received_g=mass - most - 1, accepted=True)])
    assert services.still_open([bag]) == {bag: mass - most - 1}
    services.agree(EXPORTER, {bag: mass - most - 1}, "Rain")
    assert services.still_open([bag]) == {}
    assert services.lot(bag).adjusted_g == -most - 1
    event = services.correct(PENANG, bag, mass - most, "Typo")
    assert services.lot(bag).mass_g == mass - most
    assert Event.objects.get(id=event).value.corrects == services.lot(bag).made_by


def test_what_is_done_to_no_lot_or_to_one_without_a_place_is_refused(boards):
    _, (bag, _) = boards
    with pytest.raises(Refused, match="at least one lot"):
        services.transform(EXPORTER, "sorting", [], [Weighed("circuit-boards", 1)])
    services.dispatch(EXPORTER, [bag], PENANG)
    with pytest.raises(Refused, match="in no facility"):
        services.transform(EXPORTER, "sorting", [bag], [Weighed("circuit-boards", 1)])
    with pytest.raises(NotFound):
        services.lots([bag, "NONE"])


def test_a_lot_is_taken_apart_in_part_with_a_loss_of_ones_own(yards):
    lot = services.collect(PENANG, "penang-yard", "mixed-small-e-waste", 10_000, mix="mixed-small-it")
    made = services.dismantle(PENANG, lot, grams=4_000)
    event = Event.objects.get(id=made.event).value
    assert (services.lot(lot).mass_g, event.loss_by, event.loss_g) == (6_000, "bill", made.loss_g)
    out = {"circuit-boards": 900, "cables": 0}
    given = services.dismantle(PENANG, lot, out, grams=1_000, loss_g=100, loss_reason="x")
    event = Event.objects.get(id=given.event).value
    assert (len(given.lots), event.loss_by, event.loss_reason, event.loss_g) == (1, "", "x", 100)
