"""The operator's desk: what is to be done next, who is on record, what waits; authorities from the law's table."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from meguri import law
from meguri.kit import clock
from meguri.kit.problems import MeguriError
from meguri.registry import models, services
from meguri.registry.admission import applications, beginning
from meguri.registry.vocabulary import licence_kinds
from meguri.registry.web import common

SOON = timedelta(days=90)


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What waits at this desk, and the ways to put something on record."""
    reader = common.need_officer(request)
    state = services.organisation_of(reader)
    own = "" if common.operates(reader) or state is None else state.economy
    issuer = "" if common.operates(reader) or state is None else state.authority
    now = clock.now()
    rows = models.Licence.objects.filter(step__in=("applied", "asked", "renewal_asked"))
    ending = models.Licence.objects.filter(step="granted", until__gt=now, until__lt=now + SOON).order_by("until")
    if issuer:
        rows, ending = rows.filter(issued_by=issuer), ending.filter(issued_by=issuer)
    steps = beginning.steps() if common.operates(reader) else []
    return render(
        request,
        "registry/desk.html",
        {
            "operates": common.operates(reader),
            "steps": steps,
            "ready": all(step.done for step in steps),
            "waiting": applications.waiting(own),
            "licences": [_line(row) for row in rows.order_by("id")[:200]],
            "ending": [_line(row) for row in ending[:200]],
            "decided": applications.decided(20) if common.operates(reader) else [],
        },
    )


def _line(row: models.Licence) -> dict[str, object]:
    kind = licence_kinds().get(row.kind)
    return {"id": row.id, "licence": row.value, "kind": kind.names if kind else row.kind}


@require_GET
def following(request: HttpRequest) -> HttpResponse:
    """What to do next until a first case can be opened."""
    common.need_operator(request)
    steps = beginning.steps()
    first = next((step.name for step in steps if not step.done), "")
    return render(
        request,
        "registry/next.html",
        {"steps": steps, "first": first, "ready": all(step.done for step in steps)},
    )


@require_http_methods(["GET", "POST"])
def authorities(request: HttpRequest) -> HttpResponse:
    """Competent authorities of the law's table: those on record, and those that can be admitted."""
    reader = common.need_operator(request)
    error = None
    if request.method == "POST":
        try:
            slugs = request.POST.getlist("authority")[:100]
            services.admit_authorities(slugs, actor=common.voice(reader), person=common.person(reader))
            messages.success(request, gettext("{count} authorities are on record.").format(count=len(slugs)))
            return HttpResponseRedirect(request.path if beginning.ready() else reverse("registry:next"))
        except MeguriError as refused:
            error = refused
    here = services.authorities_here()
    economy = request.GET.get("economy", "")
    listed = [one for one in law.authorities().values() if not economy or one.economy == economy]
    return common.page(
        request,
        "registry/authorities.html",
        {
            "authorities": [{"authority": one, "here": one.slug in here} for one in listed],
            "economies": sorted({one.economy for one in law.authorities().values()}),
            "economy": economy,
        },
        error,
    )
