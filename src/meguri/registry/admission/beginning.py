"""What is missing until a first case can be opened: for the first-run page, and for ``meguri registry next``."""

from __future__ import annotations

from typing import NamedTuple

from meguri.kit import clock
from meguri.kit.words import Words
from meguri.registry import models, rights, services
from meguri.registry.states import OrganisationState

APPLY, FACILITY, LICENCE = "/registry/apply", "/registry/facilities/new", "/registry/licences/apply"


class Beginning(NamedTuple):
    """A step: its name, what is to be done, where, and whether it is done."""

    name: str
    words: Words
    url: str
    done: bool


def steps() -> list[Beginning]:
    """The steps in their order. All done: a case can be opened, as far as the registry goes."""
    authorities, exporters = services.economies_with("authority"), services.economies_with("exporter")
    smelters = services.economies_with("smelter")
    takers = services.economies_with("importer") | smelters
    places = set(models.Facility.objects.filter(closed_on=None).values_list("economy", flat=True).distinct())
    pairs = {(here, there) for here in exporters for there in takers if here != there}
    ends = {one for pair in pairs for one in pair}
    return [
        Beginning(
            "authorities",
            Words("Admit the competent authorities of the countries between which it moves."),
            "/registry/authorities",
            len(authorities) > 1 and ends <= authorities,
        ),
        Beginning(
            "exporter", Words("Admit an exporter."), "/registry/organisations/new?role=exporter", bool(exporters)
        ),
        Beginning(
            "importer",
            Words("Admit an importer in another country; who recovers metals may import for itself."),
            "/registry/organisations/new?role=importer",
            bool(pairs),
        ),
        Beginning(
            "smelter",
            Words("Admit who recovers it there, such as a smelter; an importer may do so itself."),
            "/registry/organisations/new?role=smelter",
            any(there in places or there in smelters for _, there in pairs),
        ),
        Beginning(
            "facility",
            Words("Put the facility on record in which it is recovered, with its place and what it does."),
            "/registry/facilities/new",
            any(there in places for _, there in pairs),
        ),
        Beginning(
            "carrier",
            Words("Admit a carrier."),
            "/registry/organisations/new?role=carrier",
            bool(services.economies_with("carrier")),
        ),
        Beginning(
            "licences",
            Words("Put certificates and licences on record, such as Japan's of Articles 14 and 15."),
            "/registry/licences/new",
            models.Licence.objects.exists(),
        ),
        Beginning("people", Words("Give people accounts that act for these organisations."), "/people", _people()),
    ]


def following() -> Beginning | None:
    """The first step that is not done."""
    return next((step for step in steps() if not step.done), None)


def ready() -> bool:
    """Whether a first case can be opened, as far as the registry goes."""
    return all(step.done for step in steps())


def _people() -> bool:
    from meguri.kit.models import Membership

    return Membership.objects.exists()


WORKING = ("collector", "dismantler", "smelter")
LICENSED = {
    "carrier": ("carrier_licensed", Words("No licence to carry waste is on record.")),
    "dismantler": ("dismantler_licensed", Words("No licence to dismantle is on record.")),
    "smelter": ("facility_authorised", Words("No permit of a treatment facility is on record.")),
}


class Lack(NamedTuple):
    """What an organisation lacks for its part, and where that is put right."""

    words: Words
    url: str


def lacks(who: str, state: OrganisationState) -> list[Lack]:
    """What an organisation on record lacks to work here. A lack of a licence is told; whether it forbids, law says."""
    if state.closed_on is not None:
        return []
    held = rights.roles_of(state, clock.now())
    if not held:
        return [Lack(Words("It holds no role: it can notify nothing, carry nothing and receive nothing."), APPLY)]
    found = []
    sites = services.facilities(who)
    if not sites and any(role in held for role in WORKING):
        found.append(Lack(Words("No facility is on record in which it works."), f"{FACILITY}?organisation={who}"))
    for role, (fact, words) in LICENSED.items():
        if role in held and services.proof(fact, who, *(f"facility:{id}" for id in sites)) is None:
            found.append(Lack(words, LICENCE))
    return found
