"""Sales carried forward: towards a ceiling, back to it, or along a fading trend; never sure of more than the past."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings.sales import drivers, recorded
from meguri.arisings.sales.projection import level_and_growth, project
from meguri.kit.problems import Refused


def _growing(start: float, growth: float, years: int = 20) -> np.ndarray:
    return start * np.exp(growth * np.arange(years))


@settings(max_examples=50, deadline=None)
@given(st.floats(0.2, 10), st.floats(0.005, 0.14), st.floats(20, 40))
def test_a_growing_market_rises_to_the_ceiling_and_never_above(level: float, growth: float, ceiling: float):
    history = _growing(level, growth)[_growing(level, growth) < 0.9 * ceiling]
    if history.size < 8:
        return
    found = project(history, 200, ceiling=ceiling)
    assert found.law == "logistic"
    assert (np.diff(found.per_head) >= -1e-9).all()
    assert (found.per_head <= ceiling + 1e-9).all()
    assert 0.99 * history[-1] < found.per_head[0] < 1.001 * history[-1] * np.exp(growth)
    if growth > 0.05:
        assert found.per_head[-1] > 0.9 * ceiling


def test_a_market_above_its_ceiling_returns_to_the_mean_of_its_last_years():
    history = np.r_[np.full(14, 30.0), 36.0, 37.0, 38.0]
    found = project(history, 60, ceiling=25.0)
    assert found.law == "return"
    assert (np.diff(found.per_head) < 0).all()
    assert 30.0 < found.per_head[-1] < 33.0, "its own level of the last years, not the common ceiling"


def test_a_shrinking_market_shrinks_less_and_less():
    found = project(_growing(20, -0.05), 40)
    steps = -np.diff(np.log(found.per_head))
    assert found.law == "damped"
    assert (np.diff(steps) < 0).all()
    assert found.per_head[-1] > 0.6 * 20 * np.exp(-0.05 * 19)


def test_a_trend_lost_in_noise_is_not_carried_on():
    rng, spread, kept, raw = np.random.default_rng(4), np.full(12, 0.1), [], []
    for _ in range(60):
        noisy = 10 * np.exp(rng.normal(0, 0.2, 12))
        kept.append(abs(level_and_growth(noisy, spread)[1]))
        raw.append(abs(np.polyfit(np.arange(6), np.log(noisy[-6:]), 1)[0]))
    assert np.median(kept) < 0.5 * np.median(raw)
    assert level_and_growth(_growing(10, 0.02, 12), spread)[1] == pytest.approx(0.02, rel=1e-6)


def test_the_error_starts_at_that_of_the_history_and_grows_with_the_root_of_time():
    found = project(_growing(5, 0.05), 16, sd_log=np.full(20, 0.2))
    grown = found.sd_log**2 - 0.2**2
    assert grown[15] == pytest.approx(16 * grown[0])
    assert grown[0] == pytest.approx(drivers.value("projection-sd") ** 2)


@pytest.mark.parametrize("history", [[1.0], [1.0, 0.0], [1.0, np.nan], [[1.0, 2.0]]])
def test_a_history_that_cannot_be_is_refused(history: list[float]):
    with pytest.raises(Refused):
        project(history, 5)


def test_every_driver_has_a_range_around_it_and_a_source():
    for driver in drivers.drivers().values():
        assert driver.low <= driver.value <= driver.high, driver.name
        assert driver.source
        assert driver.meaning.say("ja") != driver.meaning.en


def test_the_ceiling_is_what_the_records_of_the_richest_economies_give():
    data = recorded.european()
    groups = {row.iso3: row.purchasing_power_group for row in recorded.market_groups()}
    richest = [data.economies.index(each) for each in data.economies if groups[each] == 1]
    rows = [year - data.repaired.years[0] for year in range(2011, 2015)]
    per_head = data.kg[rows][:, :, richest].sum(axis=(1, 2)) / data.population[rows][:, richest].sum(axis=1)
    assert drivers.value("ceiling") == pytest.approx(per_head.mean(), rel=0.02)


def test_the_spread_of_repaired_figures_is_what_hiding_a_tenth_of_the_records_gives():
    from meguri.arisings.sales.outliers import Origin, repair

    data = recorded.european()
    groups = {row.iso3: row.purchasing_power_group for row in recorded.market_groups()}
    shift = data.raw_years[0] - data.repaired.years[0]
    known = (data.repaired.origin[shift:] == Origin.RECORDED) & (data.raw_kg > 0)
    hidden = known & (np.random.default_rng(1).random(known.shape) < 0.1)
    people = data.population[shift:]
    found = repair(
        np.where(hidden, np.nan, data.raw_kg),
        people,
        [groups[each] for each in data.economies],
        data.raw_years,
        data.products,
        recorded.piece_kg(data.raw_years[0], data.raw_years[-1]),
    )
    kg = found.kg_per_head * people[:, None, :]
    tried = hidden & (kg > 0)
    squared = np.log(kg[tried] / data.raw_kg[tried]) ** 2
    spread = np.sqrt((squared * data.raw_kg[tried]).sum() / data.raw_kg[tried].sum())
    assert drivers.value("repaired-sd") == pytest.approx(spread, rel=0.25)
