"""Starting a notification: from the verdict of the address to a case, with a look at the answers in between."""

from __future__ import annotations

from collections.abc import Sequence
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
from meguri.consent.case import notification, question, resting
from meguri.consent.guards.dossier import CLERKS
from meguri.consent.states import AskedAuthority
from meguri.consent.tracks import authorities, grounds
from meguri.consent.web import wording
from meguri.journal.projections.relations import readable
from meguri.kit import clock, ids
from meguri.kit.grams import parse_kg, plain_kg
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, Refused, refuse
from meguri.kit.web import forms
from meguri.kit.words import Words
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
    on_paper: dict[str, str]


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
    paper = {name.removeprefix(PAPER): given.get(name, "") for name in given if name.startswith(PAPER) and given[name]}
    return Answers(**found, on_paper=paper)


PAPER = "paper-"
"""Fields that name who enters an authority's answers from paper: this and its slug."""


def _strangers(asked: Sequence[AskedAuthority]) -> dict[str, Words]:
    """The authorities that are asked here and that nobody has admitted, by slug."""
    here = {one.authority: one.economy for one in asked if not one.node}
    known = registry.states(f"organisation:{slug}" for slug in here)
    return {
        slug: wording.authority(slug)
        for slug in here
        if f"organisation:{slug}" not in known or known[f"organisation:{slug}"].closed_on is not None
    }


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
        "strangers": (strangers := _strangers(asked)),
        "clerks": {
            who: state.name
            for role in (CLERKS if strangers else ())
            for who, state in registry.organisations(role).items()
        },
        "lots": stored_lots.held(reader.organisation or "", put.stream, put.origin),
        "importers": registry.importers_in(put.destination),
        "facilities": (sites := registry.facilities_for(put.destination, put.operation)),
        "checks": [(sites[site], said) for site, found in registry.checks(*sites).items() for said in found],
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
    given = law.decision(verdict)
    now = clock.now()
    licences = services.relied_on(given, answers.importer, facility.organisation, answers.facility, now)
    own = resting.holders(registry.subject(answers.importer), facility.organisation, answers.facility)
    missing = list(resting.unproved(given, own, now, registry.licences_by_id(licences), clock.today()))
    missing += [
        notification.not_admitted(slug, name)
        for slug, name in context["strangers"].items()
        if not answers.on_paper.get(slug)
    ]
    context |= {
        "answers": answers,
        "given": request.POST,
        "importer": importer,
        "facility": facility,
        "operator": registry.names([facility.organisation])[facility.organisation],
        "missing": missing,
        "on_paper": {f"{PAPER}{slug}": clerk for slug, clerk in answers.on_paper.items()},
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
        on_paper=answers.on_paper,
        case=case,
        person=reader.person,
    )
