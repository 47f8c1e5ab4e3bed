"""Collectors and purchases as rows; and, on no record: who a collector is, and the price board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.buying.states import CollectorState, PurchaseState
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Lies, Relation


class Collector(Projection):
    """Numbers of collectors, by who gave them."""

    STATE = CollectorState
    SINCE = "since"

    buyer = models.CharField(max_length=120)
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["buyer", "-since", "id"], name="buying_collector_buyer")]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Who gave it and when."""
        return {"buyer": state.buyer, "since": state.since}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with who gave it."""
        return [Lies(f"collector:{id}", state.buyer)]


class Purchase(Projection):
    """Purchases, by buyer and collector; the id is the lot's."""

    STATE = PurchaseState
    SINCE = "at"

    buyer = models.CharField(max_length=120)
    collector = models.CharField(max_length=120)
    at = models.DateTimeField()
    grams = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["buyer", "-at", "id"], name="buying_purchase_buyer"),
            models.Index(fields=["collector", "-at", "id"], name="buying_purchase_collector"),
        ]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Who bought how much from which number, and when."""
        return {"buyer": state.buyer, "collector": state.collector, "at": state.at, "grams": state.grams}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies with who bought."""
        return [Lies(f"purchase:{id}", state.buyer)]


class CollectorDetails(models.Model):
    """Who a collector is, encrypted: name, telephone, language. Erasable at any time; no act and no fold reads it."""

    collector = models.CharField(primary_key=True, max_length=120)
    box = models.BinaryField()

    def __str__(self) -> str:
        return self.collector


class BoardPrice(models.Model):
    """What a buying point pays for a kilogram of a class: the price as scrap, and what it adds to that."""

    facility = models.CharField(max_length=120)
    stream = models.CharField(max_length=80)
    scrap = models.DecimalField(max_digits=14, decimal_places=2)
    premium = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    changed = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("facility", "stream"), name="buying_price_once"),)

    def __str__(self) -> str:
        return f"{self.facility}: {self.stream}"
