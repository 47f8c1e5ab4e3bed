"""The straits and canals that sea legs name."""

from __future__ import annotations

from meguri.kit.words import Words, plain

PASSAGES = {
    "babalmandab": Words("Bab el-Mandeb"),
    "bering": Words("Bering Strait"),
    "bosporus": Words("Bosporus"),
    "chili": Words("Cape Horn and Strait of Magellan"),
    "gibraltar": Words("Strait of Gibraltar"),
    "malacca": Words("Strait of Malacca"),
    "northwest": Words("Northwest Passage"),
    "ormuz": Words("Strait of Hormuz"),
    "panama": Words("Panama Canal"),
    "south_africa": Words("Cape of Good Hope"),
    "suez": Words("Suez Canal"),
    "sunda": Words("Sunda Strait"),
}


def named(passage: str) -> Words:
    """The name of a passage; the word itself where it has none here."""
    return PASSAGES.get(passage) or plain(passage)
