"""A page that shows every component once, for tests and for looking at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from meguri.kit.people import policy
from meguri.kit.people.policy import AccessRule, Need, Policy
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

YEARS = list(range(2000, 2041))
LEVELS = [100 + 4 * n for n in range(len(YEARS))]
BANDS = {f"p{q}": [level * (1 + (q - 50) / 250) for level in LEVELS] for q in (5, 25, 75, 95)}
AHEAD = [year > 2022 for year in YEARS]
FAN = {
    "kind": "fan",
    "unit": "kt",
    "x": YEARS,
    "series": [{"name": "Arisings", "values": LEVELS, "assumed": AHEAD, **BANDS}],
    "points": [{"name": "Published", "values": [120 if year == 2005 else None for year in YEARS]}],
    "words": {"assumed": "projected"},
}
LINES = FAN | {
    "kind": "lines",
    "points": [],
    "series": [
        {"name": "Baseline", "values": LEVELS, "assumed": AHEAD},
        {"name": "Reuse", "values": [0.9 * level for level in LEVELS], "assumed": AHEAD},
    ],
}
STACK = {
    "kind": "stack",
    "unit": "kt",
    "x": YEARS[::4],
    "assumed": AHEAD[::4],
    "series": [{"name": name, "values": [n + 3 * k for k in range(11)]} for n, name in enumerate("ABCDEF", 5)],
    "words": {"assumed": "projected"},
}
BARS = {
    "kind": "bars",
    "unit": "t",
    "x": ["Copper", "Aluminium", "Gold", "A rather long name of an element"],
    "series": [
        {"name": "Contained", "values": [40, 30, 12, 3], "p5": [30, 20, 6, 1], "p95": [50, 44, 20, 6]}
        | {"assumed": [False, False, True, True]}
    ],
    "words": {"assumed": "assumed"},
}
CHARTS = {"fan": FAN, "lines": LINES, "stack": STACK, "bars": BARS}


def showcase(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(_compiled())
    problems = (
        Problem("{mass} kg is no mass; write a decimal point.", "/mass_kg", "mass", {"mass": "11 953,1"}),
        Problem("Choose the material.", "/stream", "missing"),
    )
    return HttpResponse(
        template.render(
            {"problems": problems, "grams": 11953100, "instant": INSTANT, "map": json.dumps(MAP), **CHARTS}, request
        )
    )


def _compiled() -> str:
    """A template from a string does not pass cotton's loader; compile its components here."""
    from django_cotton.compiler_regex import CottonCompiler

    return CottonCompiler().process(Path(__file__).with_name("kit_showcase.html").read_text(encoding="utf-8"))


def refuse(request: HttpRequest) -> HttpResponse:
    raise Refused(Problem("A mass cannot be {text} kg. Write zero or more.", "/mass_kg", "mass", {"text": "-3"}))


def fail(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(1 / 0))


urlpatterns = [
    path("showcase", showcase, name="showcase"),
    path("refuse", refuse, name="showcase-refuse"),
    path("fail", fail, name="showcase-fail"),
    *all_of_them,
]
OPEN = AccessRule(read=Need.OPEN, do=Need.OPEN)
policy.take(Policy("showcase", {"showcase": OPEN, "showcase-refuse": OPEN, "showcase-fail": OPEN}))
