"""Starting a notification: from the verdict of the address to a case, with a look at the answers in between."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from meguri import law
from meguri.consent import services, stored_lots
from meguri.consent.case import notification, question
from meguri.consent.tracks import authorities, grounds
from meguri.consent.web import wording
from meguri.journal.projections.relations import readable
from meguri.kit import clock, ids
from meguri.kit.grams import parse_kg, plain_kg
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, Refused, refuse
from meguri.kit.web import forms
from meguri.procedure.clocks import months_later
from meguri.procedure.model import NOTIFY
from meguri.registry import services as registry


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What the form asks for, read."""

    importer: str
    facility: str
    total_g: int
    shipments: int
    period_from: date
    period_to: date
    description: str


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form; with POST the answers to be checked, and with `send` the notification."""
    reader = need_party(request)
    if not any(request.GET.get(name) for name in ("from", "to", "stream")):
        return render(request, "consent/start.html", {})
    verdict = law.verdict(question.of_address(dict(request.GET.lists())))
    if verdict.verdict != "allowed_pic" or not verdict.consents:
        return render(request, "consent/start.html", {"verdict": law.VERDICT_WORDS[verdict.verdict]}, status=422)
    if request.method != "POST":
        return _form(request, reader, verdict, _beginning(reader, verdict))
    given = request.POST
    try:
        answers = read(given)
        if given.get("change"):
            return _form(request, reader, verdict, given)
        if not given.get("send"):
            return _check(request, reader, verdict, answers)
        case = forms.name(given, "as_case")
        if not readable(reader.organisation, [f"case:{case}"]):
            case = _notify(reader, verdict, answers, case)
    except NotFound:
        raise
    except MeguriError as error:
        return _form(request, reader, verdict, given, error)
    messages.success(request, gettext("The notification is with the authority of export."))
    return HttpResponseRedirect(f"/cases/{case}")


def _beginning(reader: Reader, verdict: law.Verdict) -> dict[str, str]:
    today = clock.today()
    lots = stored_lots.held(reader.organisation or "", verdict.question.stream, verdict.question.origin)
    total = sum(lot.grams for lot in lots)
    since = max(today, verdict.question.on)
    return {
        "shipments": "1",
        "total_kg": plain_kg(total) if total else "",
        "period_from": since.isoformat(),
        "period_to": months_later(since, notification.USUAL_MONTHS).isoformat(),
    }


def read(given: QueryDict) -> Answers:
    """The answers of a form or an address. Raises Refused, naming all that is wrong."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []

    def take(name: str, read: Any) -> None:
        try:
            found[name] = read()
        except MeguriError as error:
            problems.extend(error.problems)

    def chosen(name: str) -> str:
        value = given.get(name, "").strip()
        if not value:
            raise refuse(N_("Choose one from the list."), f"/{name}", "required")
        return value

    take("importer", lambda: chosen("importer"))
    take("facility", lambda: chosen("facility"))
    take("total_g", lambda: parse_kg(given.get("total_kg", ""), "/total_kg"))
    take("shipments", lambda: forms.whole(given, "shipments"))
    take("period_from", lambda: forms.day(given, "period_from"))
    take("period_to", lambda: forms.day(given, "period_to"))
    take("description", lambda: forms.text(given, "description"))
    if problems:
        raise Refused(*problems)
    return Answers(**found)


def _context(reader: Reader, verdict: law.Verdict) -> dict[str, Any]:
    asked = authorities.asked(law.decision(verdict).consents, clock.today())
    put = verdict.question
    return {
        "verdict": verdict,
        "verdict_words": law.VERDICT_WORDS[verdict.verdict],
        "status_words": law.STATUS_WORDS[verdict.status],
        "question": put,
        "stream": law.streams()[put.stream].name,
        "tracks": [
            {
                "ground": grounds.of_rule(one.rule),
                "name": wording.authority(one.authority),
                "capacity": wording.capacity(one),
                "form": wording.FORMS[one.form],
                "general": grounds.general(one),
                "first": one.opens_on == NOTIFY,
                "per_movement": one.per_movement,
            }
            for one in asked
        ],
        "lots": stored_lots.held(reader.organisation or "", put.stream, put.origin),
        "importers": registry.importers_in(put.destination),
        "facilities": registry.facilities_for(put.destination, put.operation),
    }


def _form(
    request: HttpRequest, reader: Reader, verdict: law.Verdict, given: Any, error: MeguriError | None = None
) -> HttpResponse:
    context = {**_context(reader, verdict), "given": given, "problems": error}
    return render(request, "consent/new.html", context, status=error.status if error else 200)


def _check(request: HttpRequest, reader: Reader, verdict: law.Verdict, answers: Answers) -> HttpResponse:
    context = _context(reader, verdict)
    importer = context["importers"].get(answers.importer)
    facility = context["facilities"].get(answers.facility)
    if importer is None:
        raise refuse(N_("Choose one from the list."), "/importer", "required")
    if facility is None:
        raise refuse(N_("Choose one from the list."), "/facility", "required")
    held = registry.certified_facts(answers.importer, answers.facility)
    claimed = {name for name, value in verdict.question.facts.items() if value is True and name in held}
    missing = sorted(name for name in claimed if not held[name])
    context |= {
        "answers": answers,
        "given": request.POST,
        "importer": importer,
        "facility": facility,
        "operator": registry.names([facility.organisation])[facility.organisation],
        "missing": missing,
        "as_case": ids.new(),
    }
    return render(request, "consent/check.html", context)


def _notify(reader: Reader, verdict: law.Verdict, answers: Answers, case: str) -> str:
    return services.notify(
        reader.organisation or "",
        verdict,
        importer=answers.importer,
        facility=answers.facility,
        total_g=answers.total_g,
        shipments=answers.shipments,
        period_from=answers.period_from,
        period_to=answers.period_to,
        description=answers.description,
        case=case,
        person=reader.person,
    )
