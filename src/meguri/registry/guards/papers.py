"""Who attaches papers to a licence: its holder (who runs the facility), its issuer, and who keeps the registry."""

from __future__ import annotations

from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, NotAllowed, Problem
from meguri.papers.acts import AttachPaper
from meguri.registry import rights
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


@guard("papers.attach")
def attach(world: World, act: Act, body: AttachPaper, at: Instants) -> None:
    """Papers of a licence alone; of others their rooms say it."""
    if not body.about.startswith("licence:"):
        return
    licence = world.need(body.about, LicenceState, "/body/about")
    owner = licence.holder
    if owner.startswith("facility:") and body.via == owner:
        owner = world.need(owner, FacilityState, "/body/via").organisation
    if act.actor in (owner, rights.NODE):
        return
    actor = world.get(act.actor, OrganisationState)
    if actor is not None and all(
        rights.holds(actor, "operator", instant)
        or (
            rights.holds(actor, "authority", instant)
            and bool(licence.issued_by)
            and actor.authority == licence.issued_by
        )
        for instant in at.both
    ):
        return
    raise NotAllowed(
        Problem(N_("Papers of a licence are attached by its holder, its issuer or the operator."), "/actor", "role")
    )
