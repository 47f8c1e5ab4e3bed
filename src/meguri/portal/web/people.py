"""For the administrator: admitting organisations, and giving people accounts that act for them."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from meguri import law, reference
from meguri.kit import catalogues
from meguri.kit.models import User
from meguri.kit.people import accounts
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.registry import services as registry
from meguri.registry import vocabulary

# 16 random bytes: nobody guesses it before its owner changes it.
PASSWORD_BYTES = 16
SHORT = re.compile(r"[a-z][a-z0-9-]{1,59}")


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Accounts with their organisations, and the forms."""
    return _page(request)


def _standing(user: User) -> list[str]:
    now = datetime.now(UTC)
    return [one.organisation for one in user.memberships.all() if one.until is None or one.until > now]


def _page(request: HttpRequest, error: MeguriError | None = None, form: str = "", **extra: Any) -> HttpResponse:
    organisations = registry.organisations()
    context = {
        "people": [
            {"user": user, "organisations": [organisations.get(one) for one in _standing(user)]}
            for user in User.objects.prefetch_related("memberships").order_by("username")
        ],
        "organisations": organisations,
        "authorities": [one for slug, one in law.authorities().items() if f"organisation:{slug}" not in organisations],
        "economies": reference.economies().values(),
        "roles": [role for name, role in vocabulary.roles().items() if name != "authority"],
        "sent": request.POST,
        "asked": request.POST.get("organisation", "") or request.GET.get("organisation", ""),
        "sent_short": request.POST.get("body-organisation", ""),
        "sent_en": request.POST.get("body-names-en", ""),
        "sent_ja": request.POST.get("body-names-ja", ""),
        "sent_economy": request.POST.get("body-economy", ""),
        "sent_roles": request.POST.getlist("roles"),
        "problems": error.problems if error else (),
        "form": form,
    }
    return render(request, "portal/people.html", context | extra, status=error.status if error else 200)


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("portal:people"))


@require_POST
def admit(request: HttpRequest) -> HttpResponse:
    """Admit a company or other organisation."""
    names = {code: request.POST.get(f"body-names-{code}", "").strip() for code in catalogues.offered()}
    names = {code: name for code, name in names.items() if name}
    short = request.POST.get("body-organisation", "").strip()
    try:
        if not SHORT.fullmatch(short):
            raise refuse(
                N_("“{name}” is no short name. Use 2 to 60 small letters, digits and hyphens, with a letter first."),
                "/body/organisation",
                "short-name",
                name=short[:80],
            )
        registry.admit(
            short,
            names,
            request.POST.get("body-economy", ""),
            request.POST.getlist("roles"),
        )
    except MeguriError as error:
        return _page(request, error, "admit")
    return _done(request, gettext("{name} is admitted.").format(name=names["en"]))


@require_POST
def admit_authority(request: HttpRequest) -> HttpResponse:
    """Admit an authority from the law's table, under its own name."""
    slug = request.POST.get("authority", "")
    try:
        registry.admit_authorities([slug])
    except MeguriError as error:
        return _page(request, error, "authority")
    return _done(request, gettext("{name} is admitted.").format(name=law.authorities()[slug].name.en))


@require_POST
def add_person(request: HttpRequest) -> HttpResponse:
    """Make an account that acts for an organisation, and show its first password once."""
    organisation = request.POST.get("organisation", "")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        if organisation not in registry.organisations():
            raise NotFound(Problem(N_("Choose the organisation for which the person acts."), "/organisation", "choose"))
        user = accounts.create_person(request.POST.get("username", ""), password, request.POST.get("email", ""))
        accounts.join(user, organisation)
    except MeguriError as error:
        return _page(request, error, "person")
    response = _page(request, made=user, password=password, sent={})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def set_active(request: HttpRequest, username: str) -> HttpResponse:
    """Close an account, or open it again; administrators cannot close their own."""
    user = User.objects.filter(username=username).first()
    if user is None or user.pk == request.user.pk:
        raise NotFound(Problem(N_("There is no other account “{name}”."), "/username", "unknown", {"name": username}))
    user.is_active = request.POST.get("active") == "yes"
    user.save(update_fields=["is_active"])
    said = gettext("{name} can sign in again.") if user.is_active else gettext("{name} can no longer sign in.")
    return _done(request, said.format(name=username))


@require_POST
def new_password(request: HttpRequest, username: str) -> HttpResponse:
    """Give a person who forgot theirs a new password, and show it once."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound(Problem(N_("There is no account “{name}”."), "/username", "unknown", {"name": username}))
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.set_password(password)
    user.save(update_fields=["password"])
    response = _page(request, made=user, password=password, sent={})
    response.headers["Cache-Control"] = "no-store"
    return response
