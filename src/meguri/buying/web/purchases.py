"""A buying point: its price board, a purchase in two looks, and the receipt."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from meguri.buying import board as prices
from meguri.buying import services, vocabulary
from meguri.buying.models import BoardPrice
from meguri.buying.web.common import code, page
from meguri.custody.vocabulary import stream_words
from meguri.kit.grams import parse_kg, plain_kg
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.web.forms import name as form_name
from meguri.kit.web.requests.limits import limit
from meguri.registry import services as registry

FIELDS = {
    "/body/collector": "/number",
    "/body/stream": "/stream",
    "/body/grams": "/mass_kg",
    "/body/facility": "/stream",
}


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The reader's buying points, the numbers it gave, and what was bought last."""
    reader = need_party(request)
    return page(
        request,
        "overview.html",
        {
            "points": services.points(reader),
            "collectors": services.collectors(reader),
            "last": [_said(one) for one in services.purchases(buyer=str(reader.organisation), most=10)],
            "says": reader.says,
        },
    )


def _said(receipt: dict[str, Any]) -> dict[str, Any]:
    return receipt | {"class": stream_words(receipt["state"].stream)}


@require_http_methods(["GET", "POST"])
def board(request: HttpRequest, facility: str) -> HttpResponse:
    """The price board, large enough to be read by who sells; below it the buying point writes it anew."""
    reader = need_party(request)
    point = services.point(reader, facility)
    error: MeguriError | None = None
    sent = request.POST
    if request.method == "POST":
        try:
            given = {
                stream: (sent.get(f"scrap-{stream}", ""), sent.get(f"premium-{stream}", ""))
                for stream in vocabulary.classes()
            }
            prices.write(facility, sent.get("currency", ""), given)
            messages.success(request, gettext("Written down."))
            return HttpResponseRedirect(reverse("buying:board", args=[facility]))
        except MeguriError as refused:
            error = refused
    rows = prices.of(facility)
    first = next(iter(rows.values()), None)
    lines = [
        {
            "stream": one.stream,
            "icon": static(f"img/buying/{one.icon}.svg"),
            "name": stream_words(one.stream),
            "premium_due": one.premium,
            "row": rows.get(one.stream),
            "each": _written(rows, one.stream, "scrap", "premium"),
            "scrap": sent.get(f"scrap-{one.stream}", _written(rows, one.stream, "scrap")),
            "premium": sent.get(f"premium-{one.stream}", _written(rows, one.stream, "premium")),
        }
        for one in vocabulary.classes().values()
    ]
    context = {
        "facility": facility,
        "point": point,
        "lines": lines,
        "currency": sent.get("currency", first.currency if first else ""),
        "on_board": bool(rows),
        "changed": max((row.changed for row in rows.values()), default=None),
        "says": reader.says,
    }
    return page(request, "board.html", context, error)


def _written(rows: dict[str, BoardPrice], stream: str, *parts: str) -> str:
    """The sum of parts of a price, as it is written; empty where the class has none."""
    return prices.plain(sum(getattr(rows[stream], part) for part in parts)) if stream in rows else ""


@require_GET
def scanned(request: HttpRequest, id: str) -> HttpResponse:
    """What a card's code opens: the form to buy with the number filled in, or the points where there are several."""
    reader = need_party(request)
    services.find(id, reader)
    points = list(services.points(reader))
    number = id.rpartition(".")[2]
    if len(points) == 1:
        return HttpResponseRedirect(reverse("buying:buy", args=points) + f"?number={number}")
    return page(request, "points.html", {"points": services.points(reader), "number": number})


@require_http_methods(["GET", "POST"])
def buy(request: HttpRequest, facility: str) -> HttpResponse:
    """Who, what, how much; then, at a second look, the price. Sending it twice buys once."""
    reader = need_party(request)
    point = services.point(reader, facility)
    rows = prices.of(facility)
    sent = request.POST
    tiles = [
        {
            "stream": stream,
            "icon": static(f"img/buying/{vocabulary.classes()[stream].icon}.svg"),
            "name": stream_words(stream),
            "price": prices.plain(row.scrap + row.premium),
            "currency": row.currency,
        }
        for stream, row in rows.items()
    ]
    context: dict[str, Any] = {"facility": facility, "point": point, "tiles": tiles, "keys": [*"123456789", ".", "0"]}
    if request.method == "GET":
        return page(request, "buy.html", context)
    confirming = "confirm" in sent
    try:
        collector = services.named(str(reader.organisation), sent.get("number", ""))
        services.find(collector, reader)
        stream = sent.get("stream", "")
        if stream not in rows:
            raise refuse(N_("Choose a picture."), "/stream", "required")
        grams = parse_kg(sent.get("mass_kg", ""), "/mass_kg")
        if not grams:
            raise refuse(N_("Write what the scale shows."), "/mass_kg", "mass")
        each = prices.amount(sent["price"], "/price") if "price" in sent else rows[stream].scrap + rows[stream].premium
        if confirming:
            price = prices.priced(each, rows[stream].currency, grams)
            lot = services.buy(
                str(reader.organisation),
                collector,
                facility,
                stream,
                grams,
                price,
                lot=form_name(sent, "as_lot"),
                event=form_name(sent, "as_event"),
                nonce=sent.get("nonce", "")[:64] or secrets.token_hex(16),
                person=reader.person,
            )
            return HttpResponseRedirect(reverse("buying:receipt", args=[lot]))
    except MeguriError as error:
        back = any(one.pointer == "/price" for one in error.problems)
        if not back or not confirming:
            return page(request, "buy.html", context, error, FIELDS)
        return page(request, "confirm.html", context | _looked_at(sent, rows), error, FIELDS)
    return page(request, "confirm.html", context | _looked_at(sent, rows))


def _looked_at(sent: Any, rows: dict[str, Any]) -> dict[str, Any]:
    row, grams = rows[sent["stream"]], parse_kg(sent["mass_kg"], "/mass_kg")
    each = row.scrap + row.premium
    return {
        "number": "".join(sent["number"].split()),
        "stream": sent["stream"],
        "class": stream_words(sent["stream"]),
        "icon": static(f"img/buying/{vocabulary.classes()[sent['stream']].icon}.svg"),
        "mass_kg": plain_kg(grams),
        "grams": grams,
        "price": sent.get("price", prices.plain(each)),
        "total": prices.priced(each, row.currency, grams).total,
        "currency": row.currency,
        "lot": form_name(sent, "as_lot"),
        "event": form_name(sent, "as_event"),
        "nonce": sent.get("nonce", "")[:64] or secrets.token_hex(16),
    }


@require_GET
def receipt(request: HttpRequest, lot: str) -> HttpResponse:
    """The receipt, to be shown or printed on a small slip."""
    reader = need_party(request)
    found = _said(services.purchase(lot, str(reader.organisation)))
    url = request.build_absolute_uri(reverse("buying:slip", args=[services.token(lot)]))
    return page(request, "receipt.html", _shown(found) | {"code": code(url), "own": True})


@limit("buying-slip", "60/m")
@require_GET
def slip(request: HttpRequest, token: str) -> HttpResponse:
    """The same for whoever holds the paper: what it says, and nothing else."""
    return page(request, "receipt.html", _shown(_said(services.of_token(token))) | {"own": False})


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    state = found["state"]
    return {
        "receipt": found,
        "icon": static(f"img/buying/{vocabulary.classes()[state.stream].icon}.svg"),
        "buyer": registry.names([state.buyer])[state.buyer],
        "facility": state.facility,
    }
