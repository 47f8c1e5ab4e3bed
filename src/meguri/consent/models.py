"""The tables that people query: cases and movements, made from their states alone."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from meguri.consent import procedure
from meguri.consent.states import CaseState, MovementState
from meguri.journal.books import Projection

BAR = "|"


def _bars(names: Any) -> str:
    """Names between bars, so that one can be searched without matching part of another."""
    return BAR + BAR.join(sorted(set(names) - {""})) + BAR


class CaseQuery(models.QuerySet["Case"]):
    """Cases as somebody may see them."""

    def visible_to(self, reader: Any) -> CaseQuery:
        """Cases of which the reader's organisation is a party, an authority with a visible track, or a carrier."""
        organisation = getattr(reader, "organisation", reader)
        if not organisation:
            return self.none()
        return self.filter(Q(seen_by__contains=f"|{organisation}|") | Q(carriers__contains=f"|{organisation}|"))


class Case(Projection):
    """Cases; `seen_by` and `carriers` list organisations between bars, `next_due` is the clock that ends first."""

    STATE = CaseState

    number = models.CharField(max_length=40, db_index=True)
    exporter = models.CharField(max_length=120, db_index=True)
    origin = models.CharField(max_length=3)
    destination = models.CharField(max_length=3)
    stream = models.CharField(max_length=60)
    notified_at = models.DateTimeField(db_index=True)
    next_due = models.DateTimeField(null=True, db_index=True)
    next_effect = models.DateTimeField(null=True, db_index=True)
    completed = models.BooleanField(default=False)
    seen_by = models.TextField()
    carriers = models.TextField(blank=True)

    objects = CaseQuery.as_manager()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Number, parties, route, clocks and readers."""
        dues = [due for track in state.tracks if track.standing == "open" for due in track.dues]
        return {
            "number": state.number,
            "exporter": state.exporter,
            "origin": state.origin,
            "destination": state.destination,
            "stream": state.stream,
            "notified_at": state.notified_at,
            "next_due": min((due.due_at for due in dues), default=None),
            "next_effect": min((due.due_at for due in dues if due.then), default=None),
            "completed": state.completed_at is not None,
            "seen_by": _bars(procedure.organisations(state)),
            "carriers": _bars(line.carrier for line in state.movements),
        }


class Movement(Projection):
    """Movements, by case; `lots` lists the lots shipped between bars."""

    STATE = MovementState

    case = models.CharField(max_length=60, db_index=True)
    serial = models.PositiveIntegerField()
    status = models.CharField(max_length=12, db_index=True)
    carrier = models.CharField(max_length=120, db_index=True)
    lots = models.TextField()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Case, serial number, status, carrier and lots."""
        return {
            "case": state.case,
            "serial": state.serial,
            "status": state.status,
            "carrier": state.carrier,
            "lots": _bars(lot.lot for lot in state.lots),
        }
