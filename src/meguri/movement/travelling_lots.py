"""What the room above knows of lots that travel, through a door that custody fills (`consent.holdings`: in store)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from meguri.movement.states import Consigned, LotMass, Made


class RecoveryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A transformation that took in what was accepted under a movement, and what of it may still be certified.

    `made` are the metals with the grams that are the movement's and not certified, `treated_g` the accepted grams that
    went in for the first time, `lots` those of the movement that went in as they had arrived.
    """

    event: str
    made: tuple[Made, ...]
    day: str
    treated_g: int = 0
    lots: tuple[str, ...] = ()


class TravellingLots(Protocol):
    """What forms ask."""

    def recoveries(self, organisation: str, movement: str, lots: Collection[str]) -> tuple[RecoveryEvent, ...]:
        """Recoveries by the organisation into which these lots of a movement went, by whatever steps, newest first."""

    def consigned(self, lots: Sequence[LotMass]) -> tuple[Consigned, ...]:
        """Lots as a movement's document describes them: as their own records do."""

    def whole(self, lots: Sequence[str]) -> tuple[LotMass, ...]:
        """Lots with all that is left of each."""

    def recovery(self, event: str, movement: str, lots: Collection[str]) -> RecoveryEvent | None:
        """What one event recovered from a movement's lots; None where it recovered nothing of it."""

    def residue_g(self, movement: str, lots: Sequence[str]) -> int:
        """Accepted grams of a movement that these lots still carry."""

    def agreed(self, lots: Sequence[str]) -> dict[str, int]:
        """The weighings to come that their senders have agreed to, in grams, by lot."""


_holdings: TravellingLots | None = None


def provide(holdings: TravellingLots) -> None:
    """Let the room that keeps lots answer."""
    global _holdings
    _holdings = holdings


def recoveries(organisation: str, movement: str, lots: Collection[str]) -> tuple[RecoveryEvent, ...]:
    """Transformations that a certificate could speak of; none while no room keeps lots."""
    return _holdings.recoveries(organisation, movement, lots) if _holdings and lots else ()


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


def recovery(event: str, movement: str, lots: Collection[str]) -> RecoveryEvent | None:
    """What one event recovered from a movement's lots; None where it recovered nothing of it."""
    return _holdings.recovery(event, movement, lots) if _holdings else None


def residue_g(movement: str, lots: Sequence[str]) -> int:
    """Accepted grams of a movement that these lots still carry."""
    return _holdings.residue_g(movement, lots) if _holdings and lots else 0
