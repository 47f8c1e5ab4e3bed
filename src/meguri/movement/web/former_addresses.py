"""Addresses that movements had when they lay under their case: they lead on, so that no link that was kept breaks.

What is sent to one of them goes on as it was sent: nothing that somebody says is lost on the way.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


def new(request: HttpRequest, case: str) -> HttpResponse:
    """The form of a movement under a case."""
    given = request.GET.copy()
    given["case"] = case
    return HttpResponseRedirect(f"/movements/new?{given.urlencode()}", preserve_request=request.method == "POST")


def movement(request: HttpRequest, case: str, movement: str) -> HttpResponse:
    """A movement."""
    return HttpResponseRedirect(f"/movements/{movement}")


def said(request: HttpRequest, case: str, movement: str, transition: str) -> HttpResponse:
    """What is said of a movement; reading the address leads to its page."""
    if request.method == "POST":
        return HttpResponseRedirect(f"/movements/{movement}/{transition}", preserve_request=True)
    return HttpResponseRedirect(f"/movements/{movement}")
