"""From an instance to a sparse program: movements, capacities and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meguri.network.model import capacities, limits, movements
from meguri.network.model.blocks import Floats, Ints, PeriodBlock
from meguri.network.model.commodities import Held, Reach, reach
from meguri.network.model.instance import Instance
from meguri.network.model.sheet import DecisionBlock, Sheet
from meguri.network.solver.program import Program


@dataclass(frozen=True)
class Formulation:
    """An instance as a program, with what is needed to read a solution back.

    `recovered[element]` is tonnes of metal for a tonne of each feed processed. `stored`, `disposed`, `sold`,
    `excesses` and `places` say which feed, commodity or site each thing of those blocks of columns is.
    """

    instance: Instance
    reach: Reach
    program: Program
    columns: Mapping[str, DecisionBlock]
    rows: Mapping[str, PeriodBlock]
    recovered: Mapping[str, Floats]
    stored: tuple[int, ...]
    disposed: tuple[tuple[Held | int, int], ...]
    sold: tuple[tuple[int, int], ...]
    excesses: tuple[tuple[int, str], ...]
    places: Mapping[str, tuple[int, ...]]
    limit_rows: Mapping[str, Ints]

    def values(self, name: str, x: Floats) -> Floats:
        """The decisions of a block in a solution, shaped (things, periods)."""
        return self.columns[name].block.of(x)


def formulate(instance: Instance, *, relaxed: bool = False) -> Formulation:
    """The program of an instance. `relaxed` lets yes-or-no decisions be fractions. Expects a checked instance."""
    sheet = Sheet(instance, reach(instance))
    movements.write(sheet)
    capacities.write(sheet, relaxed=relaxed)
    limit_rows = limits.write(sheet)
    return Formulation(
        instance, sheet.reach, sheet.builder.build(), sheet.columns, sheet.rows, sheet.recovered, tuple(sheet.stored),
        tuple(sheet.disposed), tuple(sheet.sold), tuple(sheet.excesses), sheet.places, limit_rows,
    )  # fmt: skip
