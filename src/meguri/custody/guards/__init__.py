"""What must hold before lots change: in store, when they are weighed again, in a movement."""

from __future__ import annotations

from meguri.custody.guards import (
    accounts,
    certificates,
    claims,
    crossing,
    losses,
    movement,
    stock,
    store,
    substance,
    weighing,
)

__all__ = [
    "accounts",
    "certificates",
    "claims",
    "crossing",
    "losses",
    "movement",
    "stock",
    "store",
    "substance",
    "weighing",
]
