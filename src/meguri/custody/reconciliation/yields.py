"""Whether a smelter, with a supplier and over a quarter, makes more or less metal than its inputs would give.

Pure. z = (Σ R − Σ η C) / √Σ var over all melts: recovered R, contained C, yield η on file with its range. Contents that
rest on one figure err together, those of samples one by one, so that a steady small over-claim shows only where lots
are assayed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from meguri import materials
from meguri.custody import contents
from meguri.custody.balance.ledger import smelted
from meguri.custody.states import EventState, LotState

FLAGGED = 3.0
RANGE = 4.0
"""Standard uncertainties between the lowest and the highest yield on file."""


@dataclass(frozen=True, order=True)
class YieldKey:
    """Whose melts, of whose lots (empty: the smelter's own, or mixed), in which quarter, of which element."""

    smelter: str
    supplier: str
    quarter: str
    element: str


@dataclass(frozen=True)
class YieldTest:
    """What was recovered against what was to be expected, in grams; flagged beyond three standard deviations."""

    key: YieldKey
    recovered_g: float
    expected_g: float
    sd_g: float
    assayed: float
    """Share of what was contained that rests on a settled sample."""

    @property
    def z(self) -> float:
        """Recovered less expected in standard deviations; 0 where nothing is known of either."""
        return (self.recovered_g - self.expected_g) / self.sd_g if self.sd_g else 0.0

    @property
    def flagged(self) -> bool:
        """Whether chance alone would hardly do it."""
        return abs(self.z) > FLAGGED


def quarter(event: EventState) -> str:
    """The quarter in which an event lies: 2026-Q1."""
    return f"{event.at:%Y}-Q{(event.at.month + 2) // 3}"


class _YieldSum:
    def __init__(self) -> None:
        self.recovered = self.contained = self.settled = 0.0
        self.by_source: dict[str, float] = {}


def tests(events: Iterable[EventState], lots: Mapping[str, LotState]) -> list[YieldTest]:
    """The test for each smelter, supplier, quarter and element with a yield on file, the most suspect first."""
    sums: dict[YieldKey, _YieldSum] = {}
    streams = {name: state.stream for name, state in lots.items()}
    rates = materials.yields_on_file()
    for event in events:
        for element, grams in smelted(event, streams).items():
            if element in rates:
                _add(sums, event, element, grams, lots)
    made = []
    for key, one in sums.items():
        rate = rates[key.element]
        spread = (rate.high - rate.low) / RANGE
        variance = rate.share**2 * sum(each**2 for each in one.by_source.values()) + (one.contained * spread) ** 2
        settled = one.settled / one.contained if one.contained else 0.0
        made.append(YieldTest(key, one.recovered, rate.share * one.contained, math.sqrt(variance), settled))
    return sorted(made, key=lambda one: (-abs(one.z), one.key))


def _add(
    sums: dict[YieldKey, _YieldSum], event: EventState, element: str, grams: int, lots: Mapping[str, LotState]
) -> None:
    """Add one melt: what it recovered is each supplier's in proportion to what its lots contained."""
    parts = []
    for part in event.inputs:
        state = lots.get(part.lot)
        if state is not None:
            parts.append((part, state, contents.of(state).get(element)))
    total = math.fsum(part.grams * one.value for part, _, one in parts if one is not None)
    mass = sum(part.grams for part, _, _ in parts)
    for part, state, estimate in parts:
        key = YieldKey(event.actor, state.previous, quarter(event), element)
        held = sums.setdefault(key, _YieldSum())
        own = part.grams * estimate.value if estimate is not None else 0.0
        held.recovered += grams * (own / total if total else part.grams / mass)
        held.contained += own
        if estimate is not None:
            if estimate.basis in materials.SETTLED:
                held.settled += own
            source = estimate.source
            held.by_source[source] = held.by_source.get(source, 0.0) + part.grams * estimate.sd
