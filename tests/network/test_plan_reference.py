"""The reference plan's tables, and what the plan takes from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meguri.arisings.runs.results import EQUIPMENT
from meguri.arisings.scenarios import scenario_file
from meguri.kit.problems import Refused
from meguri.network.reference_plan import Figures, Given, money, periods, tables
from meguri.network.reference_plan.arising import arising, band
from meguri.network.reference_plan.matter import Matter, dismantled, shredded, yields
from meguri.reference import Confidence


@pytest.mark.parametrize("name", list(tables.TABLES))
def test_every_table_reads_and_says_its_sources(name: str) -> None:
    found = tables.rows(name)
    assert found
    assert all(row.source and row.confidence >= Confidence.MISSING for row in found)


def test_periods_cover_the_years_without_gaps() -> None:
    found = periods()
    assert [one.year for one in found] == [2025, 2026, 2027, 2028, 2030, 2032, 2035, 2038]
    assert sum(one.years for one in found) == 16


def test_supply_is_the_central_run_of_the_arisings() -> None:
    run, spans = scenario_file.read("baseline"), periods((2025, 2030), 2034)
    matter = Matter.of(Figures(), run, ["VNM"], spans)
    yearly = arising(run, "VNM", EQUIPMENT, range(2025, 2035)).tonnes.sum(axis=(1, 2))
    streams = [s for s in matter.tonnes["VNM"] if not s.endswith("vehicles")]
    total = sum(matter.arises("VNM", s) for s in streams)
    assert np.asarray(total) == pytest.approx([yearly[:5].mean(), yearly[5:].mean()])
    low, high = band(run, "VNM", EQUIPMENT, range(2025, 2035))
    assert (low < 1).all()
    assert (high > 1).all()
    bill = matter.fractions("computers")
    assert sum(bill.values()) == pytest.approx(1.0)
    sorting = {"motors": {"steel-scrap": 0.7, "copper-granules": 0.12}}
    for made in (dismantled(bill, yields("manual-dismantling")),):
        assert sum(made.values()) == pytest.approx(1.0)
    made = shredded(
        {"motors": 0.5, "circuit-boards": 0.5}, sorting, yields("shred-and-sort"), yields("elv-dismantle-shred")
    )
    assert made["copper-granules"] == pytest.approx(0.5 * 0.12 * 0.6)
    assert made["crushed-e-waste"] == pytest.approx(0.5 * 0.256)
    assert sum(made.values()) == pytest.approx(1.0)
    held = {one.stream: one.share for one in matter.content(["circuit-boards", "crushed-e-waste", "copper-granules"])}
    # Shredding keeps less of the silver than of the gold: 0.115 of it against 0.256.
    assert held["copper-granules"]["Cu"][0] > 0.9
    assert 0 < held["crushed-e-waste"]["Au"][0] < 1e-3


def test_metal_is_paid_as_the_terms_say() -> None:
    found = money.metal_prices(Figures())
    from meguri import worth

    gold = worth.prices().of("Au")
    assert gold is not None
    assert found["Au"] == pytest.approx((gold.value * min(1.0, 0.96 / 0.95) - 250.0) * 1000)
    copper = worth.prices().of("Cu")
    assert copper is not None
    assert found["Cu"] == pytest.approx((copper.value * 0.95 / 0.96 - 0.2) * 1000)


def test_a_users_figure_replaces_one_and_says_so() -> None:
    figures = Figures((Given("labour/DEU/usd_h", 20.0, "own books"),))
    row = figures.by_key("labour")[("DEU",)]
    assert row.usd_h == 20.0
    assert row.source == "the user's own figure: own books"
    with pytest.raises(Refused, match="labour/DEU/usd_h"):
        Figures((Given("labour/DEU/usd", 20.0),))
    assert replace(figures.given[0], value=3.0).value == 3.0
