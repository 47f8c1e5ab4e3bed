"""Reconciliation: the worked figures, against dense algebra, and what its tests can and cannot say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.custody.reconciliation import solving
from meguri.custody.reconciliation.solving import MeasuredFlow, chi_square, reconcile, sidak


def one_balance(values, u, out_from=1):
    flows = [MeasuredFlow(f"f{place}", *(("", "n") if place < out_from else ("n", ""))) for place in range(len(values))]
    (found,) = reconcile(flows, np.array(values, float).reshape(-1, 1), np.array(u, float).reshape(-1, 1))
    return found


def test_the_worked_balance_of_three_figures():
    found = one_balance([1000, 620, 370], [20, 15, 10])
    assert [round(one.reconciled, 2) for one in found.flows] == [994.48, 623.10, 371.38]
    assert round(found.gamma, 3) == 0.138
    assert found.degrees == 1
    assert found.fits


def test_the_worked_gold():
    found = one_balance([183.5, 174.0, 2.0, 5.0], [5.5, 1e-6, 1.0, 2.5])
    assert round(found.gamma, 2) == 0.17
    assert found.fits


@pytest.mark.parametrize(("tests", "limit"), [(1, 1.96), (4, 2.49), (10, 2.80), (100, 3.47)])
def test_the_limits_for_so_many_tests(tests, limit):
    assert round(sidak(tests), 2) == limit


def test_the_limit_of_the_global_test():
    assert round(chi_square(1), 2) == 3.84
    assert round(chi_square(10), 2) == 18.31


def test_with_one_balance_nobody_can_tell_who_is_wrong():
    """Every figure has the same test, so that all of them are candidates and none is named."""
    found = one_balance([1000, 620, 250], [20, 15, 10])
    assert not found.fits
    assert len({round(one.z, 9) for one in found.flows}) == 1
    (suspicion,) = found.suspicions
    assert suspicion.alone
    assert suspicion.candidates == ("f0", "f1", "f2")


def test_with_two_balances_the_wrong_figure_stands_out():
    """In a chain the figure between is weighed against both sides; the others against one."""
    flows = [
        MeasuredFlow("in", "", "a"), MeasuredFlow("dust", "a", ""), MeasuredFlow("between", "a", "b"),
        MeasuredFlow("bar", "b", ""), MeasuredFlow("slag", "b", ""),
    ]  # fmt: skip
    true = np.array([1000, 20, 980, 700, 280.0])
    u = np.array([5, 1, 5, 3, 3.0]).reshape(-1, 1)
    (fine,) = reconcile(flows, true.reshape(-1, 1), u)
    assert fine.fits
    assert fine.gamma == pytest.approx(0)
    wrong = true + np.array([0, 0, 60, 0, 0])
    (found,) = reconcile(flows, wrong.reshape(-1, 1), u)
    assert not found.fits
    (suspicion,) = found.suspicions
    assert not suspicion.alone
    assert suspicion.candidates == ("between",)


def test_a_low_gamma_is_no_proof():
    """What is wrong everywhere in proportion leaves no trace at all."""
    found = one_balance([2000, 1240, 760], [20, 15, 10])
    assert found.gamma == pytest.approx(0)


def test_what_nobody_can_be_wrong_about_is_refused():
    with pytest.raises(ValueError, match="above zero"):
        one_balance([1, 1], [1, 0])


def test_a_circle_that_nothing_enters_has_one_balance_less():
    flows = [MeasuredFlow("there", "a", "b"), MeasuredFlow("back", "b", "a")]
    (found,) = reconcile(flows, np.array([[10.0], [12.0]]), np.array([[1.0], [1.0]]))
    assert found.degrees == 1
    assert [one.reconciled for one in found.flows] == pytest.approx([11, 11])


@st.composite
def plants(draw):
    """Nodes and flows between them and outside, with figures."""
    nodes = draw(st.integers(1, 9))
    count = draw(st.integers(nodes, 4 * nodes))
    end = st.integers(-1, nodes - 1)
    ends = draw(st.lists(st.tuples(end, end).filter(lambda pair: pair[0] != pair[1]), min_size=count, max_size=count))
    ends += [(-1, node) for node in range(nodes)]
    value = st.floats(0, 1000).map(lambda number: round(number, 3))
    spread = st.floats(0.5, 30).map(lambda number: round(number, 3))
    size = len(ends)
    kinds = draw(st.integers(1, 3))
    values = draw(st.lists(st.lists(value, min_size=kinds, max_size=kinds), min_size=size, max_size=size))
    u = draw(st.lists(st.lists(spread, min_size=kinds, max_size=kinds), min_size=size, max_size=size))
    return ends, np.array(values), np.array(u)


@settings(max_examples=150, deadline=None)
@given(plants(), st.sampled_from([0, 2, 40]))
def test_it_is_what_dense_algebra_says(plant, dense_from):
    from meguri.custody.reconciliation import elimination

    ends, values, u = plant
    name = lambda node: "" if node < 0 else f"n{node}"  # noqa: E731
    flows = [MeasuredFlow(str(place), name(out), name(into)) for place, (out, into) in enumerate(ends)]
    before, elimination.DENSE_FROM = elimination.DENSE_FROM, dense_from
    try:
        found = reconcile(flows, values, u)
    finally:
        elimination.DENSE_FROM = before
    nodes = [one.node for one in found[0].nodes]
    a = np.zeros((len(nodes), len(flows)))
    for place, flow in enumerate(flows):
        if flow.target in nodes:
            a[nodes.index(flow.target), place] += 1
        if flow.source in nodes:
            a[nodes.index(flow.source), place] -= 1
    assert np.linalg.matrix_rank(a) == len(nodes)
    for kind, told in enumerate(found):
        y, v = values[:, kind], np.diag(u[:, kind] ** 2)
        phi = a @ v @ a.T
        inverse = np.linalg.inv(phi)
        r = a @ y
        x = y - v @ a.T @ inverse @ r
        w = np.diag(v @ a.T @ inverse @ a @ v)
        assert [one.reconciled for one in told.flows] == pytest.approx(x, abs=1e-6)
        assert told.gamma == pytest.approx(r @ inverse @ r, abs=1e-6)
        expected = np.abs(y - x) / np.sqrt(w)
        assert [one.z for one in told.flows] == pytest.approx(expected, rel=1e-5, abs=1e-5)
        assert [one.z for one in told.nodes] == pytest.approx(np.abs(r) / np.sqrt(np.diag(phi)), abs=1e-6)
        # Reconciled figures close every balance.
        assert a @ np.array([one.reconciled for one in told.flows]) == pytest.approx(np.zeros(len(nodes)), abs=1e-6)


def test_the_tests_are_honest_about_how_often_they_cry():
    """Of honest years with chance errors about 5 in 100 fail the global test."""
    rng = np.random.default_rng(7)
    flows = [MeasuredFlow("in", "", "a"), MeasuredFlow("x", "a", "b"), MeasuredFlow("y", "a", ""),
             MeasuredFlow("z", "b", "")]  # fmt: skip
    u = np.tile(np.array([[5.0], [4.0], [3.0], [2.0]]), (1, 2000))
    values = np.array([[100.0], [60.0], [40.0], [60.0]]) + rng.normal(size=u.shape) * u
    cried = [one.gamma > one.gamma_limit for one in reconcile(flows, values, u)]
    assert 0.03 < np.mean(cried) < 0.07
    assert solving.SIGNIFICANCE == 0.05
