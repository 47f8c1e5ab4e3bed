"""The tables that people query: lots and events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

from meguri.custody.states import EventState, LotState, ProcessState
from meguri.journal.projections import relations
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Lies, Relation

USED, MADE, MOVED = "used", "made", "moved"
"""Edges: from a lot to an event that used it, from an event to a lot that it made, from a lot to one that moved it."""


class LotQuery(models.QuerySet["Lot"]):
    """Lots, narrowed to what a reader may see."""

    def visible_to(self, reader: Any) -> LotQuery:
        """Lots that the reader's organisation holds, held, awaits or follows in a movement; none for the public."""
        organisation = getattr(reader, "organisation", None)
        return self.filter(id__in=relations.visible(organisation, "lot")) if organisation else self.none()

    def held_by(self, organisation: str) -> LotQuery:
        """Lots in an organisation's hands, of which something is left."""
        return self.filter(holder=organisation, status="held")


class Lot(Projection):
    """Lots, by holder, place and stream."""

    STATE = LotState
    SINCE = "made_at"

    holder = models.CharField(max_length=120)
    bound_for = models.CharField(max_length=120, blank=True)
    stream = models.CharField(max_length=80)
    status = models.CharField(max_length=12)
    facility = models.CharField(max_length=120, blank=True)
    movement = models.CharField(max_length=120, blank=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    mass_g = models.BigIntegerField()

    objects: ClassVar[Any] = LotQuery.as_manager()

    class Meta:
        # What nothing asks by is not indexed: every index is written with every lot.
        indexes = [
            models.Index(fields=["holder", "status", "-made_at", "id"], name="custody_lot_holder"),
            models.Index(fields=["bound_for", "-made_at", "id"], name="custody_lot_coming"),
        ]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """What pages list and filter by."""
        return {
            "holder": state.holder,
            "bound_for": state.bound_for,
            "stream": state.stream,
            "status": state.status,
            "facility": state.facility,
            "movement": state.movement,
            "made_by": state.made_by,
            "made_at": state.made_at,
            "mass_g": state.mass_g,
        }


class SiteProcess(Projection):
    """What adds up at a site over its events, by the site's bare id."""

    STATE = ProcessState


class Event(Projection):
    """Events, in the order in which they were recorded."""

    STATE = EventState
    SINCE = "at"

    number = models.BigIntegerField()
    step = models.CharField(max_length=30)
    actor = models.CharField(max_length=120)
    facility = models.CharField(max_length=120, blank=True)
    movement = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-number"], name="custody_event_number")]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Order, step, actor, place and movement."""
        return {
            "number": state.number,
            "step": state.step,
            "actor": state.actor,
            "facility": state.facility,
            "movement": state.movement,
            "at": state.at,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """Its lots and itself lie with who acted and to whom they went; on a journey also in movement and case."""
        own = f"event:{id}"
        scopes = [state.actor, *([state.to] if state.to else [])]
        if state.type == "object" and state.movement:
            scopes.append(f"movement:{state.movement}")
            if state.case:
                scopes.append(f"case:{state.case}")
        parts = {part.lot for part in (*state.inputs, *state.outputs)}
        for scope in dict.fromkeys(scopes):
            yield Lies(own, scope)
            for lot in parts:
                yield Lies(f"lot:{lot}", scope)
        turned = set()
        for inputs, outputs, _, _ in state.steps:
            for part in inputs:
                turned.add(part.lot)
                yield Edge(USED, f"lot:{part.lot}", own, part.grams)
            for part in outputs:
                turned.add(part.lot)
                yield Edge(MADE, own, f"lot:{part.lot}", part.grams)
        if state.step == "collecting":
            return
        for lot in sorted(parts - turned):
            yield Edge(MOVED, f"lot:{lot}", own)
