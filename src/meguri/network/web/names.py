"""What stages, streams, places and limits of a plan are called."""

from __future__ import annotations

from functools import cache

from meguri import reference
from meguri.kit.web import economies
from meguri.kit.words import Words, plain
from meguri.law.asking.model import VERDICT_WORDS
from meguri.materials.streams import stream_name
from meguri.network.reference_plan import tables
from meguri.network.web.account import records
from meguri.sea.passages import named

HOME = "JPN"
"""Whose demand and security of supply the plan is asked about."""
STAGES: dict[str, Words] = {
    "arises": Words("Arises and is collected"),
    "collection": Words("Collection"),
    "transport": Words("Transport"),
    "sorting": Words("Sorting"),
    "dismantling": Words("Dismantling", context="stage of a plan"),
    "pre-treatment": Words("Pre-treatment"),
    "smelting": Words("Smelting"),
    "refining": Words("Refining"),
    "storage": Words("Storage"),
    "disposal": Words("Disposal", context="stage of a plan"),
    "investment": Words("Building, opening, closing"),
    "fixed": Words("Keeping plants open"),
    "sales": Words("Sales"),
    "metal": Words("Metal recovered", context="heading"),
    "sold": Words("Sold as material"),
    "disposed": Words("Disposed of"),
    "lost": Words("Lost or burnt"),
}
ORDER = tuple(STAGES)
LIMITS: dict[str, Words] = {
    "carbon-cap": Words("Carbon cap"),
    "budget": Words("Budget for building"),
    "collection": Words("Collection target"),
    "recovered": Words("Demand to be met"),
    "processed": Words("Smelting to be reached"),
    "largest-share": Words("Largest share of any origin"),
    "hhi": Words("Concentration of origins (HHI)"),
    "home-share": Words("Least share from home"),
    "partner-share": Words("Least share from partner countries"),
    "treated-at-home": Words("Least treatment in the country of origin"),
}
KINDS: dict[str, Words] = {
    "plant": Words("plant"),
    "port": Words("port"),
    "passage": Words("strait or canal"),
    "economy": Words("economy"),
}
DOMESTIC = Words("within the economy")


@cache
def _streams() -> dict[str, tables.PlanStream]:
    return {row.stream: row for row in tables.rows("streams")}


def stream(slug: str) -> Words:
    """A stream of the plan, else of the law."""
    found = _streams().get(slug)
    return found.name if found else stream_name(slug)


def law_of(slug: str) -> tuple[str, str]:
    """What the law calls a stream, and for which operation it is shipped."""
    found = _streams().get(slug)
    return (found.law_stream or slug, found.operation or "R4") if found else (slug, "R4")


def stage(name: str) -> Words:
    """A stage, or a heading of costs."""
    return STAGES.get(name) or plain(name)


def economy(code: str) -> Words:
    """An economy."""
    return economies.name(code)


def element(symbol: str) -> Words:
    """An element; its symbol where it is not on file."""
    found = reference.elements().get(symbol)
    return found.name if found else plain(symbol)


def why(verdict: str) -> Words:
    """What the law answers on a lane, or what the scenario did to it."""
    return DOMESTIC if verdict == "domestic" else VERDICT_WORDS.get(verdict) or Words(verdict)


def hurt(one: records.Hurt) -> Words:
    """The thing that is gone."""
    if one.kind == "economy":
        return economy(one.thing)
    return named(one.thing) if one.kind == "passage" else one.name


def said(words: Words) -> str:
    """Words in the page's language."""
    return words.say()


def both(first: str, second: str) -> str:
    """Two sentences, one after the other."""
    return Words("{first} {second}", context="two sentences").format(first=first, second=second).say()
