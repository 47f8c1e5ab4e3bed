"""A table of facts made ready for a page: heads with units, cells in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meguri.kit.grams import THIN_SPACE
from meguri.kit.words import Words
from meguri.reference import Column, Confidence, Fact, Table, economies, streams

# Heads of pairs of columns that a page shows as one, in the reader's language.
_PAIRED = {"name": Words("Name", "名称"), "note": Words("Remark", "備考")}
_NUMBERS = ("integer", "number", "share")


@dataclass(frozen=True)
class Head:
    """The head of a column: what it means, its unit, and whether it holds figures."""

    meaning: Words
    unit: str
    number: bool


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: a text, or a level of confidence; `lang` where the text is not in the page's language."""

    text: str
    number: bool = False
    level: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the page: how far it can be trusted (`rank` sorts the marks, strongest first), its cells, its source."""

    level: str
    rank: int
    cells: tuple[Cell, ...]
    source: str


def columns(table: Table[Any]) -> tuple[Column, ...]:
    """The columns that a page shows: a pair of languages counts as one, source and confidence stand apart."""
    names = {column.name for column in table.own_columns}
    return tuple(
        column
        for column in table.own_columns
        if not (column.name.endswith("_ja") and f"{column.name.removesuffix('_ja')}_en" in names)
    )


def heads(table: Table[Any]) -> tuple[Head, ...]:
    """The heads of those columns, in order."""
    return tuple(
        Head(
            _PAIRED.get(column.name.removesuffix("_en"), column.meaning)
            if column.name.endswith("_en")
            else column.meaning,
            "" if column.unit == "1" else column.unit,
            column.kind in _NUMBERS,
        )
        for column in columns(table)
    )


def lines(table: Table[Any], rows: tuple[Fact, ...], language: str) -> Iterator[Line]:
    """The rows in the table's order, in a language such as ``ja``."""
    shown = columns(table)
    for row in rows:
        rank = int(max(Confidence) - row.confidence)
        yield Line(row.confidence.word, rank, tuple(_cell(column, row, language) for column in shown), row.source)


def _cell(column: Column, row: Fact, language: str) -> Cell:
    if column.name == "licence":
        return Cell(row.licence_label.in_(language))  # type: ignore[attr-defined]
    value = getattr(row, column.name.removesuffix("_en"))
    if isinstance(value, Words):
        foreign = language.startswith("ja") and not value.ja and bool(value.en)
        return Cell(value.in_(language), lang="en" if foreign else "")
    if isinstance(value, Confidence):
        return Cell("", level=value.word)
    if isinstance(value, tuple):
        return Cell(", ".join(value))
    if value is None or value == "":
        return Cell("", number=column.kind in _NUMBERS)
    if column.kind in _NUMBERS:
        return Cell(_figure(value), number=True)
    if column.refers == ("economies", "iso3"):
        return Cell(f"{economies()[value].name.in_(language)} ({value})")
    if column.name == "stream" and value in streams() and column.refers:
        return Cell(f"{streams()[value].name.in_(language)} ({value})")
    return Cell(str(value))


def _figure(value: float | int) -> str:
    """A figure as the file has it, with thin spaces for thousands; whole numbers such as years stay as they are."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.10g}"
    whole, point, rest = text.partition(".")
    if not whole.lstrip("-").isdigit():
        return text
    return f"{int(whole):,}".replace(",", THIN_SPACE) + point + rest if abs(value) >= 1 else text
