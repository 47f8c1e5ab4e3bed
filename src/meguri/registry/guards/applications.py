"""Who decides what somebody applied for, and what a decision says."""

from __future__ import annotations

from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, gather, refuse
from meguri.registry import acts
from meguri.registry.guards import common
from meguri.registry.guards.organisations import admits
from meguri.registry.naming import identifiers
from meguri.registry.states import OrganisationState
from meguri.registry.vocabulary import roles, unknown


@guard("registry.decide")
def decided_by_operator_or_authority(world: World, act: Act, body: acts.Decide, at: Instants) -> None:
    """The operator decides, or an authority on those of its economy, with a reason where it refuses."""
    common.prefixed(f"application:{body.application}", "application", "/body/application")
    world.absent(f"application:{body.application}", "/body/application")
    wanted = body.wanted
    common.economy(wanted.economy, "/body/wanted/economy")
    admits(world, act, at, wanted.economy, wanted.roles if body.granted else ())
    common.named(wanted.names, "/body/wanted/names")
    gather(
        unknown(role, f"/body/wanted/roles/{index}", list(roles()))
        for index, role in enumerate(wanted.roles)
        if role not in roles()
    )
    gather(identifiers.problems(wanted.identifiers, "/body/wanted/identifiers"))
    gather(common.reached(wanted.addresses, wanted.contacts, "/body/wanted"))
    gather(common.short(wanted.message, "/body/wanted/message"))
    gather(common.short(body.reason, "/body/reason"))
    if body.applied_on > at.recorded:
        raise refuse(N_("It was applied for before it is decided."), "/body/applied_on", "span")
    if not body.granted and not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
    if wanted.organisation and wanted.organisation != body.organisation:
        raise refuse(N_("The application is another organisation's."), "/body/organisation", "organisation")
    if body.granted and not body.organisation:
        raise refuse(N_("Write which organisation it became."), "/body/organisation", "required")
    if body.organisation:
        common.prefixed(body.organisation, "organisation", "/body/organisation")
        world.need(body.organisation, OrganisationState, "/body/organisation")
