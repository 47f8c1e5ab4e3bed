"""The figures agree with one another: lives with their means, stocks with their flows, heads with tonnes."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from meguri import reference
from meguri.kit.files.reading import TableError
from meguri.reference import TABLES, Confidence
from meguri.reference.reader import read


def test_the_sets_of_lives_hold_their_means_and_medians() -> None:
    for row in reference.lifetimes():
        mean = row.weibull_scale_yr * math.gamma(1 + 1 / row.weibull_shape)
        median = row.weibull_scale_yr * math.log(2) ** (1 / row.weibull_shape)
        assert row.mean_lifetime_yr == pytest.approx(mean, rel=2e-3), row
        assert row.median_lifetime_yr == pytest.approx(median, rel=2e-3), row


def test_the_default_set_has_every_kind_of_equipment() -> None:
    keys = {row.unu_key for row in reference.lifetimes() if row.recommended == "default_high_income"}
    assert keys == set(reference.unu_keys())
    assert {row.unu_key for row in reference.unit_weights() if row.country == "EU_default"} == keys


def test_placed_on_market_covers_the_eu() -> None:
    rows = reference.placed_on_market()
    assert len(rows) == 24780
    assert len({row.iso3 for row in rows}) == 28
    assert {row.unu_key for row in rows} == set(reference.unu_keys())
    assert {row.year for row in rows} == set(range(1995, 2016))
    # Raw apparent consumption: what the outliers are for. The table keeps them.
    first = next(row for row in rows if (row.unu_key, row.year, row.iso3) == ("0001", 1995, "AUT"))
    assert (first.pom_kg, first.pom_units) == (2700668, 87542)


def test_british_stocks_follow_from_their_flows() -> None:
    series: dict[tuple[str, str], list[reference.UkStockflow]] = {}
    for row in reference.uk_stockflow():
        series.setdefault((row.unu_key, row.unit), []).append(row)
    assert len(series) == 94
    for rows in series.values():
        rows.sort(key=lambda row: row.year)
        assert len({(row.weibull_shape, row.weibull_scale_yr) for row in rows}) == 1
        for before, row in pairwise(rows):
            if row.year == before.year + 1:
                balance = before.stock_model + row.inflow - row.outflow_model
                assert row.stock_model == pytest.approx(balance, rel=1e-4, abs=0.01), row


def test_a_head_times_heads_is_the_total() -> None:
    for row in reference.ewaste_series():
        people = row.ewaste_kt / row.ewaste_kg_per_cap
        assert row.implied_population_million == pytest.approx(people, rel=2e-2, abs=1e-3), row


def test_population_is_whole_and_says_where_it_is_recalled() -> None:
    years = list(range(1980, 2051, 5))
    held: dict[str, list[reference.Population]] = {}
    for row in reference.population():
        held.setdefault(row.iso3, []).append(row)
    needed = {row.iso3 for row in reference.ewaste_series()} | {row.iso3 for row in reference.placed_on_market()}
    assert needed <= set(held)
    implied = {(r.iso3, r.year): r.implied_population_million for r in reference.ewaste_series()}
    for iso3, rows in held.items():
        assert [row.year for row in rows] == years, iso3
        for row in rows:
            if (iso3, row.year) in implied:
                assert row.confidence is Confidence.DERIVED
                assert row.population_million == implied[iso3, row.year]
            else:
                assert row.confidence is Confidence.MEMORY
        for before, row in pairwise(rows):
            assert 0.9 < row.population_million / before.population_million < 1.25, row


def test_shares_of_production_are_those_of_the_listed() -> None:
    groups: dict[tuple[str, str, int], list[reference.Production]] = {}
    for row in reference.production():
        if row.iso3 != "WLD":
            groups.setdefault((row.element, row.stage, row.year), []).append(row)
    for rows in groups.values():
        total = sum(row.production for row in rows)
        assert len({row.unit for row in rows}) == 1
        for row in rows:
            assert row.share_of_listed == pytest.approx(row.production / total, abs=1e-4), row


def test_a_part_of_a_year_says_so() -> None:
    parts = {row.year for row in reference.elv() if row.part_of_a_year}
    assert parts == {"FY2022H1", "FY2021H2", "2023M1-10", "2024M1-9", "2017M1-10"}
    taken = {r.year: r.value for r in reference.elv() if (r.iso3, r.variable) == ("JPN", "elv_taken_back")}
    assert taken["FY2023"] == 2726


def test_what_rests_on_one_transcription_is_no_more_than_derived() -> None:
    for row in reference.emissions():
        if "one transcription" in row.note.en:
            assert row.confidence is Confidence.DERIVED, row


def test_a_group_may_stand_where_an_economy_does_but_not_any_word(tmp_path: Path) -> None:
    path = tmp_path / "elv.csv"
    path.write_text(TABLES["elv"].path.read_text(encoding="utf-8").replace("\nASEAN,", "\nASEEN,"), encoding="utf-8")
    with pytest.raises(TableError, match=r"“ASEEN” is not in economies; did you mean ASEAN"):
        read(TABLES["elv"], lambda _table, _column: frozenset(reference.economies()), path)
