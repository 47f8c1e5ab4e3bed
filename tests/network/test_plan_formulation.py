"""The plan's program on a case worked out by hand: coefficients, balances, and every limit binding as it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plan_small import lane, limit, site, small

from meguri.network.model.formulation import formulate
from meguri.network.model.instance import Instance, Objective, Sale
from meguri.network.results.plan import SolvedPlan, plan
from meguri.network.solver.highs import NoPlan

YEARS = np.array([1.0, 2.0])


def metal_2026(made: SolvedPlan, by: str = "origin") -> dict[str, float]:
    table = made.statistics.recovered(by=(by, "year"))
    return {str(getattr(row, by)): float(row.t_y) for row in table.itertuples() if row.year == 2026}


def test_objective_coefficients_are_the_written_out_arithmetic() -> None:
    instance = small(objective=Objective(carbon_usd_t=50.0, discount=0.1))
    made = formulate(instance)
    cost, discount = made.program.cost, np.array([1.0, 1.1**-1])
    collect = made.columns["collect"].block.ids
    assert cost[collect[0]] == pytest.approx((10.0 + 50.0 / 1000 * 1.0) * YEARS * discount)
    flow = made.columns["flow"].block.ids
    lanes = [instance.lanes[one.lane].id for one in made.reach.flows]
    assert cost[flow[lanes.index("phones:A>j-yard")]] == pytest.approx((40.0 + 0.05 * 16.0) * YEARS * discount)
    process = made.columns["process"].block.ids
    feeds = [(instance.sites[feed.place].id, feed.origin) for feed in made.reach.feeds]
    assert cost[process[feeds.index(("a-yard", "VNM"))]] == pytest.approx((20.0 + 0.05 * 5.0) * YEARS * discount)
    # A tonne of boards from Japan holds 2 kg of gold, 1.8 kg are recovered and sold at 1,000 USD/kg.
    smelted = 100.0 + 0.05 * 700.0 - 0.002 * 0.9 * 1e6
    assert cost[process[feeds.index(("furnace", "JPN"))]] == pytest.approx(smelted * YEARS * discount)
    dispose = made.columns["dispose"].block.ids
    assert cost[dispose[0]] == pytest.approx(7.0 * YEARS * discount) or cost[dispose[0]] == pytest.approx(
        9.0 * YEARS * discount
    )


def test_the_plan_by_hand() -> None:
    made = plan(small())
    # VNM, a tonne: 10 + 1 + 20 + 0.5*7 + 0.4*(30 + 100 - 900) = -273.5; by way of Japan 40 + 0.4*3 is dearer.
    # JPN, a tonne: 30 + 2 + 20 + 0.5*7 + 0.4*(3 + 100 - 1800) = -623.3.
    assert made.solution.objective == pytest.approx(3 * (100 * -273.5 + 50 * -623.3))
    assert metal_2026(made) == pytest.approx({"VNM": 100 * 0.4 * 0.001 * 0.9, "JPN": 50 * 0.4 * 0.002 * 0.9})


def test_mass_closes_at_every_node() -> None:
    made = plan(small(sites=(*small().sites[:2], site("furnace", "JPN", "smelter", 30.0, storage_most_t=50.0))))
    table = made.statistics.balance()
    assert table["unaccounted_t_y"].abs().max() < 1e-9
    at_yard = table[(table["node"] == "a-yard") & (table["year"] == 2026)].iloc[0]
    # What is neither boards nor residue is the process's own loss: a tenth.
    assert at_yard["lost_t_y"] == pytest.approx(0.1 * at_yard["in_t_y"])


def test_capacity_binds_and_its_dual_is_the_gain_of_one_tonne_more() -> None:
    def of(capacity: float) -> SolvedPlan:
        return plan(small(sites=(*small().sites[:2], site("furnace", "JPN", "smelter", capacity))))

    made = of(30.0)
    used = made.statistics.capacity()
    assert used[used["site"] == "furnace"]["used_t_y"].to_numpy() == pytest.approx([30.0, 30.0])
    rows = made.formulation.rows["capacity"].ids[2]
    assert of(31.0).solution.objective - made.solution.objective == pytest.approx(made.duals.row_duals[rows].sum())


def storage_case(most: float) -> Instance:
    base = small()
    furnace = replace(base.sites[2], capacity_t_y=(0.0, 1000.0), storage_most_t=most, storage_usd_t_y=1.0)
    no_boards_lost = tuple(one for one in base.disposals if one.stream == "residue")
    must = tuple(replace(one, least_share=(1.0, 0.0)) for one in base.supplies)
    return replace(base, sites=(*base.sites[:2], furnace), disposals=no_boards_lost, supplies=must)


def test_storage_carries_tonnes_from_one_period_to_a_longer_one() -> None:
    made = plan(storage_case(100.0))
    # 150 t of phones make 60 t of boards in the one year of the first period; the second lasts two years.
    stored = made.values("store").sum(axis=0)
    assert stored == pytest.approx([60.0, 0.0])
    processed = made.statistics.processed(by=("site", "year"))
    furnace = {int(row.year): row.t_y for row in processed.itertuples() if row.site == "furnace"}
    assert furnace == pytest.approx({2026: 60.0 + 60.0 / 2})
    assert made.statistics.balance()["unaccounted_t_y"].abs().max() < 1e-9


def test_where_storage_is_too_small_the_conflict_is_named() -> None:
    with pytest.raises(NoPlan) as refused:
        plan(storage_case(10.0))
    assert "storage" in str(refused.value) or "collection" in str(refused.value)


def new_yard(**more: float) -> Instance:
    base = small()
    yard = site("a-yard", "VNM", "yard", 0.0, build_most_t_y=500.0, build_usd_t_y=10.0, **more)
    return replace(base, sites=(yard, *base.sites[1:]))


def test_a_site_is_opened_once_and_pays_for_each_year() -> None:
    made = plan(new_yard(opening_usd=500.0, fixed_usd_y=7.0, build_least_t_y=150.0))
    assert made.values("build").sum() == pytest.approx(150.0)
    table = made.statistics.cost(by=("stage", "kind", "thing", "year"))
    paid = {(row.stage, row.kind, row.year): row.usd_y for row in table.itertuples() if row.thing == "a-yard"}
    assert paid[("investment", "once", 2025)] == pytest.approx(500.0 + 150.0 * 10.0)
    assert ("investment", "once", 2026) not in paid
    assert paid[("fixed", "annual", 2025)] == pytest.approx(7.0)
    assert paid[("fixed", "annual", 2026)] == pytest.approx(7.0)


def test_a_site_too_dear_is_not_opened_and_material_goes_on() -> None:
    made = plan(new_yard(opening_usd=1e9))
    assert made.values("build").sum() == pytest.approx(0.0)
    assert metal_2026(made)["VNM"] == pytest.approx(100 * 0.4 * 0.001 * 0.9)


def test_nothing_is_built_before_its_year() -> None:
    made = plan(new_yard(build_from=2026))
    assert made.values("build")[:, 0] == pytest.approx(0.0)
    assert made.values("build")[:, 1] == pytest.approx(100.0)


def test_a_standing_site_closes_where_it_costs_more_than_it_brings() -> None:
    base = small()
    yard = replace(base.sites[0], may_close=True, fixed_usd_y=1e6, closing_usd=5.0)
    made = plan(replace(base, sites=(yard, *base.sites[1:])))
    assert made.values("running") == pytest.approx(np.zeros((1, 2)))
    assert made.values("stop").sum() == pytest.approx(1.0)


def test_carbon_cap_binds_at_the_kilogram() -> None:
    free = plan(small())
    emitted = free.statistics.carbon(by=("year",)).set_index("year")["kg_y"]
    made = plan(small(limits=(limit("carbon-cap", float(emitted[2025]) / 2),)))
    found = made.statistics.carbon(by=("year",)).set_index("year")["kg_y"]
    assert found.to_numpy() == pytest.approx([emitted[2025] / 2] * 2)


def test_net_carbon_counts_what_metal_avoids() -> None:
    base = small(avoided_kg_kg={"Au": 10_000.0})
    made = plan(replace(base, limits=(limit("carbon-cap", 0.0, item="net"),)))
    assert made.solution.objective == pytest.approx(plan(base).solution.objective)


def test_budget_counts_all_that_is_invested_up_to_a_period() -> None:
    made = plan(replace(new_yard(), limits=(limit("budget", 300.0),)))
    assert made.values("build").sum() == pytest.approx(30.0)


def test_collection_and_recovery_targets_bind() -> None:
    dear = replace(small(), sales=(Sale("Au", (0.0, 0.0)),))
    assert plan(dear).statistics.collected(by=())["t_y"][0] == pytest.approx(0.0)
    made = plan(replace(dear, limits=(limit("collection", 0.5, "VNM"),)))
    collected = made.statistics.collected(by=("zone", "year"))
    assert {row.zone: row.t_y for row in collected.itertuples()} == pytest.approx({"A": 50.0})
    made = plan(replace(dear, limits=(limit("recovered", 0.03, "JPN", "Au"),)))
    assert sum(metal_2026(made).values()) == pytest.approx(0.03)


def test_tonnes_smelted_can_be_asked_for() -> None:
    dear = replace(small(), sales=(Sale("Au", (0.0, 0.0)),))
    made = plan(replace(dear, limits=(limit("processed", 20.0, "JPN", "boards"),)))
    table = made.statistics.processed(by=("stage", "year"))
    assert {row.stage: row.t_y for row in table.itertuples()}["smelting"] == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("kind", "value", "economy", "expected"),
    [
        ("largest-share", 0.6, "JPN", ("VNM", 0.6)),
        ("home-share", 0.6, "JPN", ("JPN", 0.6)),
    ],
)
def test_shares_of_origins_bind(kind: str, value: float, economy: str, expected: tuple[str, float]) -> None:
    base = small(
        supplies=tuple(replace(one, tonnes=(100.0 if one.zone == "A" else 20.0,) * 2) for one in small().supplies)
    )
    free = metal_2026(plan(base))
    assert free["VNM"] / sum(free.values()) > 0.6
    found = metal_2026(plan(replace(base, limits=(limit(kind, value, economy, "Au"),))))
    origin, share = expected
    assert found[origin] / sum(found.values()) == pytest.approx(share)


def test_partners_have_their_share() -> None:
    base = small(
        supplies=tuple(replace(one, tonnes=(10.0 if one.zone == "A" else 50.0,) * 2) for one in small().supplies)
    )
    found = metal_2026(plan(replace(base, limits=(limit("partner-share", 0.5, "JPN", "Au", partners=("VNM",)),))))
    assert found["VNM"] / sum(found.values()) == pytest.approx(0.5)


def test_the_concentration_index_is_the_cone_it_says() -> None:
    base = small(
        supplies=tuple(replace(one, tonnes=(100.0 if one.zone == "A" else 20.0,) * 2) for one in small().supplies)
    )
    made = plan(replace(base, limits=(limit("hhi", 0.55, "JPN", "Au"),)))
    found = np.array(list(metal_2026(made).values()))
    assert ((found / found.sum()) ** 2).sum() == pytest.approx(0.55, rel=1e-5)
    # With two origins sum of squares 0.55 means shares 0.5 +- sqrt(0.025): the smaller is all there is.
    assert found.min() == pytest.approx(20 * 0.4 * 0.002 * 0.9)
    assert found.max() / found.sum() == pytest.approx(0.5 + np.sqrt(0.025), rel=1e-4)


def test_treatment_stays_at_home() -> None:
    cheap = tuple(replace(one, cost_usd_t=(0.0, 0.0)) if one.id == "phones:A>j-yard" else one for one in small().lanes)
    free = plan(small(lanes=cheap))
    assert free.values("process")[0] == pytest.approx(0.0)
    made = plan(small(lanes=cheap, limits=(limit("treated-at-home", 0.7, "VNM"),)))
    treated = made.statistics.processed(by=("site", "year"))
    assert [row.t_y for row in treated.itertuples() if row.site == "a-yard"] == pytest.approx([70.0, 70.0])


def test_a_closed_lane_carries_nothing() -> None:
    shut = tuple(
        replace(one, open=(True, False), why=("allowed_pic", "prohibited")) if one.origin == "a-yard" else one
        for one in small().lanes
        if one.id != "phones:A>j-yard"
    )
    made = plan(small(lanes=shut))
    assert "VNM" not in metal_2026(made)
    table = made.statistics.recovered(by=("origin", "year"))
    assert {int(row.year) for row in table.itertuples() if row.origin == "VNM"} == {2025}


def test_the_furnace_blends_to_what_it_bears_and_fines_what_is_above() -> None:
    base = small()
    contents = (
        replace(base.contents[0], share={**base.contents[0].share, "Ni": (0.05, 0.05)}),
        replace(base.contents[1], share={**base.contents[1].share, "Ni": (0.01, 0.01)}),
    )
    strict = replace(base.technologies[1], feed_most={"Ni": 0.02})
    made = plan(replace(base, contents=contents, technologies=(base.technologies[0], strict)))
    smelted = made.statistics.processed(by=("site", "origin", "year"))
    found = {row.origin: row.t_y for row in smelted.itertuples() if row.site == "furnace" and row.year == 2026}
    # 20 t at 1 % bear x at 5 % where (0.2 + 0.05 x) / (20 + x) = 2 %: x = 20 * 0.01 / 0.03.
    assert found == pytest.approx({"JPN": 20.0, "VNM": 20 * 0.01 / 0.03})
    fined = replace(base.technologies[1], penalty_from={"Ni": 0.02}, penalty_usd_kg={"Ni": 2.0})
    dearer = plan(replace(base, contents=contents, technologies=(base.technologies[0], fined)))
    above = 40.0 * 0.05 + 20.0 * 0.01 - 60.0 * 0.02
    assert dearer.solution.objective - plan(replace(base, contents=contents)).solution.objective == pytest.approx(
        3 * above * 1000 * 2.0
    )


def test_lanes_to_a_second_plant_are_used_when_the_first_is_full() -> None:
    base = small()
    second = site("furnace-2", "JPN", "smelter", 1000.0)
    sites = (*base.sites[:2], site("furnace", "JPN", "smelter", 10.0), second)
    more = (*base.lanes, lane("a-yard", "furnace-2", "boards", 60.0), lane("j-yard", "furnace-2", "boards", 60.0))
    made = plan(replace(base, sites=sites, lanes=more))
    used = made.statistics.capacity().set_index(["site", "year"])["used_t_y"]
    assert used[("furnace", 2025)] == pytest.approx(10.0)
    assert used[("furnace-2", 2025)] == pytest.approx(50.0)
