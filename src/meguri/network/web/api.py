"""Plans for other programs. Reading only; what is not worked out yet answers 202 with its progress."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from meguri.kit.catalogues import SOURCE, offered
from meguri.kit.web.requests.limits import limit
from meguri.network.web import files, showing, subjects

router = Router()


@router.get("/plans", summary="The built-in scenarios", operation_id="plans", auth=None)
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
        for one in subjects.built_in(subjects.reader_of(request))
    ]
    return {"scenarios": found, "tables": {name: files.head(name) for name in files.TABLES}}


@router.get("/plans/{key}", summary="One plan in short", operation_id="plan", auth=None)
@limit("api-plan", "60/m")
def plan(request: HttpRequest, key: str) -> HttpResponse | dict[str, Any]:
    """Costs, carbon, metals with Japan's demand, the answers, and where the tables are. USD are of the base year."""
    subject = subjects.find(key, request)
    told = subject.told
    if told is None:
        job = subject.job
        body = {"state": subject.state, "page": subject.url} | (
            {"progress": job.progress, "job": job.id} if job else {}
        )
        return JsonResponse(body, status=202, headers={"Retry-After": "20"})
    if told.story is None:
        return {"state": "none", "conflicts": [words.en for words in told.conflicts]}
    one = told.story
    last = one.years[-1]
    return {
        "state": "done",
        "name": one.name.en,
        "made": one.made,
        "years": list(one.years),
        "last_year": one.last,
        "discount": one.discount,
        "carbon_usd_t": one.carbon_usd_t,
        "net_cost_usd_per_year": showing.net_cost(one),
        "cost_usd": _series((c.stage, c.year, c.amount) for c in one.costs),
        "carbon_kg": _series((c.stage, c.year, c.amount) for c in one.carbon),
        "avoided_kg": dict(zip(map(str, one.years), showing.avoided(one), strict=True)),
        "metals": [
            {
                "element": row.symbol, "year": last, "recovered_in_japan_t": row.home,
                "recovered_elsewhere_t": row.elsewhere, "demand_t": row.demand,
                "demand_year": row.demand_year, "demand_confidence": row.demand_level,
                "demand_source": row.demand_source, "largest_origin": row.largest, "largest_share": row.largest_share,
                "hhi": row.hhi,
            }
            for row in showing.recovered(one, last, {})
        ],
        "worth": _rows(one, "worth"),
        "closed_lanes": _rows(one, "closed-lanes"),
        "disruptions": _rows(one, "disruptions"),
        "assumptions": _rows(one, "assumptions"),
        "tables": {name: f"/plan/{key}/table/{name}.csv" for name in files.TABLES},
    }  # fmt: skip


def _series(found: Any) -> dict[str, dict[str, float]]:
    sums: dict[str, dict[str, float]] = {}
    for name, year, amount in found:
        of = sums.setdefault(name, {})
        of[str(year)] = of.get(str(year), 0.0) + amount
    return sums


def _rows(told: Any, name: str) -> list[dict[str, Any]]:
    return [dict(zip(files.head(name), row, strict=True)) for row in files.rows(told, name)]
