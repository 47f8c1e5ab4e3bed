"""An organisation's own people: who acts for it in which roles, inviting others, changing and ending memberships."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meguri.kit.people import access, duties, identity, memberships
from meguri.kit.people.identity import SESSION_KEY, THROUGH_KEY, Reader, need_party
from meguri.kit.problems import N_, Busy, MeguriError, NotFound, Problem
from meguri.kit.web import forms
from meguri.kit.web.requests.limits import limit


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Members with their roles, invitations that stand, and the forms."""
    return _page(request, need_party(request))


def _page(
    request: HttpRequest, reader: Reader, error: MeguriError | None = None, form: str = "", **extra: Any
) -> HttpResponse:
    known = duties.duties()
    organisation = reader.organisation or ""
    context = {
        "people": [
            {"member": one, "duties": [known[duty].name for duty in one.duties if duty in known]}
            for one in memberships.members(organisation)
        ],
        "invitations": [
            {"invitation": one, "duties": [known[duty].name for duty in one.duties if duty in known]}
            for one in memberships.invitations(organisation)
        ],
        "duties": list(known.values()),
        "days": memberships.DAYS,
        "sent": request.POST,
        "sent_duties": request.POST.getlist("duties"),
        "problems": error.problems if error else (),
        "form": form,
    }
    return render(request, "portal/members.html", context | extra, status=error.status if error else 200)


def _until(request: HttpRequest) -> datetime | None:
    """The end of the day that was written, by the organisation's clock."""
    day = forms.day_or_none(request.POST, "until")
    return timezone.make_aware(datetime.combine(day, time.max)) if day else None


def _done(request: HttpRequest, form: str, said: str, do: Callable[[str], object]) -> HttpResponse:
    reader = need_party(request)
    try:
        do(reader.organisation or "")
    except NotFound:
        raise
    except MeguriError as error:
        return _page(request, reader, error, form)
    access.note(access.MEMBERS)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("portal:members"))


@require_POST
@limit("invite", "30/h")
def invite(request: HttpRequest) -> HttpResponse:
    """Send a link to an address: whoever opens it acts for the organisation in the roles that were chosen."""
    reader = need_party(request)

    def do(organisation: str) -> None:
        asked, secret = memberships.invite(
            organisation,
            forms.text(request.POST, "email", 254),
            request.POST.getlist("duties"),
            reader.user,
            _until(request),
        )
        link = request.build_absolute_uri(reverse("portal:invitation", args=[secret]))
        text = gettext(
            "You are asked to act for {organisation} in Meguri.\n\n"
            "Open this link, which serves once and until {day}:\n{link}\n\n"
            "If you do not know of this, do nothing."
        ).format(organisation=reader.name, day=f"{timezone.localdate(asked.expires):%Y-%m-%d}", link=link)
        try:
            send_mail(gettext("Meguri: an invitation of {name}").format(name=reader.name), text, None, [asked.email])
        except (OSError, smtplib.SMTPException):
            memberships.withdraw(organisation, asked.pk)
            raise Busy(
                Problem(N_("The mail could not be sent now, so nobody was invited. Try again later."), "", "mail")
            ) from None

    return _done(request, "invite", gettext("The invitation is on its way."), do)


@require_POST
def change(request: HttpRequest, member: int) -> HttpResponse:
    """Give a member other roles, or a day until which they act."""

    def do(organisation: str) -> None:
        memberships.change(organisation, member, request.POST.getlist("duties"), _until(request))

    return _done(request, f"member-{member}", gettext("Changed."), do)


@require_POST
def end(request: HttpRequest, member: int) -> HttpResponse:
    """Let a member act for the organisation no longer."""
    return _done(
        request,
        f"member-{member}",
        gettext("The membership has ended."),
        lambda organisation: memberships.end(organisation, member),
    )


@require_POST
def withdraw(request: HttpRequest, invitation: int) -> HttpResponse:
    """Close an invitation."""
    return _done(
        request,
        "invite",
        gettext("The invitation is withdrawn."),
        lambda organisation: memberships.withdraw(organisation, invitation),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@limit("invitation", "60/h")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """What an invitation asks; accept it as who is signed in, or with a new account."""
    asked = memberships.invitation(secret)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            return _accept(request, secret, asked.organisation)
        except NotFound:
            raise
        except MeguriError as error:
            problems = error.problems
    known = duties.duties()
    context = {
        "asked": asked,
        "organisation": identity.names([asked.organisation])[asked.organisation],
        "duties": [known[duty] for duty in asked.duties if duty in known],
        "problems": problems,
        "sent": request.POST,
    }
    answer = render(request, "portal/invitation.html", context, status=422 if problems else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _accept(request: HttpRequest, secret: str, organisation: str) -> HttpResponse:
    reader: Reader = request.reader  # type: ignore[attr-defined]
    if reader.user is not None:
        memberships.accept(secret, reader.user)
    else:
        first, again = request.POST.get("password1", ""), request.POST.get("password2", "")
        if first != again:
            raise memberships.unequal()
        user = memberships.accept_anew(secret, request.POST.get("username", ""), first)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    access.note(access.MEMBERS)
    request.session[SESSION_KEY] = organisation
    request.session[THROUGH_KEY] = ""
    messages.success(request, gettext("You now act for the organisation that invited you."))
    return HttpResponseRedirect("/")
