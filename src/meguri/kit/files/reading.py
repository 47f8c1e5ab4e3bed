"""The one reader of CSV and TOML: strict, whole files, everything that is wrong told together with file and line."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from meguri.kit.files import shape
from meguri.kit.files.shape import Misshapen
from meguri.kit.problems import N_, Problem, Refused


class TableError(Refused, ValueError):
    """A file is not as it must be. Each problem names the file, the line where there is one, and what is wrong."""

    def __init__(self, *told: str) -> None:
        super().__init__(*(Problem(N_("{what}"), "", "file", {"what": what}) for what in told))


@dataclass(frozen=True)
class Line:
    """A row of a CSV file, by column, with its place: ``offices.csv, line 3``; `even`: as wide as the head."""

    place: str
    number: int
    cells: Mapping[str, str]
    even: bool = True

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def fail(self, what: str) -> TableError:
        """An error at this row."""
        return TableError(f"{self.place}: {what}")


def text(path: Path, most: int | None = None) -> str:
    """The text of a file, of at most so many characters, without a byte order mark. Raises TableError."""
    try:
        found = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TableError(f"{path.name}: the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name}: the file is not text in UTF-8") from error
    if most is not None and len(found) > most:
        raise TableError(f"{path.name}: a file has at most {most:,} characters, not {len(found):,}")
    return found


def lines(
    path: Path, columns: Sequence[str] | None = None, needed: Iterable[str] = (), held: Iterable[str] = ()
) -> tuple[Line, ...]:
    """The rows of a CSV file.

    With `columns` its head must be these, in their order; it must have those `held`, and `needed` are columns in
    which no cell may be empty. Raises TableError with everything that is wrong with head and rows.
    """
    return lines_of(text(path), path.name, columns, needed, held=held)


def lines_of(
    given: str,
    name: str,
    columns: Sequence[str] | None = None,
    needed: Iterable[str] = (),
    *,
    held: Iterable[str] = (),
    uneven: bool = False,
) -> tuple[Line, ...]:
    """The same from a file's text; `name` is how the file is called where something is wrong.

    `held` are columns that the file must have, full or empty. With `uneven` a row that is not as wide as the head is
    given too, with the cells that it has, for whoever answers each row by itself.
    """
    held = [*needed, *held]
    if fault := shape.text_fault(given, shape.CSV):
        raise TableError(f"{name}: {fault}")
    reader = csv.reader(io.StringIO(given, newline=""), strict=True)
    wrong: list[str] = []
    found: list[Line] = []
    try:
        head = next(reader, [])
        wrong += _head(head, name, columns, held)
        for cells in reader:
            place = f"{name}, line {reader.line_num}"
            if len(cells) != len(head):
                if uneven:
                    found.append(Line(place, reader.line_num, dict(zip(head, cells, strict=False)), even=False))
                    continue
                wrong.append(f"{place}: {len(cells)} cells where {len(head)} are expected")
                continue
            line = Line(place, reader.line_num, dict(zip(head, cells, strict=True)))
            found.append(line)
            wrong += [f"{place}: {column} is empty" for column in needed if not line.cells.get(column, "-").strip()]
    except csv.Error as error:
        wrong.append(f"{name}, line {reader.line_num}: {error}")
    if wrong:
        raise TableError(*wrong)
    return tuple(found)


def rows_of(given: str, name: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The rows of a table whose head is not ours to know, with their lines, as they are read. Raises TableError."""
    if fault := shape.text_fault(given, shape.CSV):
        raise TableError(f"{name}: {fault}")
    reader = csv.reader(io.StringIO(given, newline=""), strict=True, delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise TableError(f"{name}, line {reader.line_num}: {error}") from None


def _head(head: Sequence[str], name: str, columns: Sequence[str] | None, needed: Iterable[str]) -> Iterator[str]:
    if not head:
        yield f"{name}, line 1: the file is empty; its first line names the columns"
        return
    twice = sorted({column for column in head if head.count(column) > 1})
    if twice:
        yield f"{name}, line 1: {', '.join(twice)} stands twice"
    missing = [column for column in (columns if columns is not None else needed) if column not in head]
    unknown = [column for column in head if columns is not None and column not in columns]
    if missing or unknown:
        told = [f"missing: {', '.join(missing)}"] if missing else []
        told += [f"not known: {', '.join(unknown)}"] if unknown else []
        wanted = f"the columns must be {','.join(columns)}; " if columns is not None else ""
        yield f"{name}, line 1: {wanted}{'; '.join(told)}"
    elif columns is not None and list(head) != list(columns):
        yield f"{name}, line 1: the columns must stand in this order: {','.join(columns)}"


def toml(path: Path, most: int | None = None) -> dict[str, Any]:
    """The keys of a TOML file. Raises TableError naming the line."""
    return toml_of(text(path, most), path.name)


def toml_of(given: str, name: str) -> dict[str, Any]:
    """The same from a file's text."""
    if fault := shape.text_fault(given, shape.TOML):
        raise TableError(f"{name}: {fault}")
    if line := shape.long_key(given):
        raise TableError(f"{name}, line {line}: a key has too many parts")
    try:
        found = tomllib.loads(given)
    except tomllib.TOMLDecodeError as error:
        _not_toml(given, name, str(error))
    except RecursionError:
        raise TableError(f"{name}: the file is nested too deeply") from None
    except ValueError:
        raise TableError(f"{name}: a number has too many digits") from None
    if _deeper(found, shape.DEEPEST):
        raise TableError(f"{name}: the file is nested too deeply")
    return found


def _deeper(found: dict[str, Any], most: int) -> bool:
    """Whether something lies deeper than so many tables and lists."""
    level: list[Any] = [found]
    for _ in range(most):
        level = [one for outer in level for one in (outer.values() if isinstance(outer, dict) else outer)]
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _not_toml(given: str, name: str, said: str) -> NoReturn:
    at = re.search(r"^(.*) \(at line (\d+)", said)
    what, line = (at[1], int(at[2])) if at else (said.removesuffix(" (at end of document)"), len(given.splitlines()))
    raise TableError(f"{name}, line {line}: {what}") from None


def toml_or_json_of(given: str, name: str) -> dict[str, Any]:
    """The keys of a file that is written in one or the other: JSON where it begins with a brace."""
    if not given.lstrip().startswith("{"):
        return toml_of(given, name)
    try:
        shape.require_json(given.encode())
        found: dict[str, Any] = json.loads(given)
    except Misshapen as error:
        deep = error.problems[0].code == "deep"
        raise TableError(f"{name}: {'the file is nested too deeply' if deep else error}") from None
    except ValueError as error:
        if not isinstance(error, json.JSONDecodeError):
            raise TableError(f"{name}: a number has too many digits") from None
        raise TableError(f"{name}, line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise TableError(f"{name}: the file is nested too deeply") from None
    return found
