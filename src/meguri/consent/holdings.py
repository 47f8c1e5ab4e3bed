"""What the room above knows of lots, for forms that have to offer them: a door that custody fills."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec

from meguri.consent.states import Made


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A lot in an organisation's store: how much is left of it, in grams, and where it is."""

    lot: str
    stream: str
    label: str
    grams: int
    economy: str
    facility: str = ""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """A transformation that took in accepted lots, and the element lots that came out of it."""

    event: str
    made: tuple[Made, ...]
    day: str


class Holdings(Protocol):
    """What forms ask."""

    def held(self, organisation: str, stream: str, economy: str) -> tuple[Holding, ...]:
        """Lots of that stream in the organisation's store in that economy, largest first."""

    def recoveries(self, organisation: str, lots: Collection[str]) -> tuple[Recovery, ...]:
        """Transformations by the organisation that took in any of these lots, newest first."""


_holdings: Holdings | None = None


def provide(holdings: Holdings) -> None:
    """Let the room that keeps lots answer."""
    global _holdings
    _holdings = holdings


def held(organisation: str, stream: str, economy: str) -> tuple[Holding, ...]:
    """Lots that could be shipped; none while no room keeps lots."""
    return _holdings.held(organisation, stream, economy) if _holdings else ()


def recoveries(organisation: str, lots: Collection[str]) -> tuple[Recovery, ...]:
    """Transformations that a certificate could speak of; none while no room keeps lots."""
    return _holdings.recoveries(organisation, lots) if _holdings and lots else ()
