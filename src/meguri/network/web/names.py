"""What stages, streams, places and limits of a plan are called."""

from __future__ import annotations

from functools import cache

from django.utils.translation import get_language

from meguri import reference
from meguri.kit.web import economies
from meguri.kit.words import Words
from meguri.law.model import VERDICT_WORDS
from meguri.materials.streams import stream_name
from meguri.network.reference_plan import tables
from meguri.network.web import story
from meguri.network.web.passages import named

STAGES: dict[str, Words] = {
    "arises": Words("Arises and is collected", "発生・回収"),
    "collection": Words("Collection", "回収"),
    "transport": Words("Transport", "輸送"),
    "sorting": Words("Sorting", "選別"),
    "dismantling": Words("Dismantling", "解体"),
    "pre-treatment": Words("Pre-treatment", "前処理"),
    "smelting": Words("Smelting", "製錬"),
    "refining": Words("Refining", "精製"),
    "storage": Words("Storage", "保管"),
    "disposal": Words("Disposal", "最終処分"),
    "investment": Words("Building, opening, closing", "建設・開設・閉鎖"),
    "fixed": Words("Keeping plants open", "施設の固定費"),
    "sales": Words("Sales", "売却収入"),
    "metal": Words("Metal recovered", "回収された金属"),
    "sold": Words("Sold as material", "原料として売却"),
    "disposed": Words("Disposed of", "最終処分"),
    "lost": Words("Lost or burnt", "工程損失・燃焼"),
}
ORDER = tuple(STAGES)
LIMITS: dict[str, Words] = {
    "carbon-cap": Words("Carbon cap", "炭素排出上限"),
    "budget": Words("Budget for building", "投資予算"),
    "collection": Words("Collection target", "回収目標"),
    "recovered": Words("Demand to be met", "充足すべき需要"),
    "largest-share": Words("Largest share of any origin", "単一供給元の最大割合"),
    "hhi": Words("Concentration of origins (HHI)", "供給元の集中度(HHI)"),
    "home-share": Words("Least share from home", "国内由来の最低割合"),
    "partner-share": Words("Least share from partner countries", "相手国由来の最低割合"),
    "treated-at-home": Words("Least treatment in the country of origin", "発生国内での最低処理割合"),
}
KINDS: dict[str, Words] = {
    "plant": Words("plant", "施設"),
    "port": Words("port", "港湾"),
    "passage": Words("strait or canal", "海峡・運河"),
    "economy": Words("economy", "国・地域"),
}
DOMESTIC = Words("within the economy", "国内")


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
    return STAGES.get(name, Words(name))


def economy(code: str) -> Words:
    """An economy."""
    return economies.name(code)


def element(symbol: str) -> Words:
    """An element; its symbol where it is not on file."""
    found = reference.elements().get(symbol)
    return found.name if found else Words(symbol)


def why(verdict: str) -> Words:
    """What the law answers on a lane."""
    return DOMESTIC if verdict == "domestic" else VERDICT_WORDS.get(verdict, Words(verdict))


def hurt(one: story.Hurt) -> Words:
    """The thing that is gone."""
    if one.kind == "economy":
        return economy(one.thing)
    return named(one.thing) if one.kind == "passage" else one.name


def said(words: Words) -> str:
    """Words in the page's language."""
    return words.in_(get_language())
