"""The public form by which an organisation applies, and the pages on which operator or authority decides."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from meguri.kit.problems import MeguriError, NotFound, Refused
from meguri.kit.web import forms
from meguri.kit.web.requests.limits import limit
from meguri.registry import rights, services
from meguri.registry.admission import applications
from meguri.registry.rights import PUBLIC
from meguri.registry.states import Wanted
from meguri.registry.vocabulary import roles
from meguri.registry.web import common
from meguri.registry.web.organisations import form_context, short_name

FIELDS = {
    "/names": "/name_en",
    "/identifiers": "/number",
    "/addresses": "/street",
    "/contacts": "/mail",
    "/body/wanted/identifiers": "/organisation",
    "/body/identifiers": "/organisation",
}


def _roles() -> list[object]:
    return [role for name, role in roles().items() if name not in PUBLIC]


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """The form: anyone's, or that of an organisation on record which needs further roles."""
    if request.method == "POST":
        return _applied(request)
    return _form(request)


@limit("registry-apply", "5/h")
def _applied(request: HttpRequest) -> HttpResponse:
    reader, given = common.reader_of(request), request.POST
    state = services.organisation_of(reader)
    try:
        economy = state.economy if state else given.get("economy", "")
        found = common.address(given, economy)
        wanted = Wanted(
            names=dict(state.names) if state else common.names(given),
            economy=economy,
            organisation=(reader.organisation or "") if state else "",
            roles=tuple(given.getlist("roles")),
            identifiers=() if state else common.numbers(request),
            addresses=(found,) if found and not state else (),
            contacts=() if state else common.contacts(given),
            message=forms.text(given, "message"),
        )
        id = applications.apply(wanted)
    except MeguriError as error:
        return _form(request, error)
    return HttpResponseRedirect(reverse("registry:applied", args=[id]))


def _form(request: HttpRequest, error: MeguriError | None = None) -> HttpResponse:
    lines = common.number_lines(common.numbers(request) if request.method == "POST" else ())
    context = {
        "roles": _roles(),
        "asked": request.POST.getlist("roles"),
        "lines": lines,
        "own": services.organisation_of(common.reader_of(request)),
    }
    return common.page(request, "registry/apply.html", form_context() | context, error, FIELDS)


@require_GET
def applied(request: HttpRequest, id: str) -> HttpResponse:
    """What the applicant sees: that it waits, or how it was decided."""
    found = dict(applications.waiting_one(id))
    if not found:
        raise NotFound(applications.unknown_application(id))
    return render(request, "registry/applied.html", {"id": id, **found})


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, id: str) -> HttpResponse:
    """What was applied for, who is called nearly the same, and the decision."""
    reader = common.need_officer(request)
    wanted, applied_on = applications.wait(id)
    state = services.organisation_of(reader)
    if not common.operates(reader) and (state is None or state.economy != wanted.economy):
        raise NotFound(applications.unknown_application(id))
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            granted = request.POST.get("decision") == "grant"
            if not granted and request.POST.get("decision") != "refuse":
                raise Refused(applications.undecided())
            short = "" if wanted.organisation or not granted else short_name(request.POST.get("organisation", ""))
            who = applications.decide(
                id,
                granted,
                organisation=short,
                reason=forms.text(request.POST, "reason"),
                actor=common.voice(reader),
                person=common.person(reader),
            )
            messages.success(request, gettext("Decided."))
            if who:
                return HttpResponseRedirect(reverse("registry:organisation", args=[who.partition(":")[2]]))
            return HttpResponseRedirect(reverse("registry:desk"))
        except MeguriError as refused:
            error = refused
    like = [] if wanted.organisation else applications.alike(wanted.names.values())
    context = {
        "id": id,
        "wanted": wanted,
        "applied_on": applied_on,
        "roles": [roles()[name] for name in wanted.roles if name in roles()],
        "like": services.names(like),
        "by_node": common.voice(reader) == rights.NODE,
    }
    return common.page(request, "registry/decide.html", context, error, FIELDS)
