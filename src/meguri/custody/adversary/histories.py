"""Random and hostile histories: honest acts, and acts with one figure or name changed, told in any order.

Same seed, same history. A refusal is an answer; anything else that is raised is a fault of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from meguri.custody.adversary.oracle import HistoryFaults, look
from meguri.custody.adversary.stage import EXPORTER, ROLES, SECOND_SMELTER, SECOND_YARD, SMELTER, YARD, TradeStage
from meguri.custody.states import LotState
from meguri.journal import kinds
from meguri.kit.problems import MeguriError
from meguri.movement.states import Bag

MOST_ACTS = 14
INPUTS = {"mixed-small-e-waste": 7_000_000, "circuit-boards": 1_000_000, "battery-packs": 2_000_000}
YARDS = (YARD, SECOND_YARD)
SMELTERS = (SMELTER, SECOND_SMELTER)
MILLION = 1_000_000
METALS = (("Cu", 400_000), ("Au", 600), ("Au", 10_000), ("Co", 300_000), ("Ag", 4_000))
"""Metals, and how much of a charge may be claimed of one, in parts per million: up to well above what can be in it."""


@dataclass
class HistoryTold:
    """What came of one history."""

    taken: int
    refused: int
    wrong: HistoryFaults


class Teller:
    """Tells acts to a stage, some of them changed on the way, and keeps going where one is refused."""

    def __init__(self, chance: Random, hostile: float) -> None:
        self.chance, self.hostile = chance, hostile
        self.stage = TradeStage()
        self.taken = self.refused = 0
        tell = self.stage.record.say
        self._tell = tell
        self.stage.record.say = self._changed  # type: ignore[method-assign]

    def _changed(self, actor: str, kind: str, body: msgspec.Struct, *more: Any, **others: Any) -> Any:
        if self.chance.random() < self.hostile:
            body = _hostile(body, self.chance)
            if self.chance.random() < 0.2:
                actor = self.chance.choice(list(ROLES))
            # What a body cannot hold is refused before any guard is asked.
            kinds.find(kind)
            body = msgspec.convert(msgspec.to_builtins(body), type(body))
        return self._tell(actor, kind, body, *more, **others)

    def step(self, act: Callable[[], object]) -> None:
        """One act, taken or refused."""
        try:
            act()
        except (MeguriError, msgspec.ValidationError):
            self.refused += 1
        else:
            self.taken += 1


def _hostile(body: msgspec.Struct, chance: Random) -> msgspec.Struct:
    """The body with one of its figures or names changed, somewhere in it."""
    told = msgspec.to_builtins(body)
    places = list(_places(told))
    if not places:
        return body
    holder, key = chance.choice(places)
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = chance.choice((value + 1, value - 1, -value, 0, value * 2, value // 2, value * 1000, 2**62))
    else:
        others = [other[name] for other, name in places if isinstance(other[name], str)]
        holder[key] = chance.choice(("", "x", *others))
    try:
        return msgspec.convert(told, type(body))
    except msgspec.ValidationError:
        return body


def _places(told: Any) -> Any:
    """Every figure and word in a body, with what holds it."""
    for key, value in told.items() if isinstance(told, Mapping) else enumerate(told):
        if isinstance(value, (dict, list)):
            yield from _places(value)
        elif isinstance(value, (int, str)) and isinstance(told, (dict, list)):
            yield told, key


def history(seed: int, hostile: float = 0.3) -> tuple[HistoryTold, TradeStage]:
    """One history of some acts, and what is wrong after it."""
    chance = Random(seed)
    teller = Teller(chance, hostile)
    for _ in range(chance.randint(2, MOST_ACTS)):
        teller.step(lambda: _one(teller.stage, chance))
    return HistoryTold(teller.taken, teller.refused, look(teller.stage.record)), teller.stage


def _one(stage: TradeStage, chance: Random) -> None:
    """One act of an honest trade with what is there."""
    holders = [one for one in ROLES if stage.held(one)]
    who = chance.choice(holders or list(ROLES))
    mine = stage.held(who)
    what = chance.choice(("collect", "transform", "transform", "smelt", "smelt", "send", "correct", "wrong"))
    if chance.random() < 0.3 and _receive(stage, chance):
        return
    if what == "collect" or not mine:
        stream, grams = chance.choice(list(INPUTS.items()))
        stage.collect(chance.choice((*YARDS, *SMELTERS)), stream, chance.randint(1, grams))
    elif what == "transform":
        lot = chance.choice(mine)
        state = stage.lot(lot)
        taken = chance.randint(1, state.mass_g)
        cut = chance.randint(0, taken - 1)
        parts = [(state.stream, grams) for grams in (cut, taken - cut) if grams]
        stage.transform(who, chance.choice(("packing", "blending")), [(lot, taken)], parts)
    elif what == "smelt" and who in SMELTERS:
        lot = chance.choice(mine)
        taken = stage.lot(lot).mass_g
        symbol, most = chance.choice(METALS)
        metal = taken * chance.randint(0, most) // MILLION
        out = [(stream, grams) for stream, grams in ((f"element:{symbol}", metal), ("slag", taken - metal)) if grams]
        stage.transform(who, "smelting", [(lot, taken)], out)
    elif what == "send":
        to = chance.choice([one for one in ROLES if one != who] or [EXPORTER])
        stage.send(who, to, chance.choice(mine))
    elif what == "wrong":
        stage.declare_wrong(who, chance)
    elif what == "correct":
        lot = chance.choice(mine)
        stage.correct(who, lot, max(1, stage.lot(lot).mass_g + chance.randint(-9, 9)))


def _receive(stage: TradeStage, chance: Random) -> bool:
    """Somebody weighs what is under way to them; whether anything was."""
    coming = sorted(
        (name.partition(":")[2], state.bound_for, state.mass_g)
        for name, state in stage.record.states.items()
        if isinstance(state, LotState) and state.bound_for
    )
    if coming:
        name, who, sent = chance.choice(coming)
        grams = max(0, sent + chance.choice((0, 0, 1, -1, sent // 300, -(sent // 9))))
        accepted = chance.random() < 0.8 and grams > 0
        bag = Bag(lot=name, received_g=grams, accepted=accepted, reason="wet")
        if chance.random() < 0.1:
            bag = Bag(lot=name, received_g=0, accepted=False, missing=True)
        elif accepted and grams > 1 and chance.random() < 0.2:
            bag = msgspec.structs.replace(bag, refused_g=chance.randint(1, grams - 1), part=stage.name("P"))
        stage.receive(who, bag)
    return bool(coming)
