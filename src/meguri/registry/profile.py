"""What pages of any room need to know of an organisation: its name, its roles now, its time zone."""

from __future__ import annotations

from typing import cast

from meguri import reference
from meguri.kit import clock
from meguri.kit.people.identity import Described
from meguri.registry import models, rights
from meguri.registry.states import OrganisationState


def describe(organisation: str) -> Described | None:
    """Describe an organisation by subject, or None."""
    row = models.Organisation.objects.filter(id=organisation.removeprefix("organisation:")).first()
    if row is None:
        return None
    state = cast(OrganisationState, row.value)
    economy = reference.economies().get(state.economy)
    now = clock.now()
    closed = state.closed_on is not None and state.closed_on <= now
    roles = rights.roles_of(state, now)
    itself = not rights.PUBLIC.isdisjoint(roles)
    return Described(state.name, roles, economy.zone if economy else "", closed, itself)
