"""Random and hostile histories leave nothing wrong; and what looks for wrong sees it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from meguri.custody.adversary.histories import history
from meguri.custody.adversary.oracle import look
from meguri.custody.adversary.stage import BEGIN, YARD, TradeStage
from meguri.custody.balance import accounts, ledger
from meguri.custody.states import EventState, LotState
from meguri.journal import kinds
from meguri.journal.entry.in_memory import MemoryRecord

HISTORIES = 2000


def test_nothing_is_wrong_after_any_history():
    told = {seed: history(seed)[0] for seed in range(HISTORIES)}
    assert {seed: one.wrong for seed, one in told.items() if not one.wrong.nothing} == {}
    assert sum(one.taken for one in told.values()) > 3 * HISTORIES
    assert sum(one.refused for one in told.values()) > HISTORIES


def test_the_same_seed_tells_the_same():
    first, second = history(7)[1], history(7)[1]
    assert first.record.states == second.record.states


def test_sums_that_are_kept_beside_a_history_come_to_the_whole_balance():
    """Act by act, whatever was told, and what was declared wrong taken out again."""
    wrong = 0
    for seed in range(400):
        stage = history(seed)[1]
        record, sums = MemoryRecord(BEGIN), {}
        record.states = {
            name: state for name, state in stage.record.states.items() if name.startswith(("org", "fac", "lic"))
        }
        for entry in stage.record.entries:
            wrong += entry.act.kind == "custody.declare_wrong"
            before = dict(record.states)
            body = kinds.find(entry.act.kind).read(entry.act)
            record.say(entry.act.actor, entry.act.kind, body, claimed=entry.claimed)
            changed = [name for name in entry.act.subjects if record.states.get(name) is not before.get(name)]
            for account, amount in accounts.added(changed, before, record.states):
                sums[account] = sums.get(account, 0) + amount
        kept = accounts.balance_of({account: amount for account, amount in sums.items() if amount}, {})
        lots = {name[4:]: state for name, state in record.states.items() if isinstance(state, LotState)}
        events = {name[6:]: state for name, state in record.states.items() if isinstance(state, EventState)}
        whole = ledger.balance(events.values(), lots, found=ledger.found_of(events, lots))
        assert not accounts.apart({account: amount for account, amount in sums.items() if amount}), seed
        for name in ("collected_g", "difference_g", "loss_g", "stock_g", "found", "seen_g"):
            assert getattr(kept, name) == getattr(whole, name), (seed, name)
        for name in ("sites", "streams"):
            lines = [{one for one in getattr(b, name) if one.in_g or one.out_g or one.stock_g} for b in (kept, whole)]
            assert lines[0] == lines[1], seed
    assert wrong > 40


@pytest.mark.parametrize("grams", [1, -5_000_000])
def test_a_state_that_no_act_explains_is_seen(grams):
    stage = TradeStage()
    lot = stage.collect(YARD, "circuit-boards", 1_000_000)
    assert look(stage.record).nothing
    stage.record.states[f"lot:{lot}"] = replace(stage.lot(lot), mass_g=1_000_000 + grams)
    assert look(stage.record).residual_g


def test_an_act_that_a_guard_should_have_refused_is_seen(monkeypatch):
    """The account is the adversary's own: with the guard of sums asleep, grams out of nothing show."""
    from meguri.custody.guards import making

    monkeypatch.setattr(making, "available", lambda *_: None)
    stage = TradeStage()
    lot = stage.collect(YARD, "circuit-boards", 1000)
    stage.transform(YARD, "packing", [(lot, 3000)], [("circuit-boards", 3000)])
    assert look(stage.record).negative == 1
