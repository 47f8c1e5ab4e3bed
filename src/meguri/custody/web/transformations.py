"""Forms that turn lots into others: dismantle, pack, blend, smelt."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext

from meguri import materials, reference
from meguri.custody import services
from meguri.custody.states import Loss
from meguri.custody.substance import vocabulary as substance
from meguri.custody.vocabulary import ELEMENT, stream_words, tolerances
from meguri.custody.web import measured
from meguri.custody.web.forms import (
    LONGEST_LABEL,
    LONGEST_REASON,
    chosen,
    done,
    form_view,
    held,
    only_shown,
    page,
)
from meguri.custody.weighing import expectation
from meguri.kit.grams import LONGEST_SAID, apportion, decimal_of, read_kg, typed_kg
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.web import forms
from meguri.movement.states import MassBasis

MOST_BAGS = 500
EXTRA_ROWS = range(6)
BASES = ("file", "assay", "weighed")
# What an assay is written in, as mass fractions: copper in per cent, the noble metals in grams a tonne.
ASSAY_UNITS = {"Cu": ("%", Decimal("0.01")), "Au": ("g/t", Decimal("1e-6")), "Ag": ("g/t", Decimal("1e-6")),
               "Pd": ("g/t", Decimal("1e-6"))}  # fmt: skip


@form_view
def dismantle(request: HttpRequest, id: str) -> HttpResponse:
    """Take a lot apart. The fields are empty; what its stream is expected to give stands beside them, where a bill of
    it is on file.
    """
    reader = need_party(request)
    state = services.lot(id, reader)
    bill = expectation.bill(state.stream, state.mass_g, state.mix)
    sent = request.POST
    lines = [
        {
            "stream": line.stream,
            "name": stream_words(line.stream),
            "field": f"out-{line.stream}",
            "expected_g": line.mass_g,
            "value": sent.get(f"out-{line.stream}", ""),
            "confidence": line.confidence.word,
            "source": "; ".join(line.sources),
        }
        for line in (bill.lines if bill else ())
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
        "taken": sent.get("taken_kg", typed_kg(state.mass_g)),
        "loss": sent.get("loss_kg", ""),
        "expected_loss_g": bill.loss_g if bill else None,
        "reason": sent.get("loss_reason", ""),
        "tolerance": tolerances()["dismantling"].percent,
        **measured.offered(request, reader, state.facility),
        "losses": loss_kinds("dismantling"),
    }
    if request.method == "GET":
        return page(request, "custody/dismantle.html", context)
    fields: dict[str, str] = {
        "/body/loss_g": "/loss_kg",
        "/body/loss_reason": "/loss_reason",
        "/body/losses": "/loss_kind",
        "/body/inputs": "/taken_kg",
        "/body/happened": "/happened",
        "/outputs": "/taken_kg",
    }
    try:
        known = measured.basis(sent)
        outputs = _outputs(request, [str(line["stream"]) for line in lines], fields, known, state.mass_g)
        if not outputs:
            raise refuse(N_("Write what came out, as it was weighed."), "/taken_kg", "empty")
        for index in range(len(outputs)):
            fields[f"/body/outputs/{index}/basis"] = "/scale"
        made = services.dismantle(
            str(reader.organisation),
            id,
            outputs,
            grams=read_kg(sent.get("taken_kg", ""), "/taken_kg", most_g=state.mass_g),
            loss_g=read_kg(sent.get("loss_kg") or "0", "/loss_kg", most_g=state.mass_g),
            basis=known,
            happened=measured.happened(sent, state.facility),
            loss_reason=forms.text(sent, "loss_reason", LONGEST_REASON),
            losses=_losses(sent),
            person=reader.person,
        )
    except MeguriError as error:
        return page(request, "custody/dismantle.html", context, error, fields)
    text = gettext("Dismantled into {count} lots.").format(count=len(made.lots))
    return done(request, text, f"/lots/{id}")


def _outputs(
    request: HttpRequest, streams: Sequence[str], fields: dict[str, str], known: MassBasis, most_g: int
) -> dict[str, int]:
    """Grams by stream from a form, noting which field each stands in."""
    written = [(stream, request.POST.get(f"out-{stream}", ""), f"/out-{stream}") for stream in streams]
    for n in EXTRA_ROWS:
        stream, mass = request.POST.get(f"extra-stream-{n}", ""), request.POST.get(f"extra-mass-{n}", "")
        if mass.strip() and not stream:
            raise refuse(N_("Choose what weighs {mass} kg."), f"/extra-stream-{n}", "stream", mass=mass[:LONGEST_SAID])
        if stream and not mass.strip():
            raise refuse(N_("Write what it weighs, or choose nothing here."), f"/extra-mass-{n}", "mass")
        if stream:
            written.append((stream, mass, f"/extra-mass-{n}"))
    found: dict[str, int] = {}
    for stream, mass, field in written:
        grams = measured.mass(mass or "0", field, known, most_g)
        if grams:
            fields[f"/body/outputs/{len(found)}"] = field
            found[stream] = found.get(stream, 0) + grams
    fields["/body/outputs"] = next((field for _, _, field in written), "/taken_kg")
    return found


@form_view
def pack(request: HttpRequest, id: str) -> HttpResponse:
    """Pack a lot in bags: one mass a line, at first divided equally over the number asked for."""
    reader = need_party(request)
    state = services.lot(id, reader)
    asked = request.GET.get("count", "")
    count = asked or "10"
    bags = int(count) if count.isdecimal() and len(count) < 9 and 0 < int(count) <= MOST_BAGS else 10
    masses = "\n".join(typed_kg(grams) for grams in apportion(state.mass_g, [1] * bags))
    context = {
        "id": id,
        "lot": state,
        "stream": stream_words(state.stream),
        "count": bags,
        "masses": request.POST.get("masses", masses if asked else ""),
        **measured.offered(request, reader, state.facility),
    }
    if request.method == "GET":
        return page(request, "custody/pack.html", context)
    try:
        lines = [line for line in request.POST.get("masses", "").splitlines() if line.strip()]
        if not 0 < len(lines) <= MOST_BAGS:
            raise refuse(N_("Write from 1 to {most} masses, one a line."), "/masses", "many", most=MOST_BAGS)
        known = measured.basis(request.POST)
        made = services.pack(
            str(reader.organisation),
            id,
            [measured.mass(line, "/masses", known, state.mass_g * 101 // 100) for line in lines],
            # Who divides by reckoning has weighed nothing.
            basis=services.CALCULATED if [*map(str.strip, lines)] == masses.split() else known,
            person=reader.person,
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
    context = {**held(request, reader, stream=stream), **measured.offered(request, reader)}
    if only_shown(request):
        return page(request, "custody/blend.html", context)
    try:
        mass = request.POST.get("mass_kg", "")
        known = measured.basis(request.POST)
        lot = services.blend(
            str(reader.organisation),
            chosen(request),
            grams=measured.mass(mass, "/mass_kg", known) if mass.strip() else None,
            basis=known,
            label=forms.text(request.POST, "label", LONGEST_LABEL),
            person=reader.person,
        )
    except MeguriError as error:
        return page(
            request,
            "custody/blend.html",
            context,
            error,
            {"/body/outputs/0/grams": "/mass_kg", "/body": "/lots", "/lot": "/lots"},
        )
    return done(request, gettext("Blended."), f"/lots/{lot}")


def _share(text: str, field: str, unit: Decimal, sign: str) -> float | None:
    """A mass fraction from what an assay says in its unit; None where nothing is written."""
    if not text.strip():
        return None
    found = decimal_of(text)
    if found is None:
        text = text[:LONGEST_SAID]
        raise refuse(N_("“{text}” is no number. Write it like 220 or 18.5."), field, "number", text=text)
    most = 1 / unit
    if not 0 <= found <= most:
        raise refuse(
            N_("{text} {unit} cannot be. A content lies between 0 and {most} {unit}."),
            field,
            "share",
            text=text.strip()[:LONGEST_SAID],
            unit=sign,
            most=f"{most:,.0f}",
        )
    return float(found * unit)


def _assay(sent: QueryDict) -> dict[str, float]:
    """Mass fractions by element as the form has them. Refused where not one is written."""
    given = {
        e: _share(sent.get(f"assay-{e}", ""), f"/assay-{e}", unit, sign) for e, (sign, unit) in ASSAY_UNITS.items()
    }
    found = {e: share for e, share in given.items() if share is not None}
    if not found:
        raise refuse(N_("Write what your assay found of at least one element."), f"/assay-{next(iter(given))}", "empty")
    return found


def _losses(sent: QueryDict) -> tuple[Loss, ...] | None:
    """The loss by the kind that was chosen; None where none was, for the kind that the step usually has."""
    grams = read_kg(sent.get("loss_kg") or "0", "/loss_kg")
    kind = sent.get("loss_kind", "")
    if not kind or not grams:
        return None
    if kind not in substance.losses():
        raise refuse(N_("Choose one from the list."), "/loss_kind", "required")
    return (Loss(kind, grams),)


def loss_kinds(step: str) -> list[substance.LossKind]:
    """The kinds of loss that a step has, for its form."""
    return [kind for kind in substance.losses().values() if step in kind.steps]


def _fineness(sent: QueryDict) -> dict[str, float]:
    """The assay of the metals that came out, as mass fractions of each in itself; written in parts per thousand."""
    given = {e: _share(sent.get(f"fine-{e}", ""), f"/fine-{e}", Decimal("0.001"), "‰") for e in materials.PRODUCTS}
    return {e: share for e, share in given.items() if share is not None}


@form_view
def smelt(request: HttpRequest) -> HttpResponse:
    """Melt lots: by figures on file, by an assay, or as weighed."""
    reader = need_party(request)
    sent = request.POST
    context: dict[str, Any] = {
        **held(request, reader, metals=False),
        **measured.offered(request, reader),
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
        "others": [
            {"stream": s, "name": stream_words(s)}
            for s in (*substance.process_streams(), *(f"{ELEMENT}{e}" for e in reference.elements()))
        ],
        "extra": [
            {"n": n, "stream": sent.get(f"extra-stream-{n}", ""), "mass": sent.get(f"extra-mass-{n}", "")}
            for n in EXTRA_ROWS
        ],
        "losses": loss_kinds("smelting"),
        "fine": [
            {"element": e, "name": stream_words(f"{ELEMENT}{e}"), "value": sent.get(f"fine-{e}", "")}
            for e in materials.PRODUCTS
        ],
    }
    if only_shown(request):
        return page(request, "custody/smelt.html", context)
    fields = {"/body/loss_reason": "/loss_reason", "/body/loss_g": "/loss_kg",
              "/body/losses": "/loss_kind", "/body": "/lots", "/mass_g": "/lots",
              "/lot": "/lots", "/assay": "/basis", "/contents": "/basis"}  # fmt: skip
    fields |= {f"/assay/{e}": f"/assay-{e}" for e in ASSAY_UNITS}
    fields |= {f"/fineness/{e}": f"/fine-{e}" for e in materials.PRODUCTS}
    try:
        names = chosen(request)
        if context["basis"] not in BASES:
            raise refuse(N_("Choose one from the list."), "/basis", "required")
        if context["basis"] == "weighed":
            known = measured.basis(sent)
            most = sum(state.mass_g for state in services.lots(names).values())
            outputs = {
                str(row["stream"]): measured.mass(str(row["value"]) or "0", f"/{row['field']}", known, most)
                for row in context["weighed"]
            }
            for stream, grams in _outputs(request, [], fields, known, most).items():
                outputs[stream] = outputs.get(stream, 0) + grams
            made = services.smelt(
                str(reader.organisation),
                names,
                outputs=outputs,
                fineness=_fineness(sent),
                loss_g=read_kg(sent.get("loss_kg") or "0", "/loss_kg"),
                basis=known,
                loss_reason=forms.text(sent, "loss_reason", LONGEST_REASON),
                losses=_losses(sent),
                person=reader.person,
            )
        else:
            assay = _assay(sent) if context["basis"] == "assay" else None
            made = services.smelt(
                str(reader.organisation), names, assay=assay, fineness=_fineness(sent), person=reader.person
            )
    except MeguriError as error:
        return page(request, "custody/smelt.html", context, error, fields)
    return done(request, gettext("Smelted into {count} lots.").format(count=len(made.lots)), f"/lots/{made.lots[0]}")
