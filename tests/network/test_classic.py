"""Classic problems with known optima, proved through the same builder and solver as Meguri's own plans."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from meguri.kit.problems import Refused
from meguri.network.oracles.classic_problems import (
    Design,
    Location,
    design,
    formulate,
    locate,
    opened,
    read,
    read_design,
    read_location,
    settings,
)
from meguri.network.solver.highs import SolverOptions, solve
from meguri.portal.cli import main

CANAD = {"c33": 423848, "c35": 371475, "c36": 643036}
"""Proved optima of instances of group C, as published with them; c36 takes half a minute and is proved by hand."""

SMALL_LOCATION = """ 2 3
 10 5
 8. 4.
 6
 1 2
 3
 5 1
 4
 2 2
"""
WORDED = SMALL_LOCATION.replace(" 10 5", " capacity 5").replace(" 8. 4.", " capacity 4.")
SMALL_DESIGN = """MULTIGEN.DAT:
 3 4 2
 1 2 1 10 5 1 1
 2 3 1 10 5 1 2
 1 3 4 10 2 1 3
 3 1 1 5 1 1 4
 1 3 6
 1 2 3
"""


def optima(folder) -> dict[str, float]:
    lines = (line.split() for line in (folder / "OPTIMA.txt").read_text().splitlines())
    return {words[0]: float(words[1]) for words in lines if len(words) == 2}


def proved(problem: Location | Design, seconds: float = 300) -> float:
    program = formulate(problem)
    found = solve(program, SolverOptions(time_limit=seconds, settings=settings(problem)))
    assert found.optimal
    assert found.gap < 1e-9
    whole = found.x[program.integrality == 1]
    assert np.abs(whole - np.round(whole)).max() < 1e-6
    return found.objective


def test_every_location_instance_there_is_proved(fixtures):
    folder = fixtures("optimisation/orlib-cflp")
    best, seen = optima(folder), 0
    for path in sorted(folder.glob("cap*.txt")):
        if re.fullmatch(r"cap\d+", path.stem) and path.stem in best:
            assert proved(read(path)) == pytest.approx(best[path.stem], rel=1e-8), path.stem
            seen += 1
    assert seen >= 8


@pytest.mark.parametrize("name", ["c33", "c35"])
def test_the_design_instances_are_proved(fixtures, name):
    assert proved(read(fixtures("optimisation/canad") / f"{name}.dow")) == pytest.approx(CANAD[name], abs=0.5)


def test_a_small_location_by_hand(tmp_path):
    """Both plants are needed for 13 tonnes; what each customer costs at each is taken by hand."""
    path = tmp_path / "small.txt"
    path.write_text(SMALL_LOCATION)
    problem = read_location(path)
    np.testing.assert_array_equal(problem.cost, [[1, 5, 2], [2, 1, 2]])
    np.testing.assert_array_equal(problem.demand, [6, 3, 4])
    program = locate(problem)
    found = solve(program)
    assert opened(program, found.x).tolist() == [0, 1]
    assert found.objective == pytest.approx(5 + 4 + 1 + 1 + 2)


def test_words_in_place_of_capacities(tmp_path):
    path = tmp_path / "worded.txt"
    path.write_text(WORDED)
    with pytest.raises(Refused, match="--capacity"):
        read(path)
    tight, wide = read_location(path, 7.0), read_location(path, np.inf)
    assert tight.capacity.tolist() == [7.0, 7.0]
    assert solve(locate(tight)).objective == pytest.approx(5 + 4 + 1 + 1 + 2)
    one = locate(wide)
    assert one.block("room").size == 0
    assert solve(one).objective == pytest.approx(4 + 2 + 1 + 2)


def test_a_location_without_capacities_is_never_dearer(fixtures):
    path = fixtures("optimisation/orlib-cflp") / "cap101.txt"
    assert proved(read(path, np.inf)) <= proved(read(path)) + 1e-6


def test_a_small_design_by_hand(tmp_path):
    path = tmp_path / "small.dow"
    path.write_text(SMALL_DESIGN)
    problem = read(path)
    assert isinstance(problem, Design)
    program = design(problem)
    found = solve(program)
    # Three go 1-2; six go on 1-2-3 for 2 each and 5 more to open, rather than 4 each and 2 on 1-3.
    assert found.objective == pytest.approx(min(3 + 5 + 6 * 2 + 5, 3 + 5 + 6 * 4 + 2))
    assert opened(program, found.x).tolist() == [0, 1]


def test_the_strong_form_closes_the_gap(fixtures):
    """Without the pairwise rows the relaxation is far lower: what the form is for."""
    program = formulate(read(fixtures("optimisation/orlib-cflp") / "cap71.txt"))
    strong = solve(program.relaxed()).objective
    upper = program.row_upper.copy()
    upper[program.block("tied").ids] = np.inf
    weak = solve(program.relaxed().with_(row_upper=upper)).objective
    best = solve(program).objective
    assert best - strong < 0.2 * (best - weak)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "ends where the number of nodes"),
        ("2 3\n10 5\n8", "ends where a fixed cost"),
        ("2 x\n", "line 1: the number of customers is expected, and “x”"),
        ("2 3\n 10 five\n", "line 2: a fixed cost is expected, and “five”"),
        ("2.5 3\n", "whole number"),
        ("2 3\n -10 5\n", "a capacity is expected"),
        (SMALL_LOCATION + " 7", "should have ended"),
        (SMALL_DESIGN.replace("2 3 1 10 5 1 2", "2 9 1 10 5 1 2"), "the node an arc enters is 9, and there are 3"),
        (SMALL_DESIGN + "1", "should have ended"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, words):
    path = tmp_path / "wrong.txt"
    path.write_text(text)
    with pytest.raises(Refused, match=words):
        read(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        read_design(tmp_path / "none.dow")


def test_the_command_proves_and_says_what_it_opens(tmp_path, capsys):
    path = tmp_path / "small.txt"
    path.write_text(SMALL_LOCATION)
    assert main(["network", "classic", str(path), "--json", "--mps", str(tmp_path / "small.mps")]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["status"], out["objective"], out["opened"]) == ("optimal", 13.0, [1, 2])
    assert "demand" not in out
    assert (tmp_path / "small.mps").read_text().startswith("NAME small\n")
    assert main(["network", "classic", str(path)]) == 0
    assert "2 plants: 1 2" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    path = tmp_path / "worded.txt"
    path.write_text(WORDED)
    assert main(["network", "classic", str(path)]) == 2
    assert "leaves the capacity of its plants open" in capsys.readouterr().err
    assert main(["network", "classic", str(path), "--capacity", "large"]) == 2
    assert "no capacity" in capsys.readouterr().err
    assert main(["network", "classic", str(path), "--capacity", "none"]) == 0
    assert main(["network", "classic", str(path), "--capacity", "3"]) == 2
    assert "demand of customer 1" in capsys.readouterr().err
