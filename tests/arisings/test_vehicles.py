"""Vehicles: drive trains add up, used exports leave first, and Japan's take-back is met honestly or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings.checks import elv as elv_checks
from meguri.arisings.contents import composition as contents
from meguri.arisings.contents.bills import VEHICLES
from meguri.arisings.sales import vehicles
from meguri.kit.problems import Refused
from meguri.reference import Confidence, elv

YEARS = range(1980, 2051)
BATTERY = VEHICLES.index("vehicle-battery")


@pytest.mark.parametrize("economy", vehicles.ECONOMIES)
def test_a_market_is_whole(economy: str) -> None:
    made = vehicles.market(economy)
    assert made.products == VEHICLES
    assert made.vehicles.shape == made.kg.shape == made.sd_log.shape == made.basis.shape == (71, 5)
    assert np.isfinite(made.vehicles).all()
    assert made.vehicles.min() >= 0
    assert (made.sd_log > 0).all()
    assert (made.vehicles[-1] > 0).sum() >= 3
    assert set(made.basis.ravel()) <= {"recorded", "repaired", "inferred", "projected", "assumed"}
    assert made.basis[-1, 0] == "projected"
    assert len(made.confidence) == 5
    assert made.sources
    # Kilograms a vehicle lie between a kei car and a heavy battery car.
    assert made.kg_per_vehicle.min() > 800
    assert made.kg_per_vehicle.max() < 2500
    np.testing.assert_allclose(made.vehicles * made.kg_per_vehicle, made.kg)


def test_sales_are_those_on_file() -> None:
    made = vehicles.market("THA")
    published = {
        int(r.year): r.value * 1000 for r in elv() if r.iso3 == "THA" and r.variable == "new_vehicle_sales_series"
    }
    for year, number in published.items():
        assert made.vehicles[year - 1980].sum() == pytest.approx(number), year
    at = 2023 - 1980
    assert made.vehicles[at, BATTERY] == pytest.approx(76314, rel=1e-3)
    assert made.confidence_by_year[at] == Confidence.SOURCED
    assert made.basis[at, 0] == "recorded"
    assert made.basis[2012 - 1980, 0] == "assumed"


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(vehicles.ECONOMIES),
    st.dictionaries(st.integers(2025, 2050), st.floats(0, 1), min_size=1, max_size=4),
)
def test_uptake_of_battery_cars_is_what_was_asked(economy: str, asked: dict[int, float]) -> None:
    shares = vehicles.drive_trains(economy, YEARS, asked)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-12)
    assert shares.min() >= 0
    for year, share in asked.items():
        assert shares[year - 1980, BATTERY] == pytest.approx(share, abs=1e-12)
    before = vehicles.drive_trains(economy, YEARS)
    first = min(asked) - 1980
    np.testing.assert_array_equal(shares[:first], before[:first])
    # What is not battery keeps its proportions.
    if asked[min(asked)] < 0.99:
        ratio = shares[first, :BATTERY] / shares[first, :BATTERY].sum()
        np.testing.assert_allclose(ratio, before[first, :BATTERY] / before[first, :BATTERY].sum(), atol=1e-9)


def test_used_exports_leave_before_scrapping() -> None:
    found = vehicles.flows("JPN", 2030)
    exported = float(found.exported.sel(year=2018).sum())
    published = next(r.value for r in elv() if r.variable == "used_vehicle_export" and r.year == "2018")
    assert exported == pytest.approx(published * 1000)
    leaving = float(found.leaving.sel(year=2018).sum())
    assert float(found.outflow.sel(year=2018).sum()) == pytest.approx(leaving - exported)
    assert found.balance.error < 1e-12
    whole = found.inflow.values.sum() - found.outflow.values.sum() - found.exported.values.sum()
    assert whole == pytest.approx(found.stock.values[-1].sum())
    # Where no exports are on file none are invented.
    assert not vehicles.flows("IDN", 2025).exported.values.any()


def test_against_a_convolution_by_hand() -> None:
    """Weibull 3.6, sales at mid-year: what leaves at age a is S(a - 1/2) - S(a + 1/2)."""
    found = vehicles.flows("SGP", 2024)
    law = vehicles.lifetime("SGP", [2000])
    scale, shape = float(law.scale[0]), float(law.shape)
    assert float(law.mean[0]) == pytest.approx(10.0)
    sales = found.inflow.values.sum(axis=1)
    survival = lambda age: np.exp(-((np.maximum(age, 0.0) / scale) ** shape))  # noqa: E731
    ages = np.arange(len(sales))
    share = survival(ages - 0.5) - survival(ages + 0.5)
    out = sum(sales[v] * share[len(sales) - 1 - v] for v in range(len(sales)))
    # The kernel of the house averages within the year; the two differ by the curvature of the law alone.
    assert float(found.outflow.values[-1].sum()) == pytest.approx(out, rel=2e-3)


def test_lives_in_japan_follow_the_published_ages() -> None:
    law = vehicles.lifetime("JPN", [1985, 1994, 2008, 2040])
    ages = np.asarray(law.mean)
    assert ages[0] == ages.min()
    assert ages[-1] == pytest.approx(0.8 * 13.84 + 0.2 * 15.84)
    assert (np.diff(ages) >= 0).all()


def test_take_back_is_not_fitted() -> None:
    """FY2023: 2.726 million taken back. Ours follows from sales, lives and exports, and the gap is said."""
    found = {check.row: check for check in elv_checks.checks()}
    now = found["ELV JPN FY2023, from sales, lives and exports"]
    assert now.published == 2726
    flows = vehicles.flows("JPN", 2030).outflow
    by_hand = 0.75 * float(flows.sel(year=2023).sum()) + 0.25 * float(flows.sel(year=2024).sum())
    assert now.ours == pytest.approx(by_hand / 1000)
    assert now.difference is not None
    assert abs(now.difference) < 0.25
    assert now.reason.say("ja") != now.reason.en
    assert abs(found["ELV JPN FY2018, from sales, lives and exports"].difference or 1) < 0.05
    assert abs(found["ELV JPN FY2022, from the balance of the fleet"].difference or 1) < 0.10
    # Registers of ASEAN count more vehicles than sales can have left in use.
    assert all(
        (check.difference or 1) < 0 and "no longer used" in check.reason.en
        for row, check in found.items()
        if row.startswith("Vehicles in use") and "JPN" not in row
    )
    assert vehicles.market("MYS").note.en
    assert not vehicles.market("JPN").note.en


def test_contents_of_a_fleet_follow_the_cohorts() -> None:
    found = vehicles.market("JPN", battery_electric={2025: 0.02, 2040: 1.0})
    held = contents.matrix(VEHICLES, YEARS)
    lithium = contents.ELEMENT_ORDER.index("Li")
    sold = np.einsum("tp,tp->t", found.kg, held.values[:, :, lithium])
    assert sold[2045 - 1980] > 20 * sold[2020 - 1980]


def test_wrong_economies_and_shares_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        vehicles.market("MMR")
    assert caught.value.problems[0].pointer == "/economy"
    with pytest.raises(Refused) as caught:
        vehicles.market("JPN", battery_electric={2030: 50})
    assert caught.value.problems[0].pointer == "/battery_electric/2030"
