"""Stock models: what enters is what leaves and stays; linear; never negative; cohorts, second lives and exports."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from meguri.arisings import (
    Convention,
    Exports,
    Fixed,
    Flows,
    InitialStock,
    LogNormal,
    Reuse,
    Weibull,
    inflow_driven,
    kernel_total,
    stock_driven,
)
from meguri.kit.problems import Refused

few = settings(max_examples=20, deadline=None)

T, P, E = 24, 3, 2
YEARS = range(2000, 2000 + T)
CONSERVING = st.sampled_from([Convention.START, Convention.MIDDLE, Convention.END])
ANY = st.sampled_from(list(Convention))


def sales(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float64, shape or (T, P, E), elements=st.floats(0, 1e6, allow_subnormal=False))


def lives(*shape: int) -> st.SearchStrategy[Weibull]:
    where = shape or (P, E)
    return st.builds(
        Weibull,
        hnp.arrays(np.float64, where, elements=st.floats(0.7, 5)),
        hnp.arrays(np.float64, where, elements=st.floats(1.0, 30)),
    )


def rest_of_balance(flows: Flows, initial: np.ndarray | float = 0.0) -> float:
    """Largest imbalance year by year, from the published arrays alone, relative to all that entered."""
    before = np.concatenate([np.broadcast_to(initial, (1, *flows.stock.shape[1:])), flows.stock.values[:-1]])
    error = flows.inflow.values - flows.outflow.values - flows.exported.values - (flows.stock.values - before)
    entered = float(flows.inflow.values.sum() + np.sum(initial))
    return float(np.abs(error).max() / entered) if entered else float(np.abs(error).max())


@few
@given(inflow=sales(), life=lives(), convention=CONSERVING)
def test_what_enters_leaves_or_stays(inflow: np.ndarray, life: Weibull, convention: Convention):
    flows = inflow_driven(inflow, life, YEARS, convention)
    assert rest_of_balance(flows) < 1e-13
    assert flows.balance.error < 1e-12
    assert flows.balance.created is None
    assert flows.outflow.attrs["conserves"] == "yes"


@few
@given(
    inflow=sales(),
    life=lives(),
    convention=ANY,
    reused=st.floats(0, 0.6),
    exported=st.floats(0, 0.4),
    initial=hnp.arrays(np.float64, (P, E), elements=st.floats(0, 1e6, allow_subnormal=False)),
)
def test_it_balances_with_second_lives_exports_and_an_initial_stock(
    inflow: np.ndarray, life: Weibull, convention: Convention, reused: float, exported: float, initial: np.ndarray
):
    flows = inflow_driven(
        inflow,
        life,
        YEARS,
        convention,
        reuse=Reuse(reused, Weibull(1.5, 4.0)),
        exports=Exports(share=exported),
        initial_stock=InitialStock.steady(initial),
        cohorts=True,
    )
    assert rest_of_balance(flows, initial) < 1e-12
    if convention.conserves:
        for each in (flows.outflow, flows.stock, flows.leaving, flows.exported, flows.reused):
            assert float(each.min()) >= 0
    scale = max(1.0, float(inflow.sum() + initial.sum()))
    assert float(np.abs(flows.outflow_by_cohort.sum("cohort") - flows.outflow).max()) < 1e-13 * scale
    assert float(np.abs(flows.stock_by_cohort.sum("cohort") - flows.stock).max()) < 1e-13 * scale
    np.testing.assert_allclose(flows.exported, flows.leaving * exported, rtol=1e-12)
    np.testing.assert_allclose(flows.reused, flows.leaving * reused, rtol=1e-12)


@few
@given(inflow=sales(), life=lives())
def test_what_wot_does_not_conserve_is_reported_exactly(inflow: np.ndarray, life: Weibull):
    wot, start = (inflow_driven(inflow, life, YEARS, convention) for convention in ("wot", "start"))
    assert wot.balance.created is not None
    ahead = np.cumsum(wot.outflow.values - start.outflow.values, axis=0)
    np.testing.assert_allclose(wot.balance.created.values, ahead, atol=1e-12 * max(1.0, inflow.sum()))
    # The shares are the midpoint rule of START's: in the end one unit sold has become the kernel's total.
    one = np.zeros((600, P, E))
    one[0] = 1.0
    forever = inflow_driven(one, life, range(1500, 2100), "wot")
    left = life.survival(600.0)
    np.testing.assert_allclose(forever.outflow.sum("year").values + left, kernel_total(life, "wot"), atol=1e-9)
    np.testing.assert_allclose(forever.balance.created.values[-1], kernel_total(life, "wot") - 1, atol=1e-9)
    assert forever.balance.conserves.startswith("no: ")


@few
@given(first=sales(), second=sales(), life=lives(), convention=ANY, factor=st.floats(0, 100))
def test_flows_are_linear_in_the_sales(
    first: np.ndarray, second: np.ndarray, life: Weibull, convention: Convention, factor: float
):
    a, b, both = (inflow_driven(each, life, YEARS, convention) for each in (first, second, first + factor * second))
    for name in ("outflow", "stock"):
        expected = getattr(a, name).values + factor * getattr(b, name).values
        np.testing.assert_allclose(getattr(both, name).values, expected, rtol=1e-9, atol=1e-10 * (1 + expected.max()))


@few
@given(inflow=sales(), life=lives(T, P, E), convention=ANY)
def test_lives_by_cohort_economy_and_product_equal_series_run_one_by_one(
    inflow: np.ndarray, life: Weibull, convention: Convention
):
    flows = inflow_driven(inflow, life, YEARS, convention)
    for p in range(P):
        for e in range(E):
            one = Weibull(life.shape[:, p, e], life.scale[:, p, e])
            alone = inflow_driven(inflow[:, p, e], one, YEARS, convention)
            np.testing.assert_allclose(flows.outflow.values[:, p, e], alone.outflow.values, rtol=1e-12)
            np.testing.assert_allclose(flows.stock.values[:, p, e], alone.stock.values, rtol=1e-12)
    # And each cohort alone has the outflow of its own life.
    only = np.zeros_like(inflow)
    only[5] = inflow[5]
    alone = inflow_driven(only, Weibull(life.shape[5], life.scale[5]), YEARS, convention)
    mixed = inflow_driven(only, life, YEARS, convention)
    np.testing.assert_allclose(mixed.outflow.values, alone.outflow.values, rtol=1e-12)


@few
@given(inflow=sales(T + 9), life=st.builds(Weibull, st.floats(0.7, 4), st.floats(2, 20)), convention=ANY)
def test_an_initial_stock_by_cohort_ages_as_if_it_had_been_followed(
    inflow: np.ndarray, life: Weibull, convention: Convention
):
    """Conditional survival: cutting a series in two changes nothing after the cut."""
    years = range(1991, 2000 + T)
    reference = "start" if convention is Convention.WOT else convention  # what has survived is the law's, not WOT's
    whole = inflow_driven(inflow, life, years, reference, cohorts=True)
    initial = InitialStock.by_cohort(whole.stock_by_cohort.values[8, :9], range(1991, 2000))
    later = inflow_driven(inflow[9:], life, YEARS, convention, initial_stock=initial)
    straight = inflow_driven(inflow, life, years, convention)
    np.testing.assert_allclose(later.outflow, straight.outflow.values[9:], rtol=1e-9, atol=1e-9 * (1 + inflow.max()))
    if convention.conserves:
        np.testing.assert_allclose(later.stock, straight.stock.values[9:], rtol=1e-9, atol=1e-9 * (1 + inflow.max()))


@few
@given(level=st.floats(1, 1e6), life=st.builds(Weibull, st.floats(1.2, 4), st.floats(2, 20)), convention=CONSERVING)
def test_a_steady_initial_stock_stays_steady_under_constant_sales(level: float, life: Weibull, convention: Convention):
    long = inflow_driven(np.full(400, level), life, range(1600, 2000), convention)
    total = float(long.stock[-1])
    later = inflow_driven(np.full(T, level), life, YEARS, convention, initial_stock=InitialStock.steady(total))
    np.testing.assert_allclose(later.stock, total, rtol=1e-6)
    np.testing.assert_allclose(later.outflow, level, rtol=1e-6)
    assert [each.kind for each in later.repairs] == ["ages-assumed"]


@few
@given(inflow=sales(), life=lives(), convention=CONSERVING, reused=st.floats(0, 0.5))
def test_stock_driven_finds_the_sales_again(inflow: np.ndarray, life: Weibull, convention: Convention, reused: float):
    reuse, initial = Reuse(reused, LogNormal(4.0, 2.0)), InitialStock.steady(np.full((P, E), 5e5))
    forth = inflow_driven(inflow, life, YEARS, convention, reuse=reuse, initial_stock=initial)
    # Rounding may ask for a little less than nothing where sales were zero and most of a cohort dies at once.
    back = stock_driven(
        forth.stock, life, None, convention, reuse=reuse, initial_stock=initial, repair="surplus-outflow"
    )
    reached = kept_in_first_year(life, convention)
    np.testing.assert_allclose(back.inflow.values * reached, inflow * reached, atol=1e-8 * (1e6 + inflow.max()))
    np.testing.assert_allclose(back.stock, forth.stock, rtol=1e-10, atol=1e-12 * (1e6 + inflow.max()))
    assert rest_of_balance(back, 5e5) < 1e-12


def kept_in_first_year(life: Weibull, convention: Convention) -> np.ndarray:
    return life.survival(convention.age_at_first_year_end) ** 3


@few
@given(
    stock=sales(),
    life=lives(),
    convention=CONSERVING,
    reused=st.floats(0, 0.5),
    initial=hnp.arrays(np.float64, (P, E), elements=st.floats(0, 1e6, allow_subnormal=False)),
)
def test_the_repair_of_a_falling_stock_balances_and_keeps_the_stock(
    stock: np.ndarray, life: Weibull, convention: Convention, reused: float, initial: np.ndarray
):
    flows = stock_driven(
        stock,
        life,
        YEARS,
        convention,
        reuse=Reuse(reused, Weibull(2.0, 3.0)),
        initial_stock=InitialStock.steady(initial),
        repair="surplus-outflow",
        cohorts=True,
    )
    assert float(flows.inflow.min()) >= 0
    assert float(flows.outflow.min()) >= -1e-9
    largest = 1 + max(float(stock.max()), float(initial.max()))
    np.testing.assert_allclose(flows.stock, stock, rtol=1e-9, atol=1e-11 * largest)
    assert rest_of_balance(flows, initial) < 1e-12
    total = float(flows.inflow.sum() + initial.sum()) + 1
    assert float(np.abs(flows.outflow_by_cohort.sum("cohort") - flows.outflow).max()) < 1e-12 * total


def test_a_stock_that_falls_too_fast_is_refused_with_place_and_least_stock():
    stock = np.full((5, 2, 1), 100.0)
    stock[3:, 1, 0] = 10.0
    with pytest.raises(Refused) as caught:
        stock_driven(
            stock, Weibull(2.5, 12.0), range(2018, 2023), "middle", products=["0308", "0309"], economies=["JPN"]
        )
    (problem,) = caught.value.problems
    assert problem.pointer == "/stock/2021/0309/JPN"
    assert problem.code == "stock-falls-too-fast"
    least = problem.params["least"]
    assert 90 < least < 100
    stock[3:, 1, 0] = [least + 0.01, least + 0.01]
    stock_driven(stock[:4], Weibull(2.5, 12.0), range(2018, 2022), "middle")


def test_the_repair_names_each_year_with_the_stock_without_sales():
    stock = np.array([100.0, 100.0, 40.0, 40.0])
    flows = stock_driven(stock, Weibull(2.5, 12.0), range(2018, 2022), "end", repair="surplus-outflow")
    (repair,) = flows.repairs
    assert (repair.kind, repair.where, repair.after) == ("surplus-outflow", "/stock/2020", 40.0)
    assert repair.before == pytest.approx(float(flows.outflow[2]) + 40 - sum(_aged_out(flows)), rel=1e-12)
    assert repair.why.say("ja").startswith("ストック")


def _aged_out(flows: Flows) -> list[float]:
    """What leaves in the third year of age alone, from the sales found for the first two."""
    left = Weibull(2.5, 12.0).survival([0.0, 1.0, 2.0])
    return [float(flows.inflow[0] * (left[1] - left[2])), float(flows.inflow[1] * (left[0] - left[1]))]


def test_second_lives_are_longer_in_use_and_cohorts_follow_the_first_sale():
    inflow = np.zeros(6)
    inflow[0] = 100.0
    flows = inflow_driven(inflow, Fixed(2.0), range(2020, 2026), "end", reuse=Reuse(0.25, Fixed(2.0)), cohorts=True)
    assert flows.leaving.values.tolist() == [0, 0, 100, 0, 0, 0]
    assert flows.reused.values.tolist() == [0, 0, 25, 0, 0, 0]
    assert flows.outflow.values.tolist() == [0, 0, 75, 0, 25, 0]
    assert flows.stock.values.tolist() == [100, 100, 25, 25, 0, 0]
    assert flows.outflow_by_cohort.sel(cohort=2020).values.tolist() == [0, 0, 75, 0, 25, 0]
    assert float(flows.outflow_by_cohort.sel(cohort=2022).sum()) == 0


def test_exports_leave_before_waste_as_share_or_amount():
    inflow = np.full(6, 100.0)
    share = inflow_driven(inflow, Fixed(2.0), range(2020, 2026), "end", exports=Exports(share=0.3))
    amount = np.array([0, 0, 30, 30, 30, 30.0])
    same = inflow_driven(inflow, Fixed(2.0), range(2020, 2026), "end", exports=Exports(amount=amount))
    assert share.outflow.values.tolist() == same.outflow.values.tolist() == [0, 0, 70, 70, 70, 70]
    assert share.exported.values.tolist() == [0, 0, 30, 30, 30, 30]
    with pytest.raises(Refused, match=r"only 0\.0 leave") as caught:
        inflow_driven(inflow, Fixed(2.0), range(2020, 2026), "end", exports=Exports(amount=30.0))
    assert caught.value.problems[0].pointer == "/exports/amount/2020"
    cut = inflow_driven(
        inflow, Fixed(2.0), range(2020, 2026), "end", exports=Exports(amount=30.0), repair="exports-cut"
    )
    assert cut.outflow.values.tolist() == share.outflow.values.tolist()
    assert [each.where for each in cut.repairs] == ["/exports/amount/2020", "/exports/amount/2021"]


def test_labelled_input_is_aligned_by_name_and_comes_back_labelled():
    inflow = xr.DataArray(
        np.arange(12.0).reshape(2, 3, 2),
        dims=("economy", "year", "product"),
        coords={"economy": ["JPN", "THA"], "year": [2020, 2021, 2022], "product": ["0308", "0309"]},
        attrs={"unit": "t"},
    )
    scale = xr.DataArray([9.0, 5.0], dims="economy", coords={"economy": ["THA", "JPN"]})
    flows = inflow_driven(inflow, Weibull(2.0, scale), convention="middle")
    assert flows.outflow.dims == ("year", "product", "economy")
    assert flows.outflow.attrs == {"unit": "t", "convention": "middle", "conserves": "yes"}
    japan = inflow.sel(economy="JPN", product="0309").values
    alone = inflow_driven(japan, Weibull(2.0, 5.0), [2020, 2021, 2022], "middle")
    np.testing.assert_allclose(flows.outflow.sel(economy="JPN", product="0309"), alone.outflow, rtol=1e-14)
    assert set(flows.to_dataset()) == {"inflow", "outflow", "stock", "leaving", "exported", "reused"}
    by_cohort = xr.DataArray([4.0, 5.0, 6.0], dims="cohort", coords={"cohort": [2020, 2021, 2022]})
    changing = inflow_driven(inflow, Weibull(2.0, by_cohort), convention="middle")
    plain = inflow_driven(inflow, Weibull(2.0, np.array([4.0, 5.0, 6.0]).reshape(3, 1, 1)), convention="middle")
    np.testing.assert_array_equal(changing.outflow, plain.outflow)
