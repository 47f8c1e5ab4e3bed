"""What frauds came to that were planted: how often the guards refused one, the checks flagged it, nobody saw it.

They are told as stories, by a room above this one, which says here how to plant them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class FraudCount(NamedTuple):
    """A kind of fraud, what it is, and how often it was refused, flagged, and seen by nobody."""

    kind: str
    words: str
    refused: int
    flagged: int
    unseen: int


Planter = Callable[[int, int], Iterable[FraudCount]]
_PLANTERS: list[Planter] = []


def provide(planter: Planter) -> None:
    """Have frauds planted by a seed, each kind so many times."""
    if planter not in _PLANTERS:
        _PLANTERS.append(planter)


def planted(seed: int, times: int) -> list[FraudCount]:
    """What came of all kinds that are known."""
    return [count for planter in _PLANTERS for count in planter(seed, times)]
