"""Conflicts: every limit named is needed for the contradiction, and giving way by what is said resolves it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import transport

from meguri.kit.words import Words
from meguri.network.solver.conflict import Contradiction, conflicts, optimum, problems
from meguri.network.solver.decomposition import solve_apart
from meguri.network.solver.highs import NoPlan, SolverOptions, solve
from meguri.network.solver.program import Builder, NamedLimit, Program
from meguri.network.solver.rounding import solve_rounded


def relaxed(program: Program, members, values=None) -> Program:
    """The program with the named sides of limits let go, or set to other values."""
    arrays = {name: getattr(program, name).copy() for name in ("row_lower", "row_upper", "lower", "upper")}
    for k, one in enumerate(members):
        name = one.side if one.row is None else f"row_{one.side}"
        free = -np.inf if one.side == "lower" else np.inf
        arrays[name][one.column if one.row is None else one.row] = free if values is None else values[k]
    return program.with_(**arrays)


def needs_all(program: Program, found: Contradiction) -> None:
    """With every limit of the program gone but these there is no plan; with any one of these gone too there is."""
    named = {(one.row, one.column, one.side) for one in found.members}
    arrays = {name: getattr(program, name).copy() for name in ("row_lower", "row_upper", "lower", "upper")}
    for block in program.row_blocks:
        for i in block.ids.ravel() if block.limit else ():
            for side, free in (("lower", -np.inf), ("upper", np.inf)):
                if (int(i), None, side) not in named:
                    arrays[f"row_{side}"][i] = free
    for block in program.column_blocks:
        for j in block.ids.ravel() if block.limit else ():
            if (None, int(j), "upper") not in named:
                arrays["upper"][j] = np.inf
    alone = program.with_(**arrays, cost=np.zeros(program.columns))
    assert solve(alone).status == "infeasible"
    for one in found.members:
        assert solve(relaxed(alone, [one])).status == "optimal"


def test_a_demand_beyond_the_supply_names_both():
    program = transport(supply=(10.0, 5.0), demand=(8.0, 9.0))
    (found,) = conflicts(program)
    assert {one.said.en for one in found.members} == {"supply of S1", "supply of S2", "demand of D1", "demand of D2"}
    needs_all(program, found)
    for one in found.members:
        assert abs(one.needed - one.value) == pytest.approx(2.0, abs=1e-6)


def test_the_problems_are_said_with_pointers_in_the_readers_language():
    program = transport(supply=(10.0, 5.0), demand=(8.0, 9.0))
    with pytest.raises(NoPlan) as caught:
        optimum(program)
    told = {one.pointer: one for one in caught.value.problems}
    assert "supply of S1" in told[""].say()
    assert told["/supply/S1"].say() == (
        "supply of S1: at most 10 t is allowed, and 12 t is needed while the other limits hold."
    )
    assert told["/demand/D2"].say().startswith("demand of D2: at least 9 t is asked, and nothing above 7 t")
    assert "supply of S1、" in told[""].say("ja")
    assert told["/supply/S1"].say("ja").startswith("supply of S1：10 t以下に制限されています")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), whole=st.booleans())
def test_what_is_named_is_needed_and_what_is_said_to_help_helps(seed, whole):
    draw = np.random.default_rng(seed)
    supply = tuple(draw.integers(2, 30, draw.integers(1, 4)).astype(float))
    demand = tuple(draw.integers(2, 30, draw.integers(1, 4)).astype(float))
    program = transport(supply, demand, seed, whole=whole, cap=float(draw.integers(10, 300)))
    found = conflicts(program)
    if solve(program).status == "optimal":
        assert not found
        return
    assert found
    taken = [(one.row, one.column, one.side) for each in found for one in each.members]
    assert len(taken) == len(set(taken))
    for each in found:
        assert each.named
        needs_all(program, each)
        others = [one for other in found if other is not each for one in other.members]
        for one in each.members:
            if one.needed is not None:
                eased = relaxed(
                    relaxed(program, others), [one], [one.needed + (1 if one.side == "upper" else -1) * 1e-4]
                )
                assert solve(eased).status == "optimal"
                tighter = one.needed - 0.05 if one.side == "upper" else one.needed + 0.05
                assert solve(relaxed(relaxed(program, others), [one], [tighter])).status == "infeasible"


def test_a_conflict_that_only_whole_plants_have():
    """Half of each plant would do for a minimum of two opened, but the budget pays for one whole only."""
    builder = Builder()
    limit = {name: NamedLimit(Words(name)) for name in ("budget", "least", "share")}
    open_ = builder.columns("open", 2, [3.0, 4.0], 0, 1, integer=True)
    budget = builder.rows("budget", 1, upper=3.5, limit=limit["budget"])
    least = builder.rows("least", 1, lower=1.1, limit=limit["least"])
    builder.entries(budget, open_, [3.0, 3.0])
    builder.entries(least, open_)
    program = builder.build()
    assert solve(program.relaxed()).status == "optimal"
    assert solve(program).status == "infeasible"
    (found,) = conflicts(program)
    assert {one.said.en for one in found.members} == {"budget (1)", "least (1)"}


def test_bounds_of_columns_are_limits_too():
    builder = Builder()
    x = builder.columns("x", 2, 1.0, 0, [4.0, 5.0], limit=NamedLimit(Words("capacity of {number}"), "/c/{number}"))
    row = builder.rows("need", 1, lower=12.0, limit=NamedLimit(Words("need")))
    builder.entries(row, x)
    (found,) = conflicts(builder.build())
    assert [(one.said.en, one.needed) for one in found.members] == [
        ("need (1)", 9.0), ("capacity of 1", 7.0), ("capacity of 2", 8.0),
    ]  # fmt: skip
    assert {one.pointer for one in found.members} == {"", "/c/1", "/c/2"}


def test_balances_that_contradict_each_other_are_said_to_be_the_models_own():
    builder = Builder()
    x = builder.columns("x", 1)
    a, b = builder.rows("a", 1, 1, 1), builder.rows("b", 1, 2, 2)
    builder.entries(a, x)
    builder.entries(b, x)
    spare = builder.rows("c", 1, upper=5, limit=NamedLimit(Words("cap")))
    builder.entries(spare, x)
    (found,) = conflicts(builder.build())
    assert not found.named
    assert {one.said.en for one in found.members} == {"a(1)", "b(1)"}
    assert "model itself" in problems([found])[0].say()


def test_many_conflicts_are_told_apart_and_long_ones_shortened():
    builder = Builder()
    x = builder.columns("x", 40, 1.0)
    each = builder.rows("each", 40, upper=1.0, limit=NamedLimit(Words("room of {number}")))
    builder.entries(each, x)
    every = builder.rows("every", 1, lower=100.0, limit=NamedLimit(Words("target")))
    builder.entries(every, x)
    low = builder.rows("low", 2, lower=5.0, limit=NamedLimit(Words("least {number}")))
    y = builder.columns("y", 2, 0.0, 0.0, 2.0)
    builder.entries(low, y)
    found = conflicts(builder.build())
    assert sorted(len(one.members) for one in found) == [1, 1, 41]
    told = [one.say() for one in problems(found)]
    assert any("and 29 more" in text for text in told)
    assert any(text == "This limit cannot hold with any plan: least 1." for text in told)
    assert any("nothing above 2 can be reached" in text for text in told)


def test_a_program_with_a_plan_has_no_conflict():
    assert conflicts(transport()) == ()
    assert optimum(transport()).optimal


@pytest.mark.parametrize("solver", [solve_rounded, solve_apart])
def test_other_ways_of_solving_name_conflicts_too(solver):
    with pytest.raises(NoPlan, match="demand of D1"):
        optimum(transport(supply=(10.0, 5.0), demand=(8.0, 9.0), whole=True), SolverOptions(gap=0.01), solver=solver)
    assert optimum(transport(whole=True), SolverOptions(gap=0.01), solver=solver).optimal


def test_in_a_large_program_targets_are_named_in_one_step(monkeypatch):
    """The same answer as the search gives, for a target that nothing reaches."""
    import meguri.network.solver.conflict as asked

    builder = Builder()
    made = builder.columns("made", 2, 1.0, 0.0, 5.0)
    wanted = builder.rows("gold", (), 30.0, limit=NamedLimit(Words("gold"), "/limits/gold", "t"))
    builder.entries(wanted, made, 1.0)
    program = builder.build()
    searched = asked.conflicts(program)
    monkeypatch.setattr(asked, "LARGE", 0)
    at_once = asked.conflicts(program)
    assert [one.members[0].pointer for one in at_once] == ["/limits/gold"]
    assert at_once[0].members[0].needed == pytest.approx(10.0, abs=1e-3)
    assert searched[0].members[0].pointer == "/limits/gold"
