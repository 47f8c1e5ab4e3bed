"""What the room above knows of lots that travel, through a door that custody fills (`consent.holdings`: in store)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from meguri.movement.states import Consigned, LotMass, Made


class RecoveryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A transformation that took in accepted lots, and the element lots that came out of it."""

    event: str
    made: tuple[Made, ...]
    day: str


class TravellingLots(Protocol):
    """What forms ask."""

    def recoveries(self, organisation: str, lots: Collection[str]) -> tuple[RecoveryEvent, ...]:
        """Transformations by the organisation that took in any of these lots, newest first."""

    def consigned(self, lots: Sequence[LotMass]) -> tuple[Consigned, ...]:
        """Lots as a movement's document describes them: as their own records do."""

    def whole(self, lots: Sequence[str]) -> tuple[LotMass, ...]:
        """Lots with all that is left of each."""

    def used_in(self, event: str, lots: Sequence[str]) -> tuple[str, ...]:
        """Which of these lots went into an event."""

    def agreed(self, lots: Sequence[str]) -> dict[str, int]:
        """The weighings to come that their senders have agreed to, in grams, by lot."""


_holdings: TravellingLots | None = None


def provide(holdings: TravellingLots) -> None:
    """Let the room that keeps lots answer."""
    global _holdings
    _holdings = holdings


def recoveries(organisation: str, lots: Collection[str]) -> tuple[RecoveryEvent, ...]:
    """Transformations that a certificate could speak of; none while no room keeps lots."""
    return _holdings.recoveries(organisation, lots) if _holdings and lots else ()


def consigned(lots: Sequence[LotMass]) -> tuple[Consigned, ...]:
    """Lots as a movement's document describes them; by their masses alone while no room keeps lots."""
    if _holdings:
        return _holdings.consigned(lots)
    return tuple(Consigned(lot=part.lot, grams=part.grams) for part in lots)


def whole(lots: Sequence[str]) -> tuple[LotMass, ...]:
    """Lots with all that is left of each."""
    return _holdings.whole(lots) if _holdings else ()


def agreed(lots: Sequence[str]) -> dict[str, int]:
    """The weighings to come that the senders of lots have agreed to, in grams, by lot."""
    return _holdings.agreed(lots) if _holdings else {}


def used_in(event: str, lots: Sequence[str]) -> tuple[str, ...]:
    """Which of these lots went into an event."""
    return _holdings.used_in(event, lots) if _holdings else ()
