"""Figures as files: tables as CSV, a whole calculation as CSV, Parquet or IAMC."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from meguri.arisings.runs.results import ALL, QUANTILES
from meguri.arisings.web import contents as inside
from meguri.arisings.web import ranking
from meguri.arisings.web.address import asked
from meguri.arisings.web.runs import ready
from meguri.kit.catalogues import offered
from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.web import csvs
from meguri.kit.web.requests.limits import limit

NAMES = tuple(f"name_{code}" for code in offered())
"""Columns of a name, one for each offered language."""
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "iamc": "text/csv; charset=utf-8",
}


@require_safe
@limit("what-will-come-csv", "60/m")
@ready
def series(request: HttpRequest) -> HttpResponse:
    """One series, every year, in the unit inside."""
    one = asked(request)
    found = one.series(item=request.GET.get("item", "") or ALL)
    head = ["variable", "economy", "product", "item", "unit", "year", "value", *(f"q{q:02d}" for q in QUANTILES)]
    rows = [
        [
            found.variable, found.economy, found.product, found.item, found.unit, year, float(found.value[n]),
            *(float(row[n]) for row in found.quantiles), found.confidence[n].word, found.basis[n],
            "; ".join(found.sources),
        ]
        for n, year in enumerate(found.years)
    ]  # fmt: skip
    name = f"{found.variable}-{found.economy}-{found.product}-{found.item}-{one.scenario}".lower()
    return csvs.answer(name, [*head, "confidence", "basis", "sources"], rows)


@require_safe
@limit("what-will-come-csv", "60/m")
@ready
def ranking_table(request: HttpRequest) -> HttpResponse:
    """All economies in one year."""
    one = asked(request)
    head = [
        "variable",
        "product",
        "year",
        "economy",
        *NAMES,
        "median",
        "q05",
        "q95",
        "confidence",
        "basis",
    ]
    rows = [
        [
            one.variable,
            one.product,
            one.year,
            r.code,
            *r.name.everywhere().values(),
            r.value,
            r.low,
            r.high,
            r.level,
            r.basis.en,
        ]
        for r in ranking.rows(one, one.product, ALL)
    ]
    return csvs.answer(f"{one.variable}-by-economy-{one.year}", head, rows)


@require_safe
@limit("what-will-come-csv", "60/m")
@ready
def elements(request: HttpRequest) -> HttpResponse:
    """What is in it, one row an element."""
    one = asked(request)
    made = inside.table(one)
    head = "contained_kg,q05,q95,confidence,stock_kg,recovered_kg,value_usd,carbon_avoided_kg,share_of_japan_demand"
    rows = [
        [
            line.symbol, *line.mass.name.everywhere().values(), line.mass.value, line.mass.low, line.mass.high,
            line.mass.level, line.stock, line.recovered, line.value.value if line.value else None, line.carbon,
            line.share,
        ]
        for line in (made["lines"] if made else ())
    ]  # fmt: skip
    return csvs.answer(f"elements-{one.economy}-{one.year}".lower(), ["element", *NAMES, *head.split(",")], rows)


@require_safe
@limit("what-will-come-whole", "12/m")
@ready
def whole(request: HttpRequest, form: str) -> HttpResponseBase:
    """A whole calculation as one file, written once and kept beside it."""
    if form not in FORMS:
        raise NotFound(Problem(N_("There is no such file. There are csv, parquet and iamc."), "/form", "form"))
    from meguri.arisings.runs import export

    one = asked(request)
    path = export.kept(one.run, form)
    ending = "iamc.csv" if form == "iamc" else form
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=f"meguri-{one.scenario}.{ending}", content_type=FORMS[form]
    )
