"""The tables that people query: cases and movements, made from their states alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models

from meguri.consent import procedure
from meguri.consent.states import CaseState, MovementState
from meguri.journal.books import Projection
from meguri.journal.relations import Lies, Reads, Relation, visible

LINE = "case-line"
"""A case as a line in a list, with its movements: what its carriers see of it too."""


class CaseQuery(models.QuerySet["Case"]):
    """Cases as somebody may see them."""

    def visible_to(self, reader: Any) -> CaseQuery:
        """Cases of which the reader's organisation is a party, an authority with a visible track, or a carrier."""
        organisation = getattr(reader, "organisation", reader)
        if not organisation:
            return self.none()
        return self.filter(id__in=visible(organisation, LINE))


class Case(Projection):
    """Cases; `next_due` is the clock that ends first."""

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

    objects = CaseQuery.as_manager()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Number, parties, route and clocks."""
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
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterator[Relation]:
        """Its parties, and authorities whose track is visible, see it and what lies in it."""
        scope = f"case:{id}"
        yield Lies(scope, scope)
        yield Lies(f"{LINE}:{id}", scope)
        for organisation in procedure.organisations(state):
            yield Reads(scope, organisation)


class Movement(Projection):
    """Movements, by case."""

    STATE = MovementState

    case = models.CharField(max_length=60, db_index=True)
    serial = models.PositiveIntegerField()
    status = models.CharField(max_length=12, db_index=True)
    carrier = models.CharField(max_length=120, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Case, serial number, status and carrier."""
        return {
            "case": state.case,
            "serial": state.serial,
            "status": state.status,
            "carrier": state.carrier,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """Who sees its case sees it; its carrier sees it, and of its case the line."""
        scope = f"movement:{id}"
        return (
            Lies(scope, f"case:{state.case}"),
            Lies(scope, scope),
            Lies(f"{LINE}:{state.case}", scope),
            Reads(scope, state.carrier),
        )
