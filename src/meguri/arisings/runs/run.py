"""Runs a scenario and answers for every figure: ``run(read("baseline")).series("arisings", "JPN")``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from meguri.arisings.draws import threads
from meguri.arisings.runs import assembly, collection, store, supply
from meguri.arisings.runs.assembly import Say, silent
from meguri.arisings.runs.breakdown import Variance, broken_down
from meguri.arisings.runs.economy import COUNTS, MASSES, WORTHS, EconomyModel, rate_of
from meguri.arisings.runs.results import ALL, EQUIPMENT, VEHICLES, Series, VariableBlock
from meguri.arisings.scenarios.scenario import VEHICLES as DRIVE_TRAINS
from meguri.arisings.scenarios.scenario import ArisingsScenario
from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.words import Words

VARIANCE_DRAWS = 256


@dataclass(frozen=True)
class Mended:
    """One repair of one economy's inputs: what was changed, where, from what to what, and why."""

    economy: str
    kind: str
    where: str
    before: float | None
    after: float | None
    why: Words

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {**self.__dict__, "why": self.why.everywhere()}


@dataclass(frozen=True)
class Run:
    """A scenario worked out. `digest` names it: equal digests mean equal figures."""

    scenario: ArisingsScenario
    digest: str
    blocks: Mapping[str, VariableBlock]
    sources: Mapping[str, tuple[str, ...]]
    repairs: tuple[Mended, ...]
    _detail: dict[tuple[str, str], dict[str, assembly.Cells]] = field(default_factory=dict, repr=False)

    @property
    def years(self) -> tuple[int, ...]:
        """The years of every series."""
        return tuple(self.scenario.years)

    @property
    def economies(self) -> tuple[str, ...]:
        """Economies worked out; totals (ASEAN, ALL) last."""
        return self.block("arisings").economies if "arisings" in self.blocks else ()

    @property
    def variables(self) -> tuple[str, ...]:
        """What was worked out, in the order of `results.VARIABLES`."""
        return tuple(self.blocks)

    def block(self, variable: str) -> VariableBlock:
        """All series of a variable, with its economies, products and items. Raises NotFound with the nearest."""
        if variable not in self.blocks:
            raise NotFound(
                Problem(
                    N_("There is no variable “{variable}” here. Nearest: {hint}. There are: {names}."), "/variable",
                    "variable",
                    {
                        "variable": variable,
                        "hint": nearest(variable, self.blocks) or "arisings",
                        "names": ", ".join(self.blocks),
                    },
                )
            )  # fmt: skip
        return self.blocks[variable]

    def keys(self, variable: str) -> Iterator[tuple[str, str, str]]:
        """Every (economy, product, item) that a variable has."""
        yield from self.block(variable).keys()

    def series(self, variable: str, economy: str, product: str = ALL, item: str = ALL) -> Series:
        """One figure over the years. Raises NotFound with the nearest names.

        The product “all” is all equipment (for numbers of vehicles: all vehicles); vehicles are never added to
        equipment. Elements of one product are worked out when they are asked for, with the same draws.
        """
        block = self.block(variable)
        label = self.label(variable, product)
        sources = self._sources(variable, economy)
        if label in block.products:
            found = block.series(self.years, economy, label, item)
        else:
            found = self._single(variable, economy, label, item)
        return Series(**{**found.__dict__, "sources": sources})

    def label(self, variable: str, product: str) -> str:
        """The label behind “all”."""
        if product != ALL:
            return product
        return VEHICLES if variable in COUNTS else EQUIPMENT

    def variance(
        self, variable: str, economy: str, year: int, product: str = ALL, item: str = ALL, n: int = VARIANCE_DRAWS
    ) -> Variance:
        """Break the variance of one figure of one economy down by groups of inputs (see `variance.breakdown`)."""
        if year not in self.scenario.years:
            raise NotFound(
                Problem(
                    N_("The years run from {first} to {last}."), "/year", "year",
                    {"first": self.scenario.first_year, "last": self.scenario.last_year},
                )
            )  # fmt: skip
        label = self.label(variable, product)
        self.series(variable, economy, label, item)
        key = "-".join((variable, economy, label, item, str(year), str(n)))
        known = store.note(self.digest, key)
        if known is not None:
            return Variance.of_json(known)
        parts = () if label in self.block(variable).products else (label,)
        # What happens after the year does not matter for it.
        model = self._model(economy, label, parts, last_year=year)
        with threads.single():
            found = broken_down(model, variable, label, item, year, n, self.scenario.seed)
        store.keep_note(self.digest, key, found.to_json())
        return found

    def assumptions(self) -> tuple[str, ...]:
        """What is assumed rather than read, in sentences, each with its source's words."""
        found = list(_ASSUMED)
        for economy in self.scenario.economies:
            for kind in (EQUIPMENT, "informal"):
                found += [p.source for p in collection.on_file(economy, kind) if p.confidence <= 1]
        return tuple(dict.fromkeys(found))

    def _sources(self, variable: str, economy: str) -> tuple[str, ...]:
        found = self.sources.get(economy, ())
        return (*found, *rate_of(variable).sources) if variable in WORTHS else found

    def _model(self, economy: str, label: str, parts: tuple[str, ...], last_year: int | None = None) -> EconomyModel:
        kind = VEHICLES if label in (VEHICLES, *DRIVE_TRAINS) else EQUIPMENT
        known = self.scenario.vehicle_economies if kind == VEHICLES else self.scenario.economies
        if economy not in known:
            raise NotFound(
                Problem(
                    N_("This is worked out for single economies only, and {economy} is none here. There are: {names}."),
                    "/economy", "economy", {"economy": economy, "names": ", ".join(known)},
                )
            )  # fmt: skip
        scenario = self.scenario if last_year is None else replace(self.scenario, last_year=last_year)
        return supply.economy(scenario, economy, kind, parts)

    def _single(self, variable: str, economy: str, product: str, item: str) -> Series:
        """A series of one product's elements, from the same draws as the totals."""
        block = self.block(variable)
        if product not in self.blocks["arisings"].products:
            block.place(economy, product, item)
        key = (economy, product)
        if key not in self._detail:
            model = self._model(economy, product, (product,))
            found = assembly.cells(model, assembly.work(model, self.scenario.draws, self.scenario.seed))
            start = self.scenario.first_year - model.supply.first_year
            self._detail[key] = {
                name: assembly.since(one, start) for name, one in found.items() if name not in (*MASSES, *COUNTS)
            }
            while len(self._detail) > 8:
                self._detail.pop(next(iter(self._detail)))
        return assembly.block(variable, [(economy, self._detail[key][variable])]).series(
            self.years, economy, product, item
        )


_ASSUMED = (
    "Goods of all economies live as long as the chosen set of lifetimes says, apart from the scenario's multipliers",
    "70 % of the variance of a product's lifetime is shared by all economies",
    "Half of the variance of contents is the choice of the bill, common to all elements of a product",
    "Published arisings are taken as within 10 % (one standard deviation), since they are modelled themselves",
)


def run(scenario: ArisingsScenario, say: Say = silent) -> Run:
    """Work a scenario out, or take it from where it is kept. `say` hears the share done and may raise to stop."""
    found = kept(scenario)
    if found is not None:
        say(1.0, Words("Kept from before"))
        return found
    with threads.single():
        made = assembly.assemble(scenario, say)
    name = store.digest(scenario)
    repairs = tuple(
        Mended(economy, r.kind, r.where, r.before, r.after, r.why)
        for economy, some in made.repairs.items()
        for r in some
    )
    about = {
        "scenario": scenario.to_json(),
        "sources": made.sources,
        "repairs": [{**repair.__dict__, "why": msgspec.to_builtins(repair.why)} for repair in repairs],
    }
    store.keep(name, made.blocks, about)
    return Run(scenario, name, made.blocks, made.sources, repairs)


def kept(scenario: ArisingsScenario) -> Run | None:
    """The run of a scenario where it is kept on disk, None where it is not."""
    name = store.digest(scenario)
    found = store.find(name)
    if found is None:
        return None
    about, blocks = found
    repairs = tuple(Mended(**{**one, "why": msgspec.convert(one["why"], Words)}) for one in about["repairs"])
    return Run(scenario, name, blocks, {k: tuple(v) for k, v in about["sources"].items()}, repairs)
