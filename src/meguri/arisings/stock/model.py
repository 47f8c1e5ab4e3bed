"""One checked stock model: works through the cells in blocks, tracks both lives, and closes the balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from meguri.arisings.stock.ageing import Aged, Kernels, age, dead_on_arrival
from meguri.arisings.stock.arrays import Frame, placed_lifetime
from meguri.arisings.stock.beside_sales import Exports, InitialStock, Reuse, resolve_shares, second_life
from meguri.arisings.stock.conventions import Convention, kernel_total
from meguri.arisings.stock.flows import Flows, MassBalance
from meguri.arisings.stock.lifetimes import Array, LifetimeLaw
from meguri.arisings.stock.repairs import NAMED, Repairs, cells_refused
from meguri.kit.problems import N_, Problem, refuse

if TYPE_CHECKING:
    import xarray as xr

#: Cells are worked on in blocks that stay in the processor's cache.
BLOCK = 256


@dataclass
class StockModel:
    """One checked model: kernels of both lives, initial stock and shares, over all cells."""

    frame: Frame
    convention: Convention
    kernels: Kernels
    second: Kernels | None
    initial: Array | None
    cohorts: tuple[int, ...]
    reused: Array | None
    exported: Array | None
    amounts: Array | None
    repairs: Repairs

    @classmethod
    def of(
        cls,
        frame: Frame,
        lifetime: LifetimeLaw,
        convention: Convention | str | None,
        initial_stock: InitialStock | None,
        exports: Exports | Any,
        reuse: Reuse | None,
        repairs: Repairs,
    ) -> StockModel:
        """Check everything beside the series itself."""
        chosen = Convention.of(convention)
        if initial_stock is not None and not isinstance(initial_stock, InitialStock):
            raise refuse(
                N_(
                    "Say what is known of the initial stock: InitialStock.by_cohort(amounts, years of sale), or "
                    "InitialStock.steady(total) where its ages are not known."
                ),
                "/initial_stock",
                "ages-unknown",
            )
        known = initial_stock.cohorts if initial_stock is not None else None
        earlier = tuple(range(min(known), frame.years[0])) if known and min(known) < frame.years[0] else ()
        law = placed_lifetime(lifetime, frame, "lifetime", (frame.years, earlier + frame.years))
        initial: Array | None = None
        before: tuple[int, ...] = ()
        if initial_stock is not None:
            initial, before = initial_stock.resolve(frame, law, chosen, repairs)
        model = cls(
            frame,
            chosen,
            Kernels(law, len(frame.years), chosen, len(before)),
            second_life(reuse, frame, chosen),
            initial,
            before + frame.years,
            *resolve_shares(reuse, exports, frame, repairs),
            repairs,
        )
        model._not_too_old()
        return model

    def blocks(self) -> Iterator[slice]:
        """The blocks of cells."""
        for start in range(0, self.frame.cells, BLOCK):
            yield slice(start, min(start + BLOCK, self.frame.cells))

    def block(self, cells: slice) -> tuple[Kernels, Array | None, Kernels | None, Array | None]:
        """Kernels, initial stock, kernels of the second life and shares reused, for some of the cells."""
        return (
            self.kernels.block(cells),
            None if self.initial is None else self.initial[:, cells],
            None if self.second is None else self.second.block(cells),
            None if self.reused is None else self.reused[:, cells],
        )

    def _not_too_old(self) -> None:
        if self.initial is None:
            return
        dead = dead_on_arrival(self.kernels, self.initial)
        if not dead.any():
            return
        if self.repairs.allows("leave-at-once"):
            for cohort, cell in np.argwhere(dead > 0):
                place = "/".join(self._names(int(cell)))
                amount = float(dead[cohort, cell])
                self.repairs.note("leave-at-once", f"/initial_stock/{self.cohorts[cohort]}/{place}", amount, 0.0)
            return
        first = np.argwhere(dead > 0)[0]
        raise refuse(
            N_(
                "The initial stock holds goods sold in {year} ({place}) that are older than their lifetime allows; "
                "leave them out, use a longer lifetime, or ask for the repair leave-at-once."
            ),
            f"/initial_stock/{self.cohorts[first[0]]}",
            "older-than-lifetime",
            year=self.cohorts[first[0]],
            place=" ".join(self._names(int(first[1]))) or "-",
        )

    def _names(self, cell: int) -> list[str]:
        index = np.unravel_index(cell, self.frame.rest) if self.frame.rest else ()
        return [str(labels[each]) for labels, each in zip(self.frame.coords, index, strict=True)]

    def run(self, work: Callable[[slice], tuple[Array, Array | None]], tables: bool) -> Flows:
        """Age everything block by block and gather the labelled result."""
        shape = (len(self.frame.years), self.frame.cells)
        names = ["inflow", "outflow", "stock"]
        if self.reused is not None or self.exported is not None or self.amounts is not None:
            names += ["leaving", "exported", "reused"]
        if not self.convention.conserves:
            names.append("created")
        out: dict[str, Array] = {name: np.empty(shape) for name in names}
        by_cohort: dict[str, Array] = {}
        if tables:
            wide = (shape[0], len(self.cohorts), shape[1])
            by_cohort = {name: np.empty(wide, dtype=np.float64) for name in ("stock", "outflow")}
        error = 0.0
        for cells in self.blocks():
            inflow, kept = work(cells)
            part, part_tables = self._block(cells, inflow, kept, tables)
            for name, array in out.items():
                array[:, cells] = part[name]
            for name, array in by_cohort.items():
                array[..., cells] = part_tables[name]
            error = max(error, _imbalance(part, None if self.initial is None else self.initial[:, cells]))
        return self._labelled(out, by_cohort, error)

    def _block(
        self, cells: slice, inflow: Array, kept: Array | None, tables: bool
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        kernels, initial, second, reused = self.block(cells)
        first = age(inflow, kernels, initial, kept, tables=tables)
        leaving, none = first.leaving, np.zeros((1, 1))
        again = leaving * reused if reused is not None else none
        exported = leaving * self.exported[:, cells] if self.exported is not None else none
        if self.amounts is not None:
            exported = self._amounts(cells, leaving - again)
        part = {"inflow": inflow, "leaving": leaving, "reused": again, "exported": exported, "stock": first.stock}
        part["outflow"] = leaving if again is none and exported is none else leaving - again - exported
        if kept is not None:
            part["outflow"] = part["outflow"] + first.early
        by_law = first.by_law
        part_tables: dict[str, Array] = {}
        if tables:
            part_tables = _waste_by_cohort(first, part)
        if second is not None and reused is not None:
            if tables:
                assert first.leaving_by_cohort is not None
                wide = age(first.leaving_by_cohort * reused[:, np.newaxis], second, kept=kept)
                part_tables["outflow"] += wide.leaving + wide.early
                part_tables["stock"] += wide.stock
            life = age(again, second, kept=kept)
            part["outflow"] = part["outflow"] + life.leaving + life.early
            part["stock"] = part["stock"] + life.stock
            by_law = by_law + life.by_law
        if not self.convention.conserves:
            part["created"] = by_law - part["stock"]
        return part, part_tables

    def _amounts(self, cells: slice, most: Array) -> Array:
        """Amounts exported, at most what leaves first use and is not reused."""
        assert self.amounts is not None
        wanted, first = self.amounts[:, cells], cells.start or 0
        over = wanted > most * (1 + 1e-12) + np.finfo(np.float64).tiny
        problems: list[Problem] = []
        for year, cell in np.argwhere(over).tolist():
            names = [str(self.frame.years[year]), *self._names(cell + first)]
            where, amounts = "/exports/amount/" + "/".join(names), (float(wanted[year, cell]), float(most[year, cell]))
            if self.repairs.allows("exports-cut"):
                self.repairs.note("exports-cut", where, *amounts)
            elif len(problems) < NAMED:
                text = N_(
                    "Exports at {place} are {wanted} {unit}, but only {most} leave first use and are not reused. Give "
                    "at most that, or ask for the repair exports-cut."
                )
                rounded = {"wanted": float(f"{amounts[0]:.6g}"), "most": float(f"{amounts[1]:.6g}")}
                said = {"place": " ".join(names), "unit": self.frame.unit, **rounded}
                problems.append(Problem(text, where, "exports-too-large", said))
        if problems:
            raise cells_refused(problems, int(over.sum()))
        return np.minimum(wanted, most)

    def _labelled(self, out: dict[str, Array], by_cohort: dict[str, Array], error: float) -> Flows:
        conserves = "yes"
        if not self.convention.conserves:
            totals = np.unique(kernel_total(self.kernels.lifetime, self.convention))
            conserves = f"no: of one unit sold, {totals[0]:.6g} to {totals[-1]:.6g} leave in the end"
        attrs = {"unit": self.frame.unit, "convention": str(self.convention), "conserves": conserves}
        nothing = np.broadcast_to(np.float64(0.0), out["inflow"].shape)

        def label(name: str) -> xr.DataArray:
            values = out.get(name, out["outflow"] if name == "leaving" else nothing)
            return self.frame.label(values, name, attrs)

        def label_cohorts(name: str) -> xr.DataArray | None:
            if name not in by_cohort:
                return None
            return self.frame.label(by_cohort[name], f"{name}_by_cohort", attrs, self.cohorts)

        return Flows(
            inflow=label("inflow"),
            outflow=label("outflow"),
            stock=label("stock"),
            leaving=label("leaving"),
            exported=label("exported"),
            reused=label("reused"),
            convention=self.convention,
            balance=MassBalance(error, conserves, label("created") if "created" in out else None),
            repairs=self.repairs.made(),
            stock_by_cohort=label_cohorts("stock"),
            outflow_by_cohort=label_cohorts("outflow"),
        )


def _waste_by_cohort(first: Aged, part: dict[str, Array]) -> dict[str, Array]:
    """Waste of the first life by year of sale: exports and second lives take from every cohort in proportion."""
    assert first.leaving_by_cohort is not None
    assert first.stock_by_cohort is not None
    leaving = part["leaving"]
    wasted = leaving - part["reused"] - part["exported"]
    share = np.divide(wasted, leaving, out=np.zeros_like(leaving), where=leaving > 0)
    waste = first.leaving_by_cohort * share[:, np.newaxis]
    assert first.early_by_cohort is not None
    return {"outflow": waste + first.early_by_cohort, "stock": first.stock_by_cohort}


def _imbalance(part: dict[str, Array], initial: Array | None) -> float:
    """Largest difference between what entered and what left or stays, relative to what entered by then."""
    before = 0.0 if initial is None else initial.sum(axis=0)
    entered, moved = (before + np.cumsum(each, axis=0) for each in (part["inflow"], np.abs(part["inflow"])))
    difference = np.abs(entered - np.cumsum(part["outflow"] + part["exported"], axis=0) - part["stock"])
    relative = np.divide(difference, moved, out=np.where(difference > 0, np.inf, 0.0), where=moved > 0)
    return float(relative.max(initial=0.0))
