"""What is said on a case from its page. A form that is refused comes back with what was written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from meguri.consent import services
from meguri.consent.case import record as cases_on_record
from meguri.consent.states import Scan
from meguri.consent.web import buttons, cases
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, refuse
from meguri.kit.web import forms


def _said(request: HttpRequest, case: str, form: str, act: Callable[[Reader], object]) -> HttpResponse:
    """Run an act of this page's form; back to the case, or the form again with what is wrong."""
    reader = need_party(request)
    cases_on_record.dossier(case, reader)
    try:
        act(reader)
    except NotFound:
        raise
    except MeguriError as error:
        problems = forms.under(error, form)
        return cases.page(request, case, problems=problems, form=form, given=request.POST, status=error.status)
    messages.success(request, gettext("Recorded."))
    return HttpResponseRedirect(f"/cases/{case}")


MOST_SCAN = 20_000_000


def _scan(request: HttpRequest) -> Scan | None:
    """The letter that a form names, where it names one: the file is hashed and not kept."""
    given = request.POST
    if "scan_reference" not in given:
        return None
    file = request.FILES.get("scan")
    name, digest = forms.text(given, "scan_name", 200), forms.text(given, "scan_sha256", 64)
    if file is not None:
        if file.size is None or file.size > MOST_SCAN:
            raise refuse(N_("The scan is larger than {most} MB. Send a smaller one."), "/scan/name", "size", most=20)
        found = hashlib.sha256()
        for chunk in file.chunks():
            found.update(chunk)
        name, digest = (file.name or "scan")[:200], found.hexdigest()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise refuse(N_("Choose the scan of the letter."), "/scan/name", "required")
    reference = forms.text(given, "scan_reference", 120)
    return Scan(reference=reference, dated=forms.day(given, "scan_dated"), name=name, sha256=digest)


@require_POST
def step(request: HttpRequest, case: str) -> HttpResponse:
    """A transition of a track."""
    given = request.POST
    track, transition = given.get("track", ""), given.get("transition", "")

    def act(reader: Reader) -> None:
        services.step(
            reader.organisation or "",
            case,
            track,
            transition,
            text=forms.text(given, "text"),
            conditions=forms.lines(given, "conditions"),
            valid_from=forms.day_or_none(given, "valid_from"),
            valid_until=forms.day_or_none(given, "valid_until"),
            reference=forms.text(given, "reference", 120),
            scan=_scan(request),
            person=reader.person,
        )

    form = transition if transition == "retract" else buttons.form_of(transition, track)
    return _said(request, case, form, act)


@require_POST
def retract(request: HttpRequest, case: str) -> HttpResponse:
    """Take the notification back."""

    def act(reader: Reader) -> None:
        services.retract(reader.organisation or "", case, forms.text(request.POST, "text"), person=reader.person)

    return _said(request, case, "retract", act)


@require_POST
def hold(request: HttpRequest, case: str) -> HttpResponse:
    """Stop everything under the case."""

    def act(reader: Reader) -> None:
        services.hold(reader.organisation or "", case, forms.text(request.POST, "reason"), person=reader.person)

    return _said(request, case, "hold", act)


@require_POST
def release(request: HttpRequest, case: str) -> HttpResponse:
    """Release a hold."""
    given = request.POST
    name = given.get("hold", "")

    def act(reader: Reader) -> None:
        services.release(reader.organisation or "", case, name, forms.text(given, "reason"), person=reader.person)

    return _said(request, case, "release", act)


@require_POST
def guarantee(request: HttpRequest, case: str) -> HttpResponse:
    """File a guarantee on which the case rests from then on."""
    given = request.POST

    def act(reader: Reader) -> None:
        services.guarantee(
            reader.organisation or "",
            case,
            issuer=forms.text(given, "issuer", 400),
            amount=forms.text(given, "amount", 400),
            valid_from=forms.day(given, "valid_from"),
            valid_until=forms.day(given, "valid_until"),
            reference=forms.text(given, "reference", 120),
            person=reader.person,
        )

    return _said(request, case, "guarantee", act)


@require_POST
def rest(request: HttpRequest, case: str) -> HttpResponse:
    """Let the case rest on the licences that the form names: those on record now."""

    def act(reader: Reader) -> None:
        services.rest(reader.organisation or "", case, request.POST.getlist("licence"), person=reader.person)

    return _said(request, case, "rest", act)


@require_POST
def complete(request: HttpRequest, case: str) -> HttpResponse:
    """Close the case."""

    def act(reader: Reader) -> None:
        services.complete(reader.organisation or "", case, person=reader.person)

    return _said(request, case, "complete", act)
