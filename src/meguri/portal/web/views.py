"""Home, the verify box, and the page of the third question."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from meguri.kit import clock
from meguri.kit.models import User
from meguri.kit.people import duties
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.problems import N_, Refused, refuse
from meguri.kit.web import inbox
from meguri.kit.web.confidence import LEVELS
from meguri.kit.web.requests import guarding
from meguri.portal.web.finding import address
from meguri.reference import ports
from meguri.registry.admission.beginning import ready
from meguri.sea import legs
from meguri.sea.passages import named

DAYS_AHEAD_SHOWN = 5


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The three doors for anyone; what waits, what I follow and what the law changes for who is known."""
    return _home(request, {})


def _home(request: HttpRequest, extra: dict[str, Any], status: int = 200) -> HttpResponse:
    reader: Reader = getattr(request, "reader", ANYONE)
    context: dict[str, Any] = {"empty": _empty(request), "ahead": inbox.changes(clock.today())[:DAYS_AHEAD_SHOWN]}
    if reader.administrator or "operator" in reader.roles:
        context["to_begin"] = not ready()
    if reader.known:
        lists: dict[str, list[Any]] = {"waiting": inbox.waiting(reader), "followed": inbox.followed(reader)}
        if reader.organisation is not None and not reader.may(duties.READ):
            # A driver is led to the movements alone.
            lists = {name: [one for one in found if guarding.opens(one.url, reader)] for name, found in lists.items()}
        context |= {**lists, "now": clock.now()}
    return render(request, "portal/home.html", context | extra, status=status)


def _empty(request: HttpRequest) -> bool:
    """Whether nobody can sign in yet: no account, and no demonstration to play in."""
    return getattr(request, "demonstration", None) is None and not User.objects.exists()


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The verify box: go to the page of a pasted act, lot or share link; say what would be right otherwise."""
    what = request.GET.get("what", "")
    try:
        if not what.strip():
            raise refuse(N_("Paste the id of an act or a lot, or a link that was shared with you."), "/what", "empty")
        return HttpResponseRedirect(address(what))
    except Refused as error:
        return _home(request, {"problems": error.problems, "what": what}, status=error.status)


@require_GET
def next_stop(request: HttpRequest) -> HttpResponse:
    """The third question: what is there of it today, and the sea leg between two ports."""
    origin, target = request.GET.get("origin_port", ""), request.GET.get("destination_port", "")
    listed = sorted(ports().values(), key=lambda port: port.name.say())
    context: dict[str, Any] = {"ports": listed, "origin": origin, "target": target}
    status = 200
    if origin or target:
        try:
            found = legs.leg(origin, target)
            context |= {
                "leg": found,
                "map": _map(found),
                "ends": [ports()[name] for name in found.ports],
                "passages": [named(passage) for passage in found.passages],
            }
        except Refused as error:
            context["problems"] = error.problems
            status = error.status
    return render(request, "portal/next.html", context, status=status)


def _map(leg: legs.SeaLeg) -> str:
    """What the map draws of a leg, as JSON."""
    kinds = ["origin", *("transit" for _ in leg.via), "destination"]
    places = [
        {"lon": here.lon, "lat": here.lat, "label": here.name.say(), "kind": kind}
        for here, kind in zip((ports()[name] for name in leg.ports), kinds, strict=True)
    ]
    return json.dumps({"points": places, "arcs": [{"points": leg.points, "weight": 0.1}]}, ensure_ascii=False)


@require_GET
def how_sure(request: HttpRequest) -> HttpResponse:
    """What the marks of confidence mean."""
    shown = {level.words: level for level in LEVELS.values()}
    return render(request, "portal/how_sure.html", {"levels": list(shown.values())})
