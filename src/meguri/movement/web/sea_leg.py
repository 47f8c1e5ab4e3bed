"""The leg on a page: between which ports, how far, on the map, and what of it nobody was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from meguri import reference
from meguri.consent.case import permission
from meguri.consent.states import DossierState
from meguri.kit.problems import N_, Problem
from meguri.law.asking.decisions import DecidedQuestion
from meguri.sea import legs


def context(leg: legs.SeaLeg | None, problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """What the leg's part of a page shows."""
    if leg is None:
        return {"leg": None}
    language = get_language() or "en"
    known = reference.ports()
    calls = [known[code] for code in leg.ports]
    kinds = ["origin", *(["transit"] * len(leg.via)), "destination"]
    data = {
        "points": [
            {"lon": port.lon, "lat": port.lat, "label": port.name.say(language), "kind": kind}
            for port, kind in zip(calls, kinds, strict=True)
        ],
        "arcs": [{"points": [list(point) for point in leg.points], "label": f"{leg.km:,.0f} km", "weight": 0.4}],
    }
    return {
        "leg": leg,
        "calls": calls,
        "map": json.dumps(data, ensure_ascii=False),
        "leg_problems": tuple(problems),
    }


def economies(leg: legs.SeaLeg | None) -> list[str]:
    """The economies in which its ports lie, in order."""
    known = reference.ports()
    return [known[code].iso3 for code in leg.ports] if leg else []


def of_case(leg: legs.SeaLeg | None, case: DossierState) -> Iterable[Problem]:
    """What of the leg the consents of a case do not cover."""
    found = economies(leg)
    return permission.ports(case, found) if found else ()


def of_question(leg: legs.SeaLeg | None, asked: DecidedQuestion) -> Iterable[Problem]:
    """What of the leg the verdict was not asked for."""
    found = economies(leg)
    if not found:
        return
    if found[0] != asked.origin or found[-1] != asked.destination or set(found[1:-1]) - set(asked.via):
        yield Problem(
            N_("The verdict was asked for {origin} to {destination} via {via}; the ports lie in {economies}."),
            "/port_from",
            "port",
            {
                "origin": asked.origin,
                "destination": asked.destination,
                "via": ", ".join(asked.via) or "-",
                "economies": ", ".join(found),
            },
        )
