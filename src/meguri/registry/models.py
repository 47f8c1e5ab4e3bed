"""The tables that people query: organisations and their numbers, facilities, licences, decided applications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Lies, Reads, Relation
from meguri.registry.states import (
    ApplicationState,
    CheckState,
    FacilityState,
    LicenceState,
    LicenceUseState,
    NumberState,
    OrganisationState,
)


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
    closed_on = models.DateTimeField(null=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Organisation, name, economy and whether it is open."""
        return {
            "organisation": state.organisation,
            "name": state.name.en[:200],
            "economy": state.economy,
            "closed_on": state.closed_on,
        }


class Licence(Projection):
    """Licences, by holder, kind, issuer and where they stand."""

    STATE = LicenceState
    SINCE = ""

    holder = models.CharField(max_length=120, db_index=True)
    kind = models.CharField(max_length=60, db_index=True)
    issued_by = models.CharField(max_length=100, blank=True, db_index=True)
    step = models.CharField(max_length=20, blank=True, db_index=True)
    until = models.DateTimeField(null=True, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Holder, kind, issuer, the state in the procedure, and the end."""
        return {
            "holder": state.holder,
            "kind": state.kind,
            "issued_by": state.issued_by,
            "step": state.course.state,
            "until": state.until,
        }


class LicenceUse(Projection):
    """How much was planned under a licence, by period; its id is the licence's."""

    STATE = LicenceUseState
    SINCE = ""


class Number(Projection):
    """Whose an identifier is; its id is ``scheme.number``."""

    STATE = NumberState
    SINCE = ""

    organisation = models.CharField(max_length=120, blank=True, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """The organisation."""
        return {"organisation": state.organisation}


class Application(Projection):
    """Applications that were decided; those that wait are drafts. Decider and who asked may read one."""

    STATE = ApplicationState
    SINCE = ""

    decided_on = models.DateTimeField(db_index=True)
    granted = models.BooleanField()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """When and how it was decided."""
        return {"decided_on": state.decided_on, "granted": state.granted}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with who decided and with whom it is about."""
        scope = f"application:{id}"
        readers = {state.decided_by, state.organisation} - {""}
        return [Lies(scope, scope), *(Reads(scope, who) for who in sorted(readers))]


class FacilityCheck(Projection):
    """Answers to the questions of a scheme, by facility."""

    STATE = CheckState
    SINCE = ""

    facility = models.CharField(max_length=120, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """The facility."""
        return {"facility": state.facility}


class WaitingApplication(models.Model):
    """An application as somebody wrote it, until it is decided; then it is in the act, and this row goes."""

    id = models.CharField(primary_key=True, max_length=40)
    wanted = models.JSONField()
    economy = models.CharField(max_length=3, db_index=True)
    organisation = models.CharField(max_length=120, blank=True, db_index=True)
    applied_on = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class KeptColumns(models.Model):
    """Which column of an organisation's own files was read as which of a sheet: kept from its last import."""

    organisation = models.CharField(max_length=120)
    sheet = models.CharField(max_length=60)
    columns = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "sheet"), name="registry_columns_once"),)

    def __str__(self) -> str:
        return f"{self.organisation}: {self.sheet}"


class Upload(models.Model):
    """A file between its preview and its import; it goes with the import, or after a day."""

    id = models.CharField(primary_key=True, max_length=40)
    organisation = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_on = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
