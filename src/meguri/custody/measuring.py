"""Collected lots, as the acts with which the journal is measured."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.custody import acts
from meguri.journal.measuring import Workload
from meguri.journal.services import Utterance
from meguri.kit import ids
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


COLLECTING = Workload("custody.collect (a lot arises at a yard)", _prepare, _make)
