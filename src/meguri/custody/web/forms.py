"""Forms that record lots. What was written stays on the page when something is to be put right."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from meguri import materials, reference
from meguri.consent.states import Bag
from meguri.custody import services
from meguri.custody.models import Lot
from meguri.custody.states import LotState
from meguri.custody.vocabulary import ELEMENT, element_of, stream_words, tolerances
from meguri.kit import ids
from meguri.kit.grams import apportion, parse_kg
from meguri.kit.problems import N_, MeguriError, Problem, refuse
from meguri.kit.web.identity import Reader, need_party
from meguri.registry import services as registry

MOST_BAGS = 500
EXTRA_ROWS = range(3)
# What an assay is written in, as mass fractions: copper in per cent, the noble metals in grams a tonne.
ASSAY_UNITS = {"Cu": ("%", Decimal("0.01")), "Au": ("g/t", Decimal("1e-6")), "Ag": ("g/t", Decimal("1e-6")),
               "Pd": ("g/t", Decimal("1e-6"))}  # fmt: skip
form_view = require_http_methods(["GET", "POST"])


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


def person(reader: Reader) -> str:
    """Who signed in; kept outside the act."""
    return reader.user.get_username() if reader.user else ""


def held(reader: Reader, *, metals: bool = True, stream: str = "") -> list[dict[str, Any]]:
    """Lots in the reader's store, to choose from."""
    rows = Lot.objects.held_by(str(reader.organisation)).order_by("stream", "made_at", "id")
    if stream:
        rows = rows.filter(stream=stream)
    found = [(row.id, cast(LotState, row.value)) for row in rows[:500]]
    return [
        {"id": id, "state": state, "stream": stream_words(state.stream)}
        for id, state in found
        if metals or not element_of(state.stream)
    ]


def chosen(request: HttpRequest) -> list[str]:
    """The lots that were ticked. Refused where there is none."""
    names = request.POST.getlist("lot")
    if not names:
        raise refuse(N_("Choose at least one lot."), "/lots", "empty")
    return names


def own_facilities(reader: Reader) -> list[dict[str, Any]]:
    """The reader's facilities, to choose from."""
    return [{"id": id, "names": state.names} for id, state in registry.facilities(reader.organisation).items()]


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
    }
    fields = {
        "/body/grams": "/mass_kg",
        "/body/stream": "/stream",
        "/body/facility": "/facility",
        "/facility": "/facility",
    }
    try:
        if request.method == "POST":
            sent = request.POST
            lot = services.collect(
                str(reader.organisation),
                sent.get("facility", ""),
                sent.get("stream", ""),
                parse_kg(sent.get("mass_kg", ""), "/mass_kg"),
                mix=sent.get("mix", ""),
                place=sent.get("place", "")[:200],
                label=sent.get("label", "")[:200],
                lot=str(context["lot"]),
                event=str(context["event"]),
                nonce=str(context["nonce"]),
                person=person(reader),
            )
            return done(request, gettext("Taken in and recorded."), f"/lots/{lot}")
    except MeguriError as error:
        return page(request, "custody/take_in.html", context, error, fields)
    return page(request, "custody/take_in.html", context)


@form_view
def dismantle(request: HttpRequest, id: str) -> HttpResponse:
    """Take a lot apart; the expected bill stands in the fields, to be replaced by what was weighed."""
    reader = need_party(request)
    state = services.lot(id, reader)
    bill = materials.dismantle(state.mass_g, state.mix or materials.DEFAULT_MIX)
    sent = request.POST
    lines = [
        {
            "stream": line.stream,
            "name": stream_words(line.stream),
            "field": f"out-{line.stream}",
            "expected_g": line.mass_g,
            "value": sent.get(f"out-{line.stream}", _plain_kg(line.mass_g)),
            "confidence": line.confidence.word,
            "source": "; ".join(line.sources),
        }
        for line in bill.lines
    ]
    context = {
        "id": id,
        "lot": state,
        "stream": stream_words(state.stream),
        "lines": lines,
        "streams": list(reference.streams().values()),
        "extra": [
            {"n": n, "stream": sent.get(f"extra-stream-{n}", ""), "mass": sent.get(f"extra-mass-{n}", "")}
            for n in EXTRA_ROWS
        ],
        "taken": sent.get("taken_kg", _plain_kg(state.mass_g)),
        "loss": sent.get("loss_kg", _plain_kg(bill.loss_g)),
        "reason": sent.get("loss_reason", gettext("dust and what could not be sorted")),
        "tolerance": tolerances()["dismantling"].percent,
    }
    if request.method == "GET":
        return page(request, "custody/dismantle.html", context)
    fields: dict[str, str] = {
        "/body/loss_g": "/loss_kg",
        "/body/loss_reason": "/loss_reason",
        "/body/inputs": "/taken_kg",
    }
    try:
        outputs = _outputs(request, [str(line["stream"]) for line in lines], fields)
        made = services.dismantle(
            str(reader.organisation),
            id,
            outputs,
            grams=parse_kg(sent.get("taken_kg", ""), "/taken_kg"),
            loss_g=parse_kg(sent.get("loss_kg") or "0", "/loss_kg"),
            loss_reason=sent.get("loss_reason", ""),
            person=person(reader),
        )
    except MeguriError as error:
        return page(request, "custody/dismantle.html", context, error, fields)
    text = gettext("Dismantled into {count} lots.").format(count=len(made.lots))
    return done(request, text, f"/lots/{id}")


def _outputs(request: HttpRequest, streams: Sequence[str], fields: dict[str, str]) -> dict[str, int]:
    """Grams by stream from a form, noting which field each stands in."""
    written = [(stream, request.POST.get(f"out-{stream}", ""), f"/out-{stream}") for stream in streams]
    for n in EXTRA_ROWS:
        stream, mass = request.POST.get(f"extra-stream-{n}", ""), request.POST.get(f"extra-mass-{n}", "")
        if mass.strip() and not stream:
            raise refuse(N_("Choose what weighs {mass} kg."), f"/extra-stream-{n}", "stream", mass=mass)
        if stream:
            written.append((stream, mass, f"/extra-mass-{n}"))
    found: dict[str, int] = {}
    for stream, mass, field in written:
        grams = parse_kg(mass or "0", field)
        if grams:
            fields[f"/body/outputs/{len(found)}"] = field
            found[stream] = found.get(stream, 0) + grams
    fields["/body/outputs"] = next((field for _, _, field in written), "/taken_kg")
    return found


def _plain_kg(grams: int) -> str:
    """Kilograms as one types them: no spaces for thousands."""
    return f"{grams // 1000}.{grams % 1000:03d}"


@form_view
def pack(request: HttpRequest, id: str) -> HttpResponse:
    """Pack a lot in bags: one mass a line, at first divided equally over the number asked for."""
    reader = need_party(request)
    state = services.lot(id, reader)
    count = request.GET.get("count", "10")
    bags = int(count) if count.isdecimal() and 0 < int(count) <= MOST_BAGS else 10
    masses = "\n".join(_plain_kg(grams) for grams in apportion(state.mass_g, [1] * bags))
    context = {
        "id": id,
        "lot": state,
        "stream": stream_words(state.stream),
        "count": bags,
        "masses": request.POST.get("masses", masses),
    }
    if request.method == "GET":
        return page(request, "custody/pack.html", context)
    try:
        lines = [line for line in request.POST.get("masses", "").splitlines() if line.strip()]
        if not 0 < len(lines) <= MOST_BAGS:
            raise refuse(N_("Write from 1 to {most} masses, one a line."), "/masses", "many", most=MOST_BAGS)
        made = services.pack(
            str(reader.organisation), id, [parse_kg(line, "/masses") for line in lines], person=person(reader)
        )
    except MeguriError as error:
        return page(request, "custody/pack.html", context, error, {"/body": "/masses"})
    return done(request, gettext("Packed in {count} bags.").format(count=len(made)), f"/lots/{id}")


@form_view
def blend(request: HttpRequest) -> HttpResponse:
    """Blend lots of one material into one."""
    reader = need_party(request)
    first = request.GET.get("lot", "")
    stream = services.lot(first, reader).stream if first else ""
    context = {"lots": held(reader, stream=stream), "ticked": _ticked(request)}
    if request.method == "GET":
        return page(request, "custody/blend.html", context)
    try:
        mass = request.POST.get("mass_kg", "")
        lot = services.blend(
            str(reader.organisation),
            chosen(request),
            grams=parse_kg(mass) if mass.strip() else None,
            label=request.POST.get("label", "")[:200],
            person=person(reader),
        )
    except MeguriError as error:
        return page(
            request, "custody/blend.html", context, error, {"/body/outputs/0/grams": "/mass_kg", "/body": "/lots"}
        )
    return done(request, gettext("Blended."), f"/lots/{lot}")


def _ticked(request: HttpRequest) -> list[str]:
    return request.POST.getlist("lot") if request.method == "POST" else request.GET.getlist("lot")


@form_view
def dispatch(request: HttpRequest) -> HttpResponse:
    """Send lots to another organisation in the same economy."""
    reader = need_party(request)
    others = [
        {"id": who, "names": state.names, "economy": state.economy}
        for who, state in registry.organisations().items()
        if who != reader.organisation and any(span.role != "authority" for span in state.roles)
    ]
    context = {"lots": held(reader), "ticked": _ticked(request), "others": others}
    if request.method == "GET":
        return page(request, "custody/dispatch.html", context)
    try:
        names = chosen(request)
        services.dispatch(str(reader.organisation), names, request.POST.get("to", ""), person=person(reader))
    except MeguriError as error:
        fields = {"/body/to": "/to", "/body/lots": "/lots", "/lot": "/lots"}
        return page(request, "custody/dispatch.html", context, error, fields)
    return done(request, gettext("Dispatched. The receiver weighs it on arrival."), "/lots/")


def _arriving(reader: Reader) -> Iterable[tuple[str, LotState]]:
    rows = Lot.objects.visible_to(reader).filter(status__in=("in_transit", "refused")).order_by("made_at", "id")
    for row in rows[:200]:
        state = cast(LotState, row.value)
        coming = state.bound_for == reader.organisation and not state.movement
        if coming or (state.status == "refused" and state.holder == reader.organisation):
            yield row.id, state


@form_view
def receive(request: HttpRequest) -> HttpResponse:
    """Weigh what was sent to me, take or refuse each lot; take back what others refused."""
    reader = need_party(request)
    sent = request.POST
    only = request.GET.get("lot", "")
    rows = [
        {
            "id": id,
            "state": state,
            "stream": stream_words(state.stream),
            "mass": sent.get(f"mass-{id}", ""),
            "refuse": sent.get(f"take-{id}") == "refuse",
            "reason": sent.get(f"reason-{id}", ""),
            "back": state.status == "refused",
            "ticked": id in sent.getlist("lot") if request.method == "POST" else (not only or id == only),
        }
        for id, state in _arriving(reader)
    ]
    tolerance = tolerances()["receiving"].percent
    context = {"rows": rows, "facilities": own_facilities(reader), "tolerance": tolerance}
    if request.method == "GET":
        return page(request, "custody/receive.html", context)
    fields = {"/body/facility": "/facility", "/facility": "/facility", "/body/bags": "/lots"}
    try:
        bags = []
        for index, id in enumerate(chosen(request)):
            fields[f"/body/bags/{index}/received_g"] = f"/mass-{id}"
            fields[f"/body/bags/{index}/reason"] = f"/reason-{id}"
            grams = parse_kg(sent.get(f"mass-{id}", ""), f"/mass-{id}")
            taken = sent.get(f"take-{id}", "accept") == "accept"
            bags.append(Bag(lot=id, received_g=grams, accepted=taken, reason=sent.get(f"reason-{id}", "")))
        services.receive(str(reader.organisation), sent.get("facility", ""), bags, person=person(reader))
    except MeguriError as error:
        return page(request, "custody/receive.html", context, error, fields)
    return done(request, gettext("Receipt recorded."), "/lots/")


def _share(text: str, field: str, unit: Decimal) -> float | None:
    """A mass fraction from what an assay says in its unit; None where nothing is written."""
    if not text.strip():
        return None
    try:
        return float(Decimal(text.strip().replace(",", "")) * unit)
    except InvalidOperation:
        raise refuse(N_("“{text}” is no number. Write it like 220 or 18.5."), field, "number", text=text) from None


@form_view
def smelt(request: HttpRequest) -> HttpResponse:
    """Melt lots: by figures on file, by an assay, or as weighed."""
    reader = need_party(request)
    sent = request.POST
    context: dict[str, Any] = {
        "lots": held(reader, metals=False),
        "ticked": _ticked(request),
        "basis": sent.get("basis", "file"),
        "assay": [
            {"element": e, "name": stream_words(f"{ELEMENT}{e}"), "unit": unit, "value": sent.get(f"assay-{e}", "")}
            for e, (unit, _) in ASSAY_UNITS.items()
        ],
        "weighed": [
            {
                "stream": s,
                "name": stream_words(s),
                "field": f"w-{s.replace(':', '-')}",
                "value": sent.get(f"w-{s.replace(':', '-')}", ""),
            }
            for s in (*(f"{ELEMENT}{e}" for e in materials.PRODUCTS), "slag")
        ],
    }
    if request.method == "GET":
        return page(request, "custody/smelt.html", context)
    fields = {"/body/loss_reason": "/loss_reason", "/body/loss_g": "/loss_kg", "/body": "/lots", "/mass_g": "/lots",
              "/assay": "/basis", "/contents": "/basis"}  # fmt: skip
    fields |= {f"/assay/{e}": f"/assay-{e}" for e in ASSAY_UNITS}
    try:
        names = chosen(request)
        if sent.get("basis") == "weighed":
            outputs = {
                str(row["stream"]): parse_kg(str(row["value"]) or "0", f"/{row['field']}") for row in context["weighed"]
            }
            made = services.smelt(
                str(reader.organisation),
                names,
                outputs=outputs,
                loss_g=parse_kg(sent.get("loss_kg") or "0", "/loss_kg"),
                loss_reason=sent.get("loss_reason", ""),
                person=person(reader),
            )
        else:
            given = {e: _share(sent.get(f"assay-{e}", ""), f"/assay-{e}", unit) for e, (_, unit) in ASSAY_UNITS.items()}
            assay = {e: share for e, share in given.items() if share is not None}
            by_assay = assay if sent.get("basis") == "assay" else None
            made = services.smelt(str(reader.organisation), names, assay=by_assay, person=person(reader))
    except MeguriError as error:
        return page(request, "custody/smelt.html", context, error, fields)
    return done(request, gettext("Smelted into {count} lots.").format(count=len(made.lots)), f"/lots/{made.lots[0]}")


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
    context = {"id": id, "lot": state, "stream": stream_words(state.stream), "what": what}
    if request.method == "GET":
        return page(request, "custody/one_mass.html", context)
    try:
        grams, reason = parse_kg(request.POST.get("mass_kg", "")), request.POST.get("reason", "")
        if what == "agree":
            services.agree(str(reader.organisation), {id: grams}, reason, person=person(reader))
        else:
            services.correct(str(reader.organisation), id, grams, reason, person=person(reader))
    except MeguriError as error:
        fields = {"/body/reason": "/reason", "/body": "/mass_kg"}
        return page(request, "custody/one_mass.html", context, error, fields)
    text = gettext("Agreed. The receiver can record it now.") if what == "agree" else gettext("Corrected.")
    return done(request, text, f"/lots/{id}")
