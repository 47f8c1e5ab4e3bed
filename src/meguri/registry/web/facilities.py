"""Forms about facilities: where they stand, what they do, how much they take."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from meguri import reference
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, MeguriError, NotFound, Problem, refuse
from meguri.kit.web import forms
from meguri.registry import services, vocabulary
from meguri.registry.admission import beginning
from meguri.registry.states import CheckAnswer, FacilityState
from meguri.registry.web import common
from meguri.registry.web.organisations import short_of

FIELDS = {"/body/names": "/name_en", "/body/capacity": "/capacity", "/body/address": "/street"}


def map_of(sites: dict[str, FacilityState]) -> str:
    """The map of some facilities, as the page draws it."""
    points = [
        {"lat": one.lat, "lon": one.lon, "label": str(one.name), "kind": "origin"} for one in sites.values()
    ]  # fmt: skip
    return json.dumps({"points": points, "arcs": []}, ensure_ascii=False)


def _choices() -> dict[str, Any]:
    return {
        "economies": reference.economies().values(),
        "ports": sorted(reference.ports().values(), key=lambda port: (port.iso3, port.name.say())),
        "operations": common.operations(),
    }


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put a facility on record: the operator any, an organisation its own."""
    asked = request.POST.get("organisation", "") or request.GET.get("organisation", "")
    reader = common.reader_of(request)
    own = reader.organisation if reader.organisation and not common.operates(reader) else ""
    reader = common.need_owner(request, own or services.subject(asked or "-"))
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            given = request.POST
            who = own or services.named(asked, ("organisation",))
            if not who:
                raise refuse(N_("Choose one from the list."), "/organisation", "required")
            named = common.names(given)
            facility = services.site(
                who,
                named,
                given.get("economy", ""),
                common.degrees(given, "lat"),
                common.degrees(given, "lon"),
                facility=short_of(
                    given.get("facility", ""), who.partition(":")[2], named.get("en", ""), pointer="/facility"
                ),
                port=given.get("port", ""),
                operations=given.getlist("operations"),
                capacity=common.capacity(given),
                address=common.address(given, given.get("economy", "")),
                actor=common.voice(reader) if common.operates(reader) else who,
                person=common.person(reader),
            )
            messages.success(request, gettext("The facility is on record."))
            return HttpResponseRedirect(reverse("registry:facility", args=[facility]))
        except MeguriError as refused:
            error = refused
    chosen = own or services.named(asked, ("organisation",))
    context = {
        "choose": not own,
        "at": request.POST.get("economy", "") or (services.organisation(chosen).economy if chosen else ""),
        "organisations": None if own else services.called("organisation"),
        "organisation": own or services.subject(asked) if asked or own else "",
        "chosen": request.POST.getlist("operations"),
    }
    return common.page(request, "registry/facility_new.html", context | _choices(), error, FIELDS)


@require_GET
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One facility: where it stands, what it does, its licences, and the acts that say so. Open to anyone."""
    state = services.facility(id)
    reader = common.reader_of(request)
    return render(
        request,
        "registry/facility.html",
        {
            "id": id,
            "state": state,
            "owner": state.organisation.partition(":")[2],
            "owner_name": services.names([state.organisation])[state.organisation],
            "licences": [
                {"id": key, "licence": one, "kind": vocabulary.licence_kinds().get(one.kind)}
                for key, one in services.licences(f"facility:{id}").items()
            ],
            "map": map_of({id: state}),
            "may_change": state.closed_on is None
            and (common.operates(reader) or reader.organisation == state.organisation),
            "following": beginning.following() if common.operates(reader) else None,
            "operates": common.operates(reader),
            "history": common.past(f"facility:{id}"),
            "checks": _checks(id),
            "lists": schemes(state) if _may_check(reader, state) else [],
        },
    )


@require_http_methods(["GET", "POST"])
def alter(request: HttpRequest, id: str) -> HttpResponse:
    """What a facility is called, does and takes, put anew; or that it closes."""
    state = services.facility(id)
    reader = common.need_owner(request, state.organisation)
    error: MeguriError | None = None
    if request.method == "POST":
        try:
            given = request.POST
            others = {code: name for code, name in state.names.items() if f"name_{code}" not in given}
            services.alter(
                id,
                names=others | common.names(given),
                operations=given.getlist("operations"),
                capacity=common.capacity(given),
                address=common.address(given, state.economy),
                closed=given.get("closed") == "yes",
                reason=forms.text(given, "reason"),
                actor=common.voice(reader) if common.operates(reader) else state.organisation,
                person=common.person(reader),
            )
            messages.success(request, gettext("Recorded."))
            return HttpResponseRedirect(reverse("registry:facility", args=[id]))
        except MeguriError as refused:
            error = refused
    total = sum(one.grams for one in state.capacity)
    address = state.address
    values: Any = request.POST or {
        **{f"name_{code}": name for code, name in state.names.items()},
        "capacity": f"{total / 1_000_000:g}" if total else "",
        **({"street": address.street, "place": address.place, "postcode": address.postcode} if address else {}),
    }
    chosen = request.POST.getlist("operations") if request.method == "POST" else list(state.operations)
    context = {"id": id, "state": state, "values": values, "chosen": chosen}
    return common.page(request, "registry/facility_change.html", _choices() | context, error, FIELDS)


def _checks(id: str) -> list[dict[str, Any]]:
    """What was answered of the facility, with who said so."""
    found = services.checks(id).get(id, [])
    names = services.names([one["by"] for one in found])
    return [one | {"who": names[one["by"]]} for one in found]


def schemes(state: FacilityState) -> list[vocabulary.EsmScheme]:
    """The lists of questions that may be asked of a facility."""
    return [one for one in vocabulary.esm_schemes().values() if one.economy in ("", state.economy)]


def _may_check(reader: Reader, state: FacilityState) -> bool:
    own = reader.organisation == state.organisation or bool({"auditor", "authority"} & set(reader.roles))
    return own and reader.says and state.closed_on is None


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, id: str, scheme: str) -> HttpResponse:
    """Answer the questions of a list for a facility; what is left open is not said."""
    state = services.facility(id)
    reader = need_party(request)
    listed = vocabulary.esm_schemes().get(scheme)
    if listed is None or not _may_check(reader, state):
        raise NotFound(Problem(N_("There is no such page for you."), "", "not-found"))
    questions = [one for one in vocabulary.esm_checks().values() if one.scheme == scheme]
    given = request.POST
    error: MeguriError | None = None
    fields = {"/body/until": "/until", "/body/answers": "/until"}
    if request.method == "POST":
        try:
            answers: list[CheckAnswer] = []
            for one in questions:
                word = given.get(f"answer-{one.check}", "")
                if word in ("yes", "no", "not_applicable"):
                    fields[f"/body/answers/{len(answers)}/evidence"] = f"/evidence-{one.check}"
                    evidence = forms.text(given, f"evidence-{one.check}", 500)
                    answers.append(CheckAnswer(one.check, word, evidence))  # type: ignore[arg-type]
            until = forms.day(given, "until")
            services.check(str(reader.organisation), id, scheme, answers, until, person=reader.person)
            messages.success(request, gettext("Recorded."))
            return HttpResponseRedirect(reverse("registry:facility", args=[id]))
        except MeguriError as refused:
            error = refused
    rows = [
        {"row": one, "answer": given.get(f"answer-{one.check}", ""), "text": given.get(f"evidence-{one.check}", ""),
         "field": f"evidence-{one.check}"}
        for one in questions
    ]  # fmt: skip
    context = {"id": id, "state": state, "scheme": listed, "rows": rows}
    return common.page(request, "registry/check.html", context, error, fields)
