"""What an address asks for: scenario, economy, product, variable and year, each checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from meguri.arisings.runs.results import ALL, VARIABLES, WORLD, Series
from meguri.arisings.runs.run import Run
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.web import places, runs
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, nearest, refuse
from meguri.kit.words import Words

REPORT = (2010, 2015, 2020, 2022, 2025, 2030, 2035, 2040, 2050)
"""The years of tables beside charts."""


@dataclass(frozen=True)
class RunQuery:
    """A calculation and what is wanted of it."""

    scenario: str
    run: Run
    economy: str
    product: str
    variable: str
    year: int

    @property
    def title(self) -> Words:
        """The scenario's title."""
        return next(one.title for one in scenario_file.built_in() if one.name == self.scenario)

    def series(self, variable: str = "", economy: str = "", product: str = "", item: str = ALL) -> Series:
        """A series; what is not named is what the address asks for. Raises NotFound."""
        return self.run.series(variable or self.variable, economy or self.economy, product or self.product, item)

    def maybe(self, variable: str = "", economy: str = "", product: str = "", item: str = ALL) -> Series | None:
        """The same, None where it was not worked out or would have to be worked out anew."""
        label = self.run.label(variable or self.variable, product or self.product)
        if label not in self.products(variable):
            return None
        try:
            return self.series(variable, economy, label, item)
        except NotFound:
            return None

    @property
    def economies(self) -> tuple[str, ...]:
        """Every economy and region of the calculation."""
        return self.run.economies

    def products(self, variable: str = "") -> tuple[str, ...]:
        """The goods of a variable. Raises NotFound."""
        return self.run.block(variable or self.variable).products

    @property
    def query(self) -> str:
        """The scenario as part of an address, empty for the baseline."""
        return "" if self.scenario == runs.FIRST else f"scenario={self.scenario}"


def asked(request: HttpRequest, economy: str = "", product: str = "", variable: str = "arisings") -> RunQuery:
    """Read an address; `economy` and `product` from its path where given. Raises NotFound, Refused, RunNotReady."""
    given = request.GET
    name, run = runs.asked(request)
    wanted = given.get("variable", "") or variable
    if wanted not in VARIABLES:
        raise NotFound(
            Problem(
                N_("There is no figure called “{name}”. Did you mean {hint}?"), "/variable", "variable",
                {"name": wanted, "hint": nearest(wanted, VARIABLES) or "arisings"},
            )
        )  # fmt: skip
    code = (economy or given.get("economy", "") or WORLD).upper()
    economies = run.economies
    if code not in economies:
        raise NotFound(
            Problem(
                N_("Nothing was worked out for “{name}”. Write ISO 3166 alpha-3, such as {hint}."), "/economy",
                "economy", {"name": code, "hint": nearest(code, economies) or "JPN"},
            )
        )  # fmt: skip
    chosen = run.label(wanted, product or given.get("product", "") or ALL)
    places.product_name(chosen)
    return RunQuery(name, run, code, chosen, wanted, year(given.get("year", ""), run))


def year(text: str, run: Run) -> int:
    """A year of the calculation; 2030 where none is given. Raises Refused."""
    years = run.years
    if not text.strip():
        return 2030 if 2030 in years else years[-1]
    if not text.isdigit() or int(text) not in years:
        raise refuse(
            N_("“{text}” is no year of this calculation. Write one from {first} to {last}."), "/year", "year",
            text=text[:20], first=years[0], last=years[-1],
        )  # fmt: skip
    return int(text)


def problems(error: MeguriError) -> dict[str, Any]:
    """What a form shows of an error."""
    return {"problems": error}
