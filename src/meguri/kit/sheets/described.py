"""What a sheet is: its columns, in words and as data, and how each cell is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from meguri.kit import catalogues
from meguri.kit.grams import decimal_of
from meguri.kit.problems import N_, Problem, nearest
from meguri.kit.words import Words, listed, plain

LONGEST = 4000
MOST_PARTS = 50
NOTHING = plain("")


class CellWrong(Exception):
    """What is wrong in a cell; its pointer is filled in by whoever reads the row."""

    def __init__(self, text: str, code: str, **params: Any) -> None:
        super().__init__(text)
        self.problem = Problem(text, "", code, params)


Parser = Callable[[str], Any]


@dataclass(frozen=True)
class SheetColumn:
    """A column: its name in the first line, what it is called, whether a row needs it, and how a cell is read.

    `right` says how a cell is written, `example` is one. An empty cell is None where the column is not `needed`.
    """

    name: str
    words: Words
    parse: Parser
    needed: bool = False
    right: Words = NOTHING
    example: str = ""


@dataclass(frozen=True)
class SheetForm:
    """A sheet: its name, what it is called, its columns; `pointers` lead from parts of an act to columns."""

    name: str
    words: Words
    columns: tuple[SheetColumn, ...]
    pointers: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> SheetColumn | None:
        """The column of that name."""
        return next((one for one in self.columns if one.name == name), None)

    def column_of(self, pointer: str) -> str:
        """The column from which a part of an act came: that of the longest pointer that leads to it."""
        able = [known for known in self.pointers if pointer == known or pointer.startswith(f"{known}/")]
        return self.pointers[max(able, key=len)] if able else ""


def text(most: int = LONGEST) -> Parser:
    """Any text of at most so many characters."""

    def read(cell: str) -> str:
        if len(cell) > most:
            raise CellWrong(
                N_("This is {length} characters long; {most} are possible."), "length", length=len(cell), most=most
            )
        return cell

    return read


def choice(known: Callable[[], Mapping[str, Any] | Sequence[str]]) -> Parser:
    """One word of a table."""

    def read(cell: str) -> str:
        words = list(known())
        if cell in words:
            return cell
        folded = {word.casefold(): word for word in words}
        if cell.casefold() in folded:
            return folded[cell.casefold()]
        close = nearest(cell, words)
        if close:
            raise CellWrong(
                N_("“{word}” is not known here. Did you mean “{nearest}”?"), "unknown-word", word=cell, nearest=close
            )
        raise CellWrong(
            N_("“{word}” is not known here. One of: {known}."),
            "unknown-word",
            word=cell,
            known=listed(plain(word) for word in words[:20]),
        )

    return read


def several(one: Parser) -> Parser:
    """Several, with a semicolon between."""

    def read(cell: str) -> tuple[Any, ...]:
        parts = [part.strip() for part in cell.replace("；", ";").split(";") if part.strip()]
        if len(parts) > MOST_PARTS:
            raise CellWrong(N_("At most {most} can be listed here."), "many", most=MOST_PARTS)
        return tuple(one(part) for part in parts)

    return read


def day(cell: str) -> date:
    """A date as ISO writes it; a cell that is a date in the file comes so."""
    try:
        found = date.fromisoformat(cell.replace("/", "-"))
    except ValueError:
        raise CellWrong(
            N_("“{written}” is not a date. Write year, month and day, such as 2025-10-01."), "date", written=cell[:40]
        ) from None
    if not 1900 <= found.year <= 2200:
        raise CellWrong(N_("Write a year from 1900 to 2200."), "date")
    return found


def number(least: Decimal | None = None, most: Decimal | None = None) -> Parser:
    """A decimal number with a point, within bounds."""

    def read(cell: str) -> Decimal:
        found = decimal_of(cell)
        if found is None:
            raise CellWrong(N_("“{written}” is no number. Write it like 5.25."), "number", written=cell[:40])
        if (least is not None and found < least) or (most is not None and found > most):
            raise CellWrong(
                N_("{written} lies outside {least} to {most}."), "range", written=cell[:40], least=least, most=most
            )
        return found

    return read


YES, NO = Words("yes"), Words("no")


def yes(cell: str) -> bool:
    """Yes or no, in any language that readers are offered."""
    word = cell.casefold()
    for answer, also, words in ((True, ("true", "1", "x"), YES), (False, ("false", "0"), NO)):
        if word in also or any(word == words.say(code).casefold() for code in catalogues.offered()):
            return answer
    raise CellWrong(N_("Write yes or no."), "yes-no")
