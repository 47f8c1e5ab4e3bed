"""A reader's changes to a scenario: prices, targets, lanes and straits, each said as an assumption of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from meguri.kit.words import Words
from meguri.network.reference_plan import tables
from meguri.network.scenarios.scenario import DemandGiven, LaneChange, LimitGiven, PlanScenario, Shock
from meguri.network.web import names
from meguri.network.web.account import records
from meguri.reference import Confidence
from meguri.sea import passages

SOURCE = "the reader's own change"


class OwnChanges(msgspec.Struct, frozen=True):
    """What a reader changes; an absent value leaves the scenario as it is. Shares are of one.

    `collection` and the demand hold in the last period, `treated_at_home` (dismantled in the partner country where it
    was collected) and `largest_share` in all. `demand` is tonnes a year by element, of which `demand_share` is to
    be met in Japan. `opened` are (stream, sender, receiver); `shut` are straits and canals that nothing passes.
    """

    carbon_usd_t: float | None = None
    collection: float | None = None
    treated_at_home: float | None = None
    demand: dict[str, float] = {}
    demand_share: float | None = None
    largest_share: float | None = None
    largest_of: str = ""
    opened: tuple[tuple[str, str, str], ...] = ()
    shut: tuple[str, ...] = ()


def of(payload: Mapping[str, Any]) -> OwnChanges:
    """The changes as a piece of work was given them."""
    return msgspec.convert(payload["changes"], OwnChanges)


def changed(base: PlanScenario, changes: OwnChanges) -> PlanScenario:
    """The scenario with the changes made."""
    last = base.starts[-1]
    limits = tuple(_limits(base, changes, last))
    replaced = {limit.name for limit in limits}
    given = set(changes.demand)
    demands = tuple(
        DemandGiven(element, ((last, _or(changes.demand_share, 1.0)),), names.HOME, tonnes, SOURCE)
        for element, tonnes in changes.demand.items()
    )
    return replace(
        base,
        carbon_usd_t=_or(changes.carbon_usd_t, base.carbon_usd_t),
        limits=(*(limit for limit in base.limits if limit.name not in replaced), *limits),
        demands=(*(one for one in base.demands if one.economy != names.HOME or one.element not in given), *demands),
        lanes=(*base.lanes, *(LaneChange(True, sender, receiver, what) for what, sender, receiver in changes.opened)),
        shocks=(*base.shocks, *(Shock("passage", passage) for passage in changes.shut)),
    )


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _limits(base: PlanScenario, changes: OwnChanges, last: int) -> Iterator[LimitGiven]:
    first = base.starts[0]
    if changes.collection is not None:
        said = Words("your collection target")
        yield LimitGiven("your collection target", "collection", ((last, changes.collection),), said=said)
    if changes.treated_at_home is not None:
        for row in tables.rows("economies"):
            if row.role == "partner" and (not base.economies or row.iso3 in base.economies):
                value = ((first, changes.treated_at_home),)
                said = Words("your least treatment in {economy}").format(economy=names.economy(row.iso3))
                name = f"your least treatment in {row.iso3}"
                yield LimitGiven(name, "treated-at-home", value, economy=row.iso3, said=said)
    if changes.largest_share is not None and changes.largest_of:
        name = f"your largest origin of {changes.largest_of}"
        value = ((first, changes.largest_share),)
        said = Words("your largest origin of {element}").format(element=names.element(changes.largest_of))
        yield LimitGiven(name, "largest-share", value, economy=names.HOME, item=changes.largest_of, said=said)


def said(changes: OwnChanges) -> Iterator[records.Premise]:
    """The changes as assumptions of the reader's own."""

    def say(subject: str, words: Words, value: float | None = None, unit: str = "") -> records.Premise:
        return records.Premise(f"own/{subject}", words, value, unit, SOURCE, Confidence.MEMORY.word)

    if changes.carbon_usd_t is not None:
        yield say("carbon", Words("Your change: carbon price"), changes.carbon_usd_t, "USD/t CO₂e")
    if changes.collection is not None:
        words = Words("Your change: least share collected, last period")
        yield say("collection", words, changes.collection, "1")
    if changes.treated_at_home is not None:
        words = Words(
            "Your change: least share dismantled in the partner country where it was collected",
        )
        yield say("treated-at-home", words, changes.treated_at_home, "1")
    for element, tonnes in changes.demand.items():
        words = Words("Your figure: Japan's demand for {element}").format(element=names.element(element))
        yield say(f"demand/{element}", words, tonnes, "t/y")
    if changes.demand and changes.demand_share is not None:
        words = Words("Your change: share of that demand to be met")
        yield say("demand", words, changes.demand_share, "1")
    if changes.largest_share is not None and changes.largest_of:
        words = Words("Your change: largest share of any origin, {element}").format(
            element=names.element(changes.largest_of)
        )
        yield say("largest-share", words, changes.largest_share, "1")
    for stream, sender, receiver in changes.opened:
        words = Words("Your change: {stream} may go from {sender} to {receiver}, against the law as it is").format(
            stream=names.stream(stream), sender=names.economy(sender), receiver=names.economy(receiver)
        )
        yield say(f"opened/{stream}/{sender}/{receiver}", words)
    for passage in changes.shut:
        words = Words("Your change: nothing passes the {passage}").format(passage=passages.named(passage))
        yield say(f"shut/{passage}", words)
