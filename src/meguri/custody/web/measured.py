"""What forms ask of a mass beside the figure: on which instrument, and when it happened at the place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from meguri import law
from meguri.custody.services import instruments
from meguri.kit import clock
from meguri.kit.grams import read_kg
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, refuse
from meguri.movement import course
from meguri.movement.states import DECLARED, MassBasis
from meguri.registry import services as registry

ESTIMATED = "estimated"
LONGEST_TICKET = 80
LAST = "scale"
"""Under which name a session keeps the instrument used last."""


def offered(request: HttpRequest, reader: Reader, facility: str = "") -> dict[str, Any]:
    """The instruments of the reader (or of one facility) to choose from. At first the one is chosen that was used last
    in this session, or the only one.
    """
    known = instruments.of(str(reader.organisation), facility)
    found = [
        {
            "id": id,
            "state": state,
            "verified": state.verified(course.local_day(state.economy, clock.now())),
            "interval": interval(state.interval_mg),
        }
        for id, state in known.items()
    ]
    last = next(iter(known)) if len(known) == 1 else ""
    if request.method == "POST" and (used := request.POST.get("scale", "")) in known:
        request.session[LAST] = used
    if (used := request.session.get(LAST, "")) in known:
        last = used
    return {"scales": found, "scale": request.POST.get("scale", last), "when": request.POST.get("happened", "")}


def interval(mg: int) -> str:
    """A verification interval with its unit, as it stands on the plate."""
    grams = Decimal(mg) / 1000
    return f"{(grams / 1000).normalize():f} kg" if grams >= 100 else f"{grams.normalize():f} g"


def basis(sent: Mapping[str, str], counted: str = "pieces") -> MassBasis:
    """How a mass is known, as a form says it: by the instrument chosen, estimated, or as it was declared. `counted` is
    the name of the field in which its pieces stand.
    """
    chosen, ticket = sent.get("scale", ""), sent.get("ticket", "").strip()[:LONGEST_TICKET]
    pieces = _pieces(sent.get(counted, ""), f"/{counted}")
    if chosen == ESTIMATED:
        return MassBasis(how="estimated", ticket=ticket, pieces=pieces)
    if chosen:
        return instruments.basis_on(chosen, ticket=ticket, pieces=pieces)
    if pieces:
        return MassBasis(how="counted", ticket=ticket, pieces=pieces)
    return MassBasis(ticket=ticket) if ticket else DECLARED


def _pieces(text: str, pointer: str) -> int:
    if not text.strip():
        return 0
    if not text.strip().isdecimal() or len(text.strip()) > 7:
        raise refuse(N_("Write how many pieces, such as 12."), pointer, "pieces")
    return int(text)


def mass(text: str, pointer: str, known: MassBasis, most_g: int | None = None, least_g: int = 0) -> int:
    """The grams that a figure means where one reading alone fits what the instrument weighs, or what is expected."""
    if known.instrument:
        state = instruments.instrument(known.instrument)
        most_g = state.most_g if most_g is None else min(most_g, state.most_g)
    return read_kg(text, pointer, least_g=least_g, most_g=most_g)


def happened(sent: Mapping[str, str], facility: str) -> str:
    """When it happened by the clock at a facility, with its offset; empty where nothing is written."""
    text = sent.get("happened", "").strip()
    if not text:
        return ""
    zone = law.economy_zone(registry.facility(facility).economy) if facility else "UTC"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(N_("Write day and hour at the place: 2026-11-29 16:30."), "/happened", "instant") from None
    return found.replace(tzinfo=ZoneInfo(zone)).isoformat(timespec="minutes")
