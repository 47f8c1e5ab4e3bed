"""Runs: every figure with interval, confidence and basis; what scenarios change and what they leave; what is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meguri import worth
from meguri.arisings.draws.deviates import GROUPS
from meguri.arisings.reports.comparison import compare
from meguri.arisings.runs import pedigree, run, store
from meguri.arisings.runs.results import ASEAN, BASES, QUANTILES, VARIABLES, WORLD
from meguri.arisings.sales import published as observed
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.scenarios.scenario import VEHICLES as DRIVE_TRAINS
from meguri.arisings.scenarios.scenario import ByYear, Epr, LifetimeChange, ReuseAssumption
from meguri.kit.problems import NotFound
from meguri.materials import ELEMENT_ORDER
from meguri.reference import Confidence, unu_keys, weakest

YEARS = tuple(range(1980, 2041))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEGURI_HOME", str(tmp_path_factory.mktemp("runs")))
        yield store.home()


@pytest.fixture(scope="module")
def small():
    return replace(
        scenario_file.read("baseline"),
        economies=("GBR", "JPN", "MYS", "VNM"),
        vehicle_economies=("JPN", "MYS"),
        last_year=2040,
        report_years=(2022, 2030, 2040),
        draws=40,
    )


@pytest.fixture(scope="module")
def base(small, home):
    return run.run(small)


def test_every_variable_of_the_table_is_worked_out(base):
    assert set(base.variables) == set(VARIABLES)
    assert base.economies == ("GBR", "JPN", "MYS", "VNM", ASEAN, WORLD)
    assert base.years == YEARS


def test_intervals_rise_and_hold_the_central_run_mostly(base):
    inside, count = 0, 0
    for variable in base.variables:
        block = base.block(variable)
        bands = block.quantiles[block.present]
        assert np.isfinite(bands).all()
        assert np.isfinite(block.value[block.present]).all()
        assert (np.diff(bands, axis=1) >= 0).all()
        assert (block.value >= 0).all()
        value = block.value[block.present]
        inside += ((value >= bands[:, 0] * 0.999) & (value <= bands[:, -1] * 1.001)).sum()
        count += value.size
    assert inside / count > 0.97


def test_japans_arisings_are_those_published(base):
    found = base.series("arisings", "JPN")
    seen = observed.observed("JPN")
    for year, kg in zip(seen.years, seen.kg, strict=True):
        at = found.years.index(year)
        assert found.value[at] == pytest.approx(kg, rel=0.06)
        assert found.low[at] < kg < found.high[at]


def test_mass_is_kept_in_the_central_run(base):
    for economy in ("JPN", "GBR"):
        sold, arisen, stock = (base.series(name, economy).value for name in ("put-on-market", "arisings", "stock"))
        assert np.cumsum(sold) == pytest.approx(np.cumsum(arisen) + stock, rel=1e-9)


def test_totals_are_sums_of_what_they_are_made_of(base):
    for variable in ("arisings", "stock", "contained", "value-usd"):
        item = "Cu" if variable == "contained" else "all"
        single = [base.series(variable, one, item=item).value for one in ("GBR", "JPN", "MYS", "VNM")]
        assert base.series(variable, WORLD, item=item).value == pytest.approx(np.sum(single, axis=0), rel=1e-6)
        assert base.series(variable, ASEAN, item=item).value == pytest.approx(single[2] + single[3], rel=1e-6)
    # Of solar panels outside the EU nothing is on file: absent, not zero.
    with pytest.raises(NotFound, match="was not worked out"):
        base.series("arisings", "JPN", "0002")
    keys = [base.series("arisings", "JPN", key).value for key in unu_keys() if key != "0002"]
    assert base.series("arisings", "JPN").value == pytest.approx(np.sum(keys, axis=0), rel=1e-9)
    groups = [base.series("contained", "JPN", f"eu6-{code}", "Au").value for code in "123456"]
    assert base.series("contained", "JPN", item="Au").value == pytest.approx(np.sum(groups, axis=0), rel=1e-9)


def test_errors_partly_cancel_in_a_total_but_what_is_shared_does_not(base):
    def wide(economy):
        one = base.series("contained", economy, item="Cu").at(2030)
        return float((one.high - one.low)[0] / one.value[0])

    parts = [wide(one) for one in ("GBR", "JPN", "MYS", "VNM")]
    assert 0.3 * min(parts) < wide(WORLD) < max(parts)


def test_elements_of_single_products_add_up_to_those_of_all(base):
    total = sum(base.series("contained", "MYS", key, "Ag").value for key in ("0303", "0306"))
    assert (total < base.series("contained", "MYS", item="Ag").value)[-30:].all()
    mobile = base.series("contained", "MYS", "0306", "Au")
    assert mobile.years == YEARS
    assert (np.diff(mobile.quantiles, axis=0) >= 0).all()


def test_fractions_add_up_to_what_arises(base):
    block = base.block("fractions")
    streams = [base.series("fractions", "JPN", item=item).value for item in block.items if _has(base, item)]
    assert np.sum(streams, axis=0) == pytest.approx(base.series("arisings", "JPN").value, rel=1e-6)


def _has(found, item):
    block = found.block("fractions")
    return bool(block.present[block.place("JPN", "e-waste", item)])


def test_worth_is_mass_times_rate_and_what_has_no_rate_is_absent(base):
    gold = worth.prices().of("Au")
    mass, value = (base.series(name, "JPN", item="Au") for name in ("contained", "value-usd"))
    assert value.value == pytest.approx(mass.value * gold.value, rel=1e-9)
    assert value.quantiles == pytest.approx(mass.quantiles * gold.value, rel=1e-5)
    demand = worth.demand("Cu")
    share = base.series("share-of-japan-demand", "JPN", item="Cu")
    assert share.value == pytest.approx(base.series("recovered", "JPN", item="Cu").value / demand.kg_per_year)
    for element in ELEMENT_ORDER:
        if worth.demand(element) is None:
            with pytest.raises(NotFound, match="was not worked out"):
                base.series("share-of-japan-demand", "JPN", item=element)


def test_vehicles_are_counted_and_stand_apart_from_equipment(base):
    count = base.series("end-of-life-vehicles", "JPN").at(2023)
    assert 2.0e6 < count.value[0] < 4.5e6
    kinds = [base.series("end-of-life-vehicles", "JPN", kind).at(2023).value for kind in DRIVE_TRAINS]
    assert np.sum(kinds) == pytest.approx(count.value[0])
    assert base.series("arisings", "JPN", "vehicles").at(2023).value[0] / count.value[0] == pytest.approx(1200, rel=0.4)
    with pytest.raises(NotFound):
        base.series("end-of-life-vehicles", "GBR")


# How sure


def test_basis_and_confidence_travel_to_every_year(base):
    found = base.series("arisings", "JPN")
    basis = dict(zip(found.years, found.basis, strict=True))
    assert basis[2015] == "inferred"
    assert basis[2035] == "projected"
    sold = base.series("put-on-market", "GBR")
    assert dict(zip(sold.years, sold.basis, strict=True))[2010] in ("recorded", "repaired")
    assert set(found.basis) <= set(BASES)
    collected = base.series("collected", "VNM")
    assert all(collected.placeholder)
    assert collected.basis[-1] == "assumed"
    recovered = base.series("recovered", "JPN", item="Au")
    contained = base.series("contained", "JPN", item="Au")
    assert all(a <= b for a, b in zip(recovered.confidence, contained.confidence, strict=True))


def test_levels_of_totals_are_those_of_the_reference():
    rng = np.random.default_rng(0)
    weights, levels = rng.random((50, 6)) ** 4, rng.integers(0, 4, (50, 6))
    found = pedigree.weakest_levels(weights, levels)
    for row in range(50):
        parts = zip(weights[row], (Confidence(int(one)) for one in levels[row]), strict=True)
        assert found[row] == weakest(parts)
    assert pedigree.weakest_levels(np.zeros((1, 3)), np.ones((1, 3), dtype=int))[0] == Confidence.MISSING


def test_the_breakdown_tells_groups_apart_and_is_kept(base):
    found = base.variance("recovered", "JPN", 2030, item="Au", n=64)
    assert {one.group for one in found.groups} == set(GROUPS)
    assert [one.total for one in found.groups] == sorted((one.total for one in found.groups), reverse=True)
    assert base.variance("recovered", "JPN", 2030, item="Au", n=64) == found
    series = base.series("recovered", "JPN", item="Au").at(2030)
    assert found.mean == pytest.approx(series.value[0], rel=0.25)
    nothing = base.variance("arisings", "JPN", 2030, n=64)
    assert {one.group: one.total for one in nothing.groups}["yields"] == 0
    assert {one.group: one.total for one in nothing.groups}["composition"] == 0


# Scenarios


def other(small, **changes):
    return run.run(replace(small, name="other", **changes))


def test_higher_collection_changes_what_is_collected_and_nothing_that_arises(base, small):
    more = other(small, collection=(("JPN", ByYear(((2025, 0.3), (2035, 0.6)))),))
    assert more.series("arisings", "JPN").value == pytest.approx(base.series("arisings", "JPN").value)
    at = YEARS.index(2035)
    assert more.series("collected", "JPN").value[at] == pytest.approx(0.6 * more.series("arisings", "JPN").value[at])
    before = YEARS.index(2017)
    assert more.series("collected", "JPN").value[:before] == pytest.approx(
        base.series("collected", "JPN").value[:before]
    )
    assert more.series("collected", "GBR").value == pytest.approx(base.series("collected", "GBR").value)


def test_producer_responsibility_lifts_recovery_in_its_economy(base, small):
    law = other(small, epr=(("VNM", Epr(2026, 0.4, 8)),))
    gold = [one.series("recovered", "VNM", item="Au").at(2024, 2040).value for one in (base, law)]
    assert gold[1][0] == pytest.approx(gold[0][0])
    assert gold[1][1] > 10 * gold[0][1]


def test_longer_lifetimes_keep_goods_in_use(base, small):
    longer = other(small, lifetimes=LifetimeChange(2026, 1.4))
    before, after = (one.series("arisings", "JPN").at(2024, 2040).value for one in (base, longer))
    assert after[0] == pytest.approx(before[0])
    assert after[1] < before[1]
    assert longer.series("stock", "JPN").at(2040).value > base.series("stock", "JPN").at(2040).value


def test_reuse_puts_off_arisings_and_loses_nothing(base, small):
    again = other(small, reuse=ReuseAssumption(ByYear(((2024, 0.0), (2030, 0.3))), 5.0, ("0306",)))
    mobile = [one.series("arisings", "JPN", "0306").at(2030).value[0] for one in (base, again)]
    assert mobile[1] < mobile[0]
    assert again.series("arisings", "JPN", "0108").value == pytest.approx(base.series("arisings", "JPN", "0108").value)
    sold, arisen, stock = (again.series(name, "JPN", "0306").value for name in ("put-on-market", "arisings", "stock"))
    assert np.cumsum(sold) == pytest.approx(np.cumsum(arisen) + stock, rel=1e-9)


def test_more_electric_cars_bring_more_lithium(base, small):
    fast = other(small, battery_electric=(("JPN", ByYear(((2024, 0.05), (2035, 0.9)))),))
    lithium = [one.series("stock-contained", "JPN", "vehicles", "Li").at(2020, 2040).value for one in (base, fast)]
    assert lithium[1][0] == pytest.approx(lithium[0][0])
    assert lithium[1][1] > 2 * lithium[0][1]


def test_a_scenario_may_follow_a_few_products_only(small):
    few = run.run(replace(small, name="few", economies=("MYS",), vehicle_economies=(), products=("0306", "0303")))
    assert [name for name in few.block("arisings").products if name in unu_keys()] == ["0303", "0306"]
    assert few.series("arisings", "MYS").value == pytest.approx(
        few.series("arisings", "MYS", "0306").value + few.series("arisings", "MYS", "0303").value
    )


def test_a_comparison_says_what_was_assumed_otherwise(base, small):
    more = other(small, collection=(("JPN", ByYear(((2025, 0.3), (2035, 0.6)))),))
    found = compare(base, more, (("collected", "all", "all"),), ("JPN",), (2022, 2040))
    assert [pointer for pointer, _, _ in found.assumptions] == ["/collection/JPN"]
    (difference,) = found.differences
    assert difference.relative[1] == pytest.approx(difference.second.value[1] / difference.first.value[1] - 1)
    assert difference.absolute[1] > 0
    with pytest.raises(NotFound):
        compare(base, more, (("arisings", "all", "Au"),), ("JPN",))


@pytest.mark.parametrize(
    "changes",
    [{"convention": "start"}, {"convention": "end"}, {"lifetime_set": "UNU2015"}, {"last_year": 1995},
     {"first_year": 2010}, {"last_year": 2060}, {"products": ("vehicle-battery",)},
     {"used_exports": (("MYS", ByYear(((2000, 0.3),))),)}],
    ids=str,
)  # fmt: skip
def test_whatever_is_assumed_figures_are_finite_and_not_negative(small, changes):
    report = (changes.get("last_year", 2030),)
    plain = replace(small, name="odd", economies=("MYS",), vehicle_economies=("MYS",), report_years=report, draws=20)
    found = run.run(replace(plain, **changes))
    assert found.variables
    for variable in found.variables:
        block = found.block(variable)
        assert block.value.shape[-1] == len(found.years)
        assert np.isfinite(block.value).all()
        assert np.isfinite(block.quantiles).all()
        assert (block.value >= 0).all()
        assert (block.quantiles >= 0).all()


def test_the_convention_that_does_not_conserve_gives_nearly_the_same_arisings(base, small):
    wot = run.run(replace(small, name="wot", convention="wot", economies=("GBR",), vehicle_economies=()))
    at = YEARS.index(2020)
    assert wot.series("arisings", "GBR").value[at] == pytest.approx(base.series("arisings", "GBR").value[at], rel=0.05)


# What is kept


def test_equal_assumptions_give_equal_figures_kept_or_worked_out_again(base, small, home):
    again = run.run(small)
    assert (again.series("stock", "MYS").quantiles == base.series("stock", "MYS").quantiles).all()
    kept = run.kept(small)
    assert kept is not None
    assert kept.digest == base.digest
    for variable, item in (("arisings", "all"), ("contained", "Au")):
        one, two = base.series(variable, "JPN", item=item), kept.series(variable, "JPN", item=item)
        assert (one.value == two.value).all()
        assert (one.quantiles == two.quantiles).all()
        assert (one.confidence, one.basis, one.sources) == (two.confidence, two.basis, two.sources)
    assert kept.repairs == base.repairs


def test_an_economy_has_the_same_figures_whoever_else_is_followed(base, small):
    alone = run.run(replace(small, name="alone", economies=("JPN",), vehicle_economies=()))
    assert alone.series("contained", "JPN", item="Au").quantiles == pytest.approx(
        base.series("contained", "JPN", item="Au").quantiles, rel=1e-5
    )
    assert alone.economies == ("JPN",)


def test_only_the_runs_used_last_are_kept(small, home, tmp_path, monkeypatch):
    monkeypatch.setenv("MEGURI_HOME", str(tmp_path))
    monkeypatch.setattr(store, "MOST", 2)
    few = replace(small, economies=("MYS",), vehicle_economies=(), products=("0306",), draws=20)
    kept = [run.run(replace(few, seed=seed)).digest for seed in (1, 2, 3)]
    assert {path.name for path in store.home().iterdir()} == set(kept[1:])


def test_a_broken_folder_is_worked_out_again(small, home):
    one = replace(small, name="broken", economies=("MYS",), vehicle_economies=(), seed=7)
    digest = run.run(one).digest
    (home / digest / "arisings.npz").unlink()
    assert run.kept(one) is None
    (home / digest / "run.json").write_text("{", encoding="utf-8")
    assert run.kept(one) is None
    assert run.run(one).series("arisings", "MYS").value[-1] > 0


def test_without_a_folder_to_write_to_a_run_still_answers(small, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("MEGURI_HOME", str(blocked))
    one = replace(small, name="nowhere", economies=("MYS",), vehicle_economies=(), seed=8, draws=20)
    assert run.run(one).series("arisings", "MYS").value[-1] > 0


def test_progress_is_said_and_may_stop_the_work(small):
    heard = []

    class Stop(Exception):
        pass

    def say(share, what):
        heard.append((share, what))
        if share > 0.3:
            raise Stop

    with pytest.raises(Stop):
        run.run(replace(small, name="stopped", seed=99), say)
    assert heard[0][0] == 0
    assert heard[0][1].say("ja") != heard[0][1].en
    assert run.kept(replace(small, seed=99)) is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("arising", "JPN"), "Nearest: arisings"),
        (("arisings", "JPX"), "Nearest: JPN"),
        (("arisings", "JPN", "9999"), "no product"),
        (("contained", "JPN", "all", "Xx"), "no item"),
        (("contained", "JPN"), "no item"),
        (("contained", WORLD, "0306", "Au"), "single economies"),
    ],
)
def test_what_is_not_there_is_said(base, asked, words):
    with pytest.raises(NotFound, match=words):
        base.series(*asked)


def test_quantiles_are_those_named(base):
    assert QUANTILES == (5, 25, 50, 75, 95)
    found = base.series("arisings", "JPN").at(2030).to_json()
    assert [name for name in found if name.startswith("q")] == ["q05", "q25", "q50", "q75", "q95"]
    assert found["years"] == [2030]
    assert len(found["value"]) == len(found["confidence"]) == len(found["basis"]) == 1
