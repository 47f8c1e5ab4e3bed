"""What routes recover: the product of their steps, with every assumption marked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.arisings.contents import composition as contents
from meguri.arisings.contents import routes
from meguri.kit.problems import Refused
from meguri.materials import ELEMENT_ORDER
from meguri.materials import contents as stream_contents
from meguri.reference import Confidence

AT = {element: m for m, element in enumerate(ELEMENT_ORDER)}


@pytest.mark.parametrize("route", routes.ROUTES)
def test_every_chain_is_whole(route: str) -> None:
    found = routes.yields(route)
    assert found.known.all(), [e for e, k in zip(ELEMENT_ORDER, found.known, strict=True) if not k]
    assert ((found.low <= found.values) & (found.values <= found.high)).all()
    assert found.low.min() >= 0
    assert found.high.max() <= 1
    assert found.values.max() > 0.3
    assert routes.all_routes()[route].name.say("ja") != routes.all_routes()[route].name.en
    for steps in found.steps:
        for one in steps:
            assert one.source
            assert one.low <= one.share <= one.high
            assert one.assumed == (one.confidence <= Confidence.MEMORY)


def test_a_chain_is_the_product_of_its_steps() -> None:
    """Gold by hand 0.97 and at the smelter 0.95; in the shredder 0.256 (Chancerel 2009)."""
    manual, shredder, backyard = (routes.yields(r) for r in ("formal-manual-smelter", "shredder-smelter", "backyard"))
    gold = AT["Au"]
    assert manual.values[gold] == pytest.approx(0.97 * 0.95)
    assert shredder.values[gold] == pytest.approx(0.256 * 0.95)
    assert backyard.values[gold] == pytest.approx(0.25)
    assert manual.values[gold] > shredder.values[gold]
    assert manual.confidence[gold] == Confidence.MEMORY
    assert shredder.confidence[gold] == Confidence.SOURCED
    down = 0.97 * 0.95 * np.hypot(1 - 0.95 / 0.97, 0)
    assert manual.low[gold] == pytest.approx(0.97 * 0.95 - down)


def test_what_a_route_cannot_win_is_lost() -> None:
    smelter = routes.yields("formal-manual-smelter")
    for element in ("Nd", "Ta", "Ga", "In"):
        assert smelter.values[AT[element]] == 0
    assert routes.yields("magnet-recovery").values[AT["Nd"]] > 0.4
    assert routes.yields("battery-pyromet").values[AT["Mn"]] == 0 < routes.yields("battery-hydromet").values[AT["Mn"]]


@given(st.sampled_from(routes.ROUTES), st.lists(st.floats(0, 1e9), min_size=30, max_size=30), st.floats(0, 1))
def test_no_more_comes_out_than_went_in(route: str, masses: list[float], collected: float) -> None:
    content = np.array(masses)
    made = routes.recovered(content, route, collected)
    assert (made.values <= content * collected + 1e-9).all()
    assert (made.low <= made.values).all()
    assert (made.values <= made.high).all()


def test_recovered_of_products() -> None:
    held = contents.matrix(["0302", "0306"], [2015, 2020])
    made = routes.recovered(held, "formal-manual-smelter", np.array([0.5, 0.2]))
    assert made.values.shape == held.values.shape
    expected = held.values[:, 1, AT["Au"]] * 0.2 * 0.97 * 0.95
    np.testing.assert_allclose(made.values[:, 1, AT["Au"]], expected)


def test_draws_follow_the_range() -> None:
    found = routes.yields("backyard")
    drawn = found.draw(20000, 7)
    assert drawn.shape == (20000, 30)
    gold = drawn[:, AT["Au"]]
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    assert np.median(gold) == pytest.approx(0.25, abs=0.01)
    assert np.quantile(gold, 0.05) == pytest.approx(0.08, abs=0.02)
    assert np.quantile(gold, 0.95) == pytest.approx(0.60, abs=0.02)
    np.testing.assert_array_equal(found.at(np.zeros(30)), found.values)
    np.testing.assert_array_equal(found.draw(3, 7), drawn[:3])


def test_penalties_at_the_gate() -> None:
    feed = np.zeros(30)
    assert routes.penalties(feed) == ()
    for element, estimate in stream_contents("circuit-boards-low-grade").items():
        if element in AT:
            feed[AT[element]] = estimate.value
    found = {one.parameter: one for one in routes.penalties(feed)}
    assert {"Al", "Fe"} <= set(found)
    assert not found["Al"].rejected
    feed[AT["Al"]] = 0.09
    assert {one.parameter: one for one in routes.penalties(feed)}["Al"].rejected
    assert found["Al"].confidence == Confidence.MEMORY


def test_wrong_input_is_refused() -> None:
    for call, pointer in (
        (lambda: routes.yields("shreder-smelter"), "/route"),
        (lambda: routes.recovered(np.zeros(29), "backyard"), "/content"),
        (lambda: routes.recovered(-np.ones(30), "backyard"), "/content"),
        (lambda: routes.recovered(np.ones(30), "backyard", 20), "/collected"),
    ):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.problems[0].pointer == pointer
    with pytest.raises(Refused) as caught:
        routes.yields("shreder-smelter")
    assert caught.value.problems[0].params["hint"] == "shredder-smelter"
