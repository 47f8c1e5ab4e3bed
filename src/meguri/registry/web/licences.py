"""Pages of licences: one with its procedure, granting, applying, and every step by holder and issuer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meguri import law
from meguri.kit import clock
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.web import forms
from meguri.papers import services as attached
from meguri.procedure import tables
from meguri.registry import course, services
from meguri.registry.admission import beginning
from meguri.registry.states import FacilityState, LicenceState, OrganisationState
from meguri.registry.vocabulary import licence_kinds
from meguri.registry.web import common
from meguri.registry.web.home_page import STANDING

FIELDS = {
    "/body/scope/operations": "/operations",
    "/body/scope/streams": "/streams",
    "/body/scope/codes": "/codes",
    "/body/scope/grams": "/tonnes",
    "/body/scope/per": "/per",
    "/body/scope/conditions": "/conditions",
    "/body/text": "/text",
    "/body/transition": "/text",
}
PERIODS = ("day", "month", "year", "term")


def _sides(reader: Reader, licence: LicenceState) -> tuple[bool, bool]:
    """Whether somebody takes the holder's steps here, and the issuer's."""
    if common.operates(reader):
        return True, True
    state = services.organisation_of(reader)
    issuer = state is not None and "authority" in reader.roles and state.authority == licence.issued_by
    return reader.organisation == services.owner(licence.holder), issuer


def _holder_of(subject: str) -> FacilityState | OrganisationState:
    if subject.startswith("facility:"):
        return services.facility(subject.partition(":")[2])
    return services.organisation(subject)


@require_GET
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One licence: what it is for, where it stands, what can be done now. Open to anyone."""
    return _detail(request, id)


def _detail(request: HttpRequest, id: str, error: MeguriError | None = None) -> HttpResponse:
    licence = services.licence(id)
    reader = common.reader_of(request)
    holder, issuer = _sides(reader, licence)
    offers = course.open_steps(licence, holder=holder, issuer=issuer) if holder or issuer else ()
    words = tables.transitions("licence")
    owner = services.owner(licence.holder)
    who = common.speakers({point.actor for point in licence.course.points})
    context = {
        "id": id,
        "licence": licence,
        "kind": licence_kinds().get(licence.kind),
        "state_words": tables.states("licence")[
            "lapsed" if licence.course.state in STANDING and licence.ran_out(clock.now()) else licence.course.state
        ].words,
        "holder": _holder_of(licence.holder),
        "owner": owner.partition(":")[2],
        "last": course.last_day(licence.until, _holder_of(licence.holder).economy) if licence.until else None,
        "holds": licence.holds(clock.now()),
        "used": sorted(services.use_of(id).items()) if holder or issuer else [],
        "issuer": law.authority_name(licence.issued_by) if licence.issued_by in law.authorities() else None,
        "points": [
            {
                "point": point,
                "who": who[point.actor],
                "words": words[point.transition].words if point.transition in words else point.transition,
            }
            for point in licence.course.points
        ],
        "offers": [{"step": offer.row.transition, "words": words[offer.row.transition].words} for offer in offers],
        "asked": request.POST.get("transition", ""),
        "transfers": any(offer.row.transition == "transfer" for offer in offers),
        "holders": _following(licence),
        "following": beginning.following() if common.operates(reader) else None,
        "operates": common.operates(reader),
        "history": common.past(f"licence:{id}"),
        "attached": attached.shown(f"licence:{id}", reader),
    }
    return common.page(request, "registry/licence.html", context | _choices(request), error, FIELDS)


def _following(licence: LicenceState) -> dict[str, Any] | None:
    """To whom a licence may go over: others of the same economy; None where they are too many to list."""
    prefix = licence.holder.partition(":")[0]
    found = services.called(prefix, _holder_of(licence.holder).economy)
    return found and {who: one for who, one in found.items() if who != licence.holder}


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {
        "operations": common.operations(),
        "streams": law.streams().values(),
        "periods": PERIODS,
        "chosen_operations": request.POST.getlist("operations"),
        "chosen_streams": request.POST.getlist("streams"),
    }


@require_POST
def step(request: HttpRequest, id: str) -> HttpResponse:
    """Take a step of the procedure."""
    licence = services.licence(id)
    reader = common.reader_of(request)
    if not _sides(reader, licence)[1]:
        reader = common.need_owner(request, services.owner(licence.holder))
    transition, given = request.POST.get("transition", ""), request.POST
    if transition == "grant":
        return HttpResponseRedirect(f"{reverse('registry:licence_new')}?licence={id}")
    try:
        economy = _holder_of(licence.holder).economy
        last = forms.day_or_none(given, "until") if transition in ("renew", "ask_renewal") else None
        scope = common.scope(request) if given.get("rescope") == "yes" or transition == "vary" else None
        services.step(
            id,
            transition,
            forms.text(given, "text"),
            scope=scope if transition in ("vary", "renew", "ask_renewal") else None,
            until=course.start_of(last + timedelta(days=1), economy) if last else None,
            to=services.named(given.get("to", "")) if transition == "transfer" else "",
            actor=common.voice(reader),
            person=common.person(reader),
        )
    except MeguriError as error:
        return _detail(request, id, error)
    messages.success(request, gettext("Recorded."))
    return HttpResponseRedirect(reverse("registry:licence", args=[id]))


@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest) -> HttpResponse:
    """Grant a licence, upon an application or without one; or take down what was granted elsewhere."""
    reader = common.need_officer(request)
    id = request.POST.get("licence", "") or request.GET.get("licence", "")
    applied = services.licence(id) if id else None
    state = services.organisation_of(reader)
    issuer = state.authority if state is not None and not common.operates(reader) else ""
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            licence = _granted(request, reader, id, applied, issuer)
            messages.success(request, gettext("The licence is on record."))
            return HttpResponseRedirect(reverse("registry:licence", args=[licence]))
        except MeguriError as refused:
            error = refused
    return _new(request, "registry/licence_new.html", error, issuer, {"applied": applied, "id": id})


def _granted(request: HttpRequest, reader: Reader, id: str, applied: LicenceState | None, issuer: str) -> str:
    given = request.POST
    holder = applied.holder if applied else _chosen(given.get("holder", ""))
    economy = _holder_of(holder).economy
    last = forms.day_or_none(given, "until")
    scope = common.scope(request)
    return services.grant(
        holder,
        applied.kind if applied else given.get("kind", ""),
        _number(given.get("number", "")),
        course.start_of(forms.day(given, "since"), economy),
        course.start_of(last + timedelta(days=1), economy) if last else None,
        licence=id,
        issued_by=applied.issued_by if applied else issuer or given.get("issued_by", ""),
        scope=scope,
        actor=common.voice(reader),
        person=common.person(reader),
    )


def _chosen(written: str) -> str:
    holder = services.named(written)
    if not holder:
        raise refuse(N_("Choose one from the list."), "/holder", "required")
    return holder


def _number(given: str) -> str:
    if not given.strip():
        raise refuse(N_("Write the number of the licence."), "/number", "required")
    return given.strip()


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """A holder applies to an authority for a licence."""
    reader = common.reader_of(request)
    reader = common.need_owner(request, reader.organisation or "-")
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            given = request.POST
            licence = services.apply_for(
                _chosen(given.get("holder", "")),
                given.get("kind", ""),
                given.get("issued_by", ""),
                scope=common.scope(request),
                text=forms.text(given, "text"),
                actor=common.voice(reader),
                person=common.person(reader),
            )
            messages.success(request, gettext("Applied for. The authority sees it at its desk."))
            return HttpResponseRedirect(reverse("registry:licence", args=[licence]))
        except MeguriError as refused:
            error = refused
    return _new(request, "registry/licence_apply.html", error, "", {"own": reader.organisation or ""})


def _new(
    request: HttpRequest, template: str, error: MeguriError | None, issuer: str, context: dict[str, Any]
) -> HttpResponse:
    own = context.get("own", "")
    holders: Any = {own: (services.organisation(own).name, "")} if own else services.called("organisation")
    sites = services.called("facility", owner=own)
    here = services.authorities_here()
    kinds = [one for one in licence_kinds().values() if not issuer or not one.issuers or issuer in one.issuers]
    found = {
        "holders": holders,
        "facilities": sites,
        "listed": holders is not None and sites is not None,
        "kinds": kinds,
        "issuer": issuer,
        "authorities": [one for one in law.authorities().values() if one.slug in here],
    }
    return common.page(request, template, context | found | _choices(request), error, FIELDS)
