"""A paper as it is given out: to be kept, never shown in a page of ours."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from meguri.kit.people import access
from meguri.papers import services
from meguri.papers.services import Attached

ALONE = "sandbox; default-src 'none'"


def out(one: Attached) -> HttpResponse:
    """The content as a download; that it was read is noted."""
    response = HttpResponse(services.content(one), content_type=one.state.type)
    access.note(access.PAPER)
    if one.state.type == "text/plain":
        response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = content_disposition_header(True, one.name) or "attachment"
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response
