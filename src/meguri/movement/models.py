"""The tables that people query: movements and arrivals, made from their states alone, and who may see what of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.consent.models import ASKS, TAKEN, awaits
from meguri.journal import peers
from meguri.journal.projections import relations
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Lies, Reads, Relation
from meguri.journal.subject import at, bare, home
from meguri.movement import turns
from meguri.movement.states import ArrivalState, MovementState


class MovementQuery(models.QuerySet["Movement"]):
    """Movements as somebody may see them."""

    def visible_to(self, reader: Any) -> MovementQuery:
        """Movements that the reader's organisation may see: as a party, a carrier, or an authority of the case."""
        organisation = getattr(reader, "organisation", reader)
        return self.filter(id__in=relations.visible(organisation, "movement")) if organisation else self.none()


class Movement(Projection):
    """Movements, by case, status and carrier."""

    STATE = MovementState
    SINCE = "planned_at"

    case = models.CharField(max_length=60, db_index=True, blank=True)
    serial = models.PositiveIntegerField()
    status = models.CharField(max_length=20, db_index=True)
    carrier = models.CharField(max_length=120, db_index=True)

    objects = MovementQuery.as_manager()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Case, serial number, status, carrier."""
        return {"case": state.case, "serial": state.serial, "status": state.status, "carrier": state.carrier}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its case and in itself, its carrier (and, without a case, its parties) read it."""
        own, scope, keeper = f"movement:{id}", f"movement:{bare(id)}", home(id)
        yield Lies(own, scope)
        if state.case:
            yield Lies(own, f"case:{state.case}")
        for reader in filter(None, (state.carrier, state.carried_back_by, *(() if state.case else state.parties))):
            yield Reads(scope, reader)
        for point in state.course.points:
            if point.of:
                yield Edge(TAKEN, point.of, own)
        for clearance in state.clearances:
            yield awaits(state.planned_by, clearance, keeper)
        for organisation in turns.asked_by(state, keeper, peers.here()):
            yield Edge(ASKS, own, organisation)


class Arrival(Projection):
    """What came of movements."""

    STATE = ArrivalState
    SINCE = "received_at"

    status = models.CharField(max_length=20, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Where it stands."""
        return {"status": state.course.state}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies where its movement lies; the metals that its certificates name lie in the case, and no further."""
        own, keeper = f"arrival:{id}", home(id)
        scopes = (f"movement:{bare(id)}", *([f"case:{state.case}"] if state.case else []))
        for scope in scopes:
            yield Lies(own, scope)
        for certificate in state.certificates:
            for made in certificate.made:
                for scope in scopes:
                    yield Lies(at(f"lot:{made.lot}", keeper), scope)
        for point in state.course.points:
            yield awaits(point.act, at(f"movement:{bare(id)}", state.home), keeper)
        if turns.certifies(state) and not keeper:
            yield Edge(ASKS, own, state.operator)
