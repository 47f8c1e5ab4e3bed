"""What the record knows of collectors and purchases: numbers, never names."""

from __future__ import annotations

from datetime import datetime

import msgspec

from meguri.kit.words import Text


class DemandMet(msgspec.Struct, frozen=True):
    """A demand that is met: since when, and who saw it."""

    demand: str
    at: datetime
    by: str


class Lost(msgspec.Struct, frozen=True):
    """A step that was lost, for which forbidden act, and who said so."""

    step: int
    forbidden: str
    at: datetime
    by: str
    text: Text = ""


class CollectorState(msgspec.Struct, frozen=True, kw_only=True):
    """A number that an organisation gave to somebody who collects."""

    buyer: str
    since: datetime
    met: tuple[DemandMet, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def demands(self) -> frozenset[str]:
        """The demands that are met."""
        return frozenset(one.demand for one in self.met)


class PurchaseState(msgspec.Struct, frozen=True, kw_only=True):
    """A lot that was bought from a collector. `act` keeps the price outside itself."""

    collector: str
    buyer: str
    stream: str
    grams: int
    facility: str
    at: datetime
    act: str
