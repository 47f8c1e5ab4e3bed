"""The pages on scenario files and reports name every key, variable and column there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from meguri.arisings.reports import export
from meguri.arisings.runs import collection
from meguri.arisings.runs.results import BASES, VARIABLES
from meguri.arisings.scenarios import scenario_file

DOCS = Path(__file__).resolve().parents[2] / "docs"
FORMAT = (DOCS / "arisings-format.md").read_text(encoding="utf-8")
REPORTS = (DOCS / "arisings-reports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "key",
    [*scenario_file.TOP, *scenario_file.MODEL, *scenario_file.LIFETIMES, *scenario_file.REUSE, *scenario_file.EPR,
     "vehicle_share_by_year", "battery_electric_share_by_year", "vehicle_share"],
)  # fmt: skip
def test_every_key_is_described(key):
    assert f"`{key}`" in FORMAT or f"[{key}]" in FORMAT or f"[{key}." in FORMAT


@pytest.mark.parametrize("name", [one.name for one in scenario_file.built_in()])
def test_every_built_in_scenario_is_named(name):
    assert f"`{name}`" in FORMAT


def test_every_variable_with_its_unit_every_column_and_basis_is_described():
    for variable in VARIABLES.values():
        assert f"| `{variable.name}` | {variable.unit} |" in REPORTS
    for column in export.COLUMNS:
        assert column in REPORTS
    assert all(f"`{basis}`" in REPORTS for basis in BASES)


def test_the_example_of_the_least_file_is_one():
    example = FORMAT.split("```toml\n")[1].split("```")[0]
    assert scenario_file.parse_text(example).digest() == scenario_file.read("baseline").digest()


def test_what_is_said_of_usual_values_is_so():
    assert collection.on_file("JPN", "vehicles")[0].share == 0.98
    assert collection.on_file("MYS", "vehicles")[0].share == 0.1
    assert collection.on_file("MYS", "informal")[0].share == 0.8
