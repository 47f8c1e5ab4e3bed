"""What must hold before lots change: in store, when they are weighed again, in a movement."""

from __future__ import annotations

# Asked first: what holds of lots whatever is done with them.
from meguri.custody.guards import making

# isort: split
from meguri.custody.guards import (
    certificates,
    correcting,
    crossing,
    losses,
    measuring,
    movement,
    recycled,
    stock,
    substance,
    weighing,
)

__all__ = [
    "certificates",
    "correcting",
    "crossing",
    "losses",
    "making",
    "measuring",
    "movement",
    "recycled",
    "stock",
    "substance",
    "weighing",
]
