"""The page “May it move?”: the question stays editable on the left, the answer stands on the right."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.kit.problems import MeguriError
from meguri.kit.web.requests.limits import limit
from meguri.law import tables
from meguri.law.asking import records
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS, Question
from meguri.law.asking.verdict import verdict
from meguri.law.otherwise.alternatives import if_instead
from meguri.law.web import asking, form_and_answer

ASKED = ("from", "to", "stream")
MOVES = ("allowed_green", "allowed_not_controlled", "allowed_not_waste", "allowed_national_licence")
"""Verdicts on which a movement can be planned without a case."""


@require_safe
@limit("may-it-move", "240/m")
def ask(request: HttpRequest) -> HttpResponse:
    """The form, and the answer when the address asks a question; a question that cannot be asked says why (422)."""
    given = request.GET
    context = _form(request)
    status = 200
    if any(given.get(name) for name in ASKED):
        try:
            question = records.check(asking.question_of(given))
        except MeguriError as error:
            context["problems"] = error
            status = error.status
        else:
            context.update(_answer(request, question))
    return render(request, "law/ask.html", context, status=status)


def _form(request: HttpRequest) -> dict[str, Any]:
    given = request.GET
    via = [value for value in given.getlist("via") if value]
    first, reuse, rest = form_and_answer.facts(given)
    return {
        "given": given,
        "streams": form_and_answer.streams(given.get("stream", "")),
        "origins": form_and_answer.economies(given.get("from", "").upper()),
        "destinations": form_and_answer.economies(given.get("to", "").upper()),
        "transits": [
            {"name": f"via-{n}", "options": form_and_answer.economies((via[n] if n < len(via) else "").upper())}
            for n in range(2)
        ],
        "operations": form_and_answer.operations(given.get("operation", "") or ("" if given.get("stream") else "R4")),
        "on": given.get("on", "") or clock.today().isoformat(),
        "codes": "; ".join(given.getlist("code")),
        "first_facts": first,
        "reuse_facts": reuse,
        "more_facts": rest,
        "reuse_open": any(field.value for field in reuse),
        "more_open": any(field.value for field in rest),
        "transit_open": bool(via),
        "examples": form_and_answer.EXAMPLES,
    }


def _answer(request: HttpRequest, question: Question) -> dict[str, Any]:
    answer = verdict(question)
    query = asking.query_of(question)
    stopped = answer.verdict in ("prohibited", "invalid_application")
    remedies = form_and_answer.shown_remedies(question) if stopped else ()
    told = {remedy.query for remedy in remedies}
    clocks = form_and_answer.deadlines(answer)
    return {
        "question": question,
        "answer": answer,
        "material": tables.streams()[question.stream].name,
        "given_facts": form_and_answer.given_facts(question),
        "route": form_and_answer.route_of(question),
        "words": answer.headline,
        "tone": form_and_answer.tone(answer),
        "term": form_and_answer.TERMS_OF.get(answer.verdict, ""),
        "status_words": STATUS_WORDS[answer.status],
        "tracks": form_and_answer.tracks(answer),
        "grounds": form_and_answer.grounds(answer.grounds),
        "considered": form_and_answer.grounds(answer.considered),
        "deadlines": [item for item in clocks if not item.lasts],
        "lasting": [item for item in clocks if item.lasts],
        "asked_on": clock.today(),
        "procedures": form_and_answer.procedures(answer),
        "stopped": stopped,
        "remedies": remedies,
        "otherwise": [{"assumption": item, "words": VERDICT_WORDS.get(item.otherwise)} for item in answer.assumptions],
        "alternatives": [
            item for item in form_and_answer.differences(answer, if_instead(question)) if item.query not in told
        ],
        "query": query,
        "permalink": request.build_absolute_uri(f"{request.path}?{query}"),
        "notify": f"/cases/new?{query}" if answer.verdict == "allowed_pic" and answer.consents else "",
        "plan": f"/movements/new?{query}" if answer.verdict in MOVES else "",
        "api": f"/api/verdict?{query}",
    }
