"""What will arise: an overview, and one page for each economy, product and element."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meguri import reference
from meguri.arisings.contents import composition
from meguri.arisings.reports import scales
from meguri.arisings.runs.results import ALL, EQUIPMENT, VARIABLES, VEHICLES, WORLD
from meguri.arisings.scenarios import scenario_file
from meguri.arisings.web import places
from meguri.arisings.web.address import REPORT, RunQuery, asked
from meguri.arisings.web.findings import charted, maps, metals, ranking, variance
from meguri.arisings.web.runs import RunNotReady, ready
from meguri.kit.problems import N_, NotFound, Problem, nearest
from meguri.kit.web.requests.limits import limit
from meguri.reference import element_order
from meguri.worth.elements import known

MAPPED = ("arisings", "put-on-market", "stock", "collected", "value-usd", "stock-value-usd", "carbon-avoided-kg")
REPAIRS = 60
"""How many repairs of the input a page lists."""


def _frame(one: RunQuery, **more: Any) -> dict[str, Any]:
    """What every page of a calculation shows: scenario, places, words."""
    return {
        "asked": one,
        "scenarios": scenario_file.built_in(),
        "place": places.economy_name(one.economy),
        "goods": places.product_name(one.product),
        "economies": places.economy_choices(one.economies),
        "suffix": f"?{one.query}" if one.query else "",
        "joint": f"&{one.query}" if one.query else "",
        **more,
    }


def _had(one: RunQuery) -> list[str]:
    """The goods whose arisings were worked out for this place."""
    return [name for name in one.products("arisings") if one.maybe("arisings", product=name)]


def _shown(one: RunQuery, variable: str, item: str = ALL, published: bool = False) -> charted.ChartedSeries | None:
    series = one.maybe(variable, item=item)
    if series is None:
        return None
    points = maps.published(one.economy) if published and one.product == EQUIPMENT else ()
    return charted.shown(series, charted.said(places.economy_name(one.economy)), one.scenario, REPORT, points)


@require_safe
@limit("what-will-come", "120/m")
@ready
def overview(request: HttpRequest) -> HttpResponse:
    """A map and a ranking of economies in one year, and the sum of them over the years."""
    one = asked(request)
    product = one.product if one.product in one.products() else one.run.label(one.variable, ALL)
    rows = ranking.rows(one, product, ALL)
    scale = scales.of(VARIABLES[one.variable].unit, [row.value for row in rows])
    context = _frame(
        one,
        variable=VARIABLES[one.variable],
        variables=[VARIABLES[name] for name in MAPPED if name in one.run.variables],
        products=places.product_choices(one.products()),
        years=[year for year in one.run.years if year >= 2000],
        rows=rows,
        unit=scale.unit,
        scale=scale,
        world=maps.world(rows, scale, charted.said(VARIABLES[one.variable].title)),
        total=_shown(one, one.variable),
        summary=ranking.summary(one, product),
        csv=ranking.csv(one),
    )
    return render(request, "arisings/overview.html", context)


@require_safe
@limit("what-will-come", "120/m")
@ready
def economy(request: HttpRequest, code: str) -> HttpResponse:
    """One economy: what arises, what is in use, by category and product, what is in it, what to measure next."""
    one = asked(request, economy=code)
    context = _frame(
        one,
        products=places.product_choices(
            [name for name in one.products("arisings") if one.maybe("arisings", product=name)]
        ),
        arisings=_shown(one, "arisings", published=True),
        stock=_shown(one, "stock"),
        collected=_shown(one, "collected"),
        market=_shown(one, "put-on-market"),
        categories=ranking.by_category(one) if one.product == EQUIPMENT else None,
        by_product=ranking.by_product(one),
        content=metals.table(one),
        repairs=[repair for repair in one.run.repairs if repair.economy == one.economy][:REPAIRS],
        sentence=ranking.sentence(one),
        single=places.single(one.economy),
    )
    return render(request, "arisings/economy.html", context)


@require_safe
@limit("what-will-come-uncertainty", "30/m")
@ready
def uncertainty(request: HttpRequest, code: str) -> HttpResponse:
    """Which input a place's figures are unsure of; a page of its own, or the part of the economy's page that waits."""
    one = asked(request, economy=code)
    part = "arisings/measure.html" if request.headers.get("HX-Request") else "arisings/uncertainty.html"
    try:
        measure = variance.breakdown(one, request)
    except RunNotReady as error:
        return render(request, part, _frame(one, job=error.job), status=202)
    return render(request, part, _frame(one, measure=measure))


@require_safe
@limit("what-will-come", "120/m")
@ready
def products(request: HttpRequest) -> HttpResponse:
    """All kinds of equipment and vehicles, with what arises of each."""
    one = asked(request)
    return render(request, "arisings/products.html", _frame(one, by_product=ranking.by_product(one, whole=True)))


@require_safe
@limit("what-will-come", "120/m")
@ready
def product(request: HttpRequest, code: str) -> HttpResponse:
    """One kind of product: what arises of it, where, how long it lives and what is in it."""
    one = asked(request, product=code)
    rows = ranking.rows(one, one.product, ALL)
    context = _frame(
        one,
        arisings=_shown(one, "arisings"),
        stock=_shown(one, "stock"),
        market=_shown(one, "put-on-market"),
        rows=rows,
        scale=scales.of("kg", [row.value for row in rows]),
        content=metals.of_product(code) if code in composition.products() else None,
        lifetimes=[row for row in reference.lifetimes() if row.unu_key == code],
        category=places.CATEGORIES.get(places.category_of(code)),
        variable=VARIABLES["arisings"],
        csv=ranking.csv(one),
    )
    return render(request, "arisings/product.html", context)


@require_safe
@limit("what-will-come", "120/m")
@ready
def elements(request: HttpRequest) -> HttpResponse:
    """All elements: what arises and is in use of each, and what it is worth."""
    one = asked(request)
    return render(request, "arisings/elements.html", _frame(one, content=metals.table(one)))


@require_safe
@limit("what-will-come", "120/m")
@ready
def element(request: HttpRequest, symbol: str) -> HttpResponse:
    """One element: the urban mine, what arises and is recovered of it, and its share of Japan's demand."""
    if symbol not in element_order():
        raise NotFound(
            Problem(
                N_("There is no element “{name}” here. Did you mean {hint}?"), "/element", "element",
                {"name": symbol, "hint": nearest(symbol, element_order()) or "Cu"},
            )
        )  # fmt: skip
    one = asked(request)
    known_of = known(symbol)
    context = _frame(
        one,
        known=known_of,
        mine=_shown(one, "stock-contained", symbol),
        contained=_shown(one, "contained", symbol),
        recovered=_shown(one, "recovered", symbol),
        share=_shown(one, "share-of-japan-demand", symbol) if known_of.demand else None,
        places=ranking.of_element(one, symbol),
        bearers=metals.bearers(symbol),
        equipment=EQUIPMENT,
        vehicles=VEHICLES,
        groups=[(name, places.product_name(name)) for name in one.products("contained")],
        world=WORLD,
        language=get_language(),
        ahead_words=_("projected or assumed"),
    )
    return render(request, "arisings/element.html", context)
