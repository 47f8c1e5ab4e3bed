"""What a case's page shows of its movements: a door that the room above, which keeps them, fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from meguri.kit.words import Words


@dataclass(frozen=True)
class ShipmentLine:
    """A movement as a line of the case; `carrier` has it now, `accepted_g` is None before it was received."""

    movement: str
    serial: int
    tone: str
    words: Words
    carrier: Words
    grams: int
    accepted_g: int | None


@dataclass(frozen=True)
class ShipmentMark:
    """Something that happened to a movement, for the lane: when, in words, and whether it was good news."""

    at: datetime
    words: Words
    tone: str = "note"


@dataclass(frozen=True)
class Shipments:
    """The newest movements of a case, newest first, and what happened to them; `more` where older ones exist."""

    lines: tuple[ShipmentLine, ...] = ()
    said: tuple[ShipmentMark, ...] = ()
    more: bool = False


Provider = Callable[[str], Shipments]
_provider: Provider | None = None


def provide(provider: Provider) -> None:
    """Let the room that keeps movements show those of a case."""
    global _provider
    _provider = provider


def of_case(case: str) -> Shipments:
    """The newest movements of a case; none while no room keeps any."""
    return _provider(case) if _provider else Shipments()
