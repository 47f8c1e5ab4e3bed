"""The outermost middleware: the request's id, its line in the log, its numbers, and what is noted of rights."""

from __future__ import annotations

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from meguri.kit.people import access
from meguri.kit.running import logs, metrics
from meguri.kit.web.requests.limits import caller
from meguri.kit.web.requests.middleware import Next

NO_ROUTE, STATIC = "none", "static"


def route_of(request: HttpRequest) -> str:
    """The name of the address that was asked for, never the address: names are as many as the code has."""
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return str(match.view_name)
    return STATIC if request.path.startswith("/" + str(settings.STATIC_URL).strip("/") + "/") else NO_ROUTE


class Observing:
    """Observes every request, whatever becomes of it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and tell what there was."""
        given = request.META.get(logs.ENVIRON) or logs.given_id(
            str(request.META.get("HTTP_" + logs.HEADER.upper().replace("-", "_"), "")), int(settings.PROXIES)
        )
        began = time.perf_counter()
        with logs.bearing(given), access.noting() as noted:
            response = self.get_response(request)
            response.headers[logs.HEADER] = given
            seconds = time.perf_counter() - began
            route = route_of(request)
            if response.status_code == 403 and not noted:
                noted.append(access.Noted(access.REFUSED))
            reader = getattr(request, "reader", None)
            user = getattr(reader, "user", None)
            access.write(noted, user.pk if user is not None else 0, caller(request), route)
            metrics.answered(route, response.status_code, seconds)
            logs.request_line(route, str(request.method)[:10], response.status_code, 1000 * seconds)
        return response
