"""The page that lays a site's measured figures beside those that fit together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from meguri.custody.reconciliation import measured, recorded
from meguri.custody.reconciliation.measured import Reconciled
from meguri.custody.vocabulary import stream_words
from meguri.custody.web.forms import own_facilities
from meguri.kit import clock
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.web import forms
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.registry import services as registry

MOST_EVENTS, SHOWN = 1000, 20
"""So many events of a site a request may ask for, the newest; and so many rows of each table are shown."""
LONG = timedelta(days=365)
TRUSTED = {"authority", "auditor", "operator"}
MASSES = Words("Masses", context="reconciliation")


@require_GET
@limit("reconciled", "20/m")
def reconciled(request: HttpRequest) -> HttpResponse:
    """One's own site (authorities, auditors and operators: any) over a period of a year at most."""
    reader = need_party(request)
    trusted = bool(TRUSTED & set(reader.roles))
    sites = own_facilities(reader)
    site = request.GET.get("site", "") or (sites[0]["id"] if sites else "")
    context: dict[str, Any] = {"sites": sites, "site": site, "assumed": measured.assumed().values(), "problems": ()}
    try:
        if site and not trusted and site not in {one["id"] for one in sites}:
            raise NotFound(
                Problem(N_("You have no facility {facility}."), "/site", "unknown-facility", {"facility": site[:40]})
            )
        last = forms.day_or_none(request.GET, "to") or clock.today()
        first = forms.day_or_none(request.GET, "from") or last - LONG
        context |= {"first": first, "last": last}
        if not first <= last <= first + LONG:
            raise refuse(N_("A period of one day up to a year can be looked at here."), "/from", "range")
        if site:
            name = registry.facility(site).name
            found = recorded.reconciled(site, first, last, most=MOST_EVENTS)
            context |= {
                "name": name,
                "found": found,
                "cut": found.events >= MOST_EVENTS,
                "most": MOST_EVENTS,
                "parts": [_told(part) for part in (found.masses, *found.elements)],
                "yields": _yields(found.yields),
            }
    except MeguriError as error:
        return render(
            request, "custody/assays/reconciled.html", {**context, "problems": error.problems}, status=error.status
        )
    return render(request, "custody/assays/reconciled.html", context)


def _told(part: Reconciled) -> dict[str, Any]:
    result = part.result
    return {
        "name": stream_words(f"element:{part.element}") if part.element else MASSES,
        "result": result,
        "flows": result.suspect_flows(SHOWN) if result else (),
        "suspicions": result.suspicions[:SHOWN] if result else (),
        "left_out": len(part.left_out),
    }


def _yields(found: Any) -> list[dict[str, Any]]:
    shown = found[:SHOWN]
    known = registry.states({who for one in shown for who in (one.key.smelter, one.key.supplier) if who})

    def named(who: str) -> Words | None:
        return known[who].name if who in known else None

    return [
        {
            "one": one,
            "element": stream_words(f"element:{one.key.element}"),
            "smelter": named(one.key.smelter),
            "supplier": named(one.key.supplier),
        }
        for one in shown
    ]
