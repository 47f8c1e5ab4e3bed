"""What a draft reaches, in words for the page."""

from __future__ import annotations

from dataclasses import dataclass

from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.asking.model import VERDICT_WORDS
from meguri.law.making.clauses import DUTY_KINDS
from meguri.law.making.effects import ArisingTonnes, DraftEffects, FlowChange, ReachedSites
from meguri.law.making.paper import sentences

MOST = 12


@dataclass(frozen=True)
class ShownReach:
    """Sentences first, then flows, lanes, tonnes, sites and duties, each line with its words."""

    sentences: tuple[Words, ...]
    flows: tuple[tuple[Words, FlowChange], ...]
    lanes: tuple[tuple[Words, ...], ...]
    tonnes: tuple[tuple[Words, ArisingTonnes], ...]
    sites: tuple[tuple[Words, ReachedSites], ...]
    duties: tuple[tuple[Words, ...], ...]


def _economy(code: str) -> Words:
    return tables.parties()[code].name if code else Words("All States")


def of(told: DraftEffects) -> ShownReach:
    """What a draft reaches, ready for the page."""
    streams = tables.streams()
    return ShownReach(
        sentences(told),
        tuple((streams[flow.stream].name, flow) for flow in told.flows[:MOST]),
        tuple(
            (
                _economy(one.origin), _economy(one.destination), streams[one.stream].name, VERDICT_WORDS[one.before],
                VERDICT_WORDS[one.after],
            )
            for one in told.examples
        ),
        tuple((_economy(one.economy), one) for one in told.tonnes[:MOST]),
        tuple((_economy(one.economy), one) for one in told.sites[:MOST]),
        tuple((_economy(duty.economy), DUTY_KINDS[duty.duty], duty.words) for duty in told.duties),
    )  # fmt: skip
