"""The map of verdicts: one stream to one destination, or from one origin, on one day."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.kit.problems import MeguriError
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.web import form_and_answer, mapping

HAZARD = (
    ("", Words("not said")),
    ("true", Words("yes")),
    ("false", Words("no")),
)
FIELDS = ("to", "from", "stream", "operation", "on", "hazardous")
FIRST = {"to": "JPN", "stream": "circuit-boards", "operation": "R4", "hazardous": "false"}


@require_safe
@limit("law-map", "60/m")
def page(request: HttpRequest) -> HttpResponse:
    """The map and its table."""
    given = {
        name: request.GET.get(name, "").strip() for name in ("to", "from", "stream", "operation", "on", "hazardous")
    }
    if not any(given.values()):
        given |= FIRST
    context = _form(given)
    status = 200
    try:
        question, inward = mapping.asked(given, clock.today())
    except MeguriError as error:
        context["problems"], status = error, error.status
    else:
        listed = mapping.places(question, inward)
        fixed = question.destination if inward else question.origin
        query = urlencode({name: value for name, value in given.items() if value} | {"on": question.on.isoformat()})
        context |= {
            "question": question,
            "inward": inward,
            "material": tables.streams()[question.stream].name,
            "place": tables.parties()[fixed].name,
            "places": [
                {"place": place, "tone": form_and_answer.TONES[place.verdict], "query": urlencode(place.query)}
                for place in sorted(listed, key=lambda place: place.name.say())
            ],
            "legend": mapping.legend(listed),
            "not_covered": sum(not place.covered for place in listed),
            "data": f"/api/law/matrix?{query}",
        }
    return render(request, "law/map.html", context, status=status)


def _form(given: dict[str, str]) -> dict[str, Any]:
    return {
        "streams": form_and_answer.streams(given["stream"]),
        "destinations": form_and_answer.economies(given["to"].upper()),
        "origins": form_and_answer.economies(given["from"].upper()),
        "operations": form_and_answer.operations(given["operation"]),
        "hazard": [form_and_answer.FormChoice(value, words, value == given["hazardous"]) for value, words in HAZARD],
        "on": given["on"] or clock.today().isoformat(),
    }
