"""The tables that people query: the parts of cases, made from their states alone, and who may see what of them.

The id of a copy ends in the node that keeps it (``7Q2…@meguri.mys``). A copy lies in the scope of its bare name, so
that whoever reads a case sees both sides' parts; what its state names is called here as it is seen from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models

from meguri.consent.states import (
    AccountState,
    DossierState,
    GuaranteeState,
    ReplyState,
    TrackState,
    VerdictState,
    rested_on,
    track_name,
)
from meguri.consent.tracks import turns
from meguri.journal import peers
from meguri.journal.projections import relations
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Lies, Reads, Relation
from meguri.journal.subject import at, bare, home

AWAITS, SENT, TAKEN = "awaits", "sent", "taken"
"""Edges: an act awaits taking in on a track or movement, here or on another node; one of these has taken it in."""
ASKS, PLANS, CLOSES = "asks", "plans", "closes"
"""Edges: a subject asks an organisation for a step; an account for the next movement, or for closing the case."""


RESTS = "rests"
"""Edge: a case that is not over rests on a licence, an organisation, a facility."""


def awaits(act: str, target: str, keeper: str) -> Edge:
    """That an act awaits taking in on what a state kept by `keeper` (empty: this node) names."""
    seen = peers.seen(target, keeper)
    return Edge(SENT if home(seen) else AWAITS, act, seen)


class CaseQuery(models.QuerySet["Case"]):
    """Cases as somebody may see them."""

    def visible_to(self, reader: Any) -> CaseQuery:
        """Cases that the reader's organisation may see: as a party, an authority that was told, or a carrier."""
        organisation = getattr(reader, "organisation", reader)
        return self.filter(id__in=relations.visible(organisation, "case")) if organisation else self.none()


class Case(Projection):
    """Dossiers. Exporter, importer and operator read whatever lies in the case."""

    STATE = DossierState
    SINCE = "notified_at"

    number = models.CharField(max_length=40, db_index=True)
    exporter = models.CharField(max_length=120, db_index=True)
    origin = models.CharField(max_length=3)
    destination = models.CharField(max_length=3)
    stream = models.CharField(max_length=60)
    notified_at = models.DateTimeField(db_index=True)
    over = models.BooleanField(default=False)

    objects = CaseQuery.as_manager()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Number, parties, route."""
        return {
            "number": state.number,
            "exporter": state.exporter,
            "origin": state.origin,
            "destination": state.destination,
            "stream": state.stream,
            "notified_at": state.notified_at,
            "over": state.completed_at is not None or state.retracted_at is not None,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """Its scope and its parties; what waits to be taken in of notification and retraction."""
        case, keeper = bare(id), home(id)
        scope = f"case:{case}"
        yield Lies(f"case:{id}", scope)
        for party in state.parties:
            yield Reads(scope, party)
        for asked in state.asked:
            track = track_name(asked, case)
            if asked.opens_on == "notify":
                yield awaits(state.notified_by, track, keeper)
            if state.retracted_by and not asked.per_movement:
                yield awaits(state.retracted_by, track, keeper)
        if state.completed_at is None and state.retracted_at is None:
            for subject in rested_on(state):
                yield Edge(RESTS, f"case:{id}", subject)


class Account(Projection):
    """What has been promised under each case."""

    STATE = AccountState
    SINCE = ""

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its case; who may plan the next movement, and who may close the case."""
        own = f"account:{id}"
        yield Lies(own, f"case:{bare(id)}")
        if home(id):
            # Movements are planned, and cases closed, on the node that keeps the account.
            return
        if state.shipments < state.most and not state.open:
            yield Edge(PLANS, own, state.exporter)
        if state.left and not state.open:
            for who in dict.fromkeys((state.exporter, state.operator)):
                yield Edge(CLOSES, own, who)


class KeptVerdict(Projection):
    """Verdicts by digest, each once."""

    STATE = VerdictState
    SINCE = ""


class Track(Projection):
    """Tracks, by case and authority; `next_effect` is when silence would consent, `due` when the next step of anybody
    is due, and `missing` says that a consent is needed which is not given.
    """

    STATE = TrackState
    SINCE = "opened_at"

    case = models.CharField(max_length=60, db_index=True)
    movement = models.CharField(max_length=60, blank=True)
    authority = models.CharField(max_length=120, db_index=True)
    standing = models.CharField(max_length=12)
    next_effect = models.DateTimeField(null=True, db_index=True)
    due = models.DateTimeField(null=True)
    missing = models.BooleanField(default=False)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Case, authority, standing, clocks."""
        # What silence brings on another node's track, its own clock says.
        runs = state.standing == "open" and not home(id)
        effects = [due.due_at for due in state.dues if due.then] if runs else []
        return {
            "case": state.case,
            "movement": state.movement,
            "authority": state.organisation,
            "standing": state.standing,
            "next_effect": min(effects, default=None),
            "due": due.due_at if (due := state.course.due()) else None,
            "missing": state.needed and state.standing != "granted",
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its case, its authority reads the case; who waits for its acts, and what it took in itself."""
        own, scope, keeper = f"track:{id}", f"case:{state.case}", home(id)
        yield Lies(own, scope)
        if state.visible:
            for speaker in state.speakers:
                yield Reads(scope, speaker)
        for point in state.points:
            if point.of:
                yield Edge(TAKEN, point.of, own)
            else:
                for listener in state.listeners:
                    if listener.transition == point.transition:
                        track = at(f"track:{state.case}/{listener.track}", listener.node)
                        yield awaits(point.act, track, keeper)
        for organisation in turns.asked_by(state):
            yield Edge(ASKS, own, organisation)


class Reply(Projection):
    """What exporters and importers said to authorities."""

    STATE = ReplyState
    SINCE = "at"

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its case and waits to be taken in by the track that it answers."""
        return (Lies(f"reply:{id}", f"case:{state.case}"), awaits(state.act, state.track, home(id)))


class Guarantee(Projection):
    """Guarantees that cases rest on."""

    STATE = GuaranteeState
    SINCE = ""

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its case."""
        return (Lies(f"guarantee:{id}", f"case:{state.case}"),)


class CaseOfficer(models.Model):
    """Who of an organisation looks after a case: at most one person. Nobody else relies on it, so it is no act."""

    organisation = models.CharField(max_length=120)
    case = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cases")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organisation", "case"), name="consent_caseofficer_once"),)
        indexes = (models.Index(fields=("organisation", "user"), name="consent_caseofficer_whose"),)

    def __str__(self) -> str:
        return f"{self.case} of {self.organisation}: {self.user}"
