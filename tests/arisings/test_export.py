"""Files of runs: long tables and the wide form, read back; pyam takes the IAMC form as it is."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from meguri.arisings.reports import export
from meguri.arisings.reports.export import Selection
from meguri.arisings.runs import run
from meguri.arisings.runs.results import VARIABLES
from meguri.arisings.scenarios import scenario_file
from meguri.kit.problems import NotFound, Refused


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEGURI_HOME", str(tmp_path_factory.mktemp("runs")))
        plain = scenario_file.read("baseline")
        yield run.run(
            replace(
                plain, name="small", economies=("JPN", "MYS"), vehicle_economies=("JPN",), draws=20, last_year=2035,
                report_years=(2025, 2030),
            )
        )  # fmt: skip


def row_of(table, **wanted):
    found = table
    for column, value in wanted.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_long_tables_read_back_with_every_figure(base, tmp_path, form):
    path = export.write(base, tmp_path / f"figures.{form}", form)
    types = {"product": str, "item": str}
    table = pd.read_csv(path, dtype=types) if form == "csv" else pd.read_parquet(path)
    assert tuple(table.columns) == export.COLUMNS
    assert set(table["year"]) == {2025, 2030}
    assert set(table["variable"]) == set(base.variables)
    assert not table.isna().any().any()
    for variable, product, item in (
        ("arisings", "e-waste", "all"),
        ("contained", "e-waste", "Au"),
        ("stock", "0306", "all"),
    ):
        found = row_of(table, variable=variable, economy="JPN", product=product, item=item, year=2030)
        series = base.series(variable, "JPN", product, item).at(2030)
        assert found["value"] == pytest.approx(series.value[0], rel=1e-6)
        assert found["q95"] == pytest.approx(series.high[0], rel=1e-6)
        assert found["unit"] == VARIABLES[variable].unit
        assert found["confidence"] == series.confidence[0].word
        assert found["basis"] == series.basis[0]


def test_parquet_says_which_run_it_is_of(base, tmp_path):
    import pyarrow.parquet as pq

    path = export.write(base, tmp_path / "figures.parquet", "parquet")
    about = pq.read_schema(path).metadata
    assert about[b"meguri.digest"].decode() == base.digest
    assert json.loads(about[b"meguri.scenario"])["economies"] == ["JPN", "MYS"]


def test_a_choice_keeps_to_what_is_asked_for(base, tmp_path):
    choice = Selection(("contained",), ("MYS",), ("e-waste",), ("Cu", "Au"), (2020, 2035))
    table = export.frame(base, choice)
    assert len(table) == 4
    assert set(table["item"]) == {"Cu", "Au"}
    assert set(table["year"]) == {2020, 2035}


def test_every_variable_has_a_name_in_the_iamc_form_and_the_names_differ():
    names = export.iamc_names()
    assert set(names) == set(VARIABLES)
    assert len({one.name for one in names.values()}) == len(names)


@pytest.mark.parametrize("form", ["iamc", "iamc-xlsx"])
def test_pyam_reads_the_iamc_form(base, tmp_path, form):
    choice = Selection(
        variables=("arisings", "contained", "end-of-life-vehicles"), items=("all", "Cu"), years=range(2020, 2036)
    )
    path = export.write(base, tmp_path / export.FORMS[form], form, choice)
    import pyam

    data = pyam.IamDataFrame(str(path))
    assert data.model == ["Meguri"]
    assert data.scenario == ["small"]
    assert data.year == list(range(2020, 2036))
    assert {"JPN", "MYS", "World|Followed"} == set(data.region)
    found = data.filter(region="JPN", variable="Arisings|E-Waste", year=2030)
    assert found.unit == ["kt/yr"]
    assert found.data["value"].iloc[0] == pytest.approx(
        base.series("arisings", "JPN").at(2030).value[0] / 1e6, rel=1e-6
    )
    high = data.filter(region="JPN", variable="Arisings|E-Waste|95th Percentile", year=2030).data["value"].iloc[0]
    assert high == pytest.approx(base.series("arisings", "JPN").at(2030).high[0] / 1e6, rel=1e-6)
    copper = data.filter(region="MYS", variable="Contained in Arisings|E-Waste|Cu", year=2035)
    assert copper.unit == ["t/yr"]
    cars = data.filter(region="JPN", variable="End-of-Life Vehicles|Vehicles", year=2025).data["value"].iloc[0]
    assert 2 < cars < 5


def test_categories_add_up_in_pyam(base, tmp_path):
    path = export.write(base, tmp_path / "iamc.csv", "iamc", Selection(variables=("arisings",)))
    import pyam

    data = pyam.IamDataFrame(str(path))
    parts = [f"Arisings|E-Waste|Category {code}" for code in "123456"]
    whole = data.filter(region="JPN", variable="Arisings|E-Waste").data["value"].to_numpy()
    added = data.filter(region="JPN", variable=parts).data.groupby("year")["value"].sum().to_numpy()
    assert added == pytest.approx(whole, rel=1e-6)


def test_a_folder_holds_figures_sources_repairs_and_what_each_variable_is(base, tmp_path):
    made = export.write_all(base, tmp_path / "out", Selection(variables=("arisings",)))
    assert {path.name for path in made} == {
        "figures.csv", "figures.parquet", "iamc.csv", "scenario.json", "sources.csv", "repairs.csv", "variables.csv",
    }  # fmt: skip
    sources = pd.read_csv(tmp_path / "out" / "sources.csv")
    assert set(sources["economy"]) >= {"JPN", "MYS"}
    assert len(pd.read_csv(tmp_path / "out" / "variables.csv")) == len(VARIABLES)
    repairs = pd.read_csv(tmp_path / "out" / "repairs.csv")
    assert len(repairs) == len(base.repairs)
    assert json.loads((tmp_path / "out" / "scenario.json").read_text())["digest"] == base.digest


def test_a_file_of_a_whole_run_is_written_once(base):
    first = export.kept(base, "csv")
    before = first.stat().st_mtime_ns
    assert export.kept(base, "csv") == first
    assert first.stat().st_mtime_ns == before
    assert not [path for path in first.parent.iterdir() if path.name.startswith(".")]


def test_what_cannot_be_written_is_refused(base, tmp_path):
    with pytest.raises(Refused, match="Did you mean parquet"):
        export.write(base, tmp_path / "x", "parket")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(Refused, match="cannot be written"):
        export.write(base, blocked / "figures.csv", "csv")
    with pytest.raises(Refused, match="2060"):
        export.frame(base, Selection(years=(2060,)))
    with pytest.raises(NotFound, match="Nearest: arisings"):
        export.frame(base, Selection(variables=("arising",)))


def test_an_empty_choice_is_an_empty_table_with_its_columns(base):
    table = export.frame(base, Selection(items=("Xx",)))
    assert tuple(table.columns) == export.COLUMNS
    assert len(table) == 0


def test_figures_in_files_are_finite(base):
    table = export.frame(base)
    assert np.isfinite(table[["value", "q05", "q50", "q95"]].to_numpy()).all()
