"""What steps turn into what, at which kind of site, and how much of an element a stream can hold: from tables."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

import msgspec

from meguri import law, materials, reference
from meguri.custody.vocabulary import ELEMENT, process_names
from meguri.kit.files import reading
from meguri.kit.words import Words, cell
from meguri.reference import Confidence

TABLES = Path(__file__).parent / "tables"
IN_PROCESS = "metal-in-process"
"""What went into a furnace or a line and has not come out: a lot like any other, and nothing else raises the bound."""

_TO_PPB = {"mg/kg": 1_000, "g/t": 1_000, "wt%": 10_000_000}
"""Parts per billion in one of a table's units; what is written in other units bounds no content."""


class ProcessStream(msgspec.Struct, frozen=True):
    """A material that arises in a process and nowhere else; `asked_as` is the stream as which the law knows it."""

    stream: str
    name: Words
    asked_as: str
    source: str
    confidence: str


class SiteKind(msgspec.Struct, frozen=True):
    """A kind of site: one of these operations is on record there, and a licence proves one of these facts (if any)."""

    site: str
    name: Words
    operations: tuple[str, ...]
    facts: tuple[str, ...]
    source: str
    confidence: str


class LotTurn(msgspec.Struct, frozen=True):
    """One row of what a step may do: streams `given` (selectors) become streams `into`, at a kind of site."""

    route: str
    step: str
    site: SiteKind
    given: tuple[str, ...]
    into: tuple[str, ...]
    source: str
    confidence: str

    def takes(self, stream: str) -> bool:
        """Whether it takes this stream in."""
        return any(selects(one, stream) for one in self.given)

    def gives(self, stream: str) -> bool:
        """Whether this stream may come out."""
        return any(selects(one, stream) for one in self.into)


@cache
def process_streams() -> dict[str, ProcessStream]:
    """Materials that arise in processes, by their slug."""
    return {
        row["stream"]: ProcessStream(
            row["stream"],
            process_names()[row["stream"]],
            row["asked_as"],
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "process_streams.csv")
    }


@cache
def sites() -> dict[str, SiteKind]:
    """Kinds of site by their word."""
    return {
        row["site"]: SiteKind(
            row["site"],
            cell("custody/sites", row["site"], "name", row["name"]),
            tuple(filter(None, row["operations"].split(";"))),
            tuple(filter(None, row["facts"].split(";"))),
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "sites.csv")
    }


class LossKind(msgspec.Struct, frozen=True):
    """A kind of loss: in which steps it arises and at most which fraction of what went in, and whether it may carry
    metal away. It is the `usual` one in some steps.
    """

    kind: str
    steps: tuple[str, ...]
    most: Fraction
    name: Words
    usual: tuple[str, ...]
    metal: bool
    source: str
    confidence: str

    @property
    def mark(self) -> str:
        """How sure its bound is, as pages show it."""
        return Confidence.of(self.confidence).mark


@cache
def losses() -> dict[str, LossKind]:
    """Kinds of loss by their word."""
    return {
        row["kind"]: LossKind(
            row["kind"],
            tuple(row["steps"].split()),
            Fraction(row["most"]),
            cell("custody/losses", row["kind"], "name", row["name"]),
            tuple(row["usual"].split()),
            row["metal"] == "yes",
            row["source"],
            row["confidence"],
        )
        for row in reading.lines(TABLES / "losses.csv")
    }


@cache
def usual_loss(step: str) -> str:
    """The kind of loss that a step usually has: what a reason in words stands for where no kind is given."""
    return next((kind.kind for kind in losses().values() if step in kind.usual), "unknown")


@cache
def turns() -> dict[str, tuple[LotTurn, ...]]:
    """What each step may turn into what."""
    found: dict[str, list[LotTurn]] = {}
    for row in reading.lines(TABLES / "turns.csv"):
        turn = LotTurn(
            row["route"],
            row["step"],
            sites()[row["site"]],
            tuple(row["from"].split()),
            tuple(row["into"].split()),
            row["source"],
            row["confidence"],
        )
        found.setdefault(turn.step, []).append(turn)
    return {step: tuple(rows) for step, rows in found.items()}


@cache
def selects(selector: str, stream: str) -> bool:
    """Whether a selector means a stream: its slug, ``@group`` of the law's streams, or ``element:*`` for any metal."""
    if selector == ELEMENT + "*":
        return stream.startswith(ELEMENT)
    if selector.startswith("@"):
        known = law.streams().get(stream)
        return known is not None and selector[1:] in known.groups
    return selector == stream


@cache
def makes_metal(step: str) -> bool:
    """Whether metal may come out of a step."""
    return any(selects(one, ELEMENT + "Au") or one.startswith(ELEMENT) for t in turns().get(step, ()) for one in t.into)


@cache
def metal_steps() -> tuple[str, ...]:
    """The steps out of which metal comes."""
    return tuple(step for step in turns() if makes_metal(step))


@cache
def outcomes(step: str, given: frozenset[str]) -> tuple[str, ...]:
    """What a step may make of these streams, as the table writes it."""
    rows = (turn for turn in turns().get(step, ()) if any(turn.takes(one) for one in given))
    return tuple(dict.fromkeys(one for turn in rows for one in turn.into))


@cache
def turning(step: str, given: frozenset[str], stream: str) -> tuple[LotTurn, ...]:
    """The rows by which a step makes a stream of one of those given."""
    return tuple(t for t in turns().get(step, ()) if t.gives(stream) and any(t.takes(one) for one in given))


@cache
def takes(step: str, stream: str) -> bool:
    """Whether a step takes a stream in at all."""
    return any(turn.takes(stream) for turn in turns().get(step, ()))


@cache
def _ranges() -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """Least and most of an element that a stream holds, in parts per billion, by stream and element.

    A range read somewhere is one of samples of a grade: its low end is no floor for the stream. Our own rows have one.
    """
    found: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for row in reading.lines(TABLES / "bounds.csv"):
        unit = _TO_PPB.get(row["unit"])
        if unit is None:
            continue
        least = round(float(row["low"]) * unit) if row["low"] and not row["listed_as"] else None
        most = max((round(float(row[one]) * unit) for one in ("typical", "high") if row[one]), default=None)
        for stream in row["streams"].split():
            before = found.get((stream, row["element"]), (None, None))
            found[stream, row["element"]] = (
                min((one for one in (before[0], least) if one is not None), default=None),
                max((one for one in (before[1], most) if one is not None), default=None),
            )
    return found


@cache
def ceiling_ppb(stream: str, element: str) -> int | None:
    """The most of an element that is known of a stream, in parts per billion; None where nothing bounds it.

    It is never below the figure on file for the stream itself.
    """
    most = _ranges().get((stream, element), (None, None))[1]
    if most is None:
        return None
    filed = materials.contents(stream).get(element) if stream in reference.streams() else None
    return max(most, round(filed.value * 1_000_000_000)) if filed else most


@cache
def followed() -> tuple[str, ...]:
    """The elements of which a discard slag holds little, so that they are missed where they do not come out."""
    return tuple(sorted(element for stream, element in _ranges() if stream == "slag"))


@cache
def floors(stream: str) -> dict[str, int]:
    """The least of each element without which something is no such stream, in parts per billion."""
    return {element: least for (of, element), (least, _) in _ranges().items() if of == stream and least}


@cache
def asked_as(stream: str) -> str:
    """The stream as which the law is asked of a material; empty where the law on file has no word for it."""
    if stream in law.streams():
        return stream
    if stream in process_streams():
        return process_streams()[stream].asked_as
    rows = reading.lines(TABLES / "crossings.csv")
    return next((row["asked_as"] for row in rows if selects(row["material"], stream)), "")
