"""What elements are worth: one page, and its tables as CSV."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meguri import worth
from meguri.kit.catalogues import offered
from meguri.kit.web import charts, csvs
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import plain
from meguri.reference import economies
from meguri.worth import elements


@require_safe
@limit("worth", "120/m")
def page(request: HttpRequest) -> HttpResponse:
    """Prices and footprints of the elements, where they come from, and how much of them Japan uses."""
    known = elements.everything()
    mined = sorted((one for one in known if one.mine), key=lambda one: -(one.mine.hhi if one.mine else 0))
    chart = charts.bars(
        [one.name.say() for one in mined],
        _("index, 0 to 1"),
        charts.ChartLine(
            _("Concentration of mining"),
            [one.mine.hhi for one in mined if one.mine],
            assumed=[one.mine.confidence.word in ("memory", "missing") for one in mined if one.mine],
        ),
        assumed=_("from memory"),
    )
    context = {
        "known": known,
        "supply": [
            {
                "one": one,
                "found": found,
                "stage": elements.stage(found),
                "words": elements.concentrated(found),
                "top": _named(found.top_iso3),
            }
            for one in mined
            for found in (one.mine, one.refinery)
            if found
        ],
        "demands": [one for one in known if one.demand],
        "without_demand": [one for one in known if not one.demand],
        "targets": worth.targets(),
        "transports": [
            (worth.transport(name), elements.TRANSPORTS.get(name, plain(name.replace("_", " "))))
            for name in worth.transports()
        ],
        "years": worth.price_years(),
        "chart": chart,
    }
    return render(request, "worth/page.html", context)


def _named(iso3: str) -> str:
    found = economies().get(iso3)
    return found.name.say() if found else iso3


@require_safe
@limit("worth-csv", "30/m")
def elements_csv(request: HttpRequest) -> HttpResponse:
    """Prices and footprints, one row an element."""
    head = ["element", *(f"name_{code}" for code in offered())]
    for figure in ("price_usd_kg", "primary_kgco2e_kg", "secondary_kgco2e_kg"):
        head += [
            figure,
            f"{figure}_low",
            f"{figure}_high",
            f"{figure}_year",
            f"{figure}_source",
            f"{figure}_confidence",
        ]
    rows = []
    for one in elements.everything():
        row: list[object] = [one.symbol, *one.name.everywhere().values()]
        for found in (one.price, one.primary, one.secondary):
            row += (
                [found.value, found.low, found.high, found.year, "; ".join(found.sources), found.confidence.word]
                if found
                else [None] * 5 + ["missing"]
            )
        rows.append(row)
    return csvs.answer("elements-worth", head, rows)


@require_safe
@limit("worth-csv", "30/m")
def supply_csv(request: HttpRequest) -> HttpResponse:
    """Concentration of supply, one row an element and stage."""
    head = [
        "element",
        "commodity",
        "stage",
        "year",
        "hhi",
        "hhi_upper",
        "top_iso3",
        "top_share",
        "source",
        "confidence",
    ]
    rows = [
        [one.symbol, c.commodity, c.stage, c.year, c.hhi, c.upper, c.top_iso3, c.top_share, c.source, c.confidence.word]
        for one in elements.everything()
        for c in (one.mine, one.refinery)
        if c
    ]
    return csvs.answer("supply", head, rows)
