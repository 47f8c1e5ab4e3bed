"""Random and hostile histories leave nothing wrong; and what looks for wrong sees it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from meguri.custody.adversary.histories import history
from meguri.custody.adversary.oracle import look
from meguri.custody.adversary.stage import YARD, TradeStage

HISTORIES = 2000


def test_nothing_is_wrong_after_any_history():
    told = {seed: history(seed)[0] for seed in range(HISTORIES)}
    assert {seed: one.wrong for seed, one in told.items() if not one.wrong.nothing} == {}
    assert sum(one.taken for one in told.values()) > 3 * HISTORIES
    assert sum(one.refused for one in told.values()) > HISTORIES


def test_the_same_seed_tells_the_same():
    first, second = history(7)[1], history(7)[1]
    assert first.record.states == second.record.states


@pytest.mark.parametrize("grams", [1, -5_000_000])
def test_a_state_that_no_act_explains_is_seen(grams):
    stage = TradeStage()
    lot = stage.collect(YARD, "circuit-boards", 1_000_000)
    assert look(stage.record).nothing
    stage.record.states[f"lot:{lot}"] = replace(stage.lot(lot), mass_g=1_000_000 + grams)
    assert look(stage.record).residual_g


def test_an_act_that_a_guard_should_have_refused_is_seen(monkeypatch):
    """The account is the adversary's own: with the guard of sums asleep, grams out of nothing show."""
    from meguri.custody.guards import store

    monkeypatch.setattr(store, "available", lambda *_: None)
    stage = TradeStage()
    lot = stage.collect(YARD, "circuit-boards", 1000)
    stage.transform(YARD, "packing", [(lot, 3000)], [("circuit-boards", 3000)])
    assert look(stage.record).negative == 1
