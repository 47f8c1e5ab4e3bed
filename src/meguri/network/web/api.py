"""Plans for other programs. Reading only; what is not worked out yet answers 202 with its progress."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from meguri.kit.catalogues import SOURCE, offered
from meguri.kit.web.requests.describing import answers, both
from meguri.kit.web.requests.limits import limit
from meguri.network.web.downloads import result_files
from meguri.network.web.planning import scenarios
from meguri.network.web.plans import plan_tables

router = Router()


class PlansTold(msgspec.Struct, frozen=True):
    """Every built-in scenario with its state (its title in each language), and the columns of the tables of a plan."""

    scenarios: list[dict[str, str]]
    tables: dict[str, list[str]]


class PlanMetalTold(msgspec.Struct, frozen=True):
    """A metal in the last year, in tonnes, with Japan's demand for it."""

    element: str
    year: int
    recovered_in_japan_t: float
    recovered_elsewhere_t: float
    demand_t: float | None
    demand_year: int | None
    demand_confidence: str | None
    demand_source: str | None
    largest_origin: str | None
    largest_share: float | None
    hhi: float | None


class PlanTold(msgspec.Struct, frozen=True):
    """A plan in short. Costs by stage and year in USD of the base year, carbon in kilograms."""

    state: Literal["done"]
    name: str
    made: str
    years: list[int]
    last_year: int
    discount: float
    carbon_usd_t: float
    net_cost_usd_per_year: float
    cost_usd: dict[str, dict[str, float]]
    carbon_kg: dict[str, dict[str, float]]
    avoided_kg: dict[str, float]
    metals: list[PlanMetalTold]
    worth: list[dict[str, Any]]
    closed_lanes: list[dict[str, Any]]
    disruptions: list[dict[str, Any]]
    assumptions: list[dict[str, Any]]
    tables: dict[str, str]


class PlanImpossible(msgspec.Struct, frozen=True):
    """No plan keeps to all conditions: those that stand against each other."""

    state: Literal["none"]
    conflicts: list[str]


class PlanWaits(msgspec.Struct, frozen=True, kw_only=True):
    """The plan is not worked out yet: the work that makes it, and how far it is."""

    state: str
    page: str
    progress: float | msgspec.UnsetType = msgspec.UNSET
    job: str | msgspec.UnsetType = msgspec.UNSET


@router.get(
    "/plans", summary="The built-in scenarios", operation_id="plans", auth=None, openapi_extra=answers(PlansTold)
)
@limit("api-plans", "120/m")
def listed(request: HttpRequest) -> dict[str, Any]:
    """Every built-in scenario with its state, and the tables that a plan has with their columns."""
    found = [
        {
            "key": one.key,
            "title": one.title.en,
            **{f"title_{code}": one.title.say(code) for code in offered() if code != SOURCE},
            "note": one.note.en,
            "state": one.state,
        }
        for one in scenarios.built_in(scenarios.reader_of(request))
    ]
    return {"scenarios": found, "tables": {name: result_files.head(name) for name in result_files.TABLES}}


@router.get(
    "/plans/{key}",
    summary="One plan in short",
    operation_id="plan",
    auth=None,
    openapi_extra=both(answers((PlanTold, PlanImpossible)), answers(PlanWaits, status=202, text="Not worked out yet")),
)
@limit("api-plan", "60/m")
def plan(request: HttpRequest, key: str) -> HttpResponse | dict[str, Any]:
    """Costs, carbon, metals with Japan's demand, the answers, and where the tables are. USD are of the base year."""
    subject = scenarios.find(key, request)
    told = subject.told
    if told is None:
        job = subject.job
        body = {"state": subject.state, "page": subject.url} | (
            {"progress": job.progress, "job": job.id} if job else {}
        )
        return JsonResponse(body, status=202, headers={"Retry-After": "20"})
    if told.account is None:
        return {"state": "none", "conflicts": [words.en for words in told.conflicts]}
    one = told.account
    last = one.years[-1]
    return {
        "state": "done",
        "name": one.name.en,
        "made": one.made,
        "years": list(one.years),
        "last_year": one.last,
        "discount": one.discount,
        "carbon_usd_t": one.carbon_usd_t,
        "net_cost_usd_per_year": plan_tables.net_cost(one),
        "cost_usd": _series((c.stage, c.year, c.amount) for c in one.costs),
        "carbon_kg": _series((c.stage, c.year, c.amount) for c in one.carbon),
        "avoided_kg": dict(zip(map(str, one.years), plan_tables.avoided(one), strict=True)),
        "metals": [
            {
                "element": row.symbol, "year": last, "recovered_in_japan_t": row.home,
                "recovered_elsewhere_t": row.elsewhere, "demand_t": row.demand,
                "demand_year": row.demand_year, "demand_confidence": row.demand_level,
                "demand_source": row.demand_source, "largest_origin": row.largest, "largest_share": row.largest_share,
                "hhi": row.hhi,
            }
            for row in plan_tables.recovered(one, last, {})
        ],
        "worth": _rows(one, "worth"),
        "closed_lanes": _rows(one, "closed-lanes"),
        "disruptions": _rows(one, "disruptions"),
        "assumptions": _rows(one, "assumptions"),
        "tables": {name: f"/plan/{key}/table/{name}.csv" for name in result_files.TABLES},
    }  # fmt: skip


def _series(found: Any) -> dict[str, dict[str, float]]:
    sums: dict[str, dict[str, float]] = {}
    for name, year, amount in found:
        of = sums.setdefault(name, {})
        of[str(year)] = of.get(str(year), 0.0) + amount
    return sums


def _rows(told: Any, name: str) -> list[dict[str, Any]]:
    return [dict(zip(result_files.head(name), row, strict=True)) for row in result_files.rows(told, name)]
