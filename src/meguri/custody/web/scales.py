"""The page of instruments: those of one's facilities, and a form by which one is entered, once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from meguri.custody.services import instruments
from meguri.custody.states import InstrumentState
from meguri.custody.web import measured
from meguri.custody.web.forms import LONGEST_LABEL, done, form_view, own_facilities, page
from meguri.custody.weighing import limits
from meguri.kit import clock
from meguri.kit.grams import decimal_of, parse_kg
from meguri.kit.people.identity import need_party
from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.web import forms
from meguri.kit.words import Words, plain
from meguri.movement import course

KINDS = {
    "scale": Words("Scale or weighbridge"),
    "road-motion": Words("Vehicles weighed in motion"),
    "rail-motion": Words("Rail wagons weighed in motion"),
}
UNITS = {"g": 1000, "kg": 1_000_000}
"""Milligrams in the units in which an interval is written."""


def _row(id: str, state: InstrumentState, name: object) -> dict[str, Any]:
    bands = limits.classes().get((state.kind, state.grade), ())
    return {
        "id": id,
        "state": state,
        "facility": name,
        "kind": KINDS.get(state.kind),
        "interval": measured.interval(state.interval_mg),
        "verified": state.verified(course.local_day(state.economy, clock.now())),
        "class": bands[0] if bands else None,
    }


@form_view
def instruments_page(request: HttpRequest) -> HttpResponse:
    """The instruments of the reader's facilities, with a form that enters one or says that it was verified anew."""
    reader = need_party(request)
    sent = request.POST
    facilities = own_facilities(reader)
    names = {str(one["id"]): one["name"] for one in facilities}
    context = {
        "rows": [
            _row(id, state, names.get(state.facility, plain(state.facility)))
            for id, state in instruments.of(str(reader.organisation)).items()
        ],
        "facilities": facilities,
        "kinds": KINDS,
        "classes": sorted({(kind, grade) for kind, grade in limits.classes()}),
        "units": list(UNITS),
    }
    if request.method == "GET":
        return page(request, "custody/instruments.html", context)
    fields = {
        "/body/name": "/name", "/body/grade": "/class", "/body/interval_mg": "/interval", "/body/most_g": "/most_kg",
        "/body/verified_until": "/verified_until", "/body/facility": "/facility", "/body/settles": "/again",
    }  # fmt: skip
    try:
        kind, _, grade = sent.get("class", "").partition(" ")
        instruments.enter(
            str(reader.organisation),
            sent.get("facility", ""),
            forms.text(sent, "name", LONGEST_LABEL),
            kind=kind,
            grade=grade,
            interval_mg=_interval(sent.get("interval", ""), sent.get("unit", "")),
            most_g=parse_kg(sent.get("most_kg", ""), "/most_kg"),
            verified_until=forms.day(sent, "verified_until"),
            number=forms.text(sent, "number", LONGEST_LABEL),
            instrument=sent.get("again", ""),
            person=reader.person,
        )
    except MeguriError as error:
        return page(request, "custody/instruments.html", context, error, fields)
    return done(request, gettext("The instrument is on record."), "/lots/instruments")


def _interval(text: str, unit: str) -> int:
    """An interval in milligrams, from a figure and its unit. Refused where there is no such unit, or it is no mass."""
    if unit not in UNITS:
        raise refuse(N_("Choose whether the interval is in grams or in kilograms."), "/unit", "unit")
    found = decimal_of(text)
    mg = found * UNITS[unit] if found is not None else None
    if mg is None or mg <= 0 or mg != mg.to_integral_value():
        raise refuse(
            N_("The verification interval stands on the instrument's plate as e, such as 0.5 kg; it is above zero."),
            "/interval",
            "interval",
        )
    return int(mg)
