"""Files that people upload: what they are is looked at, not believed, and what they cost is bounded before it is read.

Formulas, macros and links to other files are refused; a value is taken as it stands in the cell.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from meguri.kit.files import reading
from meguri.kit.problems import N_, Refused, refuse

MOST_BYTES = 8 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 400
MOST_RATIO = 200
MOST_ROWS = 50_000
MOST_COLUMNS = 60
MOST_SHEETS = 20
LONGEST_CELL = 8000
CHUNK = 1 << 20
FORBIDDEN = re.compile(r"vbaproject\.bin|externallinks/|embeddings/|activex/|\.\.|^/|\\", re.IGNORECASE)
ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class RawCell:
    """What stands in a cell, as text; `formula` where it is reckoned by the program that wrote the file."""

    text: str
    formula: bool = False


@dataclass(frozen=True)
class RawSheet:
    """A sheet of a file: its name (empty in a CSV), that of the file, and its rows with their numbers."""

    name: str
    file: str
    rows: Iterator[tuple[int, Sequence[RawCell]]]


def opened(content: bytes, name: str, rank: Callable[[str], int] = lambda title: 0) -> Iterator[RawSheet]:
    """The sheets of a file, one after the other by their rank; each is read before the next is asked for.

    Raises Refused.
    """
    if len(content) > MOST_BYTES:
        raise refuse(
            N_("The file has {size} MB; at most {most} MB are read. Bring it in parts."),
            "/file",
            "size",
            size=round(len(content) / 1_048_576, 1),
            most=MOST_BYTES // 1_048_576,
        )
    if content.startswith(b"PK\x03\x04"):
        yield from _xlsx(content, name, rank)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise refuse(
            N_("This is a file of an old Excel, or one with a password. Save it as .xlsx without one."), "/file", "type"
        )
    else:
        yield RawSheet("", name, _csv(content, name))


def _checked(content: bytes) -> None:
    """Refuse an archive that is no workbook, or would cost more than a workbook does."""
    broken = refuse(N_("The file is damaged, or is no .xlsx file."), "/file", "type")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise refuse(
                    N_("Unpacked the file is too large. Bring it in parts, with values alone."), "/file", "unpacked"
                )
            if any(part.file_size > 1_000_000 and part.file_size > MOST_RATIO * part.compress_size for part in parts):
                raise refuse(
                    N_("Unpacked the file is too large. Bring it in parts, with values alone."), "/file", "unpacked"
                )
            if any(part.flag_bits & 1 for part in parts):
                raise refuse(N_("The file has a password. Save it without one."), "/file", "type")
            if bad := [name for name in names if FORBIDDEN.search(name)]:
                raise refuse(
                    N_("The file carries macros, links or embedded files ({part}). Save it as plain .xlsx."),
                    "/file",
                    "active",
                    part=bad[0][:80],
                )
            if "xl/workbook.xml" not in names or len(set(names)) != len(names):
                raise broken
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        if not _plain_xml(file):
                            raise broken
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise broken from None


def _plain_xml(file: IO[bytes]) -> bool:
    """Whether a part is XML of one byte a sign, without declarations of its own that could swell."""
    tail = b""
    first = True
    while chunk := file.read(CHUNK):
        if first and not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return False
        first = False
        if ENTITIES.search(tail + chunk):
            return False
        tail = chunk[-16:]
    return True


def _xlsx(content: bytes, name: str, rank: Callable[[str], int]) -> Iterator[RawSheet]:
    from openpyxl import load_workbook

    _checked(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except Exception as error:
        raise refuse(N_("The file is damaged, or is no .xlsx file."), "/file", "type") from error
    try:
        for sheet in sorted(book.worksheets[:MOST_SHEETS], key=lambda one: rank(one.title)):
            if sheet.sheet_state == "visible":
                yield RawSheet(sheet.title, name, _rows(sheet))
    finally:
        book.close()


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[RawCell]]]:
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1)
    try:
        for number, row in enumerate(rows, 1):
            cells = [RawCell(_text(cell.value), cell.data_type == "f") for cell in row]
            while cells and not cells[-1].text:
                cells.pop()
            if cells:
                _bounded(number)
                yield number, cells
    except Refused:
        raise
    except Exception as error:
        raise refuse(N_("The file is damaged, or is no .xlsx file."), "/file", "type") from error


def _bounded(number: int) -> None:
    if number > MOST_ROWS:
        raise refuse(N_("A sheet has at most {most} rows. Bring it in parts."), "/file", "rows", most=MOST_ROWS)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return (value.date() if value.time() == datetime.min.time() else value).isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value).strip()[:LONGEST_CELL]


def _csv(content: bytes, name: str) -> Iterator[tuple[int, Sequence[RawCell]]]:
    try:
        given = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse(
            N_("“{name}” is neither .xlsx nor text in UTF-8. Save it as .xlsx, or as CSV UTF-8."),
            "/file",
            "type",
            name=name[:80],
        ) from None
    first = given.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    try:
        for number, cells in reading.rows_of(given, name, delimiter):
            _bounded(number)
            found = [RawCell(cell.strip()[:LONGEST_CELL], cell.lstrip().startswith("=")) for cell in cells]
            if any(cell.text for cell in found):
                yield number, found[:MOST_COLUMNS]
    except reading.TableError as error:
        raise refuse(N_("The file cannot be read. {fault}"), "/file", "type", fault=str(error)[:400]) from None
