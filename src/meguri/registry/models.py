"""The tables that people query: organisations, facilities and licences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Relation
from meguri.registry.states import FacilityState, LicenceState, OrganisationState


class Organisation(Projection):
    """Organisations; an edge leads to every role that one was ever given."""

    STATE = OrganisationState
    SINCE = "admitted_on"

    name = models.CharField(max_length=200, db_index=True)
    economy = models.CharField(max_length=3, db_index=True)
    authority = models.CharField(max_length=60, blank=True)
    closed_on = models.DateTimeField(null=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Name, economy and whether it is open."""
        return {
            "name": state.name.en[:200],
            "economy": state.economy,
            "authority": state.authority,
            "closed_on": state.closed_on,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """Every role that it was ever given."""
        return [Edge("role", f"organisation:{id}", f"role:{role}") for role in {span.role for span in state.roles}]


class Facility(Projection):
    """Facilities, by organisation and economy."""

    STATE = FacilityState
    SINCE = ""

    organisation = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=200)
    economy = models.CharField(max_length=3, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Organisation, name and economy."""
        return {"organisation": state.organisation, "name": state.name.en[:200], "economy": state.economy}


class Licence(Projection):
    """Licences, by holder and kind."""

    STATE = LicenceState
    SINCE = ""

    holder = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=60, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Holder and kind."""
        return {"holder": state.holder, "kind": state.kind}
