"""Who signed in and who was refused: all of it for the administrator, its own people's for an organisation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from meguri.kit.people import access
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.web import paging

ROWS = 50


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The newest first, page by page."""
    reader: Reader = getattr(request, "reader", ANYONE)
    page = paging.of(request)
    found = access.listed("" if reader.administrator else str(reader.organisation), page.number, ROWS + 1)
    rows = found[:ROWS]
    if len(found) > ROWS:
        page.go_on(rows[-1].id)
    return render(request, "portal/access.html", {"rows": rows, "page": page, "days": access.days()})
