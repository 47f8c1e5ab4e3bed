"""The market of any economy: what is on record, inferred, carried forward; and what it refuses to say."""

from __future__ import annotations

import numpy as np
import pytest

from meguri.arisings.checks import held_out as heldout
from meguri.arisings.sales import drivers, market, recorded
from meguri.arisings.sales import published as observed
from meguri.arisings.sales.market import MarketOptions, SalesBasis
from meguri.kit.problems import Refused
from meguri.reference import Confidence

ASEAN = ("VNM", "THA", "MYS", "IDN", "PHL")
PANELS = recorded.products().index("0002")


def _near(found: market.Market, options: MarketOptions = market.DEFAULT) -> np.ndarray:
    """Relative distance of arisings run forward from those observed, by observed year."""
    seen = observed.observed(found.economy, options.until, options.editions, options.anchor)
    ours = heldout.forward(found.kg, options.convention, options.lifetime_set)
    return ours[np.array(seen.years) - market.FIRST] / seen.kg - 1


@pytest.mark.parametrize("economy", [*ASEAN, "JPN", "USA", "AUS", "IND", "CHN", "DEU", "GBR", "POL"])
def test_every_economy_has_sales_with_bands_and_a_basis_in_every_cell(economy: str):
    found = market.of(economy)
    assert found.kg.shape == found.sd_log.shape == found.basis.shape == (71, 54)
    assert np.isfinite(found.kg).all()
    assert (found.kg >= 0).all()
    assert (found.kg.sum(axis=1) > 0).all()
    assert (found.sd_log >= found.total_sd_log[:, None] - 1e-12).all()
    assert (found.sd_log > 0).all()
    assert len(found.confidence) == 54
    assert found.sources
    assert found.total_sd_log[-1] > found.total_sd_log[25], "the far future is less sure than the past"
    assert not found.kg[:, PANELS].any()
    assert set(found.basis[:, PANELS]) <= {SalesBasis.ASSUMED, SalesBasis.PROJECTED}


@pytest.mark.parametrize("convention", ["start", "middle", "end", "wot"])
@pytest.mark.parametrize("economy", ["VNM", "IDN", "JPN"])
def test_inferred_sales_give_back_the_arisings_they_come_from(economy: str, convention: str):
    options = MarketOptions(convention=convention)
    away = _near(market.of(economy, options=options), options)
    assert np.abs(away).max() < 0.05
    assert np.sqrt((away**2).mean()) < 0.02


def test_with_the_wrong_lifetimes_the_arisings_are_not_given_back():
    found = market.of("JPN")
    seen = observed.observed("JPN")
    other = heldout.forward(found.kg, "middle", "UNITAR_IT")[np.array(seen.years) - market.FIRST]
    assert np.abs(other / seen.kg - 1).max() > 0.05


def test_recorded_sales_are_the_repaired_ones_and_later_ones_are_projected():
    found, data = market.of("FRA"), recorded.european()
    rows = slice(0, len(data.repaired.years))
    np.testing.assert_array_equal(found.kg[rows], data.kg[:, :, data.economies.index("FRA")])
    assert (found.basis[2016 - market.FIRST :] == SalesBasis.PROJECTED).all()
    assert (found.basis[: 1995 - market.FIRST] == SalesBasis.ASSUMED).all()
    middle = found.basis[1995 - market.FIRST : 2016 - market.FIRST]
    assert {SalesBasis.RECORDED, SalesBasis.REPAIRED} <= set(middle.ravel())
    recorded_cell = middle == SalesBasis.RECORDED
    spread = found.sd_log[1995 - market.FIRST : 2016 - market.FIRST]
    assert spread[recorded_cell].mean() < spread[middle == SalesBasis.REPAIRED].mean()


def test_sales_per_head_stay_near_the_ceiling_to_2050():
    for economy in market.economies():
        found = market.of(economy)
        per_head = found.kg.sum(axis=1) / recorded.population(economy, 1980, 2050)
        own = max(drivers.value("ceiling"), per_head[:43].max())
        assert per_head[43:].max() <= own * 1.05, economy


def test_a_year_range_is_a_cut_of_the_whole():
    whole, part = market.of("THA"), market.of("THA", range(2005, 2031))
    np.testing.assert_array_equal(part.kg, whole.kg[25:51])
    np.testing.assert_array_equal(part.basis, whole.basis[25:51])


def test_what_is_held_out_is_not_seen():
    kept = observed.observed("IDN", 2017, False)
    assert kept.years[-1] == 2017
    found = market.of("IDN", options=MarketOptions(until=2017, editions=False))
    assert (found.basis[2018 - market.FIRST :, 0] == SalesBasis.PROJECTED).all()
    assert (found.basis[2017 - market.FIRST, 0]) == SalesBasis.INFERRED


def test_an_anchor_sets_the_level():
    low, high = (market.of("VNM", options=MarketOptions(anchor=(2022, kt))) for kt in (290.0, 516.0))
    ratio = heldout.forward(high.kg, "middle") / np.maximum(heldout.forward(low.kg, "middle"), 1)
    assert ratio[2000 - market.FIRST : 2021 - market.FIRST] == pytest.approx(516 / 290, rel=0.05)
    assert "anchored" in {each.kind for each in low.repairs}
    assert set(low.confidence) <= {Confidence.MEMORY, Confidence.MISSING}


def test_an_edition_that_steps_too_far_is_named_and_left_aside():
    kinds = {each.kind: each for each in market.of("VNM").repairs}
    assert kinds["edition-doubtful"].where == "/arisings/VNM/2022"
    assert kinds["edition-doubtful"].before == pytest.approx(516e6)
    assert "edition-doubtful" not in {each.kind for each in market.of("PHL").repairs}


def test_a_poor_economy_has_the_split_of_the_world_and_a_rich_one_that_of_europe():
    codes = np.array(drivers.categories())
    by_category = {}
    for economy in ("IND", "JPN"):
        found = market.of(economy)
        gone = heldout.leaving(found, observed.observed(economy).years[-1]).sum(axis=0)
        by_category[economy] = {code: gone[codes == code].sum() / gone.sum() for code in "123456"}
    assert by_category["IND"] == pytest.approx(drivers.world_split(), abs=0.01)
    assert by_category["JPN"]["4"] > by_category["IND"]["4"] + 0.05


def test_an_unknown_economy_is_refused_saying_which_there_are():
    with pytest.raises(Refused) as refused:
        market.of("BRA")
    problem = refused.value.problems[0]
    assert problem.pointer == "/economy"
    assert "VNM" in problem.params["known"]
    with pytest.raises(Refused):
        observed.observed("TWN")


@pytest.mark.parametrize("years", [range(1970, 2000), range(1990, 2102), range(2000, 2000), range(1990, 2000, 2)])
def test_years_outside_are_refused(years: range):
    with pytest.raises(Refused) as refused:
        market.of("JPN", years)
    assert refused.value.problems[0].pointer == "/years"


def test_sales_on_record_are_found_again_from_their_arisings():
    """Held out: the economy's own sales are not seen, only arisings of 2000-2014 and the others' product pattern."""
    studies = [heldout.sales_inferred(economy) for economy in ("GBR", "DEU", "FRA", "ITA", "NLD", "SWE")]
    errors = np.abs(np.array([study.error for study in studies]))
    assert np.median(errors) < 0.08
    assert np.sqrt((errors**2).mean()) < 0.13
    assert np.mean([study.within for study in studies]) > 0.85


def test_arisings_held_out_are_followed():
    """Fitted to 2000-2017 only, the next four years are met within a tenth everywhere."""
    worst = {each: float(np.abs(heldout.arisings_followed(each).error).max()) for each in observed.economies()}
    assert max(worst.values()) < 0.1, worst


def test_errors_of_single_years_offset_each_other_in_the_arisings():
    found = market.of("THA")
    assert found.total_covariance.shape == (71, 71)
    assert np.linalg.eigvalsh(found.total_covariance).min() > -1e-9
    spread, row = heldout.arisings_sd(found), 2020 - market.FIRST
    assert spread[row] < 0.6 * found.total_sd_log[row - 8 : row + 1].mean()
    assert spread[2040 - market.FIRST] > 3 * spread[2022 - market.FIRST]
    part = market.of("THA", range(2005, 2031))
    np.testing.assert_array_equal(part.total_covariance, found.total_covariance[25:51, 25:51])


def test_bands_of_arisings_held_out_are_as_wide_as_their_errors():
    studies = [heldout.arisings_of_known_sales(economy) for economy in heldout.economies_on_record()]
    z = np.array([np.log1p(study.error) / study.sd_log for study in studies])
    assert 0.5 < np.sqrt((z[:, 2:] ** 2).mean()) < 1.3
    assert np.mean([study.within for study in studies]) > 0.9


def test_the_page_on_the_market_runs_as_it_stands():
    import doctest
    from pathlib import Path

    page = Path(__file__).resolve().parents[2] / "docs" / "arisings-market.md"
    text = page.read_text(encoding="utf-8").replace("\n```", "\n")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner, failed = doctest.DocTestRunner(), []
    assert len(test.examples) >= 5
    runner.run(test, out=failed.append)
    assert not failed, "".join(failed)
