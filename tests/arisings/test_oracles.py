"""The same figures as other people's programs: flodym, the published British series, ODYM's correction."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from meguri import reference
from meguri.arisings import (
    Fixed,
    FoldedNormal,
    InitialStock,
    LogNormal,
    Normal,
    Weibull,
    fractions_by_age,
    inflow_driven,
    stock_driven,
)

flodym = pytest.importorskip("flodym")

YEARS = range(1980, 2051)
PRODUCTS, ECONOMIES = 4, 3


def _random(low: float, high: float, *shape: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape)


def _dims() -> object:
    return flodym.DimensionSet(
        dim_list=[
            flodym.Dimension(letter="t", name="Time", dtype=int, items=list(YEARS)),
            flodym.Dimension(letter="p", name="Product", dtype=str, items=[f"p{i}" for i in range(PRODUCTS)]),
            flodym.Dimension(letter="e", name="Economy", dtype=str, items=[f"e{i}" for i in range(ECONOMIES)]),
        ]
    )


def _flodym_life(name: str, dims: object, at: str, by_cohort: bool) -> tuple[object, object]:
    """The same law for flodym and for us, by cell, and by cohort too where asked."""
    shape = (len(YEARS), PRODUCTS, ECONOMIES) if by_cohort else (PRODUCTS, ECONOMIES)
    mean, sd = _random(2.5, 18, *shape), _random(0.8, 4, *shape, seed=8)
    kinds = {
        "weibull": (flodym.WeibullLifetime, {"weibull_scale": mean, "weibull_shape": sd}, Weibull(sd, mean)),
        "lognormal": (flodym.LogNormalLifetime, {"mean": mean, "std": sd}, LogNormal(mean, sd)),
        "normal": (flodym.NormalLifetime, {"mean": mean, "std": sd}, Normal(mean, sd)),
        "folded": (flodym.FoldedNormalLifetime, {"mean": mean, "std": sd}, FoldedNormal(mean, sd)),
        "fixed": (flodym.FixedLifetime, {"mean": mean}, Fixed(mean)),
    }
    theirs, parameters, ours = kinds[name]
    full = {key: np.broadcast_to(value, (len(YEARS), PRODUCTS, ECONOMIES)).copy() for key, value in parameters.items()}
    # One point per year, placed by inflow_at: flodym's default, without its quadrature over the year.
    return theirs(dims=dims, time_letter="t", inflow_at=at, n_pts_per_interval=1, **full), ours


def _close(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert np.abs(ours - theirs).max() <= 1e-12 * np.abs(theirs).max()


@pytest.mark.parametrize("by_cohort", [False, True])
@pytest.mark.parametrize("convention", ["start", "middle", "end"])
@pytest.mark.parametrize("law", ["weibull", "lognormal", "normal", "folded", "fixed"])
def test_flodym_inflow_driven_agrees_to_1e_12(law: str, convention: str, by_cohort: bool):
    dims = _dims()
    life, ours = _flodym_life(law, dims, convention, by_cohort)
    inflow = _random(0, 100, len(YEARS), PRODUCTS, ECONOMIES, seed=9)
    dsm = flodym.InflowDrivenDSM(dims=dims, name="s", time_letter="t", lifetime_model=life)
    dsm.inflow.values[...] = inflow
    dsm.compute()
    flows = inflow_driven(inflow, ours, YEARS, convention, cohorts=True)
    _close(flows.outflow.values, dsm.outflow.values)
    _close(flows.stock.values, dsm.stock.values)
    _close(flows.stock_by_cohort.values, dsm.get_stock_by_cohort())
    _close(flows.outflow_by_cohort.values, dsm.get_outflow_by_cohort())


@pytest.mark.parametrize("by_cohort", [False, True])
@pytest.mark.parametrize("convention", ["start", "middle", "end"])
@pytest.mark.parametrize("law", ["weibull", "lognormal", "normal", "folded", "fixed"])
def test_flodym_stock_driven_agrees_to_1e_12(law: str, convention: str, by_cohort: bool):
    dims = _dims()
    life, ours = _flodym_life(law, dims, convention, by_cohort)
    # Grows faster than any cohort dies, so that no sales are negative.
    stock = 50 * 1.06 ** np.arange(len(YEARS))[:, None, None] * _random(1, 2, PRODUCTS, ECONOMIES)
    dsm = flodym.StockDrivenDSM(dims=dims, name="s", time_letter="t", lifetime_model=life)
    dsm.stock.values[...] = stock
    dsm.compute()
    assert dsm.inflow.values.min() > 0
    flows = stock_driven(stock, ours, YEARS, convention)
    _close(flows.inflow.values, dsm.inflow.values)
    _close(flows.outflow.values, dsm.outflow.values)


def _uk_differences() -> dict[tuple[str, str], float]:
    """Largest relative difference of outflow, in ``wot``, by key and unit."""
    series = defaultdict(list)
    for row in reference.uk_stockflow():
        series[row.unu_key, row.unit].append(row)
    found = {}
    for key, rows in series.items():
        rows.sort(key=lambda row: row.year)
        life = Weibull(rows[0].weibull_shape, rows[0].weibull_scale_yr)
        years, inflow = [row.year for row in rows], [row.inflow for row in rows]
        # Some published sales are negative (more exported than made and imported), some years are left out.
        flows = inflow_driven(inflow, life, years, "wot", unit=rows[0].unit, repair=["negative-kept", "years-zero"])
        left_out = years[-1] - years[0] + 1 - len(years)
        assert len(flows.repairs) == sum(each < 0 for each in inflow) + left_out
        published = np.array([row.outflow_model for row in rows])
        difference = np.abs(flows.outflow.sel(year=years).values - published)
        found[key] = float((difference / np.where(published == 0, np.abs(published).max(), np.abs(published))).max())
    return found


def test_93_of_the_94_british_series_within_a_thousandth():
    found = _uk_differences()
    assert len(found) == 94
    assert sorted(key for key, difference in found.items() if difference >= 1e-3) == [("0506", "tonnes")]


def test_the_british_stock_is_the_bookkeeping_of_wot():
    rows = [row for row in reference.uk_stockflow() if (row.unu_key, row.unit) == ("0101", "units")]
    rows.sort(key=lambda row: row.year)
    life = Weibull(rows[0].weibull_shape, rows[0].weibull_scale_yr)
    years, inflow = [row.year for row in rows], [row.inflow for row in rows]
    flows = inflow_driven(inflow, life, years, "wot", unit="units", repair="negative-kept")
    np.testing.assert_allclose(flows.stock.values, [r.stock_model for r in rows], rtol=1e-5)


def _odym_correction(stock: np.ndarray, survival: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ODYM's stock-driven model with negative-inflow correction, one series, written out from its description.

    ``survival[t, c]``: share of cohort ``c`` in use at the end of year ``t``. Surplus leaves in proportion.
    """
    years = len(stock)
    inflow, by_cohort, outflow = np.zeros(years), np.zeros((years, years)), np.zeros(years)
    for t in range(years):
        before = by_cohort[t - 1].sum() if t else 0.0
        missing = stock[t] - by_cohort[t].sum()
        if missing < 0:
            share = -missing / by_cohort[t].sum()
            by_cohort[t:, : t + 1] -= by_cohort[t:, : t + 1] * share
        else:
            inflow[t] = missing / survival[t, t]
            by_cohort[t:, t] = inflow[t] * survival[t:, t]
        outflow[t] = before + inflow[t] - by_cohort[t].sum()
    return inflow, outflow


@pytest.mark.parametrize("convention", ["start", "middle", "end"])
def test_surplus_leaves_as_in_odyms_correction(convention: str):
    life = Weibull(2.2, 9.0)
    stock = np.concatenate([np.linspace(10, 100, 20), np.linspace(90, 15, 8), np.linspace(20, 80, 15)])
    years = range(2000, 2000 + len(stock))
    left = fractions_by_age(life, len(stock), convention)[1]
    survival = np.zeros((len(stock), len(stock)))
    for c in range(len(stock)):
        survival[c:, c] = left[: len(stock) - c]
    inflow, outflow = _odym_correction(stock, survival)
    assert (inflow == 0).sum() > 3
    flows = stock_driven(stock, life, years, convention, repair="surplus-outflow")
    np.testing.assert_allclose(flows.inflow.values, inflow, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(flows.outflow.values, outflow, rtol=1e-11, atol=1e-11)
    assert len(flows.repairs) == (inflow == 0).sum()
    assert {each.kind for each in flows.repairs} == {"surplus-outflow"}


def test_an_initial_stock_is_what_flodym_has_after_its_early_years():
    """Run flodym over all years; start ours in the middle with flodym's cohorts as the initial stock."""
    dims = _dims()
    life, ours = _flodym_life("weibull", dims, "middle", False)
    inflow = _random(0, 100, len(YEARS), PRODUCTS, ECONOMIES, seed=11)
    dsm = flodym.InflowDrivenDSM(dims=dims, name="s", time_letter="t", lifetime_model=life)
    dsm.inflow.values[...] = inflow
    dsm.compute()
    cut = 30
    initial = InitialStock.by_cohort(dsm.get_stock_by_cohort()[cut - 1, :cut], list(YEARS)[:cut])
    flows = inflow_driven(inflow[cut:], ours, list(YEARS)[cut:], "middle", initial_stock=initial)
    _close(flows.outflow.values, dsm.outflow.values[cut:])
    _close(flows.stock.values, dsm.stock.values[cut:])
