"""Pages of a plan that may not be there yet: how far its work is, or which limits no plan keeps together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from meguri.network.web.planning.scenarios import PagePlan, PlanNotReady

F = TypeVar("F", bound=Callable[..., HttpResponseBase])


def ready(view: F) -> F:
    """A view of a plan that may not be there: then the page says how far it is, or which limits conflict."""

    @wraps(view)
    def waiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except PlanNotReady as error:
            return not_there(request, error.subject)

    return waiting  # type: ignore[return-value]


def not_there(request: HttpRequest, subject: PagePlan) -> HttpResponse:
    """The page of a plan that is being worked out, has failed, cannot be, or was not begun."""
    told = subject.told
    conflicts = told.conflicts if told else ()
    status = 200 if conflicts or subject.state == "not yet" else 202
    return render(request, "network/waiting.html", {"subject": subject, "conflicts": conflicts}, status=status)
