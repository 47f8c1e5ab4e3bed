"""The demonstration's place in every request."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from meguri.kit.web.identity import Reader, described
from meguri.kit.words import Words

Next = Callable[[HttpRequest], HttpResponse]
STAGE = "meguri.portal.demonstration.stage"


class Role(Protocol):
    """One part in the demonstration: its code in the switcher, what it is called, the organisation it acts for."""

    @property
    def code(self) -> str:
        """The value that the switcher posts."""

    @property
    def title(self) -> Words:
        """What the switcher shows."""

    @property
    def organisation(self) -> str | None:
        """The organisation's subject; None for anyone."""


class Stage(Protocol):
    """How the demonstration stands for one request."""

    role: Role
    roles: Sequence[Role]
    today: date
    step: int
    next_title: Words | None


class Demonstration:
    """Sets `request.demonstration` and, from its chosen role, `request.reader`; None outside demonstration mode."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        self.current: Callable[[HttpRequest], Stage | None] | None = None
        if settings.DEMONSTRATION and importlib.util.find_spec(STAGE):
            self.current = importlib.import_module(STAGE).current

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Ask the stage how the demonstration stands."""
        stage = self.current(request) if self.current else None
        request.demonstration = stage  # type: ignore[attr-defined]
        if stage is not None:
            request.reader = reader(stage.role)  # type: ignore[attr-defined]
        return self.get_response(request)


def reader(role: Role) -> Reader:
    """The reader that a role of the demonstration is."""
    if role.organisation is None:
        return Reader(name=role.title.in_(get_language()))
    known = described(role.organisation)
    return Reader(None, role.organisation, role.title.in_(get_language()), known.roles, known.zone)
