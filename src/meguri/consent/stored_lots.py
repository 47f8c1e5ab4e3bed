"""What the room above knows of lots, for forms that have to offer them: a door that custody fills."""

from __future__ import annotations

from typing import Protocol

import msgspec


class StoredLot(msgspec.Struct, frozen=True, kw_only=True):
    """A lot in an organisation's store: how much is left of it, in grams, and where it is."""

    lot: str
    stream: str
    label: str
    grams: int
    economy: str
    facility: str = ""


class StoredLots(Protocol):
    """What forms ask."""

    def held(self, organisation: str, stream: str, economy: str) -> tuple[StoredLot, ...]:
        """Lots of that stream in the organisation's store in that economy, largest first."""


_holdings: StoredLots | None = None


def provide(holdings: StoredLots) -> None:
    """Let the room that keeps lots answer."""
    global _holdings
    _holdings = holdings


def held(organisation: str, stream: str, economy: str) -> tuple[StoredLot, ...]:
    """Lots that could be shipped; none while no room keeps lots."""
    return _holdings.held(organisation, stream, economy) if _holdings else ()
