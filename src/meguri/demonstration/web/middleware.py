"""The demonstration's place in every request."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from meguri.demonstration import cast, stage
from meguri.kit import clock
from meguri.kit.people import duties
from meguri.kit.people.identity import ANYONE, Reader, described

Next = Callable[[HttpRequest], HttpResponse]


class Demonstration:
    """Sets `request.demonstration` and, from its chosen role, `request.reader`; and its clock goes for the request."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Ask once where the demonstration stands."""
        row = stage.row() if settings.DEMONSTRATION else None
        if row is None:
            request.demonstration = None  # type: ignore[attr-defined]
            return self.get_response(request)
        with clock.running(stage.time_of(row)):
            standing = stage.current(request, row)
            request.demonstration = standing  # type: ignore[attr-defined]
            request.reader = reader(standing.role)  # type: ignore[attr-defined]
            return self.get_response(request)


def reader(role: cast.Member | None) -> Reader:
    """The reader that a role of the demonstration is; anyone without one.

    Its name is the registry's once the organisation is admitted, and what it plays until then.
    """
    if role is None:
        return ANYONE
    known = described(role.subject)
    name = known.name if known.roles else role.plays
    return Reader(None, role.subject, name.say(), known.roles, known.zone, duties=duties.PLAYED)
