"""Pages of samples: mine, a new one, and one with all that may be done with it next."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from meguri import materials
from meguri.custody.assays import vocabulary
from meguri.custody.assays.states import SIDES, Party, SampleState, SamplingWitness
from meguri.custody.models import LotSample
from meguri.custody.services import samples as sampling
from meguri.custody.web.assays import written
from meguri.custody.web.forms import chosen, done, form_view, held, only_shown, page
from meguri.kit import clock, ids
from meguri.kit.people.identity import Reader, need_party
from meguri.kit.problems import MeguriError
from meguri.kit.web import forms
from meguri.kit.words import Words
from meguri.registry import services as registry

LISTED = 100
LONGEST_METHOD, LONGEST_SEAL = 1000, 40
WHOSE = {
    "seller": Words("Seller", context="assay"),
    "buyer": Words("Buyer", context="assay"),
    "umpire": Words("Umpire", context="assay"),
    "reserve": Words("Reserve", context="assay"),
    "both": Words("both", context="assay"),
}
ON_RECORD = {
    "/body/lots": "/lots", "/lot": "/lots", "/body/seller": "/other", "/body/buyer": "/other",
    "/body/umpire": "/umpire", "/body/witnesses": "/witness", "/body/increments": "/increments",
    "/body/top_size_um": "/top_size", "/body/moisture_ppb": "/moisture", "/body/moisture_sd_ppb": "/moisture_sd",
    "/body/ignition_ppb": "/ignition", "/body/sampling_rsd_ppb": "/sampling", "/body/preparation_rsd_ppb":
    "/preparation", "/body/parts": "/part_g", "/body/terms": "/terms", "/body/reduction": "/reduction",
    "/body/material": "/lots", "/body/facility": "/lots",
}  # fmt: skip
FOUND = {"/body/found": "/found", "/body/laboratory": "/laboratory", "/body/seal": "/seal", "/body": "/found"}


def others(reader: Reader) -> list[dict[str, Any]]:
    """Organisations that may take part beside the reader's: no authority does."""
    return [
        {"id": who, "name": state.name, "economy": state.economy}
        for who, state in registry.organisations().items()
        if who != reader.organisation and not any(span.role == "authority" for span in state.roles)
    ]


@require_GET
def samples(request: HttpRequest) -> HttpResponse:
    """The samples in which the reader's organisation takes part, the newest first."""
    reader = need_party(request)
    rows = LotSample.objects.visible_to(reader).order_by("-sealed_at", "id")[:LISTED]
    told = [{"id": row.id, "state": row.value, "stands": standing(row.value)} for row in rows]
    return render(request, "custody/assays/samples.html", {"samples": told, "most": LISTED})


def standing(state: SampleState) -> tuple[str, Words]:
    """Where a sample stands: tone and word."""
    if state.settled is not None:
        return "good", Words("settled", context="sample")
    if state.disputed:
        return "stop", Words("the umpire is awaited", context="sample")
    if state.opened_at is not None:
        return "wait", Words("exchanged, to be settled", context="sample")
    if state.provisional is not None:
        return "wait", Words("provisional figures", context="sample")
    return "wait", Words("results are awaited", context="sample")


@form_view
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a sample of lots in store. Its name is made with the form, so that sending it twice records it once."""
    reader = need_party(request)
    sent = request.POST
    rules = vocabulary.rules()
    context = {
        **held(request, reader),
        "others": others(reader),
        "sample": sent.get("as_sample") or ids.new(),
        "nonce": sent.get("nonce") or secrets.token_hex(16),
        "side": sent.get("side", "buyer"),
        "rules": [rules["days"], rules["sampling"], rules["preparation"]],
    }
    if only_shown(request):
        return page(request, "custody/assays/draw.html", context)
    try:
        own: Party = "seller" if sent.get("side") == "seller" else "buyer"
        other = sent.get("other", "")
        witness = sent.get("witness", "")
        sample = sampling.draw(
            str(reader.organisation),
            chosen(request),
            seller=str(reader.organisation) if own == "seller" else other,
            buyer=str(reader.organisation) if own == "buyer" else other,
            umpire=sent.get("umpire", "") if other else "",
            parts=sampling.sealed_parts(
                forms.whole(sent, "part_g"),
                both=bool(other),
                own=own,
                prefix=forms.text(sent, "seal", LONGEST_SEAL),
            ),
            method=forms.text(sent, "method", LONGEST_METHOD),
            increments=forms.whole(sent, "increments"),
            top_size_um=written.micrometres(sent, "top_size"),
            moisture_ppb=written.percent_ppb(sent, "moisture", "0") or 0,
            moisture_sd_ppb=written.percent_ppb(sent, "moisture_sd", "0") or 0,
            ignition_ppb=written.percent_ppb(sent, "ignition"),
            sampling_rsd_ppb=written.percent_ppb(sent, "sampling"),
            preparation_rsd_ppb=written.percent_ppb(sent, "preparation"),
            reduction=written.reduction(sent),
            witnesses=[SamplingWitness(witness)] if witness else [],
            terms=written.terms(sent),
            sample=str(context["sample"]),
            nonce=str(context["nonce"]),
            person=reader.person,
        )
    except MeguriError as error:
        return page(request, "custody/assays/draw.html", context, error, ON_RECORD)
    return done(request, gettext("The sample is drawn and sealed."), f"/samples/{sample}")


def _names(state: SampleState) -> dict[str, Words]:
    """What everybody on a sample is called."""
    named = {*state.engaged, *(one.organisation for one in state.witnesses)}
    return {who: one.name for who, one in registry.states(named).items()}


def _context(request: HttpRequest, id: str) -> dict[str, Any]:
    reader = need_party(request)
    state = sampling.sample(id, reader)
    names, side = _names(state), state.side(str(reader.organisation))
    own = sampling.kept(state, side) if side and state.opened_at is None else None
    filed, rules = vocabulary.limits(), vocabulary.rules()
    both = len(state.parties) == 2
    late = clock.now() >= state.due
    laid = [one for one in SIDES if state.laid(one) is not None]
    lays = reader.says and side is not None and state.opened_at is None and state.settled is None
    return {
        "id": id,
        "state": state,
        "stands": standing(state),
        "material": vocabulary.materials()[state.material].names,
        "parties": [(WHOSE[one], names.get(getattr(state, one))) for one in SIDES if getattr(state, one)],
        "umpire": names.get(state.umpire),
        "witnesses": [(names.get(one.organisation), one.office) for one in state.witnesses],
        "parts": [(WHOSE[part.whose], part) for part in state.parts],
        "laid": [
            {
                "whose": WHOSE[one.whose],
                "one": one,
                "laboratory": names.get(one.laboratory),
                "found": one.found or (own[1].found if own and one.whose == side else ()),
                "closed": not one.found,
            }
            for one in state.assays
        ],
        "agreed": [
            {
                "one": one,
                "basis": materials.BASES[one.basis] if one.basis else None,
                "further": WHOSE[one.further] if one.further else None,
                "limit": filed.get((one.element, state.material)),
            }
            for one in state.agreed
        ],
        "apart": rules["apart"],
        "middle": rules["middle"],
        "sampling": rules["sampling"],
        "settlements": [
            {
                "one": one,
                "elements": [(each, materials.BASES[each.basis]) for each in one.elements],
            }
            for one in (state.provisional, state.settled)
            if one is not None
        ],
        "methods": vocabulary.methods().values(),
        "units": ", ".join(sampling.UNITS),
        "laboratories": [{"id": str(reader.organisation), "name": None}, *(others(reader) if lays else ())],
        "seals": [part.seal for part in state.parts if part.whose in (side, "reserve")],
        "can": {
            "assay": lays,
            "exchange": reader.says
            and side is not None
            and both
            and state.opened_at is None
            and (len(laid) == 2 or (late and bool(laid))),
            "umpire": reader.says and state.umpire == reader.organisation and bool(state.disputed),
            "settle": reader.says
            and side is not None
            and state.opened_at is not None
            and not state.disputed
            and state.settled is None,
            "provisional": reader.says and side is not None and state.settled is None and state.opened_at is None,
        },
    }


@require_GET
def sample(request: HttpRequest, id: str) -> HttpResponse:
    """One sample: how it was drawn, what was found, what was agreed and settled, and what may be done next."""
    return page(request, "custody/assays/sample.html", _context(request, id))


def _told(request: HttpRequest, id: str, say: Callable[[Reader, Mapping[str, str]], None], text: str) -> HttpResponse:
    reader = need_party(request)
    sampling.sample(id, reader)
    try:
        say(reader, request.POST)
    except MeguriError as error:
        return page(request, "custody/assays/sample.html", _context(request, id), error, FOUND)
    return done(request, text, f"/samples/{id}")


@require_POST
def assay(request: HttpRequest, id: str) -> HttpResponse:
    """Lay what one's laboratory found."""

    def say(reader: Reader, sent: Mapping[str, str]) -> None:
        sampling.lay(
            str(reader.organisation),
            id,
            written.found(sent),
            laboratory=sent.get("laboratory", ""),
            seal=sent.get("seal", ""),
            person=reader.person,
        )

    return _told(request, id, say, gettext("The result is laid. It stays closed until both are opened."))


@require_POST
def exchange(request: HttpRequest, id: str) -> HttpResponse:
    """Open all that was laid."""

    def say(reader: Reader, sent: Mapping[str, str]) -> None:
        sampling.exchange(str(reader.organisation), id, person=reader.person)

    return _told(request, id, say, gettext("The results are open."))


@require_POST
def umpire(request: HttpRequest, id: str) -> HttpResponse:
    """Say as the umpire what was found."""

    def say(reader: Reader, sent: Mapping[str, str]) -> None:
        sampling.judge(str(reader.organisation), id, written.found(sent), person=reader.person)

    return _told(request, id, say, gettext("Recorded. The middle of the three settles."))


@require_POST
def settle(request: HttpRequest, id: str) -> HttpResponse:
    """Settle what the lots contain."""

    def say(reader: Reader, sent: Mapping[str, str]) -> None:
        sampling.settle(str(reader.organisation), id, person=reader.person)

    return _told(request, id, say, gettext("Settled. The lots contain what was settled."))


@require_POST
def provisional(request: HttpRequest, id: str) -> HttpResponse:
    """Give figures for the time being."""

    def say(reader: Reader, sent: Mapping[str, str]) -> None:
        sampling.settle(str(reader.organisation), id, provisional=written.found(sent), person=reader.person)

    return _told(request, id, say, gettext("Recorded as provisional."))
