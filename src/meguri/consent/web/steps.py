"""What is said on a case from its page: steps, holds, completion. A form that is refused comes back filled."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from meguri.consent import services
from meguri.consent.web import cases, reading
from meguri.kit.problems import MeguriError, NotFound
from meguri.kit.web.identity import Reader, need_party


def _said(request: HttpRequest, case: str, form: str, act: Callable[[Reader], object]) -> HttpResponse:
    """Run an act of this page's form; back to the case, or the form again with what is wrong."""
    reader = need_party(request)
    services.whole_case(case, reader)
    try:
        act(reader)
    except NotFound:
        raise
    except MeguriError as error:
        problems = reading.under(error, form)
        return cases.page(request, case, problems=problems, form=form, given=request.POST, status=error.status)
    messages.success(request, gettext("Recorded."))
    return HttpResponseRedirect(f"/cases/{case}")


def _person(reader: Reader) -> str:
    return reader.user.get_username() if reader.user else ""


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
            text=reading.text(given, "text"),
            conditions=reading.lines(given, "conditions"),
            valid_from=reading.day_or_none(given, "valid_from"),
            valid_until=reading.day_or_none(given, "valid_until"),
            reference=reading.text(given, "reference", 120),
            person=_person(reader),
        )

    return _said(request, case, f"{transition}-{track.replace('/', '-')}", act)


@require_POST
def hold(request: HttpRequest, case: str) -> HttpResponse:
    """Stop everything under the case."""

    def act(reader: Reader) -> None:
        services.hold(reader.organisation or "", case, reading.text(request.POST, "reason"), person=_person(reader))

    return _said(request, case, "hold", act)


@require_POST
def release(request: HttpRequest, case: str) -> HttpResponse:
    """Release a hold."""

    def act(reader: Reader) -> None:
        services.release(reader.organisation or "", case, request.POST.get("hold", ""), person=_person(reader))

    return _said(request, case, "release", act)


@require_POST
def complete(request: HttpRequest, case: str) -> HttpResponse:
    """Close the case."""

    def act(reader: Reader) -> None:
        services.complete(reader.organisation or "", case, person=_person(reader))

    return _said(request, case, "complete", act)
