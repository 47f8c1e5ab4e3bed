"""The demonstration's place in every request."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from meguri.kit.web.identity import ANYONE, Reader, described
from meguri.portal.demonstration import cast, stage

STORY_THERE = bool(find_spec("meguri.portal.demonstration.story"))
Next = Callable[[HttpRequest], HttpResponse]


class Demonstration:
    """Sets `request.demonstration` and, from its chosen role, `request.reader`; None outside demonstration mode."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Ask the stage how the demonstration stands."""
        standing = stage.current(request) if settings.DEMONSTRATION and STORY_THERE else None
        request.demonstration = standing  # type: ignore[attr-defined]
        if standing is not None:
            request.reader = reader(standing.role)  # type: ignore[attr-defined]
        return self.get_response(request)


def reader(role: cast.Member | None) -> Reader:
    """The reader that a role of the demonstration is; anyone without one."""
    if role is None:
        return ANYONE
    known = described(role.subject)
    return Reader(None, role.subject, role.name.in_(get_language()), known.roles or role.roles, known.zone)
