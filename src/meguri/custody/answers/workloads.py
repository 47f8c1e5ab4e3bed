"""Collected lots, as the acts with which the journal is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from meguri.custody import acts
from meguri.journal.measure.measuring import Workload
from meguri.journal.services import Utterance
from meguri.kit import ids
from meguri.movement.states import LotMass
from meguri.registry import services as registry

STREAM = "circuit-boards-high-grade"


def _prepare(count: int) -> Sequence[str]:
    actors = []
    for place in range(count):
        who = registry.admit(f"bench-{place}", {"en": f"Yard {place}"}, "MYS", ["collector", "dismantler"])
        registry.site(who, {"en": f"Yard {place}"}, "MYS", 5.4, 100.3, facility=f"bench-{place}")
        actors.append(who)
    return actors


def _make(actor: str) -> Utterance:
    facility = actor.removeprefix("organisation:")
    body = acts.Collect(
        event=ids.new(), lot=ids.new(), stream=STREAM, grams=1_250_000, facility=facility, economy="MYS"
    )
    return Utterance("custody.collect", body)


_held: dict[str, str] = {}
"""Lots that an actor has taken in and not yet taken apart."""


def _make_in_turn(actor: str) -> Utterance:
    lot = _held.pop(actor, None)
    if lot is None:
        said = _make(actor)
        _held[actor] = cast(acts.Collect, said.body).lot
        return said
    made = acts.Output(lot=ids.new(), stream=STREAM, grams=1_250_000)
    body = acts.Transform(
        event=ids.new(),
        step="sorting",
        facility=actor.removeprefix("organisation:"),
        economy="MYS",
        inputs=(LotMass(lot, 1_250_000),),
        outputs=(made,),
    )
    return Utterance("custody.transform", body)


_large: dict[str, str] = {}
"""A large lot of each actor, from which a little is taken again and again."""


def _take_a_little(actor: str) -> Utterance:
    if actor not in _large:
        said = _make(actor)
        body = msgspec.structs.replace(cast(acts.Collect, said.body), grams=9_000_000_000)
        _large[actor] = body.lot
        return Utterance("custody.collect", body)
    made = acts.Output(lot=ids.new(), stream=STREAM, grams=1000)
    sorted_out = acts.Transform(
        event=ids.new(),
        step="sorting",
        facility=actor.removeprefix("organisation:"),
        economy="MYS",
        inputs=(LotMass(_large[actor], 1000),),
        outputs=(made,),
    )
    return Utterance("custody.transform", sorted_out)


WORKLOADS = (
    Workload("collect", "custody.collect (a lot arises at a yard)", _prepare, _make),
    Workload("collect-transform", "custody.collect and custody.transform in turn", _prepare, _make_in_turn),
    Workload("a-little", "custody.transform of a little of one lot, again and again", _prepare, _take_a_little, False),
)
