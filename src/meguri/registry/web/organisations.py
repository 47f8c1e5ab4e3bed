"""Forms about organisations: admit, describe anew, give and end roles, close."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from meguri import reference
from meguri.kit import clock
from meguri.kit.problems import N_, MeguriError, Problem, Refused, refuse
from meguri.kit.web import forms
from meguri.kit.words import listed
from meguri.registry import course, services
from meguri.registry.admission import applications
from meguri.registry.naming import identifiers
from meguri.registry.vocabulary import roles
from meguri.registry.web import common

SHORT = re.compile(r"[a-z][a-z0-9-]{1,59}")
FIELDS = {
    "/body/organisation": "/organisation",
    "/body/names/en": "/name_en",
    "/body/names": "/name_en",
    "/body/identifiers": "/number",
    "/body/addresses": "/street",
    "/body/contacts": "/mail",
}


def short_name(given: str, pointer: str = "/organisation") -> str:
    """A short name as people choose one. Raises Refused."""
    if not SHORT.fullmatch(given):
        raise refuse(
            N_("“{name}” is no short name. Use 2 to 60 small letters, digits and hyphens, with a letter first."),
            pointer,
            "short-name",
            name=given[:80],
        )
    return given


def short_of(given: str, *names: str, pointer: str = "/organisation") -> str:
    """The short name that was chosen; where none was, what follows from names. Raises Refused."""
    made = slugify(" ".join(name for name in names if name))[:60].strip("-")
    return short_name(given.strip() or made, pointer)


def form_context() -> dict[str, Any]:
    """What forms about organisations choose from."""
    return {
        "economies": reference.economies().values(),
        "schemes": identifiers.schemes().values(),
    }


@require_http_methods(["GET", "POST"])
def admit(request: HttpRequest) -> HttpResponse:
    """Admit an organisation or an authority that the law's table does not have."""
    reader = common.need_operator(request)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            who = _admitted(request, common.voice(reader), common.person(reader))
            messages.success(request, gettext("{name} is admitted.").format(name=services.organisation(who).name))
            return HttpResponseRedirect(reverse("registry:organisation", args=[who.partition(":")[2]]))
        except MeguriError as refused:
            error = refused
    asked = request.POST.getlist("roles") or request.GET.getlist("role")
    lines = common.number_lines(common.numbers(request) if request.method == "POST" else ())
    context = {"roles": roles().values(), "asked": asked, "lines": lines, "likely": _likely(error)}
    return common.page(request, "registry/admit.html", context | form_context(), error, FIELDS)


def _likely(error: MeguriError | None) -> bool:
    return error is not None and any(problem.code == "likely-same" for problem in error.problems)


def _admitted(request: HttpRequest, actor: str, person: str) -> str:
    given = request.POST
    named, economy = common.names(given), given.get("economy", "")
    short = short_of(given.get("organisation", ""), named.get("en", ""))
    if not given.get("new"):
        like = [one for one in applications.alike(named.values()) if one != services.subject(short)]
        if like:
            raise Refused(
                Problem(
                    N_("It is likely the same as “{names}”. Tick the box below where it is another."),
                    "/new",
                    "likely-same",
                    {"names": listed(services.names(like).values())},
                )
            )
    found = common.address(given, economy)
    return services.admit(
        short,
        named,
        economy,
        given.getlist("roles"),
        identifiers=common.numbers(request),
        addresses=[found] if found else [],
        contacts=common.contacts(given),
        actor=actor,
        person=person,
    )


@require_http_methods(["GET", "POST"])
def describe(request: HttpRequest, id: str) -> HttpResponse:
    """What an organisation is called, numbered by and reached at, put anew."""
    who, state = services.subject(id), services.organisation(id)
    reader = common.need_owner(request, who)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            found = common.address(request.POST, state.economy)
            others = {code: name for code, name in state.names.items() if f"name_{code}" not in request.POST}
            services.describe(
                who,
                others | common.names(request.POST),
                identifiers=common.numbers(request),
                addresses=[*([found] if found else []), *state.addresses[1:]],
                contacts=common.contacts(request.POST),
                actor=common.voice(reader) if common.operates(reader) else who,
                person=common.person(reader),
            )
            messages.success(request, gettext("Recorded."))
            return HttpResponseRedirect(reverse("registry:organisation", args=[id]))
        except MeguriError as refused:
            error = refused
    first = state.addresses[0] if state.addresses else None
    values: Any = request.POST or {
        **{f"name_{code}": name for code, name in state.names.items()},
        **{one.kind: one.value for one in state.contacts},
        **({"street": first.street, "place": first.place, "postcode": first.postcode} if first else {}),
    }
    lines = common.number_lines(common.numbers(request) if request.method == "POST" else state.identifiers)
    context = {"id": id, "state": state, "lines": lines, "values": values}
    return common.page(request, "registry/describe.html", form_context() | context, error, FIELDS)


@require_http_methods(["GET", "POST"])
def give_role(request: HttpRequest, id: str) -> HttpResponse:
    """Give a role from a day to a day, or end one."""
    reader = common.need_officer(request)
    state = services.organisation(id)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            since = common.first_instant(forms.day_or_none(request.POST, "since"), state.economy)
            last = forms.day_or_none(request.POST, "until")
            until = course.start_of(last + timedelta(days=1), state.economy) if last else None
            ends = request.POST.get("end") == "yes"
            services.assign(
                id,
                request.POST.get("role", ""),
                since=None if ends else since or clock.now(),
                until=(until or clock.now()) if ends else until,
                actor=common.voice(reader),
                person=common.person(reader),
            )
            messages.success(request, gettext("Recorded."))
            return HttpResponseRedirect(reverse("registry:organisation", args=[id]))
        except MeguriError as refused:
            error = refused
    context = {"id": id, "state": state, "roles": roles().values()}
    return common.page(request, "registry/role.html", context, error)


@require_POST
def close(request: HttpRequest, id: str) -> HttpResponse:
    """Close an organisation: by itself, or by the operator."""
    who = services.subject(id)
    reader = common.need_owner(request, who)
    actor = common.voice(reader) if common.operates(reader) else who
    reason = forms.text(request.POST, "reason")
    services.close(who, reason, actor=actor, person=common.person(reader))
    messages.success(request, gettext("Closed."))
    return HttpResponseRedirect(reverse("registry:organisation", args=[id]))
