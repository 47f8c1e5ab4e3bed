"""The straits and canals that sea legs name: where each lies, and what it is called."""

from __future__ import annotations

from typing import NamedTuple

from meguri.kit.words import Words, plain


class Passage(NamedTuple):
    """A strait or canal: its name, and where it lies in degrees."""

    name: Words
    lon: float
    lat: float


PASSAGES: dict[str, Passage] = {
    "babalmandab": Passage(Words("Bab el-Mandeb"), 43.3, 12.6),
    "bosporus": Passage(Words("Bosporus"), 29.1, 41.1),
    "gibraltar": Passage(Words("Strait of Gibraltar"), -5.6, 35.95),
    "suez": Passage(Words("Suez Canal"), 32.4, 30.5),
    "panama": Passage(Words("Panama Canal"), -79.7, 9.1),
    "ormuz": Passage(Words("Strait of Hormuz"), 56.4, 26.5),
    "malacca": Passage(Words("Strait of Malacca"), 101.0, 2.8),
    "sunda": Passage(Words("Sunda Strait"), 105.8, -5.9),
    "northwest": Passage(Words("Northwest Passage"), -95.0, 74.0),
    "bering": Passage(Words("Bering Strait"), -169.0, 65.8),
    "chili": Passage(Words("Cape Horn and Strait of Magellan"), -72.0, -52.0),
    "south_africa": Passage(Words("Cape of Good Hope"), 20.0, -35.0),
}
"""By the word that the searoute package has for it."""


def named(passage: str) -> Words:
    """The name of a passage; the word itself where it has none here."""
    return PASSAGES[passage].name if passage in PASSAGES else plain(passage)
