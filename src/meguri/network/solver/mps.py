"""A program as a file that any solver reads: MPS in free form, in full precision, with names.

Names are made of the blocks' names and the keys along their axes, without blanks and in ASCII, each once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from meguri.network.solver.program import Block, Program

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.,()\[\]+/-]+")
LONGEST_NAME = 200
"""Some readers cut names at 255 characters."""


def write_mps(program: Program, path: Path, name: str = "meguri") -> None:
    """Write the program to a file. Minimisation; the constant of the objective is minus its right-hand side."""
    with path.open("w", encoding="ascii", newline="\n") as file:
        _write(program, file, _plain(name) or "meguri")


def column_names(program: Program) -> list[str]:
    """The names of the columns in the file, in order."""
    return _names(program.column_blocks, program.columns, "x")


def row_names(program: Program) -> list[str]:
    """The names of the rows in the file, in order; the objective is ``objective``."""
    return _names(program.row_blocks, program.rows, "r", {"objective"})


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_IN_A_NAME.sub("_", folded).strip("_")


def _names(blocks: tuple[Block, ...], count: int, letter: str, taken: set[str] | None = None) -> list[str]:
    """A name for each; where two come out alike, or nothing of one is left, its number is added."""
    seen = set(taken or ())
    found: list[str] = []
    for block in blocks or (Block(letter, 0, (count,)),):
        for place in range(block.size):
            name = _plain(block.label(place))[:LONGEST_NAME]
            if not name[:1].isalpha():
                name = f"{letter}{name}"
            if name in seen or not name[1:]:
                name = f"{name}_{len(found)}"
            while name in seen:
                name += "_"
            seen.add(name)
            found.append(name)
    return found


def _write(program: Program, file: TextIO, name: str) -> None:
    columns, rows = column_names(program), row_names(program)
    kinds = [_kind(low, high) for low, high in zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)]
    file.write(f"NAME {name}\nROWS\n N objective\n")
    file.writelines(f" {kind} {row}\n" for kind, row in zip(kinds, rows, strict=True) if kind != "N")
    file.write("COLUMNS\n")
    # A reader may take a second free row for another objective, so rows that limit nothing are left out.
    file.writelines(
        _columns(program, columns, [row if kind != "N" else "" for kind, row in zip(kinds, rows, strict=True)])
    )
    file.write("RHS\n")
    if program.offset:
        file.write(f" RHS objective {-program.offset!r}\n")
    file.writelines(_right(program, kinds, rows))
    ranged = np.flatnonzero(_ranges(program))
    if len(ranged):
        file.write("RANGES\n")
        for i in ranged:
            file.write(f" RNG {rows[i]} {float(program.row_upper[i] - program.row_lower[i])!r}\n")
    file.write("BOUNDS\n")
    file.writelines(_bounds(program, columns))
    file.write("ENDATA\n")


def _ranges(program: Program) -> np.ndarray:
    low, high = program.row_lower, program.row_upper
    return np.isfinite(low) & np.isfinite(high) & (low != high)


def _kind(low: float, high: float) -> str:
    """E equal, G at least, L at most (also both, with a range), N free."""
    if low == high:
        return "E"
    if high < float("inf"):
        return "L"
    return "G" if low > -float("inf") else "N"


def _columns(program: Program, columns: list[str], rows: list[str]) -> Iterator[str]:
    indptr, indices, data = program.indptr.tolist(), program.indices, program.data
    whole = False
    marks = 0
    for j, name in enumerate(columns):
        if bool(program.integrality[j]) != whole:
            whole = not whole
            yield f" M{marks} 'MARKER' '{'INTORG' if whole else 'INTEND'}'\n"
            marks += 1
        cost = float(program.cost[j])
        part = slice(indptr[j], indptr[j + 1])
        pairs = zip(indices[part].tolist(), data[part].tolist(), strict=True)
        found = [(rows[i], value) for i, value in pairs if rows[i]]
        if cost or not found:
            yield f" {name} objective {cost!r}\n"
        for row, value in found:
            yield f" {name} {row} {value!r}\n"
    if whole:
        yield f" M{marks} 'MARKER' 'INTEND'\n"


def _right(program: Program, kinds: list[str], rows: list[str]) -> Iterator[str]:
    for i, kind in enumerate(kinds):
        value = float(program.row_lower[i] if kind == "G" else program.row_upper[i])
        if kind != "N" and value:
            yield f" RHS {rows[i]} {value!r}\n"


def _bounds(program: Program, columns: list[str]) -> Iterator[str]:
    """Both bounds wherever they are not the usual ones; readers differ in what they take for usual where it matters."""
    each = zip(columns, program.lower.tolist(), program.upper.tolist(), program.integrality.tolist(), strict=True)
    for name, low, high, whole in each:
        if low == 0.0 and high == float("inf") and not whole:
            continue
        if low == high:
            yield f" FX BND {name} {low!r}\n"
        elif low == -float("inf") and high == float("inf"):
            yield f" FR BND {name}\n"
        else:
            yield f" MI BND {name}\n" if low == -float("inf") else f" LO BND {name} {low!r}\n"
            yield f" PL BND {name}\n" if high == float("inf") else f" UP BND {name} {high!r}\n"
