"""Steps, tolerances and the words for streams that custody knows, from tables."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from meguri import reference
from meguri.kit.files import reading
from meguri.kit.problems import N_, Problem, Refused, nearest
from meguri.kit.words import Words, cell, plain

TABLES = Path(__file__).parent / "tables"
EventType = Literal["object", "aggregation", "transformation", "transaction"]
ELEMENT = "element:"
LOSS_BY = {
    "bill": Words("dust, moisture and what could not be sorted, by the expected bill"),
    "yields": Words("burnt, evaporated or in off-gas, by the figures used"),
}
"""What became of a loss that nobody weighed: the figures by which it was reckoned."""


class LotStep(msgspec.Struct, frozen=True):
    """What may be done to lots: its EPCIS type and business step, who may, and whether the stream stays the same."""

    step: str
    type: EventType
    bizstep: str
    roles: tuple[str, ...]
    same_stream: bool
    names: Words
    past: Words
    source: str
    confidence: str


Answer = Literal["grams", "weighings", "metal", "once"]
ANSWERS: tuple[Answer, ...] = ("grams", "weighings", "metal", "once")
"""What a balance answers with yes or no, in the order in which pages show it."""


class FindingKind(msgspec.Struct, frozen=True):
    """A kind of finding: against which answer it stands, what it says, and what would settle it."""

    why: str
    answer: Answer
    words: Words
    remedy: Words


class Tolerance(msgspec.Struct, frozen=True):
    """How far two weighings of one step may differ, as a fraction of what went in."""

    step: str
    fraction: Decimal
    source: str
    confidence: str

    @property
    def percent(self) -> str:
        """The fraction in per cent, as pages write it: ``0.5``."""
        return f"{(100 * self.fraction).normalize():f}"

    def most_g(self, grams: int) -> int:
        """The largest difference allowed on a mass, in whole grams."""
        return int(grams * self.fraction)


@cache
def steps() -> dict[str, LotStep]:
    """Steps by their word."""
    return {
        row["step"]: LotStep(
            row["step"],
            msgspec.convert(row["type"], EventType),
            row["bizstep"],
            tuple(row["roles"].split(";")) if row["roles"] else (),
            row["same_stream"] == "yes",
            cell("custody/steps", row["step"], "name", row["name"]),
            cell("custody/steps", row["step"], "past", row["past"]),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "steps.csv")
    }


@cache
def tolerances() -> dict[str, Tolerance]:
    """Tolerances by step."""
    return {
        row["step"]: Tolerance(row["step"], Decimal(row["fraction"]), row["source"], row["confidence"])
        for row in reading.lines(TABLES / "tolerances.csv")
    }


@cache
def findings() -> dict[str, FindingKind]:
    """Kinds of finding by their word."""
    return {
        row["why"]: FindingKind(
            row["why"],
            msgspec.convert(row["answer"], Answer),
            cell("custody/findings", row["why"], "words", row["words"]),
            cell("custody/findings", row["why"], "remedy", row["remedy"]),
        )
        for row in reading.lines(TABLES / "findings.csv")
    }


@cache
def process_names() -> dict[str, Words]:
    """What materials are called that arise in a process and nowhere else, by their slug."""
    return {
        row["stream"]: cell("custody/process_streams", row["stream"], "name", row["name"])
        for row in reading.lines(TABLES.parent / "substance" / "tables" / "process_streams.csv")
    }


def element_of(stream: str) -> str:
    """The symbol of a lot of recovered metal (``element:Au``), or an empty string."""
    return stream.removeprefix(ELEMENT) if stream.startswith(ELEMENT) else ""


def stream_words(stream: str) -> Words:
    """A stream's or metal's name; its own slug where no table names it."""
    if symbol := element_of(stream):
        element = reference.elements().get(symbol)
        return element.name if element else plain(symbol)
    known = reference.streams().get(stream)
    if known:
        return known.name
    arises = process_names().get(stream)
    return arises if arises else plain(stream)


def check_stream(stream: str, pointer: str) -> None:
    """Refuse a stream that no table has, with the nearest that one has."""
    symbol = element_of(stream)
    if (symbol and symbol in reference.elements()) or stream in reference.streams() or stream in process_names():
        return
    known = [*reference.streams(), *process_names(), *(ELEMENT + name for name in reference.elements())]
    raise Refused(
        Problem(
            N_("“{stream}” is no stream of material known here. The nearest is “{nearest}”."),
            pointer,
            "unknown-stream",
            {"stream": stream, "nearest": nearest(stream, known) or "mixed-small-e-waste"},
        )
    )
