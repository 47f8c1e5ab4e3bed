"""Lifetime laws: moments, densities and survival agree with each other and with scipy; absurd ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from meguri.arisings import (
    LAWS,
    Convention,
    Fixed,
    FoldedNormal,
    Gamma,
    LifetimeLaw,
    LogNormal,
    Normal,
    Weibull,
    fractions_by_age,
    kernel_total,
    outflow_fractions,
)
from meguri.kit.problems import Refused

SMOOTH = [Weibull(1.3, 7.0), Weibull(2.5, 12.0), LogNormal(9.0, 4.0), FoldedNormal(8.0, 5.0), Gamma(2.4, 3.0)]
CONSERVING = [Convention.START, Convention.MIDDLE, Convention.END]


def laws() -> st.SearchStrategy[LifetimeLaw]:
    mean, shape = st.floats(0.5, 40), st.floats(0.6, 8)
    return st.one_of(
        st.builds(Weibull, shape, mean),
        st.builds(LogNormal, mean, st.floats(0.3, 20)),
        st.builds(Normal, mean, st.floats(0.3, 10)),
        st.builds(FoldedNormal, mean, st.floats(0.3, 10)),
        st.builds(Gamma, shape, mean),
        st.builds(Fixed, mean),
    )


@pytest.mark.parametrize("law", SMOOTH, ids=lambda law: type(law).__name__)
def test_moments_and_density_follow_from_survival(law: LifetimeLaw):
    mean = integrate.quad(law.survival, 0, 400, limit=400)[0]
    second = 2 * integrate.quad(lambda age: age * law.survival(age), 0, 400, limit=400)[0]
    assert mean == pytest.approx(float(law.mean), rel=1e-7)
    assert np.sqrt(second - mean**2) == pytest.approx(float(law.sd), rel=1e-6)
    assert float(law.survival(law.median)) == pytest.approx(0.5, abs=1e-9)
    for low, high in ((0.1, 1.0), (3.0, 4.0), (11.0, 30.0)):
        died = integrate.quad(law.density, low, high)[0]
        assert died == pytest.approx(float(law.survival(low) - law.survival(high)), abs=1e-9)


def test_survival_is_scipys():
    ages = np.linspace(0, 60, 121)
    np.testing.assert_allclose(Gamma(2.4, 3.0).survival(ages), stats.gamma.sf(ages, 2.4, scale=3.0), rtol=1e-12)
    np.testing.assert_allclose(
        Weibull(2.4, 3.0).density(ages), stats.weibull_min.pdf(ages, 2.4, scale=3.0), rtol=1e-11, atol=1e-300
    )
    np.testing.assert_allclose(Normal(9, 2).density(ages), stats.norm.pdf(ages, 9, 2), rtol=1e-12)


@pytest.mark.parametrize("law", [Weibull, LogNormal, Normal, Gamma])
@settings(deadline=None)
@given(mean=st.floats(0.5, 60), ratio=st.floats(0.11, 1.5))
def test_from_mean_and_sd_gives_that_mean_and_sd(law: type[LifetimeLaw], mean: float, ratio: float):
    made = law.from_mean_and_sd(mean, mean * ratio)
    assert float(made.mean) == pytest.approx(mean, rel=1e-9)
    assert float(made.sd) == pytest.approx(mean * ratio, rel=1e-7)


@pytest.mark.parametrize("ratio", [0.01, 0.124, 0.126, 0.5, 0.755])
def test_a_folded_law_has_the_mean_and_sd_asked_for(ratio: float):
    made = FoldedNormal.from_mean_and_sd([4.0, 12.0], [4.0 * ratio, 12.0 * ratio])
    assert made.mean == pytest.approx([4.0, 12.0], rel=1e-12)
    assert made.sd == pytest.approx([4.0 * ratio, 12.0 * ratio], rel=1e-7)
    with pytest.raises(Refused, match=r"0\.7555"):
        FoldedNormal.from_mean_and_sd(4.0, 3.1)


@settings(deadline=None)
@given(law=laws())
def test_survival_falls_from_at_most_one_and_stays_a_share(law: LifetimeLaw):
    survival = law.survival(np.arange(0, 120, 0.5))
    assert ((survival >= 0) & (survival <= 1)).all()
    assert (np.diff(survival) <= 0).all()


@settings(deadline=None)
@given(law=laws(), convention=st.sampled_from(CONSERVING))
def test_shares_leaving_and_left_add_up_in_every_conserving_convention(law: LifetimeLaw, convention: Convention):
    leaving, left = fractions_by_age(law, 60, convention)
    np.testing.assert_allclose(np.cumsum(leaving) + left, 1.0, atol=1e-14)
    assert leaving.min() >= 0
    assert float(kernel_total(law, convention)) == 1.0


@pytest.mark.parametrize(("shape", "scale", "total"), [(1.2, 2.0, 1.019), (1.5, 4.0, 1.011), (2.5, 12.0, 1.0001)])
def test_wot_sums_to_something_else_than_one(shape: float, scale: float, total: float):
    assert float(kernel_total(Weibull(shape, scale), "wot")) == pytest.approx(total, abs=6e-4)
    leaving, left = fractions_by_age(Weibull(shape, scale), 300, "wot")
    assert leaving.sum() == pytest.approx(float(kernel_total(Weibull(shape, scale), "wot")), abs=1e-12)
    assert left[-1] == pytest.approx(1 - leaving.sum(), abs=1e-12)


def test_wot_is_the_density_at_half_years():
    leaving, _ = fractions_by_age(Weibull(2.0, 10.0), 4, "wot")
    ages = np.arange(4) + 0.5
    np.testing.assert_allclose(leaving, 2 / 10 * (ages / 10) * np.exp(-((ages / 10) ** 2)), rtol=1e-14)


def test_the_matrix_holds_the_shares_by_age_and_by_cohort():
    life = Weibull(2.0, np.array([[5.0], [9.0]]))
    matrix = outflow_fractions(life, 5, "middle")
    leaving, _ = fractions_by_age(life, 5, "middle")
    assert matrix.shape == (5, 5, 2, 1)
    assert (matrix[4, 1] == leaving[3]).all()
    assert (matrix[1, 2] == 0).all()
    changing = Weibull(2.0, np.array([5.0, 6.0, 7.0]).reshape(3, 1, 1))
    by_cohort = outflow_fractions(changing, 3, "middle")
    assert by_cohort[2, 1, 0, 0] == fractions_by_age(Weibull(2.0, 6.0), 3, "middle")[0][1]


def test_scaled_lives_are_that_much_longer():
    for law in (*SMOOTH, Fixed(4.0), Normal(8.0, 2.0)):
        assert float(law.scaled(1.7).mean) == pytest.approx(1.7 * float(law.mean), rel=1e-12)
        assert float(law.scaled(1.7).sd) == pytest.approx(1.7 * float(law.sd), rel=1e-12)


@pytest.mark.parametrize("bad", [0.0, -1.0, 100.5, float("nan"), float("inf")])
def test_absurd_shapes_are_refused_with_the_bounds(bad: float):
    with pytest.raises(Refused, match="above 0 and at most 100") as caught:
        Weibull(bad, 10.0)
    assert caught.value.problems[0].pointer == "/lifetime/shape"


@pytest.mark.parametrize("bad", [0.0, -1.0, 500.5, float("nan")])
def test_absurd_lives_are_refused_in_every_law(bad: float):
    for law in LAWS.values():
        arguments = [2.0] * len(law.limits)
        arguments[-1 if "scale" in law.limits or len(arguments) == 1 else 0] = np.array([5.0, bad])
        with pytest.raises(Refused):
            law(*arguments)


def test_a_fixed_life_has_no_density_and_no_spread():
    with pytest.raises(Refused, match="start, middle or end"):
        fractions_by_age(Fixed(5.0), 10, "wot")
    with pytest.raises(Refused, match="no spread"):
        Fixed.from_mean_and_sd(5.0, 1.0)


def test_impossible_spreads_and_misfitting_shapes_are_refused():
    with pytest.raises(Refused, match="must lie between"):
        Weibull.from_mean_and_sd(10.0, 0.01)
    with pytest.raises(Refused, match="above 0"):
        Gamma.from_mean_and_sd(10.0, 0.0)
    with pytest.raises(Refused, match="do not fit"):
        Weibull(np.ones(3), np.ones(4))


def test_extreme_parameters_give_no_nan_and_no_warning(recwarn: pytest.WarningsRecorder):
    ages = np.concatenate([[0.0], np.geomspace(1e-6, 2000, 200)])
    for law in (Weibull(100, 0.01), Weibull(0.01, 500), Weibull(1, 0.001), Gamma(100, 1e-3), LogNormal(1e-3, 400)):
        assert np.isfinite(law.survival(ages)).all()
        assert np.isfinite(law.density(ages[1:])).all()
    assert not recwarn.list


def test_words_are_no_numbers():
    with pytest.raises(Refused, match="must be numbers"):
        Weibull("two", 10.0)
    with pytest.raises(Refused, match="must be numbers"):
        Fixed([[1.0], [2.0, 3.0]])


def test_an_unknown_convention_is_refused_with_the_nearest():
    with pytest.raises(Refused, match="Nearest: middle"):
        Convention.of("midle")
    with pytest.raises(Refused, match="start, middle, end or wot"):
        Convention.of(None)
    assert Convention.of("WOT") is Convention.WOT
