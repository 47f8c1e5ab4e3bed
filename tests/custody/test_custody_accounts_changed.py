"""A small history in which one event or one lot is another: what its balance and its traces then say is what
``accounts_changed.json`` keeps. ``python tests/altered.py`` writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import custody_acts
import pytest
from cast import EXPORTER, NOW, PENANG, SMELTER, bag, cast, collect, dispatch, receive, transform
from custody_acts import BOARDS, COPPER, KG

import altered
import told_story
from meguri.custody.balance import accounts, ledger
from meguri.custody.trace import shares
from meguri.journal.projections import sums
from meguri.kit.problems import MeguriError

KEPT = Path(__file__).with_name("accounts_changed.json")


def history() -> tuple[dict[str, Any], dict[str, Any]]:
    """Collected twice, blended, sold short, melted; and a journey of which one bag is taken and one refused."""
    record = cast()
    collect(record, PENANG, "A", 600 * KG, BOARDS)
    collect(record, PENANG, "B", 400 * KG, BOARDS, contents=(COPPER,))
    transform(
        record, PENANG, "MIX", "blending", [("A", 600 * KG), ("B", 300 * KG)], [("M", BOARDS, 899 * KG)],
        difference_g=-KG,
    )  # fmt: skip
    dispatch(record, PENANG, "OUT", EXPORTER, ("M", 899 * KG))
    receive(record, EXPORTER, "IN", bag("M", 898 * KG))
    custody_acts.melted(record)
    states = record.states
    events = {name[6:]: state for name, state in states.items() if name.startswith("event:")}
    return events, {name[4:]: state for name, state in states.items() if name.startswith("lot:")}


def plain(value: Any) -> Any:
    return json.loads(json.dumps(told_story.plain(value), default=told_story.written, sort_keys=True))


def balance(events: dict[str, Any], lots: dict[str, Any]) -> Any:
    """The balance, added up; with contents for what was melted."""
    fractions = {name: {"Au": (0.001, 0.0001), "Cu": (0.2, 0.01)} for name in ("J-BAG1", "M")}
    found = ledger.balance(events.values(), lots, fractions)
    return plain([found, found.closure_g, found.transit_g, found.closed])


def added(events: dict[str, Any], lots: dict[str, Any]) -> Any:
    """What the accounts keep of it, where all came at once, and the balance that they make."""
    now = {f"event:{name}": state for name, state in events.items()} | {f"lot:{n}": s for n, s in lots.items()}
    kept = sums.Additions()
    for account, amount in accounts.added(list(now), dict.fromkeys(now), now):
        kept.put(account, amount)
    names = accounts.apart(kept.amounts)
    found = accounts.balance_of(kept.amounts, {name: lots.get(name) for name in names}, 3)
    return plain([sorted([" ".join(account), amount] for account, amount in kept.amounts.items()), found])


def traces(events: dict[str, Any], lots: dict[str, Any]) -> Any:
    """Where the gold and the blend came from, and what became of what was collected."""
    asked = [(lot, down) for lot in ("AU", "A", "BAG2") for down in (False, True) if lot in lots]
    found = [shares.trace(lot, lots, events, down) for lot, down in asked]
    return plain([[one, one.sources()] for one in found])


SAID: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "balance": balance,
    "accounts": added,
    "traces": traces,
}


LOOKED_AT = {
    "balance": ("gone", "+1", "= 0", "= 'x'", "without first", "first twice", "not"),
    "accounts": ("gone", "+1", "= 0", "= 'x'", "without first", "not"),
    "traces": ("gone", "+1", "= 0"),
}
"""Changes by the end of their names; the others say no more."""


def unlike(mine: Any, right: Any, at: str = "") -> list[str]:
    """Where two answers differ, and what stands there."""
    if isinstance(mine, dict) and isinstance(right, dict):
        names = sorted({*mine, *right})
        return [part for name in names for part in unlike(mine.get(name), right.get(name), f"{at}.{name}")]
    if isinstance(mine, list) and isinstance(right, list) and len(mine) == len(right):
        return [part for n, pair in enumerate(zip(mine, right, strict=True)) for part in unlike(*pair, f"{at}[{n}]")]
    return [] if mine == right else [f"{at} {json.dumps(mine, ensure_ascii=False)}"]


def changed(what: str) -> dict[str, list[str]]:
    """By change of one event or lot, where the answer is another; and the answer as it is."""
    events, lots = history()
    say = SAID[what]
    right = say(events, lots)
    found = {"as it is": [json.dumps(right, ensure_ascii=False)]}
    changes = altered.Alterations(())
    for kind, states in (("event", events), ("lot", lots)):
        for name in sorted(states):
            ways = [("gone", None), *changes.of(states[name], 3)]
            for how, other in ways:
                if not how.endswith(LOOKED_AT[what]):
                    continue
                others = {one: state for one, state in states.items() if one != name}
                if other is not None:
                    others[name] = other
                given = (others, lots) if kind == "event" else (events, others)
                try:
                    found[f"{kind} {name} {how}"] = unlike(say(*given), right)[:6]
                except MeguriError as error:
                    found[f"{kind} {name} {how}"] = [one.code for one in error.problems]
                except Exception:
                    continue
    return {how: differs for how, differs in found.items() if differs}


def made(what: str) -> Callable[[], dict[str, list[str]]]:
    return lambda: changed(what)


TOLD = {what: made(what) for what in SAID}


@pytest.mark.parametrize("what", SAID)
def test_what_is_said_of_a_history_is_what_was_said(what):
    right = json.loads(KEPT.read_text(encoding="utf-8"))[what]
    told = changed(what)
    assert {how: differs for how, differs in told.items() if right.get(how) != differs} == {}
    assert told == right


__all__ = ["NOW", "SMELTER"]
