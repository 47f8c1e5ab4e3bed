"""Bad input to the stock models: refused with the place and what would be right, or repaired by name; no silent NaN."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from meguri.arisings import Exports, Fixed, InitialStock, Reuse, Weibull, inflow_driven, stock_driven
from meguri.kit.problems import Refused

LIFE = Weibull(2.0, 8.0)
NAN = float("nan")


def refused(*args: object, **options: object) -> tuple[str, str, str]:
    with pytest.raises(Refused) as caught:
        inflow_driven(*args, **options)  # type: ignore[arg-type]
    problem = caught.value.problems[0]
    return problem.code, problem.pointer, str(caught.value)


def test_missing_years_are_named_or_filled():
    given = ([1.0, 2.0, 6.0], LIFE, [2000, 2001, 2004], "middle")
    code, pointer, text = refused(*given)
    assert (code, pointer) == ("missing-years", "/years")
    assert "2002, 2003" in text
    flows = inflow_driven(*given, repair="years-filled")
    assert flows.inflow.values.tolist() == [1.0, 2.0, pytest.approx(10 / 3), pytest.approx(14 / 3), 6.0]
    assert [(each.kind, each.where) for each in flows.repairs] == [
        ("years-filled", "/inflow/2002"),
        ("years-filled", "/inflow/2003"),
    ]
    assert inflow_driven(*given, repair="years-zero").inflow.values.tolist() == [1.0, 2.0, 0.0, 0.0, 6.0]


def test_unsorted_doubled_and_odd_years():
    assert refused([1.0, 2.0], LIFE, [2001, 2000], "middle")[0] == "unsorted-years"
    sorted_ = inflow_driven([1.0, 2.0], LIFE, [2001, 2000], "middle", repair=["years-sorted"])
    assert sorted_.inflow.values.tolist() == [2.0, 1.0]
    assert sorted_.inflow.year.values.tolist() == [2000, 2001]
    assert refused([1.0, 2.0], LIFE, [2000, 2000], "middle")[0] == "doubled-years"
    assert refused([1.0, 2.0], LIFE, [2000, 2000.5], "middle")[0] == "wrong-years"
    assert refused([1.0, 2.0], LIFE, [2000], "middle")[0] == "wrong-years"
    assert refused([1.0, 2.0], LIFE, None, "middle")[0] == "years-missing"


def test_negative_and_absent_figures_are_placed_or_repaired():
    values = np.array([[[1.0], [2.0]], [[-3.0], [NAN]], [[5.0], [6.0]]])
    names = {"products": ["0308", "0309"], "economies": ["JPN"]}
    code, pointer, text = refused(values, LIFE, [2000, 2001, 2002], "start", **names)
    assert (code, pointer) == ("no-figure", "/inflow/2001/0309/JPN")
    code, pointer, text = refused(values, LIFE, [2000, 2001, 2002], "start", **names, repair="gaps-filled")
    assert (code, pointer) == ("negative", "/inflow/2001/0308/JPN")
    assert "-3.0 kg" in text
    flows = inflow_driven(values, LIFE, [2000, 2001, 2002], "start", **names, repair="all")
    assert flows.inflow.values[1, :, 0].tolist() == [0.0, 4.0]
    assert {(each.kind, each.before, each.after) for each in flows.repairs} == {
        ("gaps-filled", None, 4.0),
        ("negative-zeroed", -3.0, 0.0),
    }
    kept = inflow_driven([5.0, -1.0], LIFE, [2000, 2001], "start", repair="negative-kept")
    assert kept.inflow.values.tolist() == [5.0, -1.0]
    assert kept.repairs[0].kind == "negative-kept"


def test_a_gap_at_the_end_or_an_infinite_figure_cannot_be_filled():
    for values in ([1.0, 2.0, NAN], [NAN, 1.0, 2.0], [1.0, float("inf"), 2.0]):
        assert refused(values, LIFE, [2000, 2001, 2002], "end", repair="all")[0] == "no-figure"


def test_many_bad_cells_are_counted_not_all_listed():
    with pytest.raises(Refused) as caught:
        inflow_driven(-np.ones((5, 10)), LIFE, range(2000, 2005), "end")
    assert len(caught.value.problems) == 11
    assert "40 more" in str(caught.value)


def test_wrong_dimensions_say_what_fits():
    code, pointer, text = refused(np.ones((3, 2, 4)), Weibull(np.full(3, 2.0), 8.0), range(3), "middle")
    assert (code, pointer) == ("wrong-dimensions", "/lifetime/shape")
    assert "(2, 4)" in text
    assert "product, economy" in text
    assert refused(np.ones((2, 2, 2, 2)), LIFE, range(2), "middle")[0] == "wrong-dimensions"
    assert refused(np.ones((2, 3)), LIFE, range(2), "middle", products=["a"])[0] == "wrong-dimensions"
    assert refused(xr.DataArray(np.ones(3), dims="time"), LIFE, None, "middle")[0] == "wrong-dimensions"
    inflow = xr.DataArray(np.ones((2, 1)), dims=("year", "economy"), coords={"year": [2000, 2001], "economy": ["JPN"]})
    elsewhere = xr.DataArray([5.0], dims="economy", coords={"economy": ["THA"]})
    assert refused(inflow, Weibull(2.0, elsewhere), convention="middle")[0] == "label-missing"
    odd = xr.DataArray([5.0], dims="region")
    assert "region" in refused(inflow, Weibull(2.0, odd), convention="middle")[2]
    late = xr.DataArray([5.0], dims="cohort", coords={"cohort": [2001]})
    assert "2000" in refused(inflow, Weibull(2.0, late), convention="middle")[2]


def test_words_and_ragged_rows_are_refused():
    assert refused(["many"], LIFE, [2000], "middle")[:2] == ("not-numbers", "/inflow")
    assert refused([[1.0], [1.0, 2.0]], LIFE, [2000, 2001], "middle")[0] == "not-numbers"
    assert refused([1.0], LIFE, ["2000"], "middle")[0] == "wrong-years"


def test_the_convention_must_be_said():
    assert refused([1.0], LIFE, [2000])[0] == "unknown-convention"
    assert refused([1.0], LIFE, [2000], "ends")[0] == "unknown-convention"


def test_a_lifetime_must_be_a_law():
    assert refused([1.0], 8.0, [2000], "middle")[0] == "wrong-lifetime"
    assert refused([1.0], Fixed(5.0), [2000], "wot")[0] == "no-density"


def test_shares_out_of_range_or_above_one_together():
    code, pointer, text = refused([1.0], LIFE, [2000], "middle", exports=1.2)
    assert (code, pointer) == ("share-out-of-range", "/exports/share")
    assert "Exports(amount=" in text
    assert refused([1.0], LIFE, [2000], "middle", exports=-0.1)[0] == "no-figure"
    assert refused([1.0], LIFE, [2000], "middle", reuse=Reuse(NAN, LIFE))[0] == "no-figure"
    together = {"exports": 0.6, "reuse": Reuse(0.6, LIFE)}
    code, pointer, text = refused([1.0], LIFE, [2000], "middle", **together)
    assert (code, pointer) == ("shares-above-one", "/exports/share")
    assert "1.2" in text
    flows = inflow_driven([1.0], LIFE, [2000], "middle", **together, repair="shares-scaled")
    assert float(flows.exported[0]) == pytest.approx(float(flows.leaving[0]) / 2)
    assert flows.repairs[0].before == pytest.approx(1.2)
    with pytest.raises(Refused, match="one of the two"):
        Exports()


def test_units_do_not_mix_unless_converted_by_name():
    initial = InitialStock.steady(3.0, unit="t")
    code, pointer, text = refused([1.0], LIFE, [2000], "middle", unit="kg", initial_stock=initial)
    assert (code, pointer) == ("mixed-units", "/initial_stock")
    assert "give both in kg" in text
    flows = inflow_driven([0.0], LIFE, [2000], "middle", unit="kg", initial_stock=initial, repair="unit-converted")
    assert float(flows.stock[0] + flows.outflow[0]) == pytest.approx(3000.0)
    vehicles = InitialStock.steady(3.0, unit="vehicles")
    assert refused([1.0], LIFE, [2000], "middle", initial_stock=vehicles, repair="all")[0] == "mixed-units"
    labelled = xr.DataArray([1.0], dims="year", coords={"year": [2000]}, attrs={"unit": "t"})
    assert refused(labelled, LIFE, convention="middle", unit="kg")[0] == "mixed-units"


def test_an_initial_stock_says_what_is_known_of_its_ages():
    code, pointer, text = refused([1.0], LIFE, [2000], "middle", initial_stock=100.0)
    assert (code, pointer) == ("ages-unknown", "/initial_stock")
    assert "InitialStock.steady" in text
    for cohorts in ([2000], [1999, 1999], [1400]):
        wrong = InitialStock.by_cohort(np.ones(len(cohorts)), cohorts)
        assert refused([1.0], LIFE, [2000], "middle", initial_stock=wrong)[0] == "wrong-cohorts"
    flat = InitialStock.by_cohort(5.0, [1999])
    assert refused([1.0], LIFE, [2000], "middle", initial_stock=flat)[0] == "wrong-dimensions"
    assert refused([1.0], LIFE, [2000], "middle", initial_stock=InitialStock.steady(-1.0))[0] == "no-figure"


def test_a_labelled_initial_stock_brings_its_cohorts():
    labelled = xr.DataArray([7.0, 5.0], dims="cohort", coords={"cohort": [1998, 1997]})
    plain = InitialStock.by_cohort([5.0, 7.0], [1997, 1998])
    flows = [
        inflow_driven([0.0], LIFE, [2000], "middle", initial_stock=each)
        for each in (InitialStock.by_cohort(labelled), plain)
    ]
    assert float(flows[0].outflow[0]) == float(flows[1].outflow[0]) > 0
    with pytest.raises(Refused, match="differ from those"):
        InitialStock.by_cohort(labelled, [1997, 1998])


def test_an_initial_stock_older_than_its_life_is_refused_or_leaves_at_once():
    old = InitialStock.by_cohort([7.0, 5.0], [1990, 1998])
    code, pointer, _ = refused([0.0, 0.0], Fixed(4.0), [2000, 2001], "end", initial_stock=old)
    assert (code, pointer) == ("older-than-lifetime", "/initial_stock/1990")
    flows = inflow_driven([0.0, 0.0], Fixed(4.0), [2000, 2001], "end", initial_stock=old, repair="leave-at-once")
    assert flows.outflow.values.tolist() == [7.0, 0.0]
    assert flows.stock.values.tolist() == [5.0, 5.0]
    assert [(each.kind, each.before) for each in flows.repairs] == [("leave-at-once", 7.0)]


def test_a_life_too_short_for_any_stock_is_said():
    with pytest.raises(Refused) as caught:
        stock_driven([5.0, 5.0], Fixed(0.5), [2000, 2001], "start")
    assert caught.value.problems[0].code == "lifetime-too-short"
    assert caught.value.problems[0].pointer == "/stock/2000"
    assert (
        refused([0.0], Fixed(0.5), [2000], "start", initial_stock=InitialStock.steady(1.0))[0] == "lifetime-too-short"
    )


def test_an_unknown_repair_is_refused_with_the_nearest():
    code, pointer, text = refused([1.0], LIFE, [2000], "middle", repair="year-sorted")
    assert (code, pointer) == ("unknown-repair", "/repair")
    assert "Nearest: years-sorted" in text


def test_nothing_in_means_nothing_out_without_nan():
    flows = inflow_driven(np.zeros((3, 2)), LIFE, range(3), "wot")
    assert float(flows.outflow.sum()) == 0.0
    assert flows.balance.error == 0.0
    back = stock_driven(np.zeros((3, 2)), LIFE, range(3), "middle")
    assert float(back.inflow.sum()) == 0.0
