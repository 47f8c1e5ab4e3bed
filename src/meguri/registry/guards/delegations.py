"""Who may let another act for it, and whom."""

from __future__ import annotations

from meguri.journal.act import Act, Instants
from meguri.journal.delegating.acts import GiveDelegation
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, refuse
from meguri.registry import rights
from meguri.registry.guards import common
from meguri.registry.states import OrganisationState


@guard("journal.delegate")
def delegated_by_a_company(world: World, act: Act, body: GiveDelegation, at: Instants) -> None:
    """A company lets an organisation on record that is open; who decides for the public lets nobody."""
    rights.themselves(rights.require(world, act, at), at)
    common.prefixed(body.to, "organisation", "/body/to")
    state = world.get(body.to, OrganisationState)
    if state is None:
        raise refuse(N_("{name} is not on record. Choose an organisation."), "/body/to", "unknown", name=body.to)
    if rights.closed(state, at):
        raise refuse(
            N_("{name} has closed and acts for nobody. Choose another."), "/body/to", "closed", name=state.name
        )
