"""The page of what is followed: the next known change of each, what was told, and following something more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from meguri.following import services, wording
from meguri.following.models import LawFeedAddress, WatchedLaw
from meguri.kit import clock
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.web.requests.limits import limit
from meguri.law import tables
from meguri.law.asking.model import Question

ALERTS = 30
"""Alerts that the page lists."""
LANE = ("from", "to", "stream")
FIELDS = ("from", "to", "stream", "operation", "via", "code", "fact", "economy", "case")


def asked(reader: Reader, given: QueryDict) -> tuple[str, Any] | None:
    """What an address or a form asks to follow; None where it asks for nothing. Raises Refused, NotFound."""
    if case := given.get("case", "").strip():
        return services.of_case(reader, case)
    if economy := given.get("economy", "").strip():
        return services.of_economy(economy)
    if not any(given.get(name, "").strip() for name in LANE):
        return None
    if not given.get("from") and not given.get("to"):
        return services.of_stream(given.get("stream", "").strip())
    return services.of_lane(
        Question.parse(
            on=clock.today(),
            stream=given.get("stream", ""),
            origin=given.get("from", ""),
            destination=given.get("to", ""),
            operation=given.get("operation") or None,
            via=[one for one in given.getlist("via") if one.strip()],
            codes=[one for one in given.getlist("code") if one.strip()],
            facts=[one for one in given.getlist("fact") if one.strip()],
        )
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What the reader follows; an address that names something offers to follow it."""
    return shown(request, need_party(request))


def shown(request: HttpRequest, reader: Reader, error: MeguriError | None = None, address: str = "") -> HttpResponse:
    """The page, with what was wrong, or with an address that is shown this once."""
    given = request.POST if request.method == "POST" else request.GET
    offered = None
    if error is None and not address:
        try:
            offered = asked(reader, given)
        except MeguriError as refused:
            error = refused
    hidden = services.hidden_cases(reader)
    rows = [row for row in services.mine(reader) if row.watched_id not in hidden]
    context = {
        "offered": wording.title(WatchedLaw(kind=offered[0], said=offered[1])) if offered else None,
        "sent": [(name, value) for name in FIELDS for value in given.getlist(name) if value] if offered else [],
        "follows": [wording.follow(row) for row in rows],
        "alerts": [wording.alert(row, 3) for row in services.alerts_of(reader)[:ALERTS]],
        "economies": sorted(
            ((code, party.name.say()) for code, party in tables.parties().items()), key=lambda one: one[1]
        ),
        "streams": [(slug, one.name) for slug, one in tables.streams().items()],
        "address": address,
        "own": LawFeedAddress.objects.filter(user=reader.user, organisation=reader.organisation).first()
        if reader.user
        else None,
        "problems": error,
    }
    answer = render(request, "following/page.html", context, status=error.status if error else 200)
    if address:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@limit("following", "60/m")
def add(request: HttpRequest) -> HttpResponse:
    """Follow something: for oneself, or for the whole organisation."""
    reader = need_party(request)
    try:
        found = asked(reader, request.POST)
        if found is None:
            raise refuse(N_("Choose what to follow."), "/economy", "required")
        services.follow(reader, *found, whole=reader.user is None or request.POST.get("whole") == "yes")
    except MeguriError as refused:
        return shown(request, reader, refused)
    messages.success(request, gettext("You are told when an answer of it becomes another."))
    return HttpResponseRedirect(reverse("following:page"))


@require_POST
@limit("following", "60/m")
def end(request: HttpRequest, number: str) -> HttpResponse:
    """Follow it no longer."""
    services.end(need_party(request), key(number))
    messages.success(request, gettext("It is followed no longer."))
    return HttpResponseRedirect(reverse("following:page"))


def key(number: str) -> int:
    """The number of a row as an address has it; 0, which no row has, for what is none."""
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else 0


@require_safe
def alert(request: HttpRequest, number: str) -> HttpResponse:
    """One alert with all its changes."""
    row = services.alerts_of(need_party(request)).filter(pk=key(number)).first()
    if row is None:
        raise NotFound(Problem(N_("There is no such alert for you."), "", "alert"))
    return render(request, "following/alert.html", {"alert": wording.alert(row)})
