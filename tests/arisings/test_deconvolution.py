"""Sales inferred from arisings: recovered where they are known, sure where they can be, refused where they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.arisings import Weibull, fractions_by_age
from meguri.arisings.stock.deconvolution import best_weight, infer, roughness
from meguri.kit.problems import Refused

COHORTS = 36
SEEN = np.arange(16, COHORTS)


def _operator(shape: float = 2.0, scale: float = 10.0) -> np.ndarray:
    leaving, _ = fractions_by_age(Weibull(shape, scale), COHORTS, "middle")
    matrix = np.zeros((SEEN.size, COHORTS))
    for row, year in enumerate(SEEN):
        matrix[row, : year + 1] = leaving[: year + 1][::-1]
    return matrix


def _bump(at: float, height: float) -> np.ndarray:
    time = np.arange(COHORTS)
    return 100 * 1.04**time * (1 + height * np.exp(-(((time - at) / 7) ** 2)))


@settings(max_examples=20, deadline=None)
@given(st.floats(10, 28), st.floats(-0.4, 0.6), st.floats(1.6, 3.0), st.floats(6, 14))
def test_a_smooth_history_is_recovered(at: float, height: float, shape: float, scale: float):
    operator, truth = _operator(shape, scale), _bump(at, height)
    found = infer(operator @ truth, operator, 1.04 ** np.arange(COHORTS), least_weight=1e-4)
    middle = slice(12, COHORTS - 5)
    assert np.abs(found.sales[middle] / truth[middle] - 1).max() < 0.12
    assert found.fitted == pytest.approx(operator @ truth, rel=0.01)


def test_arisings_twice_as_large_come_from_sales_twice_as_large():
    operator = _operator()
    seen, course = operator @ _bump(20, 0.3), np.ones(COHORTS)
    one, two = infer(seen, operator, course), infer(2 * seen, operator, 7 * course)
    assert two.sales == pytest.approx(2 * one.sales, rel=1e-6)
    assert two.sd_log == pytest.approx(one.sd_log, rel=1e-6)


def test_sales_that_end_do_not_become_negative():
    operator = _operator()
    truth = np.where(np.arange(COHORTS) < 18, 100.0, 0.0)
    found = infer(operator @ truth, operator, np.ones(COHORTS), weight=1e-4)
    assert (found.sales >= 0).all()
    assert found.sales[22:].sum() < 0.1 * found.sales.sum()


def test_the_band_holds_the_truth_as_often_as_it_says():
    operator, rng, inside = _operator(), np.random.default_rng(5), []
    truth = _bump(22, 0.3)
    for _ in range(40):
        noisy = operator @ truth * rng.normal(1, 0.02, SEEN.size)
        found = infer(noisy, operator, 1.04 ** np.arange(COHORTS), accuracy=0.02, least_weight=3e-3)
        inside.append(np.abs(np.log(np.maximum(found.sales, 1e-9) / truth))[10:] < 1.96 * found.sd_log[10:])
    assert 0.85 < np.mean(inside) <= 1.0


def test_the_last_years_are_the_least_sure():
    operator = _operator()
    found = infer(operator @ _bump(20, 0.2), operator, np.ones(COHORTS), weight=0.01)
    assert found.sd_log[-1] > 3 * found.sd_log[20]


def test_more_weight_is_smoother_and_cross_validation_finds_more_for_noisier_arisings():
    operator, rng = _operator(), np.random.default_rng(1)
    clean = operator @ _bump(20, 0.5)
    noisy = clean * rng.normal(1, 0.05, SEEN.size)
    rough = roughness(COHORTS)
    smooth, wild = (infer(noisy, operator, np.ones(COHORTS), weight=each).sales for each in (100.0, 1e-4))
    assert np.abs(np.diff(smooth, 2)).sum() < 0.2 * np.abs(np.diff(wild, 2)).sum()
    for_clean, for_noisy = (
        best_weight(operator * each.sum() / operator.sum() / each[:, None], rough) for each in (clean, noisy)
    )
    assert for_clean < for_noisy
    assert best_weight(operator / clean[:, None] * 100, rough, least=5.0) >= 5.0


@pytest.mark.parametrize(
    ("arisings", "course", "pointer"),
    [
        ([1.0, np.nan, 2.0], [1.0] * 4, "/arisings"),
        ([1.0, -2.0, 2.0], [1.0] * 4, "/arisings"),
        ([1.0, 1.0, 2.0], [1.0, 0.0, 1.0, 1.0], "/expected"),
        ([1.0, 1.0], [1.0] * 4, "/operator"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(arisings: list[float], course: list[float], pointer: str):
    with pytest.raises(Refused) as refused:
        infer(arisings, np.full((3, 4), 0.1), course)
    assert pointer in {problem.pointer for problem in refused.value.problems}


def test_an_operator_of_zeros_is_refused():
    with pytest.raises(Refused):
        infer([1.0, 1.0, 1.0], np.zeros((3, 4)), np.ones(4))
