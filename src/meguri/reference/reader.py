"""The strict reader of fact tables: a row that is not what its columns say is refused with file and line."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from meguri.kit.files import reading
from meguri.kit.files.reading import Line, TableError
from meguri.kit.problems import nearest
from meguri.kit.words import Words, cell
from meguri.reference.confidence import Confidence
from meguri.reference.rows import Fact

FOLDER = Path(__file__).with_name("tables")

RowT = TypeVar("RowT", bound=Fact)


@dataclass(frozen=True)
class Column:
    """One column: its kind, its unit, what it means, and what it may hold.

    `kind` is text, integer, number, share (0 to 1), choice, list (parts separated by semicolons) or confidence.
    `refers` names a table and column in which the value must stand; `also` lists further values that may stand
    there (a group of economies, a set's own key).

    With `words` the column is English that a person reads: a cell becomes `Words`, whose translations stand in the
    catalogue of its room under the key of its row, or once for all rows that say the same where `words` is
    ``shared``. Beside it a column of its name with ``_own`` may hold the text in languages in which it is a fact and
    no translation, such as the Japanese name of a Japanese port: ``ja=…`` (several are parted by ``|``).
    """

    name: str
    meaning: Words
    kind: str = "text"
    unit: str = ""
    optional: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers: tuple[str, str] | None = None
    also: tuple[str, ...] = ()
    words: bool | str = False


SOURCE = Column("source", Words("Where the figure was read, or how it was derived"))
CONFIDENCE = Column(
    "confidence",
    Words("How far to trust it: sourced, derived, memory, missing"),
    "confidence",
)


@dataclass(frozen=True)
class FactTable(Generic[RowT]):
    """A table of facts: its name, what it is, its columns, the key of a row and the type a row becomes.

    `sums` names a share-like field that may not add up to more than one within each group of `sums_by`. `room` is
    whose catalogue has its words.
    """

    name: str
    title: Words
    about: Words
    row: type[RowT]
    own_columns: tuple[Column, ...]
    key: tuple[str, ...]
    sums: str = ""
    sums_by: tuple[str, ...] = ()
    room: str = "reference"

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns in the file's order; each table ends with source and confidence."""
        return (*self.own_columns, SOURCE, CONFIDENCE)

    @property
    def path(self) -> Path:
        """The file."""
        return FOLDER / f"{self.name.replace('-', '_')}.csv"


# Rounding of published bills of materials: five decimals over ten components.
SUM_TOLERANCE = 1e-3

Refer = Callable[[str, str], frozenset[str]]


def read(table: FactTable[RowT], refer: Refer | None = None, path: Path | None = None) -> tuple[RowT, ...]:
    """Read and check a whole table. `refer(table, column)` gives the values a referring column may hold.

    Raises TableError naming the file and the line.
    """
    file_path = path or table.path
    spoken = _spoken(table, file_path)
    names = [column.name for column in table.columns]
    # A text that stood in the column before has been checked: long tables repeat years, codes and sources.
    columns: list[tuple[Column, dict[str, Any]]] = [(column, {}) for column in table.columns]
    rows: list[RowT] = []
    seen: dict[tuple[Any, ...], int] = {}
    sums: dict[tuple[str, ...], float] = {}
    for line in reading.lines(file_path, names):
        values = {}
        for column, checked in columns:
            text = line.cells[column.name]
            if text not in checked:
                checked[text] = _value(column, text.strip(), line.fail, refer)
            values[column.name] = checked[text]
        key = tuple([values[name] for name in table.key])
        if key in seen:
            raise line.fail(
                f"{' / '.join(map(str, key))} stands already in line {seen[key]}; each {' + '.join(table.key)} once"
            )
        seen[key] = line.number
        for said in spoken:
            values[said.name] = said.of(values, "/".join(line[name].strip() for name in table.key), line)
        row = table.row(**values)
        if table.sums:
            group = tuple(str(values[name]) for name in table.sums_by)
            sums[group] = sums.get(group, 0.0) + float(getattr(row, table.sums))
            if sums[group] > 1 + SUM_TOLERANCE:
                raise line.fail(f"the shares of {' / '.join(group)} add up to {sums[group]:.4f}, more than the whole")
        rows.append(row)
    if not rows:
        raise TableError(f"{file_path.name}: the table is empty")
    return tuple(rows)


def _value(column: Column, text: str, fail: Callable[[str], TableError], refer: Refer | None) -> Any:
    if not text:
        if not column.optional:
            raise fail(f"{column.name} is empty; it is needed in every row")
        return {"list": (), "text": "", "choice": ""}.get(column.kind)
    if column.kind == "confidence":
        try:
            return Confidence[text.upper()]
        except KeyError:
            raise fail(f"{column.name} “{text}”: write sourced, derived, memory or missing") from None
    if column.choices and text not in column.choices:
        raise fail(f"{column.name} “{text}” is not known; write one of {', '.join(column.choices)}")
    if column.kind in ("integer", "number", "share"):
        return _number(column, text, fail)
    if column.refers and refer is not None:
        known = refer(*column.refers)
        if text not in known and text not in column.also:
            hint = nearest(text, known | set(column.also))
            raise fail(
                f"{column.name} “{text}” is not in {column.refers[0]}" + (f"; did you mean {hint}?" if hint else "")
            )
    if column.kind == "list":
        return tuple(part.strip() for part in text.split(";") if part.strip())
    return text


def _number(column: Column, text: str, fail: Callable[[str], TableError]) -> float | int:
    try:
        number = int(text) if column.kind == "integer" else float(text)
    except ValueError:
        raise fail(f"{column.name} “{text}” is not a{'n integer' if column.kind == 'integer' else ' number'}") from None
    low, high = (0.0, 1.0) if column.kind == "share" else (column.low, column.high)
    if not math.isfinite(number) or (low is not None and number < low) or (high is not None and number > high):
        raise fail(f"{column.name} {text} lies outside {_bound(low)} to {_bound(high)}")
    return number


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


@dataclass(frozen=True)
class _Spoken:
    """A column of words: the table that its catalogue entries name, and the column of what it is called by its own."""

    name: str
    table: str
    shared: bool
    own: str

    def of(self, values: dict[str, Any], row: str, line: Line) -> Words:
        """The words of a row, whose own names leave its values."""
        own = {}
        for part in filter(None, (values.pop(self.own) if self.own else "").split("|")):
            language, _, text = part.partition("=")
            if not language.strip() or not text.strip():
                raise line.fail(f"{self.own} “{part}”: write a language and the text, such as ja=…")
            own[language.strip()] = text.strip()
        return cell(self.table, "" if self.shared else row, self.name, values[self.name], own)


def _spoken(table: FactTable[Any], path: Path) -> tuple[_Spoken, ...]:
    names = {column.name for column in table.columns}
    return tuple(
        _Spoken(
            column.name,
            f"{table.room}/{path.stem}",
            column.words == "shared",
            own if (own := f"{column.name}_own") in names else "",
        )
        for column in table.columns
        if column.words
    )
