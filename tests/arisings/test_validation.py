"""The list of published figures beside ours: complete, honest in its reasons, and within what is claimed."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from meguri import reference
from meguri.arisings.checks import british as british_checks
from meguri.arisings.checks import european as european_checks
from meguri.arisings.checks import published as published_checks
from meguri.arisings.checks import series as series_checks
from meguri.arisings.checks import validation
from meguri.arisings.checks.row import WITHIN, compared
from meguri.kit.words import Words


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return validation.to_json()


def test_rows_are_plain_json_with_exactly_five_keys(rows: list[dict[str, object]]):
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert all(list(row) == ["row", "published", "ours", "difference", "reason"] for row in rows)
    assert not [name for name, count in Counter(row["row"] for row in rows).items() if count > 1]
    assert all(row["reason"] for row in rows)


def test_differences_are_those_of_the_two_figures(rows: list[dict[str, object]]):
    checked = 0
    for row in rows:
        published, ours, difference = row["published"], row["ours"], row["difference"]
        if published and ours is not None and difference is not None and "difference:" not in str(row["row"]):
            assert difference == pytest.approx(ours / published - 1, abs=2e-5), row["row"]
            checked += 1
        if ours is None and published is not None:
            assert difference is None
    assert checked > 200


def test_the_reasons_are_said_in_japanese_too():
    english, japanese = validation.to_json("en"), validation.to_json("ja")
    assert all(any(ord(letter) > 0x3000 for letter in str(row["reason"])) for row in japanese)
    assert [row["row"] for row in english] == [row["row"] for row in japanese]


def test_ninety_three_of_ninety_four_british_series_and_why_not_the_other():
    found = list(british_checks.series())
    off = [row for row in found if row.difference > 1e-3]
    assert len(found) == 94
    assert len(off) == 1
    assert "0506" in off[0].row
    assert abs(off[0].ours - off[0].published) < 0.0005, "less than half the last place that is published"
    assert "rounded" in off[0].reason.en


def test_the_british_series_do_not_come_out_with_a_conserving_convention(monkeypatch: pytest.MonkeyPatch):
    real = british_checks.fractions_by_age
    monkeypatch.setattr(british_checks, "fractions_by_age", lambda law, years, _: real(law, years, "end"))
    assert sum(row.difference < 1e-3 for row in british_checks.series()) < 10


def test_flodym_agrees_to_1e_12_where_it_is_installed():
    pytest.importorskip("flodym")
    found = list(british_checks.against_flodym())
    assert len(found) == 3
    assert all(row.difference <= 1e-12 for row in found)


def test_every_european_total_is_within_a_tenth_or_says_what_is_apart():
    found = {row.row: row for row in european_checks.totals()}
    totals = [row for name, row in found.items() if "from raw sales" in name and "waste generated" in name]
    economies = [row for row in totals if "EU28" not in row.row]
    assert len(economies) == 28
    inside = [row for row in economies if abs(row.difference) <= european_checks.TOLERANCE]
    assert len(inside) >= 8
    for row in economies:
        assert (row.reason == WITHIN) == (row in inside)
    for row in set(economies) - set(inside):
        assert "t;" in row.reason.en or "t." in row.reason.en, "names products and tonnes"
    series = [row for name, row in found.items() if "international series" in name]
    assert len(series) == 7
    assert max(abs(row.difference) for row in series) < 0.08


def test_the_series_are_followed_and_steps_between_editions_are_said_to_be_such():
    found = list(series_checks.followed())
    held = [row for row in found if "(series; fit to 2017)" in row.row]
    assert len(held) == 25 * 4
    assert max(abs(row.difference) for row in held) < 0.1
    newest = {row.row.split()[1]: row for row in found if "newest edition; fit" in row.row}
    assert len(newest) == 25
    assert "memory" in newest["VNM"].reason.en
    beside = [row.published for row in found if "run beside" in row.row]
    assert beside == [290.0, 516.0]
    known = [row for row in found if "from sales to 2015" in row.row]
    assert len(known) == 7
    assert max(abs(row.difference) for row in known) < 0.1


def test_projections_have_bands_and_no_published_figure(rows: list[dict[str, object]]):
    ahead = [row for row in rows if str(row["row"]).startswith("Arisings ") and ("2030" in str(row["row"]))]
    assert len(ahead) > 45
    assert all(row["published"] is None and row["difference"] is None for row in ahead)
    assert all("Band of 95 %" in str(row["reason"]) for row in ahead)
    assert {row["row"] for row in ahead} >= {f"Arisings {each} 2030, kt" for each in ("JPN", "VNM", "GBR", "POL")}


def test_the_world_of_2030_is_within_a_tenth_of_the_forecast():
    found = {row.row: row for row in series_checks.of_the_world()}
    assert abs(found["World 2030: arisings, kt"].difference) < 0.1


def test_every_published_fact_is_spoken_of(rows: list[dict[str, object]]):
    """No published figure is silently left out: its quantity or its value stands in some row."""
    text = " | ".join(str(row["row"]) for row in rows)
    values = {row["published"] for row in rows if row["published"] is not None}
    for fact in reference.published():
        if "CBS WOT" in fact.quantity:
            assert f"EU 2014 {fact.scope}: waste generated" in text
            continue
        rounded = float(f"{fact.value:.6g}")
        assert rounded in values or fact.value in values, (fact.topic, fact.quantity, fact.year)


def test_take_back_is_asked_for_by_type_and_year():
    found = [row for row in published_checks.take_back() if "pieces" in row.row]
    assert len(found) == 20
    assert {row.row.split()[2] for row in found} == {"FY2019:", "FY2020:", "FY2021:", "FY2022:", "FY2023:"}
    total = next(row.ours for row in found if "FY2021: total" in row.row)
    kinds = [row.ours for row in found if "FY2021" in row.row and "total" not in row.row]
    assert sum(kinds) == pytest.approx(total, rel=1e-4)


def test_no_figure_gives_no_difference():
    assert compared("a", None, 3.0, Words("b")).difference is None
    assert compared("a", 2.0, None, Words("b")).difference is None
    assert compared("a", 2.0, 3.0, Words("b")).difference == 0.5
