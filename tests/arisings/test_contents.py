"""What is in it: every product has a bill, sums stay within the whole, and the traps of the sources are minded."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings.contents import bills, parts
from meguri.arisings.contents import composition as contents
from meguri.kit.problems import Refused
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence, composition, streams, unu_keys, weakest

YEARS = tuple(range(1980, 2051))
AT = {element: m for m, element in enumerate(ELEMENT_ORDER)}


@pytest.fixture(scope="module")
def matrix() -> contents.Contents:
    return contents.matrix(None, YEARS)


def series(matrix: contents.Contents, product: str, element: str) -> np.ndarray:
    return matrix.values[:, matrix.products.index(product), AT[element]]


def value(matrix: contents.Contents, product: str, element: str, year: int) -> float:
    return float(series(matrix, product, element)[YEARS.index(year)])


def test_every_product_has_a_bill(matrix: contents.Contents) -> None:
    assert len(unu_keys()) == 54
    assert matrix.products == (*unu_keys(), *bills.VEHICLES)
    assert matrix.values.shape == (71, 59, 30)
    assert (matrix.values.sum(axis=2) > 0.02).all()
    assert all(matrix.source)


def test_elements_never_exceed_the_whole(matrix: contents.Contents) -> None:
    assert matrix.values.min() >= 0
    assert matrix.values.sum(axis=2).max() <= 1
    assert np.isfinite(matrix.values).all()
    assert np.isfinite(matrix.sd).all()


def test_streams_take_the_whole_mass() -> None:
    found = contents.fractions(None, YEARS)
    assert found.streams == tuple(streams())
    np.testing.assert_allclose(found.values.sum(axis=2), 1, atol=1e-12)
    assert found.values.min() >= 0
    assert (found.sd[found.values > 0] > 0).all()
    assert found.sd.max() < 1
    assert all(found.source)
    now = contents.fractions(["0302"])
    assert now.values.shape == now.sd.shape == (1, len(streams()))
    assert now.names[0].say("ja") != now.names[0].en


def test_what_is_not_known_is_zero_and_says_so(matrix: contents.Contents) -> None:
    assert not matrix.values[:, ~matrix.known].any()
    assert (matrix.confidence[~matrix.known] == Confidence.MISSING).all()
    assert (matrix.confidence[matrix.known] > Confidence.MISSING).all()
    assert not matrix.known[matrix.products.index("0104"), AT["Dy"]] or value(matrix, "0104", "Dy", 2015) > 0
    assert not matrix.known[:, AT["Ge"]].any()


def test_a_bill_without_a_source_of_its_own_is_a_placeholder(matrix: contents.Contents) -> None:
    for p, basis in enumerate(matrix.basis):
        if basis != "own":
            iron = matrix.confidence[p, AT["Fe"]]
            assert iron == Confidence.MEMORY, matrix.products[p]
            assert matrix.note[p].en, matrix.products[p]
            assert matrix.note[p].say("ja") != matrix.note[p].en, matrix.products[p]
    assert matrix.placeholder.sum() == sum(basis != "own" for basis in matrix.basis)
    assert not matrix.placeholder[matrix.products.index("0302")]


def test_a_desktop_is_its_published_bill_times_its_boards(matrix: contents.Contents) -> None:
    """Gold: 9.89 % board of a desktop (Babbitt) at 164.4 mg/kg (Shirahase and Kida): nothing else holds gold."""
    components = {r.component: r.share for r in composition() if r.item == "Desktop computer" and r.value > 0}
    board = components["circuit-board"] / sum(components.values())
    assert value(matrix, "0302", "Au", 2020) == pytest.approx(board * 164.4e-6, rel=1e-12)


def test_kinds_of_device_follow_each_other(matrix: contents.Contents) -> None:
    assert value(matrix, "0404", "Ag", 2010) > 3 * value(matrix, "0404", "Ag", 1990)
    assert value(matrix, "0408", "Cu", 2005) != value(matrix, "0408", "Cu", 2018)
    assert value(matrix, "0306", "Co", 1990) < value(matrix, "0306", "Co", 2005)
    assert value(matrix, "0002", "Ag", 2020) < 0.4 * value(matrix, "0002", "Ag", 2005)
    assert value(matrix, "0302", "Nd", 2020) < 0.5 * value(matrix, "0302", "Nd", 2015)
    # A crystal screen holds indium and no lead glass, a picture tube the other way round.
    assert value(matrix, "0407", "Pb", 2000) > 0.03
    assert value(matrix, "0408", "Pb", 2018) < 0.002
    assert value(matrix, "0408", "In", 2018) > 0 == value(matrix, "0407", "In", 2000)


@pytest.mark.parametrize(
    ("product", "year", "kilograms"),
    [
        ("vehicle-petrol", 2020, 23),
        ("vehicle-hybrid", 2015, 40),
        ("vehicle-plugin", 2020, 60),
        ("vehicle-battery", 2020, 83),
    ],
)
def test_copper_of_a_car_is_counted_once(matrix: contents.Contents, product: str, year: int, kilograms: float) -> None:
    """Harness, motor and battery copper are inside the published figure: the total stays that figure."""
    mass = contents.unit_mass([product], [year])[0, 0]
    assert value(matrix, product, "Cu", year) * mass == pytest.approx(kilograms, rel=1e-9)


def test_chemistry_follows_the_year_of_sale(matrix: contents.Contents) -> None:
    mix = parts.battery_mix(YEARS)
    np.testing.assert_allclose(sum(mix.values()), 1, atol=1e-12)
    assert set(mix) == {"nmc111", "nmc622", "nmc811", "nca", "lfp"}
    # Cobalt a kWh falls as nickel-rich and iron phosphate packs take over; neodymium stays.
    kwh = {2012: 27.2, 2030: 65.0}
    per_kwh = {
        y: value(matrix, "vehicle-battery", "Co", y) * parts.vehicle_mass("vehicle-battery", [y])[0] / kwh[y]
        for y in kwh
    }
    assert per_kwh[2030] < 0.25 * per_kwh[2012]
    # kg of cobalt a kWh of NMC111 is 0.341, of NCA 0.134 (premise); 2012 is a mix of 65 % and 20 %.
    assert per_kwh[2012] == pytest.approx(0.65 * 0.34137 + 0.2 * 0.13362, rel=0.01)


def test_parts_of_vehicles_stay_within_their_mass() -> None:
    found = contents.part_shares(bills.VEHICLES, YEARS)
    np.testing.assert_allclose(found.shares.sum(axis=2), 1, atol=1e-12)
    masses = contents.unit_mass(bills.VEHICLES, YEARS)
    by_table = np.stack([parts.vehicle_mass(v, YEARS) for v in bills.VEHICLES], axis=1)
    np.testing.assert_array_equal(masses, by_table)
    rest = found.shares[:, :, list(bills.parts()).index("residue")]
    assert rest.min() > 0


def test_tables_agree_with_each_other() -> None:
    for row in bills.rows("component-parts"):
        assert row.part in bills.parts()
        assert row.bill == "*" or row.bill in bills.device_bills(), row.bill
    for row in bills.rows("product-bills"):
        assert row.bill in bills.device_bills(), row.bill
    items = {row.item for row in composition()}
    for part in bills.parts().values():
        assert set(part.basis) <= items, part.part
        assert part.name.say("ja") != part.name.en
    for name, bill in bills.device_bills().items():
        assert abs(sum(share for share, _, _ in bill.values()) - 1) < 1e-3, name
    used = {row.part for table in ("component-parts", "magnets", "vehicle-bills") for row in bills.rows(table)}
    used |= {pack.part for pack in bills.rows("battery-packs")} | {"hulk-copper", "residue"}
    assert used - {bills.ALL_COPPER} == set(bills.parts())


def test_a_part_is_at_most_the_elements_of_the_whole() -> None:
    shares = parts.elements()[0]
    for part, row in zip(bills.parts(), shares, strict=True):
        assert row.sum() <= 1, part


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(contents.products()), min_size=1, max_size=6, unique=True), st.integers(1960, 2100))
def test_a_product_does_not_depend_on_its_company(wanted: list[str], year: int) -> None:
    together = contents.matrix(wanted, [year])
    alone = contents.matrix(wanted[-1:], [year])
    np.testing.assert_allclose(together.values[0, -1], alone.values[0, 0], rtol=1e-13)
    np.testing.assert_array_equal(together.confidence[-1], alone.confidence[0])


def test_wrong_words_are_named() -> None:
    with pytest.raises(Refused) as caught:
        contents.matrix(["0302", "0399"], [2020])
    assert caught.value.problems[0].pointer == "/products/1"
    with pytest.raises(Refused) as caught:
        contents.matrix(["0302"], [2020, 20])
    assert caught.value.problems[0].pointer == "/cohorts/1"


def test_labels() -> None:
    found = contents.matrix(["0302", "0407"], [2000, 2010]).labelled()
    assert found.dims == ("cohort", "product", "element")
    assert float(found.sel(cohort=2010, product="0407", element="Pb")) > 0.03
    assert contents.product_name("vehicle-battery").say("ja") == "電気自動車"


def test_the_page_says_what_the_code_does() -> None:
    page = Path(__file__).parents[2] / "docs" / "arisings-contents.md"
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted >= 8
    assert result.failed == 0


def test_confidence_of_a_total_is_that_of_the_house() -> None:
    """The weakest level carrying more than a tenth, as `reference.weakest` has it."""
    rng = np.random.default_rng(5)
    carried, level = rng.random((4, 6, 3)) ** 4, rng.integers(0, 4, (4, 6, 3)).astype(np.int8)
    carried[2] = 0
    found = contents._weakest(carried, level)
    for p in range(4):
        for m in range(3):
            pairs = [(w, Confidence(int(c))) for w, c in zip(carried[p, :, m], level[p, :, m], strict=True)]
            assert found[p, m] == weakest(pairs)
