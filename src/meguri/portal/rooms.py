"""The rooms of the house, from the ground up: what guards an act first is what stands lower."""

from __future__ import annotations

from meguri.kit import rooms
from meguri.kit.rooms import Room

NAMES = (
    "kit",
    "journal",
    "papers",
    "reference",
    "law",
    "worth",
    "arisings",
    "network",
    "registry",
    "consent",
    "movement",
    "custody",
    "buying",
    "exchange",
    "systems",
    "following",
    "portal",
    "play",
    "demonstration",
)
OF_DEMONSTRATION = "demonstration"
"""The one that is installed in demonstration mode alone; its commands are there in every mode, and refuse."""


def every() -> tuple[Room, ...]:
    """What all rooms declare."""
    return tuple(rooms.of(name) for name in NAMES)


def installed(demonstration: bool) -> tuple[Room, ...]:
    """The same, in a mode."""
    return tuple(room for room in every() if demonstration or room.name != OF_DEMONSTRATION)


def applications(demonstration: bool) -> list[str]:
    """Rooms that are Django applications: those with tables, or with something to make known at the start."""
    names = [name for name in NAMES if (rooms.HOUSE / name / "apps.py").is_file()]
    return [f"meguri.{name}" for name in names if demonstration or name != OF_DEMONSTRATION]
