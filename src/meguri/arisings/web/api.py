"""Series of arisings for other programs. Reading only; what is not worked out yet answers 202 with its progress."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
from typing import Any

import msgspec
from django.http import HttpRequest, JsonResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.arisings.runs.results import ALL, QUANTILES, VARIABLES, WORLD
from meguri.arisings.runs.run import Run
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.web import runs
from meguri.kit.people.identity import ANYONE
from meguri.kit.web.requests.describing import answers, both
from meguri.kit.web.requests.limits import limit

router = Router()


class AskedSeries(Schema):
    """One series of one calculation."""

    variable: str = Field("arisings", description="as GET /api/arisings lists them")
    economy: str = Field(WORLD, description="ISO 3166 alpha-3, ASEAN, or ALL for all on file")
    product: str = Field(ALL, description="UNU-KEY, vehicle-…, e-waste, vehicles, or all")
    item: str = Field(ALL, description="an element or a stream, where the variable has them")
    scenario: str = Field(runs.FIRST, description="a built-in scenario")


class AskableScenario(msgspec.Struct, frozen=True):
    """A built-in scenario, and whether it is worked out."""

    name: str
    title: str
    kept: bool


class AskableVariable(msgspec.Struct, frozen=True, kw_only=True):
    """A variable; its products and items once the calculation is there."""

    name: str
    unit: str
    title: str
    about: str
    products: list[str] | msgspec.UnsetType = msgspec.UNSET
    items: list[str] | msgspec.UnsetType = msgspec.UNSET


class AskableArisings(msgspec.Struct, frozen=True):
    """What can be asked. `years` are the first and the last."""

    scenarios: list[AskableScenario]
    variables: list[AskableVariable]
    economies: list[str]
    years: list[int]


SeriesTold = msgspec.defstruct(
    "SeriesTold",
    [
        *((name, str) for name in ("scenario", "variable", "economy", "product", "item", "unit")),
        ("years", list[int]),
        ("value", list[float]),
        *((f"q{q:02d}", list[float]) for q in QUANTILES),
        ("confidence", list[str]),
        ("basis", list[str]),
        ("sources", list[str]),
    ],
    namespace={"__doc__": "A series with its quantiles, year by year."},
    module=__name__,
)


class SeriesWaits(msgspec.Struct, frozen=True):
    """The calculation is not there yet: the work that makes it, and how far it is."""

    job: str
    state: str
    progress: float
    page: str


@router.get(
    "/arisings",
    summary="What can be asked",
    operation_id="arisings",
    auth=None,
    openapi_extra=answers(AskableArisings),
)
@limit("api-arisings", "120/m")
def listed(request: HttpRequest, scenario: str = runs.FIRST) -> Any:
    """Scenarios, variables with their units, and the economies, products and items of each."""
    found = [
        {"name": one.name, "title": one.title.en, "kept": runs.kept(one.name) is not None}
        for one in scenario_file.built_in()
    ]
    run = runs.kept(scenario)
    variables = [
        {"name": one.name, "unit": one.unit, "title": one.title.en, "about": one.about.en, **_axes(run, one.name)}
        for one in VARIABLES.values()
        if run is None or one.name in run.variables
    ]
    years = [run.years[0], run.years[-1]] if run else []
    economies = list(run.economies) if run else []
    return {"scenarios": found, "variables": variables, "economies": economies, "years": years}


def _axes(run: Run | None, variable: str) -> dict[str, list[str]]:
    """The goods and items of a variable, once the calculation is there."""
    if run is None:
        return {}
    block = run.block(variable)
    return {"products": list(block.products), "items": list(block.items)}


@router.get(
    "/arisings/series",
    summary="One series with its quantiles",
    operation_id="arisings_series",
    auth=None,
    openapi_extra=both(answers(SeriesTold), answers(SeriesWaits, status=202, text="Not worked out yet")),
)
@limit("api-arisings-series", "120/m")
def series(request: HttpRequest, asked: Query[AskedSeries]) -> Any:
    """Values and quantiles by year, with unit, confidence, basis and sources."""
    try:
        run = runs.of(runs.known(asked.scenario), getattr(request, "reader", ANYONE))
    except runs.RunNotReady as error:
        job = error.job
        waiting = {"job": job.id, "state": job.state, "progress": job.progress, "page": f"/jobs/{job.id}"}
        return JsonResponse(waiting, status=202, headers={"Retry-After": "10"})
    found = run.series(asked.variable, asked.economy.upper(), asked.product, asked.item)
    return {"scenario": asked.scenario, **found.to_json()}
