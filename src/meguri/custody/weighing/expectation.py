"""What a stream is expected to give when it is taken apart: its own bill, and none where none is on file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from meguri import materials
from meguri.custody.vocabulary import TABLES
from meguri.kit.files import reading

Mix = str | Mapping[str, float]


@cache
def mixes() -> dict[str, Mix]:
    """By stream the declared mix of devices, or the shares of devices, by whose bill it is expected to come apart."""
    found: dict[str, dict[str, float]] = {}
    named: dict[str, Mix] = {}
    for row in reading.lines(TABLES / "stream_bills.csv"):
        if row["mix"]:
            named[row["stream"]] = row["mix"]
        else:
            found.setdefault(row["stream"], {})[row["item"]] = float(row["share"])
    return {**named, **found}


def bill(stream: str, grams: int, mix: str = "") -> materials.Bill | None:
    """The bill of a lot: by the mix that it was taken in with, else by that of its stream; None where there is none."""
    chosen = (mix if stream == "mixed-small-e-waste" and mix else None) or mixes().get(stream)
    return materials.dismantle(grams, chosen) if chosen else None
