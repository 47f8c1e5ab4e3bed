"""RELOG's boat example, solved again and compared with the totals of its own reports."""

import csv
import math
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from meguri.kit.problems import Refused
from meguri.network.oracles import relog_problems

solve = lru_cache(lambda path: relog_problems.solve(relog_problems.read(path)))


@pytest.fixture
def example(fixtures):
    return fixtures("optimisation/relog") / "boat_example.json"


@pytest.fixture
def solved(example):
    return solve(example)


def totals(path: Path) -> dict[str, float]:
    with path.open(encoding="utf-8") as file:
        sums: dict[str, float] = defaultdict(float)
        for row in csv.DictReader(file):
            for key, value in row.items():
                if "$" in key:
                    sums[key] += float(value)
    return sums


def test_the_costs_are_those_of_its_reports(solved, example):
    plants, centers, sent = (
        totals(example.with_name(f"boat_{name}.csv")) for name in ("plants", "centers", "transportation")
    )
    theirs = {
        "opening": plants["opening cost ($)"],
        "expansion": plants["expansion cost ($)"],
        "fixed operating": plants["fixed operating cost ($)"],
        "variable operating": plants["variable operating cost ($)"],
        "transport": sent["transportation cost ($)"],
        "center revenue": sent["center revenue ($)"],
        "center collection": sent["center collection cost ($)"],
        "center operating": centers["operating cost ($)"],
        "disposal": 0.0,
    }
    assert solved.costs == pytest.approx(theirs, rel=1e-6, abs=1e-3)
    whole = sum(theirs.values()) - 2 * theirs["center revenue"]
    assert solved.objective == pytest.approx(whole, rel=1e-8)


def test_what_is_sent_is_what_its_reports_say(solved, example):
    theirs: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0] * 5)
    with example.with_name("boat_transportation.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            theirs[row["source"], row["destination"], row["product"]][int(row["year"]) - 1] = float(
                row["amount sent (tonne)"]
            )
            km = next(
                edge.km
                for edge in relog_problems.edges(relog_problems.read(example))
                if (edge.sender, edge.receiver) == (row["source"], row["destination"])
            )
            assert math.isclose(km, float(row["distance (km)"]), abs_tol=1e-3)
    assert set(solved.sent) == set(theirs)
    for key, series in theirs.items():
        np.testing.assert_allclose(solved.sent[key], series, atol=1e-4)
    assert set(solved.operating) == {"BoatFactory (Dallas)", "RecyclingPlant (Dallas)"}


def test_what_the_file_says_beyond_the_model_is_named(example):
    assert any("storage" in one for one in relog_problems.read(example).left_out)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "not.json"
    path.write_text('{"parameters": {}}', encoding="utf-8")
    with pytest.raises(Refused, match="not a RELOG instance"):
        relog_problems.read(path)
