"""Raw kernels agree with the plain models, and blocks of quantiles with numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings.draws import quantiles
from meguri.arisings.stock import kernels as fast
from meguri.arisings.stock.conventions import Convention, fractions_by_age, outflow_fractions
from meguri.arisings.stock.lifetimes import Weibull
from meguri.kit.problems import Refused

T, P, E, M = 23, 4, 5, 3


def _world(seed: int = 3):
    pick = np.random.default_rng(seed)
    life = Weibull(1.1 + 2 * pick.random((P, E)), 2 + 15 * pick.random((P, E)))
    return pick.random((T, P, E)), life, pick.random((T, P, M))


@pytest.mark.parametrize("convention", list(Convention))
def test_weibull_fractions_are_those_of_the_convention(convention):
    _, life, _ = _world()
    expected = fractions_by_age(life, T, convention)[0]
    assert np.abs(fast.weibull_fractions(life.shape, life.scale, T, convention) - expected).max() < 1e-14


@pytest.mark.parametrize("convention", list(Convention))
def test_outflow_is_the_sum_over_cohorts(convention):
    inflow, life, _ = _world()
    table = outflow_fractions(life, T, convention)
    expected = np.einsum("tvpe,vpe->tpe", table, inflow)
    leaving = fractions_by_age(life, T, convention)[0]
    assert np.allclose(fast.outflow(inflow, leaving), expected, rtol=1e-12, atol=0)
    assert np.allclose(fast.outflow_by_cohort(inflow, table), expected, rtol=1e-12, atol=0)


def test_matrix_products_give_the_same_where_economies_share_a_lifetime():
    inflow, life, _ = _world()
    leaving = fractions_by_age(life, T, "middle")[0][:, :, 0]
    by_series = fast.outflow(inflow, np.repeat(leaving[:, :, None], E, axis=2))
    by_product = fast.outflow_by_product(np.ascontiguousarray(inflow.transpose(1, 0, 2)), leaving)
    assert np.allclose(by_product.transpose(1, 0, 2), by_series, rtol=1e-12, atol=0)


@pytest.mark.parametrize("per_product", [False, True])
def test_elements_follow_the_composition_of_the_year_of_sale(per_product):
    inflow, life, content = _world()
    if per_product:
        life = Weibull(life.shape[:, :1] * np.ones(E), life.scale[:, :1] * np.ones(E))
    table = outflow_fractions(life, T, "start")
    leaving = fractions_by_age(life, T, "start")[0]
    expected = np.einsum("tvpe,vpe,vpm->tem", table, inflow, content)
    found = fast.elements(inflow, leaving[:, :, 0] if per_product else leaving, content)
    assert np.allclose(found, expected, rtol=1e-12, atol=0)


def test_stock_is_what_came_in_and_did_not_go_out():
    inflow, life, _ = _world()
    leaving, left = fractions_by_age(life, T, "end")
    expected = np.stack([sum(left[t - v] * inflow[v] for v in range(t + 1)) for t in range(T)])
    assert np.allclose(fast.stock(inflow, fast.outflow(inflow, leaving)), expected, rtol=1e-11, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 7),
    st.lists(st.floats(0, 1), min_size=1, max_size=7),
    st.integers(0, 9999),
)
def test_quantiles_are_numpys(count, cells, wanted, seed):
    draws = np.round(np.random.default_rng(seed).standard_normal((count, cells, 2)), 1)  # with ties
    kept = draws.copy()
    assert np.allclose(quantiles.of(draws, wanted), np.quantile(draws, wanted, axis=0), rtol=1e-12, atol=1e-12)
    assert (draws == kept).all()


def test_quantiles_of_many_cells_cross_blocks(monkeypatch):
    monkeypatch.setattr(quantiles, "_BYTES", 40_000)
    draws = np.random.default_rng(1).random((301, 97))
    for wanted in ([0.05, 0.5, 0.95], [0.05, 0.25, 0.5, 0.75, 0.95]):
        assert np.allclose(quantiles.of(draws, wanted), np.quantile(draws, wanted, axis=0), rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_draw_that_is_no_number_is_refused(bad):
    draws = np.ones((100, 3))
    draws[50, 1] = bad
    with pytest.raises(Refused):
        quantiles.of(draws, [0.5])


@pytest.mark.parametrize(("draws", "wanted"), [(np.ones((3, 2)), [1.2]), (np.ones((0, 2)), [0.5])])
def test_impossible_quantiles_are_refused(draws, wanted):
    with pytest.raises(Refused):
        quantiles.of(draws, wanted)
