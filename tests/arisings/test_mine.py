"""The urban mine: metals in use and arising, priced where a price is held, against demand only where it is sourced."""

from __future__ import annotations

import numpy as np
import pytest

from meguri import worth
from meguri.arisings.contents import composition as contents
from meguri.arisings.contents import urban_mine as mine
from meguri.arisings.contents.bills import VEHICLES
from meguri.kit.problems import Refused
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence

AT = {element: m for m, element in enumerate(ELEMENT_ORDER)}
PRODUCTS = ("0302", "0306", "0407", "vehicle-battery")
COHORTS = (2000, 2010, 2020)


@pytest.fixture(scope="module")
def held() -> contents.Contents:
    return contents.matrix(PRODUCTS, COHORTS)


def test_masses_are_goods_times_contents(held: contents.Contents) -> None:
    goods = np.arange(1.0, 13.0).reshape(3, 4) * 1e6
    found = mine.of(goods, goods / 10, held)
    by_hand = sum(goods[v, p] * held.values[v, p, AT["Au"]] for v in range(3) for p in range(4))
    assert float(found.stock.of("Au")) == pytest.approx(by_hand)
    np.testing.assert_allclose(found.arisings.masses_kg * 10, found.stock.masses_kg)
    assert float(found.stock.masses_kg.sum()) <= goods.sum()
    assert (found.stock.sd_kg <= found.stock.masses_kg).all()
    assert found.stock.value.value == pytest.approx(worth.value(found.stock.masses_kg).value)
    assert float(found.stock.carbon.value) > 0


def test_what_is_not_known_is_named(held: contents.Contents) -> None:
    found = mine.of(np.ones((3, 4)), np.ones((3, 4)), held).stock
    assert not found.known[AT["Ge"]]
    assert found.confidence[AT["Ge"]] == Confidence.MISSING
    assert found.unknown_goods_kg[AT["Ge"]] == pytest.approx(12.0)
    assert found.unknown_goods_kg[AT["Fe"]] == 0


def test_demand_only_where_sourced(held: contents.Contents) -> None:
    goods = np.full((5, 3, 4), 1e9)
    found = mine.of(goods, goods, held)
    assert found.arisings.demand_years.shape == (5, 30)
    for element in ELEMENT_ORDER:
        asked = worth.demand(element)
        at = found.arisings.demand_years[0, AT[element]]
        if asked is None:
            assert np.ma.is_masked(at), element
            assert element not in found.demands
        else:
            assert float(at) == pytest.approx(float(found.arisings.of(element)[0]) / asked.kg_per_year)
    assert "Cu" in found.demands
    assert "Nd" not in found.demands


def test_placeholders_are_weighed() -> None:
    held = contents.matrix(("0302", "0104", *VEHICLES[:1]), (2010,))
    goods = np.array([[3.0, 1.0, 0.0]])
    assert mine.of(goods, goods, held).placeholder_share == pytest.approx(0.25)


def test_impossible_goods_are_refused(held: contents.Contents) -> None:
    good = np.ones((3, 4))
    for stock, arisings, pointer in ((np.ones((4, 3)), good, "/stock"), (good, -good, "/arisings")):
        with pytest.raises(Refused) as caught:
            mine.of(stock, arisings, held)
        assert caught.value.problems[0].pointer == pointer
