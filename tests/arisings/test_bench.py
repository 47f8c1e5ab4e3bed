"""The benchmark measures what it says: results equal to flodym's, floors counted right. Times decide nothing here."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from meguri.arisings.draws.processes import THREADS
from meguri.arisings.measure import bench, measuring
from meguri.kit import benches
from meguri.kit.benches import rows_json
from meguri.kit.problems import Refused


@pytest.mark.parametrize(
    ("case", "options"), [("series", {}), ("by-product", {"per_product": True}), ("elements", {"elements": True})]
)
def test_what_is_timed_equals_flodym(case, options, tmp_path):
    pytest.importorskip("flodym")
    ours, peers = tmp_path / "ours.npy", tmp_path / "peers.npy"
    asked = {"economies": 2, "repeat": 1}
    assert measuring.CASES[case]({**asked, "keep": str(ours)})["seconds"] >= 0
    measuring.flodym({**asked, **options, "keep": str(peers)})
    assert np.load(ours).shape == np.load(peers).shape
    assert bench._apart(ours, peers) < bench.SAME


def test_a_difference_is_seen(tmp_path):
    values = np.random.default_rng(1).random((5, 4))
    np.save(tmp_path / "a.npy", values)
    values[3, 2] *= 1 + 1e-9
    np.save(tmp_path / "b.npy", values)
    assert bench._apart(tmp_path / "a.npy", tmp_path / "b.npy") > bench.SAME


def test_a_clock_that_stands_still_divides_nothing(monkeypatch):
    monkeypatch.setattr(time, "process_time", lambda: 7.0)
    assert bench._exponent([(8, 0.0), (64, 0.0)]) == 0
    found = measuring.CASES["drawn"]({"economies": 2, "draws": 33, "dtype": "float64"})
    assert found["seconds"] == 0 < found["floor"]
    assert benches.ratio(found["seconds"], found["floor"]) > 0


def test_operations_of_a_draw_are_those_of_its_two_products():
    years, products, economies, elements = 71, 54, 200, 30
    cohorts = 2 * products * years * years * economies
    content = 2 * elements * products * years * economies
    assert measuring.flops(economies) == cohorts + content


def test_a_measurement_runs_in_a_process_of_its_own_with_one_thread():
    found = bench._child("drawn", economies=8, draws=33, dtype="float64")
    assert found["draws"] == 33
    assert found["seconds"] >= 0
    assert found["floor"] > 0
    env = {name: value for name, value in os.environ.items() if name not in THREADS}
    command = [
        sys.executable,
        "-m",
        "meguri.arisings.measure.measuring",
        "series",
        json.dumps({"economies": 1, "repeat": 1}),
    ]
    assert subprocess.run(command, env=env, capture_output=True, check=False).returncode == 1


def test_quantiles_are_compared_with_numpys():
    asked = {"draws": 101, "cells": 40, "q": [0.1, 0.5], "dtype": "float64", "repeat": 1}
    assert measuring.quantile(asked)["difference"] < 1e-12


def _found(**changes):
    row = {"seconds": 0.02, "peak_mb": 60.0, "times_faster": 90.0}
    drawn = {"seconds": 5.0, "floor": 4.0, "draws": 1000, "gflops": 30.0, "peak_mb": 200.0}
    found = {
        "machine": {"processors": 2, "load_before": 0.1, "load_after": 0.2},
        "size": {"years": 71, "products": 54, "economies": 200, "elements": 30, "draws": 1000},
        "gives": bench.GIVES,
        "flows": {"series": dict(row), "by-product": dict(row), "flodym": {"absent": "flodym"}},
        "elements": {"elements": dict(row), "flodym": {**row, "extrapolated": True}},
        "draws": {"float64": drawn, "float32": drawn},
        "economy": {"seconds": 1.0, "quantiles": 0.1, "draws": 300, "cells": 1000, "peak_mb": 300.0},
        "quantiles": {"3 of float64": {"seconds": 1.0, "numpy": 3.0}},
        "scaling": {"exponent_economies": 1.0, "exponent_draws": 1.0},
        "processes": {"alone": 1.0, "shared": 0.7},
        "agreement": [{"what": "flows", "difference": 1e-15, "allowed": 1e-12}],
    }
    return {**found, **changes}


def test_an_aim_that_fails_is_said_to_fail():
    found = _found()
    found["rows"] = rows_json(bench.rows(found))
    met = {row["job"]: row["met"] for row in found["rows"]}
    assert met["three quantiles: np.quantile takes so many times as long"] is False
    assert met["30 elements, composition by year of sale"] is True
    text = "\n".join(bench.lines(found))
    assert "FAILED  three quantiles: np.quantile takes" in text
    assert "not installed" in text
    assert "extrapolated" in text


def test_aims_of_a_smaller_world_are_marked():
    size = {"years": 71, "products": 54, "economies": 20, "elements": 30, "draws": 100}
    assert all("20 economies only" in row.job for row in bench.rows(_found(size=size)))


def test_results_that_differ_make_the_run_fail(monkeypatch, capsys):
    wrong = [{"what": "flows", "difference": 1e-3, "allowed": 1e-12}]
    for agreement, code in ((wrong, 1), (_found()["agreement"], 0)):
        monkeypatch.setattr(bench, "measure", lambda *_, a=agreement: _found(agreement=a, rows=[]))
        asked = argparse.Namespace(economies=200, draws=1000, repeat=1, without_flodym=True, json=True)
        assert bench.run(asked) == code
        assert json.loads(capsys.readouterr().out)["agreement"] == agreement


@pytest.mark.parametrize("wrong", [{"economies": 0}, {"economies": 201}, {"draws": 1}, {"repeat": 0}])
def test_sizes_out_of_range_are_refused(wrong):
    asked = {"economies": 8, "draws": 32, "repeat": 1, "without_flodym": True, "json": True, **wrong}
    with pytest.raises(Refused):
        bench.run(argparse.Namespace(**asked))
