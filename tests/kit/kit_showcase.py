"""A page that shows every component once, for tests and for looking at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from meguri.kit.problems import Problem, Refused
from meguri.portal.urls import *  # noqa: F403
from meguri.portal.urls import urlpatterns as all_of_them

INSTANT = datetime(2026, 5, 7, 0, 0, tzinfo=UTC)
MAP = {
    "points": [
        {"lon": 100.35, "lat": 5.42, "label": "Penang", "kind": "origin"},
        {"lon": 101.38, "lat": 3.0, "label": "Port Klang", "kind": "transit"},
        {"lon": 139.79, "lat": 35.65, "label": "Tokyo", "kind": "destination"},
    ],
    "arcs": [
        {"points": [[100.35, 5.42], [101.38, 3.0]], "weight": 0.6},
        {"points": [[101.38, 3.0], [104, 1.2], [120, 20], [139.79, 35.65]], "weight": 1},
    ],
}


def showcase(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(_compiled())
    problems = (
        Problem("{mass} kg is no mass; write a decimal point.", "/mass_kg", "mass", {"mass": "11 953,1"}),
        Problem("Choose the material.", "/stream", "missing"),
    )
    return HttpResponse(
        template.render({"problems": problems, "grams": 11953100, "instant": INSTANT, "map": json.dumps(MAP)}, request)
    )


def _compiled() -> str:
    """A template from a string does not pass cotton's loader; compile its components here."""
    from django_cotton.compiler_regex import CottonCompiler

    return CottonCompiler().process(Path(__file__).with_name("kit_showcase.html").read_text(encoding="utf-8"))


def refuse(request: HttpRequest) -> HttpResponse:
    raise Refused(Problem("A mass cannot be {text} kg. Write zero or more.", "/mass_kg", "mass", {"text": "-3"}))


def fail(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(1 / 0))


urlpatterns = [path("showcase", showcase), path("refuse", refuse), path("fail", fail), *all_of_them]
