"""A table of facts made ready for a page: heads with units, cells in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from meguri.kit.catalogues import SOURCE, offered
from meguri.kit.files import reading, writing
from meguri.kit.grams import THIN_SPACE
from meguri.kit.words import Words, listed, plain
from meguri.reference import Column, Confidence, Fact, FactTable, economies, streams

# Long texts, which a page puts under the source instead of giving each a column.
_PROSE = ("note", "capacity_basis", "place_source", "basis", "method", "instrument", "how_to_use")
# Groups and stand-ins that may stand where an economy does.
_GROUPS = {
    "WLD": Words("World"),
    "GLO": Words("World"),
    "OTH": Words("Other countries"),
    "EU_default": Words("EU, default"),
    "ASEAN": Words("ASEAN"),
    "ASIA20": Words("Twenty Asian economies"),
    "MULTI": Words("Several economies"),
}
_NUMBERS = ("integer", "number", "share")


@dataclass(frozen=True)
class Head:
    """The head of a column: what it means, its unit, and whether it holds figures."""

    meaning: Words
    unit: str
    number: bool


@dataclass(frozen=True)
class FactCell:
    """What stands in a cell: a text, or a level of confidence; `lang` where the text is not in the page's language."""

    text: str
    number: bool = False
    level: str = ""
    lang: str = ""


@dataclass(frozen=True)
class FactLine:
    """A row of the page: how sure it is (`rank` sorts the marks, strongest first), its cells, its source, remarks."""

    level: str
    rank: int
    cells: tuple[FactCell, ...]
    source: str
    remarks: tuple[tuple[Words, FactCell], ...]


def columns(table: FactTable[Any]) -> tuple[Column, ...]:
    """The columns that a page shows: names in their own language are said by the column of names; source, confidence
    and prose stand apart.
    """
    own = {f"{column.name}_own" for column in table.own_columns if column.words}
    return tuple(column for column in table.own_columns if column.name not in own and column.name not in _PROSE)


def heads(table: FactTable[Any]) -> tuple[Head, ...]:
    """The heads of those columns, in order."""
    return tuple(
        Head(column.meaning, "" if column.unit == "1" else column.unit, column.kind in _NUMBERS)
        for column in columns(table)
    )


def lines(table: FactTable[Any], rows: Sequence[Fact], language: str) -> Iterator[FactLine]:
    """The rows in the table's order, in a language such as ``ja``."""
    shown = columns(table)
    prose = [column for column in table.own_columns if column.name in _PROSE]
    for row in rows:
        remarks = [(column.meaning, _cell(column, row, language)) for column in prose]
        yield FactLine(
            row.confidence.word,
            int(max(Confidence) - row.confidence),
            tuple(_cell(column, row, language) for column in shown),
            row.source,
            tuple((meaning, cell) for meaning, cell in remarks if cell.text),
        )


def sheet(table: FactTable[Any], rows: Sequence[Fact]) -> str:
    """The table's CSV: its file, with each column of words said in the other languages too (`name`, `name_ja`)."""
    others = tuple(code for code in offered() if code != SOURCE)
    spoken = {column.name for column in table.columns if column.words}
    if not spoken:
        return reading.text(table.path)
    names = [column.name for column in table.columns]
    head = [heading for name in names for heading in (name, *(f"{name}_{code}" for code in others if name in spoken))]
    cells = (
        [
            cell
            for name, own in line.cells.items()
            for cell in (own, *(getattr(held, name).say(code) for code in others if name in spoken))
        ]
        for line, held in zip(reading.lines(table.path, names), rows, strict=True)
    )
    return writing.csv_of(head, cells)


def _cell(column: Column, row: Fact, language: str) -> FactCell:
    if column.name == "licence":
        return FactCell(row.licence_label.say(language))  # type: ignore[attr-defined]
    value = getattr(row, column.name)
    if isinstance(value, Words):
        text = value.say(language)
        return FactCell(text, lang=SOURCE if language != SOURCE and text == value.en else "")
    if isinstance(value, Confidence):
        return FactCell("", level=value.word)
    if isinstance(value, tuple):
        return FactCell(listed(map(plain, value)).say(language))
    if value is None or value == "":
        return FactCell("", number=column.kind in _NUMBERS)
    if column.kind in _NUMBERS:
        return FactCell(_figure(value), number=True)
    if column.refers == ("economies", "iso3"):
        name = economies()[value].name if value in economies() else _GROUPS.get(value)
        return FactCell(f"{name.say(language)} ({value})" if name else str(value))
    if column.name == "stream" and value in streams() and column.refers:
        return FactCell(f"{streams()[value].name.say(language)} ({value})")
    english = column.kind == "text" and " " in value and str(value).isascii()
    return FactCell(str(value), lang=SOURCE if english and language != SOURCE else "")


def _figure(value: float | int) -> str:
    """A figure as the file has it, with thin spaces for thousands; whole numbers such as years stay as they are."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.10g}"
    whole, point, rest = text.partition(".")
    if not whole.lstrip("-").isdigit():
        return text
    return f"{int(whole):,}".replace(",", THIN_SPACE) + point + rest if abs(value) >= 1 else text
