"""The model clauses as a page: each beside the laws on file, each with its way into the laboratory."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.kit.web.requests.limits import limit
from meguri.law import tables
from meguri.law.making import clauses
from meguri.law.web.form_and_answer import FormChoice, level


@require_safe
@limit("law-clauses", "120/m")
def page(request: HttpRequest) -> HttpResponse:
    """Clauses side by side with the laws on file."""
    taken = tables.usual("compared")[0]
    lines = [
        {"clause": one, "grounds": [(ground, level(ground.evidence)) for ground in clauses.side_by_side(one)]}
        for one in clauses.clauses().values()
    ]
    context = {
        "lines": lines,
        "since": clauses.usual_start(clock.today()),
        "economies": [
            FormChoice(code, tables.parties()[code].name, code == taken) for code in tables.usual("compared")
        ],
    }
    return render(request, "law/clauses.html", context)
