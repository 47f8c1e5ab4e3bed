"""The file to fill in: a sheet for each, with its columns, how a cell is written, and an example."""

from __future__ import annotations

import io
from collections.abc import Sequence

from meguri.kit import catalogues
from meguri.kit.sheets.described import SheetForm
from meguri.kit.sheets.importing import letter

NOTES = "README"


def written(sheets: Sequence[SheetForm], language: str | None = None) -> bytes:
    """The file as XLSX. A first sheet says how each column is written; the others are empty below their heads."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    code = language or catalogues.SOURCE
    book = Workbook(write_only=True)
    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    notes = book.create_sheet(NOTES)
    notes.freeze_panes = "A2"
    for named, width in zip("ABCDE", (16, 18, 34, 60, 28), strict=True):
        notes.column_dimensions[named].width = width
    notes.append([_bold(notes, text, bold, WriteOnlyCell) for text in ("sheet", "column", "", "", "")])
    for sheet in sheets:
        for column in sheet.columns:
            row = []
            for text in (
                sheet.name,
                f"{column.name}{' *' if column.needed else ''}",
                column.words.say(code),
                column.right.say(code) if column.right else "",
                column.example,
            ):
                cell = WriteOnlyCell(notes, value=text)
                cell.alignment = wrapped
                cell.data_type = "s"
                row.append(cell)
            notes.append(row)
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        page.freeze_panes = "A2"
        for place, column in enumerate(sheet.columns):
            page.column_dimensions[letter(place)].width = max(14, len(column.name) + 2)
        page.append([_bold(page, column.name, bold, WriteOnlyCell) for column in sheet.columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _bold(sheet: object, text: str, bold: object, cell_of: type) -> object:
    cell = cell_of(sheet, value=text)
    cell.font = bold
    return cell
