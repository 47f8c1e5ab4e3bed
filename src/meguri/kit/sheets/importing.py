"""The rows of a file, by sheets that are described as data: values, or what is wrong in which cell.

A file's columns are found by the name of the column, by what it is called in any language, or by how somebody mapped
them before (`columns`: for each sheet, by our column the head of theirs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meguri.kit import catalogues
from meguri.kit.problems import N_, Problem
from meguri.kit.sheets import workbook
from meguri.kit.sheets.described import NOTHING, CellWrong, SheetColumn, SheetForm
from meguri.kit.sheets.workbook import RawCell, RawSheet
from meguri.kit.words import Words

Columns = Mapping[str, Mapping[str, str]]
MOST_FAULTS = 1000
"""So many faults are told of a file; of more only how many there are."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, in which cell of which sheet (``C7``), and how it would be right."""

    sheet: str
    cell: str
    problem: Problem
    right: Words = NOTHING

    def to_json(self, language: str | None = None) -> dict[str, str]:
        """One object of the list of faults."""
        return {
            "sheet": self.sheet,
            "cell": self.cell,
            "code": self.problem.code,
            "detail": self.problem.say(language),
            "right": self.right.say(language or catalogues.SOURCE) if self.right else "",
        }


@dataclass(frozen=True)
class SheetRow:
    """A row: its number in the file, its values by column where it can be read, and what is wrong in it."""

    sheet: SheetForm
    title: str
    number: int
    values: Mapping[str, Any]
    letters: Mapping[str, str]
    faults: tuple[Fault, ...] = ()

    def fault(self, column: str, problem: Problem) -> Fault:
        """Something wrong with the row, in the cell of that column; in its first cell where it has none."""
        found = self.sheet.column(column)
        right = found.right if found else NOTHING
        return Fault(self.title, f"{self.letters.get(column, 'A')}{self.number}", problem, right)

    def wrong(self, problem: Problem) -> Fault:
        """The same, by the part of an act that a problem points at."""
        return self.fault(self.sheet.column_of(problem.pointer), problem)


@dataclass
class SheetHead:
    """The first line of a sheet of a file: which of its columns is which of ours, and which are missing."""

    sheet: SheetForm
    title: str
    theirs: tuple[str, ...]
    places: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[SheetColumn, ...]:
        """Columns that a row needs and the file does not have."""
        return tuple(one for one in self.sheet.columns if one.needed and one.name not in self.places)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Columns of the file that are none of ours."""
        used = set(self.places.values())
        return tuple(head for place, head in enumerate(self.theirs) if head and place not in used)


def letter(place: int) -> str:
    """The letter of a column, counted from 0, as spreadsheets have it."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _folded(text: str) -> str:
    return " ".join(text.replace("*", " ").replace("_", " ").casefold().split())


def _called(column: SheetColumn) -> set[str]:
    spoken = {column.words.say(code) for code in catalogues.offered()} if column.words else set()
    return {_folded(column.name), *map(_folded, spoken)}


def head_of(
    sheet: SheetForm, title: str, cells: Sequence[RawCell], mapped: Mapping[str, str] | None = None
) -> SheetHead:
    """Which column of a file is which of a sheet."""
    theirs = tuple(cell.text for cell in cells)
    found = SheetHead(sheet, title, theirs)
    folded = [_folded(head) for head in theirs]
    for column in sheet.columns:
        own = (mapped or {}).get(column.name, "")
        if own and own in theirs:
            found.places[column.name] = theirs.index(own)
            continue
        names = _called(column)
        place = next((place for place, head in enumerate(folded) if head in names), None)
        if place is not None:
            found.places[column.name] = place
    return found


def _titled(title: str, sheets: Sequence[SheetForm]) -> int:
    """The place of the sheet that is called so; beyond the last where none is."""
    for place, sheet in enumerate(sheets):
        names = {_folded(sheet.name), *(_folded(sheet.words.say(code)) for code in catalogues.offered())}
        if _folded(title) in names:
            return place
    return len(sheets)


def _sheet_of(
    raw: RawSheet, cells: Sequence[RawCell], sheets: Sequence[SheetForm], columns: Columns
) -> SheetHead | None:
    """The sheet that a sheet of a file is: by its title, else (a CSV with another name) by the most of its columns."""
    place = _titled(raw.name or raw.file.rpartition(".")[0], sheets)
    if place < len(sheets):
        sheet = sheets[place]
        return head_of(sheet, raw.name or sheet.name, cells, columns.get(sheet.name))
    if raw.name:
        return None
    heads = [head_of(sheet, sheet.name, cells, columns.get(sheet.name)) for sheet in sheets]
    able = [head for head in heads if not head.missing] or heads
    return max(able, key=lambda head: (len(head.places) - len(head.missing), -len(head.sheet.columns)))


def heads(content: bytes, name: str, sheets: Sequence[SheetForm], columns: Columns | None = None) -> list[SheetHead]:
    """The first lines of a file's sheets, for whoever maps columns. Raises Refused."""
    found = []
    for raw in workbook.opened(content, name, lambda title: _titled(title, sheets)):
        first = next(raw.rows, None)
        if first is not None and (head := _sheet_of(raw, first[1], sheets, columns or {})):
            found.append(head)
    return found


def read(content: bytes, name: str, sheets: Sequence[SheetForm], columns: Columns | None = None) -> Iterator[SheetRow]:
    """Every row of a file in the order of the sheets, as it is read: memory does not grow with it.

    Raises Refused where it is no such file.

    A sheet without a column that it needs is one row with that fault and no values; one that is none of these sheets is
    passed over.
    """
    for raw in workbook.opened(content, name, lambda title: _titled(title, sheets)):
        first = next(raw.rows, None)
        if first is None:
            continue
        number, cells = first
        head = _sheet_of(raw, cells, sheets, columns or {})
        if head is None:
            continue
        letters = {column: letter(place) for column, place in head.places.items()}
        missing = [
            Fault(
                head.title,
                f"A{number}",
                Problem(N_("The column “{column}” is missing."), "", "column", {"column": column.name}),
                column.right,
            )
            for column in head.missing
        ]
        if missing:
            yield SheetRow(head.sheet, head.title, number, {}, letters, tuple(missing))
            continue
        for number, row in raw.rows:
            yield _row(head, letters, number, row)


def _row(head: SheetHead, letters: Mapping[str, str], number: int, cells: Sequence[RawCell]) -> SheetRow:
    values: dict[str, Any] = {}
    faults = []
    for column in head.sheet.columns:
        place = head.places.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else RawCell("")
        problem = None
        if cell.formula:
            problem = Problem(N_("A formula is not taken; write the value."), "", "formula")
        elif not cell.text:
            values[column.name] = None
            if column.needed:
                problem = Problem(N_("“{column}” is empty."), "", "required", {"column": column.words})
        else:
            try:
                values[column.name] = column.parse(cell.text)
            except CellWrong as wrong:
                problem = wrong.problem
        if problem is not None:
            where = f"{letters.get(column.name, 'A')}{number}"
            faults.append(Fault(head.title, where, problem, column.right))
    return SheetRow(head.sheet, head.title, number, values, letters, tuple(faults))
