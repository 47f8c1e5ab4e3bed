"""Repair of raw sales: each rule on figures where the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from meguri.arisings.sales import recorded
from meguri.arisings.sales.outliers import Origin, Repaired, backcast, far_from_median, fill_between, jumps, repair

YEARS = range(1995, 2007)
PRODUCTS = ("0104", "0407", "0802")


def _smooth_market(economies: int = 8) -> np.ndarray:
    """Sales per head that differ a little between economies and grow a little each year."""
    rng = np.random.default_rng(3)
    levels = np.array([2.0, 1.0, 0.4])[None, :, None] * rng.uniform(0.9, 1.1, (1, 3, economies))
    return (
        levels * (1 + 0.01 * np.arange(len(YEARS)))[:, None, None] * rng.uniform(0.99, 1.01, (len(YEARS), 3, economies))
    )


def _repaired(kg: np.ndarray) -> Repaired:
    people = np.full((len(YEARS), kg.shape[2]), 1.0)
    return repair(kg, people, [1] * kg.shape[2], YEARS, PRODUCTS, np.ones((len(YEARS), len(PRODUCTS))))


def test_a_lone_peak_is_replaced_and_nothing_else_is_touched():
    kg = _smooth_market()
    kg[5, 0, 2] *= 30
    found = _repaired(kg)
    assert found.origin[5, 0, 2] == Origin.OWN_OUTLIER
    assert found.kg_per_head[5, 0, 2] == pytest.approx((kg[4, 0, 2] + kg[6, 0, 2]) / 2)
    kept = found.origin == Origin.RECORDED
    assert kept.mean() > 0.8
    np.testing.assert_array_equal(found.kg_per_head[kept], kg[kept])


def test_an_economy_far_from_its_group_in_every_year_takes_the_level_of_the_group():
    kg = _smooth_market()
    kg[:, 0, 1] *= 12
    found = _repaired(kg)
    assert set(found.origin[:, 0, 1]) == {Origin.GROUP_OUTLIER}
    assert found.kg_per_head[:, 0, 1] == pytest.approx(np.delete(kg[:, 0], 1, axis=1).mean(axis=1), rel=0.05)


def test_more_medical_equipment_than_can_be_sold_is_not_believed():
    kg = _smooth_market()
    kg[:, 2, 4] = 25.0
    assert (_repaired(kg).kg_per_head[:, 2, 4] < 1.0).all()


def test_tube_televisions_end_and_halve_in_the_year_before():
    years = range(1998, 2012)
    kg = np.full((len(years), 1, 6), 1.0)
    found = repair(kg, np.ones((len(years), 6)), [1, 1, 2, 2, 3, 3], years, ("0407",), np.ones((len(years), 1)))
    first_zero = [years[int(np.argmin(found.kg_per_head[:, 0, economy] > 0))] for economy in range(6)]
    assert first_zero == [2007, 2007, 2008, 2008, 2009, 2009]
    assert found.kg_per_head[2006 - 1998, 0, 0] == 0.5


def test_a_new_level_is_no_jump_but_a_spike_is():
    assert not jumps(np.array([1.0, 1.0, 2.0, 2.0, 2.0]))[:4].any()
    assert jumps(np.array([1.0, 1.0, 2.0, 1.0, 1.0])).tolist() == [False, False, True, False, False]
    assert jumps(np.array([1.0, 1.0, 0.4, 1.0, 1.0])).tolist() == [False, False, True, False, False]
    assert jumps(np.array([1.0, 1.0, 1.6]))[-1]


def test_gaps_of_two_years_are_filled_and_longer_ones_are_not():
    n = np.nan
    assert fill_between(np.array([1.0, n, n, 4.0, 5.0])).tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert np.isnan(fill_between(np.array([1.0, n, n, n, 5.0]))[1:4]).all()
    assert fill_between(np.array([n, 1.0, 3.0]))[0] == 0.0, "a line that falls below zero ends at zero"
    assert fill_between(np.array([1.0, 2.0, n]))[-1] == 3.0


def test_too_few_figures_have_no_outliers():
    assert not far_from_median(np.array([1.0, 1.0, 1.0, 1.0, 99.0]), 0, 4.0, 6).any()


def test_sales_rise_from_the_year_of_introduction_to_the_first_records():
    known = Repaired(range(2000, 2004), np.full((4, 1, 1), 6.0), np.zeros((4, 1, 1), np.int8))
    found = backcast(known, 1990, [1995]).kg_per_head[:, 0, 0]
    assert found[:5].tolist() == [0.0] * 5
    assert found[5:10].tolist() == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found[10:].tolist() == [6.0] * 4


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float64, (12, 3, 7), elements=st.one_of(st.just(np.nan), st.floats(-1e3, 1e4))),
    st.integers(0, 2**31),
)
def test_whatever_is_on_file_the_repaired_sales_are_finite_and_not_negative(kg: np.ndarray, seed: int):
    groups = np.random.default_rng(seed).integers(1, 4, 7).tolist()
    found = repair(kg, np.full((12, 7), 50.0), groups, YEARS, PRODUCTS, np.ones((12, 3)))
    assert np.isfinite(found.kg_per_head).all()
    assert (found.kg_per_head >= 0).all()


def test_european_records_are_kept_as_they_are_and_every_other_cell_is_named():
    data = recorded.european()
    shift = data.raw_years[0] - data.repaired.years[0]
    kept = data.repaired.origin[shift:] == Origin.RECORDED
    np.testing.assert_allclose(data.kg[shift:][kept], data.raw_kg[kept], rtol=1e-12)
    assert 0.4 < kept.mean() < 0.8
    assert np.isfinite(data.kg).all()
    assert (data.kg >= 0).all()
    column = data.economies.index("DEU")
    named = data.repairs("DEU")
    panels = [each for each in named if each.where.startswith("/market/DEU/0002/")]
    assert [each.kind for each in panels] == ["left-out"]
    assert panels[0].before > 1e10, "customs figures of panels are beyond belief"
    assert panels[0].after == 0
    total = sum(each.after for each in named) + data.kg[:, :, column][data.repaired.origin[:, :, column] == 0].sum()
    assert total == pytest.approx(data.kg[:, :, column].sum())


def test_an_unknown_set_of_lifetimes_is_refused_with_the_nearest():
    from meguri.kit.problems import Refused

    with pytest.raises(Refused) as refused:
        recorded.lifetimes("UNITAR_NL")
    assert refused.value.problems[0].params["nearest"] == "UNITAR_NLFB"
