"""Samples over the database: committed results stay closed, are opened at one instant, and settle the lots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from meguri.custody import contents, services
from meguri.custody.assays.states import AssayedElement
from meguri.custody.models import LotSample
from meguri.custody.services import samples
from meguri.journal import services as journal
from meguri.journal.models import ActRow, Private
from meguri.journal.projections.relations import readable
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.movement.states import Bag
from meguri.registry import services as registry
from tests_support import use_clock

NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
YARD, BUYER, UMPIRE, QUARTZ, BASALT = (
    f"organisation:{name}" for name in ("penang", "exporter", "granite", "quartz", "basalt")
)
GOLD = AssayedElement("Au", 150_000, 4000, "fire-assay")
COPPER = AssayedElement("Cu", 200_000_000, 2_800_000, "icp")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def lots():
    """Two lots of boards that the buyer took over from the yard."""
    for who, name, role in (
        (YARD, "Penang Dismantling", "dismantler"),
        (BUYER, "Straits Trading", "exporter"),
        (UMPIRE, "Granite Umpires", "manufacturer"),
        (QUARTZ, "Quartz Assay", "manufacturer"),
        (BASALT, "Basalt Testing", "manufacturer"),
    ):
        registry.admit(who.partition(":")[2], {"en": name}, "MYS", (role,))
    for name in ("penang", "exporter"):
        registry.site(name, {"en": f"{name} yard"}, "MYS", 5.4, 100.4, facility=f"{name}-yard")
    made = [services.collect(YARD, "penang-yard", "circuit-boards", grams) for grams in (600_000, 400_000)]
    services.dispatch(YARD, made, BUYER)
    masses = services.lots(made)
    services.receive(
        BUYER, "exporter-yard", [Bag(lot=name, received_g=one.mass_g, accepted=True) for name, one in masses.items()]
    )
    return made


def draw(lots, **changes):
    fields = {
        "seller": YARD, "buyer": BUYER, "umpire": UMPIRE, "parts": samples.sealed_parts(200, both=True, prefix="W1"),
        "increments": 40, "top_size_um": 10_000, "moisture_ppb": 20_000_000,
        "terms": {"Au": 970_000_000, "Cu": 960_000_000},
    }  # fmt: skip
    return samples.draw(BUYER, lots, **fields | changes)


@pytest.fixture
def sample(lots):
    return draw(lots)


def test_lots_of_a_consignment_are_settled_by_one_sample(lots, sample):
    samples.lay(YARD, sample, [GOLD, COPPER], laboratory=QUARTZ)
    state = samples.sample(sample)
    assert state.laid("seller").found == ()
    assert state.laid("seller").commitment
    # The act says nothing of the figures; they are kept beside it, closed.
    row = ActRow.objects.get(act_id=state.laid("seller").act)
    assert b"150000" not in bytes(row.canonical)
    assert Private.objects.get(act_id=row.act_id, name="result").value.startswith('{"dry":true')
    samples.lay(BUYER, sample, [AssayedElement("Au", 152_000, 4000, "fire-assay"), COPPER], laboratory=BASALT)
    samples.exchange(YARD, sample)
    samples.settle(BUYER, sample)
    for lot in lots:
        estimate = contents.of(services.lot(lot))["Au"]
        assert (estimate.basis, round(estimate.value * 1e9)) == ("exchanged", 147_980)
    settled = samples.sample(sample).settled
    assert (settled.wet_g, settled.dry_g) == (1_000_000, 980_000)
    assert samples.of_lot(lots[0]).keys() == {sample}
    assert journal.rebuild(check=True).identical


def test_packs_and_blends_keep_their_evidence(lots, sample):
    for who, lab in ((YARD, QUARTZ), (BUYER, BASALT)):
        samples.lay(who, sample, [GOLD, COPPER], laboratory=lab)
    samples.exchange(BUYER, sample)
    samples.settle(YARD, sample)
    bags = services.pack(BUYER, lots[0], [300_000, 300_000])
    assert {contents.of(services.lot(bag))["Au"].basis for bag in bags} == {"exchanged"}
    blend = services.blend(BUYER, [*bags, lots[1]])
    assert contents.of(services.lot(blend))["Au"].basis == "exchanged"


def test_a_blend_rests_on_the_weakest_part(lots):
    alone = samples.draw(
        BUYER, lots[:1], buyer=BUYER, parts=samples.sealed_parts(200, both=False), increments=4, top_size_um=9000,
        moisture_ppb=0,
    )  # fmt: skip
    samples.lay(BUYER, alone, [GOLD, COPPER], laboratory=BASALT)
    samples.settle(BUYER, alone)
    assert contents.of(services.lot(lots[0]))["Au"].basis == "one-sided"
    blend = services.blend(BUYER, lots)
    assert contents.of(services.lot(blend))["Au"].basis == "prior"


def test_an_umpire_is_asked_and_answers(lots, sample):
    samples.lay(YARD, sample, [AssayedElement("Au", 190_000, 4000, "fire-assay"), COPPER], laboratory=QUARTZ)
    samples.lay(BUYER, sample, [GOLD, COPPER], laboratory=BASALT)
    samples.exchange(BUYER, sample)
    with pytest.raises(Conflict):
        samples.settle(BUYER, sample)
    samples.judge(UMPIRE, sample, [AssayedElement("Au", 160_000, 4000, "fire-assay")])
    samples.settle(BUYER, sample)
    (gold,) = (one for one in samples.sample(sample).agreed if one.element == "Au")
    assert (gold.ppb, gold.basis, gold.further) == (160_000, "umpire", "seller")
    assert contents.of(services.lot(lots[0]))["Au"].basis == "umpire"


def test_what_one_side_has_not_delivered_by_the_date_is_done_without(sample):
    samples.lay(YARD, sample, [GOLD], laboratory=QUARTZ)
    with pytest.raises(Refused):
        samples.exchange(YARD, sample)
    use_clock(lambda: NOW + timedelta(days=45))
    samples.exchange(YARD, sample)
    assert [one.basis for one in samples.sample(sample).agreed] == ["one-sided"]


def test_a_result_that_cannot_be_is_refused_before_it_is_closed(sample):
    with pytest.raises(Refused) as caught:
        samples.lay(YARD, sample, [AssayedElement("Au", 2 * 10**9, 1, "xrf")], laboratory=QUARTZ)
    assert [one.code for one in caught.value.problems] == ["content", "not-for-settlement"]


def test_a_result_that_was_erased_is_laid_again(sample):
    for who, lab in ((YARD, QUARTZ), (BUYER, BASALT)):
        samples.lay(who, sample, [GOLD], laboratory=lab)
    journal.erase(samples.sample(sample).laid("seller").act, ["result"])
    with pytest.raises(Conflict):
        samples.exchange(BUYER, sample)
    samples.lay(YARD, sample, [GOLD], laboratory=QUARTZ)
    samples.exchange(BUYER, sample)


def test_a_result_that_was_never_given_holds_nobody_up_for_ever(sample):
    """Once the date has passed the node says so: a side could else leave out what the other delivered."""
    for who, lab in ((YARD, QUARTZ), (BUYER, BASALT)):
        samples.lay(who, sample, [GOLD], laboratory=lab)
    journal.erase(samples.sample(sample).laid("seller").act, ["result"])
    use_clock(lambda: NOW + timedelta(days=45))
    samples.exchange(BUYER, sample)
    state = samples.sample(sample)
    assert [one.basis for one in state.agreed] == ["one-sided"]
    assert ActRow.objects.filter(kind="custody.exchange").get().actor == "organisation:node"


def test_parties_and_umpire_see_a_sample_and_nobody_else(sample):
    for who in (YARD, BUYER, UMPIRE):
        assert readable(who, [f"sample:{sample}"]) == {f"sample:{sample}"}
        assert samples.sample(sample, SimpleNamespace(organisation=who))
        assert LotSample.objects.visible_to(SimpleNamespace(organisation=who)).count() == 1
    for who in (QUARTZ, None):
        with pytest.raises(NotFound):
            samples.sample(sample, SimpleNamespace(organisation=who))
    with pytest.raises(NotFound):
        samples.sample("none")


@pytest.mark.parametrize(
    ("written", "unit", "ppb"),
    [("152", "g/t", 152_000), ("152", "mg/kg", 152_000), ("152", "ppm", 152_000), ("20.5", "%", 205_000_000),
     ("7", "ppb", 7), ("0.0152", "%", 152_000)],
)  # fmt: skip
def test_contents_are_written_with_their_unit(written, unit, ppb):
    assert samples.ppb_of(written, unit, "/found") == ppb


@pytest.mark.parametrize(("written", "unit"), [("152", "oz"), ("152", ""), ("15,2", "%"), ("", "%"), ("NaN", "%")])
def test_what_is_no_content_is_refused(written, unit):
    with pytest.raises(Refused):
        samples.ppb_of(written, unit, "/found")
