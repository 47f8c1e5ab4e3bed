"""The tables that people query: lots, events and samples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

from meguri.custody.assays.states import SampleState
from meguri.custody.certificates.states import CertificateState, TreatedState
from meguri.custody.claims.states import ClaimAccountState, ContentClaimState, SiteAccountsState
from meguri.custody.states import AGREED, EventState, InstrumentState, LotState, ProcessState
from meguri.journal.projections import relations
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Lies, Relation

USED, MADE, MOVED, SAMPLED, OPEN = "used", "made", "moved", "sampled", "open"
"""Edges: from a lot to an event that used it, from an event to a lot that it made, from a lot to one that moved it,
and from a lot to a sample of it; from a lot about which something is open to who has to say something of it.
"""


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

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """What stands open of its weighing waits for who has to say something of it."""
        whys = {finding.why for finding in state.findings}
        if state.status == "missing":
            yield Edge(OPEN, f"lot:{id}", state.holder)
        elif whys & AGREED and state.counterparty:
            yield Edge(OPEN, f"lot:{id}", state.counterparty)


class SiteProcess(Projection):
    """What adds up at a site over its events, by the site's bare id."""

    STATE = ProcessState
    SINCE = ""


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
        """Its lots and itself lie with who acted and to whom they went; on a journey also in movement and case. One
        that was declared wrong links nothing.
        """
        own = f"event:{id}"
        scopes = [state.actor, *([state.to] if state.to else [])]
        if state.type == "object" and state.movement:
            scopes.append(f"movement:{state.movement}")
            if state.case:
                scopes.append(f"case:{state.case}")
        parts = {part.lot for part in (*state.inputs, *state.outputs)} | {part.lot for part in state.parted}
        for scope in dict.fromkeys(scopes):
            yield Lies(own, scope)
            for lot in parts:
                yield Lies(f"lot:{lot}", scope)
        if state.wrong_by:
            return
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


class Instrument(Projection):
    """Instruments on which facilities weigh."""

    STATE = InstrumentState
    SINCE = "entered_at"

    organisation = models.CharField(max_length=120)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "id"], name="custody_instrument_owner")]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Whose it is."""
        return {"organisation": state.organisation}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with who weighs on it."""
        yield Lies(f"instrument:{id}", state.organisation)


class IssuedCertificate(Projection):
    """Certificates of recovery, by number and movement."""

    STATE = CertificateState
    SINCE = "at"

    number = models.CharField(max_length=200, db_index=True)
    movement = models.CharField(max_length=120, db_index=True)
    operator = models.CharField(max_length=120)
    index = models.BigIntegerField()
    in_force = models.BooleanField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["in_force", "index"], name="custody_certificate_index")]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Number, movement, who issued it, its place in the list of what is revoked."""
        return {
            "number": state.number,
            "movement": state.movement,
            "operator": state.operator,
            "index": state.index,
            "in_force": state.revoked_at is None,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its movement, and in its case where there is one."""
        yield Lies(f"certificate:{id}", f"movement:{state.movement}")
        if state.case:
            yield Lies(f"certificate:{id}", f"case:{state.case}")


class Treated(Projection):
    """How much facilities have certified."""

    STATE = TreatedState
    SINCE = ""

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in itself: nobody reads it but who certifies."""
        return ()


class SampleQuery(models.QuerySet["LotSample"]):
    """Samples, narrowed to what a reader may see."""

    def visible_to(self, reader: Any) -> SampleQuery:
        """Samples in which the reader's organisation takes part; none for the public."""
        organisation = getattr(reader, "organisation", None)
        return self.filter(id__in=relations.visible(organisation, "sample")) if organisation else self.none()


class LotSample(Projection):
    """Samples, by when they were sealed, and whether they are settled."""

    STATE = SampleState
    SINCE = "sealed_at"

    holder = models.CharField(max_length=120)
    sealed_at = models.DateTimeField()
    settled = models.BooleanField(default=False)

    objects: ClassVar[Any] = SampleQuery.as_manager()

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Who drew it, when, and whether it is settled."""
        return {"holder": state.holder, "sealed_at": state.sealed_at, "settled": state.settled is not None}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with its parties and its umpire; an edge leads to it from each lot that it was drawn of."""
        own = f"sample:{id}"
        for who in (*state.parties, *filter(None, [state.umpire])):
            yield Lies(own, who)
        for part in state.lots:
            yield Edge(SAMPLED, f"lot:{part.lot}", own, part.grams)


class ClaimAccount(Projection):
    """Accounts of recycled content, by owner and site."""

    STATE = ClaimAccountState
    SINCE = "opened_at"

    owner = models.CharField(max_length=120)
    facility = models.CharField(max_length=120)
    element = models.CharField(max_length=10)
    model = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    closed = models.BooleanField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "-opened_at", "id"], name="custody_claim_account")]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """What pages list and filter by."""
        return {
            "owner": state.owner,
            "facility": state.facility,
            "element": state.key.element,
            "model": state.key.model,
            "opened_at": state.opened_at,
            "closed": state.closed_at is not None,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with its owner."""
        yield Lies(f"content:{id}", state.owner)


class SiteAccounts(Projection):
    """Which accounts sites have."""

    STATE = SiteAccountsState
    SINCE = ""


class ContentClaim(Projection):
    """Claims of recycled content, by holder."""

    STATE = ContentClaimState
    SINCE = "at"

    number = models.CharField(max_length=200, db_index=True)
    account = models.CharField(max_length=120)
    holder = models.CharField(max_length=120)
    at = models.DateTimeField()
    index = models.BigIntegerField()
    in_force = models.BooleanField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        indexes = [
            models.Index(fields=["holder", "-at", "id"], name="custody_claim_holder"),
            models.Index(fields=["account", "-at", "id"], name="custody_claim_of_account"),
            models.Index(fields=["in_force", "index"], name="custody_claim_index"),
        ]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """What pages list and filter by."""
        return {
            "number": state.number,
            "account": state.account,
            "holder": state.holder,
            "at": state.at,
            "index": state.index,
            "in_force": state.in_force,
        }

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with who made it and with its holder."""
        for who in dict.fromkeys((state.owner, state.holder)):
            yield Lies(f"claim:{id}", who)
