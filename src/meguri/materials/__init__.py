"""What it is: streams of material, what dismantling gives, which elements are in it, and what smelting recovers."""

from __future__ import annotations

from meguri.materials.dismantling import DEFAULT_MIX, Bill, BillLine, devices, dismantle
from meguri.materials.estimates import (
    BASES,
    ELEMENT_ORDER,
    EVIDENCE,
    SETTLED,
    Contents,
    Estimate,
    check,
    stated,
    update,
    weaker,
)
from meguri.materials.smelting import PRODUCTS, MetalLine, SmeltResult, Yield, smelt, yields_on_file
from meguri.materials.streams import contents, stream, stream_name

__all__ = [
    "BASES",
    "DEFAULT_MIX",
    "ELEMENT_ORDER",
    "EVIDENCE",
    "PRODUCTS",
    "Bill",
    "BillLine",
    "Contents",
    "Estimate",
    "MetalLine",
    "SmeltResult",
    "Yield",
    "check",
    "contents",
    "devices",
    "dismantle",
    "smelt",
    "SETTLED",
    "stated",
    "stream",
    "stream_name",
    "update",
    "weaker",
    "yields_on_file",
]
