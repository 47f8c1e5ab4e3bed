"""Forms that take in, send, receive and correct lots. What was written stays when something is to be put right."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from meguri import reference
from meguri.custody import services
from meguri.custody.models import LotQuery
from meguri.custody.vocabulary import ELEMENT, stream_words, tolerances
from meguri.custody.web import lists, measured
from meguri.kit import ids
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import N_, Conflict, MeguriError, Problem, refuse
from meguri.kit.web import forms, paging
from meguri.movement.states import DECLARED, Bag
from meguri.registry import services as registry

form_view = require_http_methods(["GET", "POST"])
LONGEST_LABEL, LONGEST_REASON = 200, 1000
MOST_OFFERED, MOST_ARRIVING, MOST_TICKED = 200, 50, 900
"""How many lots a form offers on a page, and how many ticked ones it keeps in sight beside."""
LONGEST_SEARCH = 120


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    error: MeguriError | None = None,
    fields: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render a form; with an error, its problems point at the form's own fields."""
    problems = tuple(_at_field(problem, fields or {}) for problem in error.problems) if error else ()
    values = request.POST if request.method == "POST" else request.GET
    return render(
        request,
        template,
        {**context, "problems": problems, "values": values},
        status=error.status if error else 200,
    )


def _at_field(problem: Problem, fields: Mapping[str, str]) -> Problem:
    """The problem at the field that stands for what the act calls it: the longest beginning wins."""
    for start in sorted(fields, key=len, reverse=True):
        if problem.pointer == start or problem.pointer.startswith(start + "/"):
            return Problem(problem.text, fields[start], problem.code, problem.params)
    return problem


def done(request: HttpRequest, text: str, url: str) -> HttpResponse:
    """Say that it is recorded and go on."""
    messages.success(request, text)
    return HttpResponseRedirect(url)


def held(request: HttpRequest, reader: Reader, *, metals: bool = True, stream: str = "") -> dict[str, Any]:
    """A page of the lots in the reader's store, to choose from, by material; with those that are ticked."""
    rows = lists.held(reader)
    if stream:
        rows = rows.filter(stream=stream)
    if not metals:
        rows = rows.exclude(stream__startswith=ELEMENT)
    return offered(request, rows, MOST_OFFERED)


def offered(request: HttpRequest, rows: LotQuery, most: int) -> dict[str, Any]:
    """A page of these lots, of those that are sought where something is; with those that are ticked, and how many more.

    Searching keeps what is ticked and written: the form is sent to itself.
    """
    marked, fields = ticked(request), request.POST if request.method == "POST" else request.GET
    sought = fields.get("q", "").strip()[:LONGEST_SEARCH]
    page = paging.of(request, q=sought) if sought else paging.of(request)
    if "search" in request.POST:
        page = paging.Page(request, None, {"q": sought})
    fit = lists.fitting(rows, sought)
    shown = lists.part(fit, page, most)
    known = {row.id: row for row in (*rows.filter(id__in=marked[:MOST_TICKED]), *shown)}
    order = sorted(known.values(), key=lambda row: (row.stream, row.made_at, row.id))
    return {
        "lots": [{"id": row.id, "state": row.value, "stream": stream_words(row.stream)} for row in order],
        "more": fit.count() - len(shown),
        "sought": sought,
        "page": page,
        "ticked": marked,
    }


def only_shown(request: HttpRequest) -> bool:
    """Whether the form is only to be shown: asked for, or sent to search in it."""
    return request.method == "GET" or "search" in request.POST


def chosen(request: HttpRequest) -> list[str]:
    """The lots that were ticked. Refused where there is none."""
    names = request.POST.getlist("lot")
    if not names:
        raise refuse(N_("Choose at least one lot."), "/lots", "empty")
    return names


def own_facilities(reader: Reader) -> list[dict[str, Any]]:
    """The reader's facilities, to choose from."""
    return [{"id": id, "name": state.name} for id, state in registry.facilities(reader.organisation).items()]


@form_view
def take_in(request: HttpRequest) -> HttpResponse:
    """Take a new lot in. The lot's id is made with the form, so that sending it twice records it once."""
    reader = need_party(request)
    context = {
        "facilities": own_facilities(reader),
        "streams": [row for row in reference.streams().values() if row.kind in ("equipment", "vehicle", "battery")],
        "others": [row for row in reference.streams().values() if row.kind not in ("equipment", "vehicle", "battery")],
        "mixes": sorted({row.mix for row in reference.device_mixes()}),
        "lot": request.POST.get("as_lot") or ids.new(),
        "event": request.POST.get("as_event") or ids.new(),
        "nonce": request.POST.get("nonce") or secrets.token_hex(16),
        **measured.offered(request, reader),
    }
    fields = {
        "/body/grams": "/mass_kg",
        "/body/basis": "/scale",
        "/body/happened": "/happened",
        "/body/stream": "/stream",
        "/body/facility": "/facility",
        "/facility": "/facility",
    }
    try:
        if request.method == "POST":
            sent = request.POST
            known = measured.basis(sent)
            lot = services.collect(
                str(reader.organisation),
                sent.get("facility", ""),
                sent.get("stream", ""),
                measured.mass(sent.get("mass_kg", ""), "/mass_kg", known),
                basis=known,
                happened=measured.happened(sent, sent.get("facility", "")),
                mix=sent.get("mix", ""),
                place=forms.text(sent, "place", LONGEST_LABEL),
                label=forms.text(sent, "label", LONGEST_LABEL),
                lot=str(context["lot"]),
                event=str(context["event"]),
                nonce=str(context["nonce"]),
                person=reader.person,
            )
            return done(request, gettext("Taken in and recorded."), f"/lots/{lot}")
    except MeguriError as error:
        return page(request, "custody/take_in.html", context, error, fields)
    return page(request, "custody/take_in.html", context)


def ticked(request: HttpRequest) -> list[str]:
    """The lots that stand ticked in the form: as sent, or as the address asks."""
    return request.POST.getlist("lot") if request.method == "POST" else request.GET.getlist("lot")


@form_view
def dispatch(request: HttpRequest) -> HttpResponse:
    """Send lots to another organisation; over a border only what the law lets go without a consent."""
    reader = need_party(request)
    others = [
        {"id": who, "name": state.name, "economy": state.economy}
        for who, state in registry.organisations().items()
        if who != reader.organisation and any(span.role != "authority" for span in state.roles)
    ]
    context = {**held(request, reader), "others": others}
    if only_shown(request):
        return page(request, "custody/dispatch.html", context)
    try:
        names = chosen(request)
        if request.POST.get("to", "") not in {other["id"] for other in others}:
            raise refuse(N_("Choose one from the list."), "/to", "required")
        number = forms.text(request.POST, "number", LONGEST_LABEL)
        services.dispatch(str(reader.organisation), names, request.POST["to"], number=number, person=reader.person)
    except MeguriError as error:
        fields = {"/body/to": "/to", "/body/lots": "/lots", "/lot": "/lots", "/body/verdict": "/to",
                  "/body/number": "/number"}  # fmt: skip
        return page(request, "custody/dispatch.html", context, error, fields)
    return done(request, gettext("Dispatched. The receiver weighs it on arrival."), "/lots/")


@form_view
def receive(request: HttpRequest) -> HttpResponse:
    """Weigh what was sent to me, take or refuse each lot; take back what others refused."""
    reader = need_party(request)
    sent = request.POST
    only = request.GET.get("lot", "")
    found = offered(request, lists.arriving(reader), MOST_ARRIVING)
    rows = [
        {
            **row,
            "mass": sent.get(f"mass-{row['id']}", ""),
            "take": sent.get(f"take-{row['id']}", "accept"),
            "part": sent.get(f"part-{row['id']}", ""),
            "pieces": sent.get(f"pieces-{row['id']}", ""),
            "most": 2 * row["state"].mass_g,
            "reason": sent.get(f"reason-{row['id']}", ""),
            "back": row["state"].holder == reader.organisation,
            "ticked": row["id"] in found["ticked"] if request.method == "POST" or only else not found["sought"],
        }
        for row in found["lots"]
    ]
    tolerance = tolerances()["receiving"].percent
    context = {
        **found,
        "rows": rows,
        "facilities": own_facilities(reader),
        "tolerance": tolerance,
        **measured.offered(request, reader),
    }
    if only_shown(request):
        return page(request, "custody/receive.html", context)
    fields = {"/body/facility": "/facility", "/facility": "/facility", "/body/bags": "/lots"}
    try:
        bags = []
        known = {str(row["id"]): row["state"].mass_g for row in rows}
        names = chosen(request)
        gone = sorted(set(names) - {str(row["id"]) for row in rows})
        if gone:
            raise Conflict(
                Problem(
                    N_("Lot {lot} is not on its way to you: it was received, taken back, or never sent to you."),
                    "/lots",
                    "not-coming",
                    {"lot": gone[0][:40]},
                )
            )
        for index, id in enumerate(names):
            fields[f"/body/bags/{index}/received_g"] = f"/mass-{id}"
            fields[f"/body/bags/{index}/reason"] = f"/reason-{id}"
            fields[f"/body/bags/{index}/refused_g"] = f"/part-{id}"
            fields[f"/body/bags/{index}/basis/pieces"] = f"/pieces-{id}"
            fields[f"/body/bags/{index}/basis"] = "/scale"
            bags.append(_bag(sent, id, known[id]))
        services.receive(
            str(reader.organisation),
            sent.get("facility", ""),
            bags,
            happened=measured.happened(sent, sent.get("facility", "")),
            person=reader.person,
        )
    except MeguriError as error:
        return page(request, "custody/receive.html", context, error, fields)
    return done(request, gettext("Receipt recorded."), "/lots/")


def _bag(sent: Mapping[str, str], id: str, sent_g: int) -> Bag:
    """What a form says of one lot that was on its way: missing, refused, or taken whole or in part."""
    reason, outcome = forms.text(sent, f"reason-{id}", LONGEST_REASON), sent.get(f"take-{id}", "accept")
    if outcome == "missing":
        return Bag(lot=id, received_g=0, accepted=False, missing=True, reason=reason)
    basis = measured.basis(sent, f"pieces-{id}")
    grams = measured.mass(sent.get(f"mass-{id}", ""), f"/mass-{id}", basis, most_g=2 * sent_g, least_g=sent_g // 2)
    part = sent.get(f"part-{id}", "").strip()
    refused = measured.mass(part, f"/part-{id}", basis, most_g=grams) if part else 0
    return Bag(lot=id, received_g=grams, accepted=outcome == "accept", refused_g=refused, reason=reason, basis=basis)


@form_view
def agree(request: HttpRequest, id: str) -> HttpResponse:
    """Accept the receiver's weighing of a lot that I sent."""
    return _one_mass(request, id, "agree")


@form_view
def correct(request: HttpRequest, id: str) -> HttpResponse:
    """Put the last weighing of a lot right."""
    return _one_mass(request, id, "correct")


def _one_mass(request: HttpRequest, id: str, what: str) -> HttpResponse:
    reader = need_party(request)
    state = services.lot(id, reader)
    context = {
        "id": id,
        "lot": state,
        "stream": stream_words(state.stream),
        "what": what,
        "recorded": what == "agree" and state.status != "in_transit",
        **measured.offered(request, reader, state.facility),
    }
    if request.method == "GET":
        return page(request, "custody/one_mass.html", context)
    try:
        known = measured.basis(request.POST) if what == "correct" else DECLARED
        grams = measured.mass(
            request.POST.get("mass_kg", ""), "/mass_kg", known, most_g=2 * state.mass_g, least_g=state.mass_g // 2
        )
        reason = forms.text(request.POST, "reason", LONGEST_REASON)
        if what == "agree":
            services.agree(str(reader.organisation), {id: grams}, reason, person=reader.person)
        else:
            services.correct(str(reader.organisation), id, grams, reason, basis=known, person=reader.person)
    except MeguriError as error:
        fields = {"/body/reason": "/reason", "/body/basis": "/scale", "/body": "/mass_kg"}
        return page(request, "custody/one_mass.html", context, error, fields)
    text = gettext("Agreed.") if what == "agree" else gettext("Corrected.")
    return done(request, text, f"/lots/{id}")
