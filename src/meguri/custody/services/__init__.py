"""Custody's doors for pages, commands, stories and imports: each builds an act and has the journal take it down.

Lots in store are here; `samples`, `instruments`, `corrections` and `claims` are doors of their own.
"""

from __future__ import annotations

from meguri.custody.services.store import (
    CALCULATED,
    MadeLots,
    Part,
    Smelted,
    Weighed,
    agree,
    blend,
    collect,
    correct,
    dismantle,
    dispatch,
    lot,
    lots,
    pack,
    parts,
    receive,
    smelt,
    still_open,
    stock_take,
    transform,
)

__all__ = [
    "CALCULATED",
    "MadeLots",
    "Part",
    "Smelted",
    "Weighed",
    "agree",
    "blend",
    "collect",
    "correct",
    "dismantle",
    "dispatch",
    "lot",
    "lots",
    "pack",
    "parts",
    "receive",
    "smelt",
    "still_open",
    "stock_take",
    "transform",
]
