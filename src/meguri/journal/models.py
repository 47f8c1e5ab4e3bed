"""The journal's tables: acts and their subjects, the sealed log, keys, and what may be erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Lies, Reads, Relation
from meguri.journal.states import FOUNDING, DelegationState, FoundingState, KeyState
from meguri.journal.subject import split


class _Row(models.Model):
    """Rows are named by their key."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)


class ActRow(_Row):
    """One act as it was taken down: its canonical bytes, its signature (JSON of `signing.Signature`), its times."""

    number = models.BigIntegerField(primary_key=True)
    act_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    actor = models.CharField(max_length=120)
    key = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    claimed = models.DateTimeField()
    recorded = models.DateTimeField()
    legal = models.DateTimeField(null=True)
    canonical = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        db_table = "journal_act"
        constraints = [
            models.UniqueConstraint(fields=["act_id"], name="journal_act_id"),
            models.UniqueConstraint(fields=["actor", "key", "nonce"], name="journal_act_nonce"),
        ]


class Subject(_Row):
    """Which acts touched a subject."""

    pk = models.CompositePrimaryKey("subject", "number")
    subject = models.CharField(max_length=120)
    number = models.BigIntegerField()

    class Meta:
        db_table = "journal_subject"


class Leaf(_Row):
    """A sealed act's place in the Merkle log, counted from 0, and its leaf hash."""

    index = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "journal_leaf"
        constraints = [models.UniqueConstraint(fields=["number"], name="journal_leaf_number")]


class Tile(_Row):
    """Roots of perfect subtrees at every eighth level, so that a proof reads few rows."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "journal_tile"


class Checkpoint(_Row):
    """A signed statement of the log's size and root (C2SP signed note), and the peaks to go on from."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    peaks = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "journal_checkpoint"


class LiesRow(_Row):
    """Which subject lies in which scope, by the state of which subject, since which act."""

    pk = models.CompositePrimaryKey("subject", "scope", "by")
    subject = models.CharField(max_length=160)
    scope = models.CharField(max_length=160)
    by = models.CharField(max_length=160)
    prefix = models.CharField(max_length=40)
    number = models.BigIntegerField()

    class Meta:
        db_table = "journal_lies"
        indexes = [
            models.Index(fields=["scope", "prefix", "-number", "subject"], name="journal_lies_scope"),
            models.Index(fields=["prefix", "-number", "subject"], name="journal_lies_newest"),
        ]


class ReadsRow(_Row):
    """Which organisation reads which scope, by the state of which subject, since which act."""

    pk = models.CompositePrimaryKey("organisation", "scope", "by")
    organisation = models.CharField(max_length=160)
    scope = models.CharField(max_length=160)
    by = models.CharField(max_length=160)
    number = models.BigIntegerField()

    class Meta:
        db_table = "journal_reads"
        indexes = [models.Index(fields=["scope"], name="journal_reads_scope")]


class EdgeRow(_Row):
    """Links between subjects, by the state of which subject, since which act."""

    pk = models.CompositePrimaryKey("kind", "source", "target", "by")
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=160)
    target = models.CharField(max_length=160)
    by = models.CharField(max_length=160)
    grams = models.BigIntegerField(default=0)
    number = models.BigIntegerField()

    class Meta:
        db_table = "journal_edge"
        indexes = [models.Index(fields=["kind", "target"], name="journal_edge_target")]


class SumRow(_Row):
    """What was ever added to an account and is gathered already."""

    pk = models.CompositePrimaryKey("account", "name", "part")
    account = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    part = models.CharField(max_length=160)
    amount = models.BigIntegerField()

    class Meta:
        db_table = "journal_sum"
        indexes = [models.Index(fields=["amount"], name="journal_sum_nothing", condition=models.Q(amount=0))]


class AdditionRow(_Row):
    """What acts that were told together added to accounts, until it is gathered: a JSON list of such rows."""

    id: models.BigAutoField[Any, Any] = models.BigAutoField(primary_key=True)
    amounts = models.TextField()

    class Meta:
        db_table = "journal_addition"


class Founding(Projection):
    """The node's founding."""

    STATE = FoundingState
    SINCE = ""
    ID = split(FOUNDING)[1]

    class Meta:
        db_table = "journal_founding"


class Key(Projection):
    """Keys and for whom they speak."""

    STATE = KeyState
    SINCE = ""

    owner = models.CharField(max_length=120)
    mode = models.CharField(max_length=10)
    revoked = models.DateTimeField(null=True)

    class Meta:
        db_table = "journal_key"
        indexes = [models.Index(fields=["owner", "mode"], name="journal_key_owner")]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Owner, mode and revocation."""
        return {"owner": state.owner, "mode": state.mode, "revoked": state.revoked}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """Its owner reads what was said of it."""
        return (Lies(f"key:{id}", state.owner),)


class Delegation(Projection):
    """Which organisation lets which other act for it, until when."""

    STATE = DelegationState
    SINCE = "given_on"

    giver = models.CharField(max_length=120)
    holder = models.CharField(max_length=120)
    until = models.DateTimeField()
    ended_on = models.DateTimeField(null=True)

    class Meta:
        db_table = "journal_delegation"
        indexes = [
            models.Index(fields=["holder", "until"], name="journal_delegation_to"),
            models.Index(fields=["giver", "until"], name="journal_delegation_giver"),
        ]

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Who gives it to whom, and its end."""
        return {"giver": state.giver, "holder": state.to, "until": state.until, "ended_on": state.ended_on}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It concerns both."""
        scope = f"delegation:{id}"
        return [Lies(scope, scope), *(Reads(scope, who) for who in sorted({state.giver, state.to}))]


class SealedKey(_Row):
    """A private key that the service keeps, encrypted under a key that lies outside the database."""

    id = models.CharField(primary_key=True, max_length=64)
    nonce = models.BinaryField()
    box = models.BinaryField()

    class Meta:
        db_table = "journal_sealed_key"


class Private(_Row):
    """A value that an act commits to without carrying it; erasing it leaves the act whole."""

    id: models.BigAutoField[Any, Any] = models.BigAutoField(primary_key=True)
    act_id = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    salt = models.CharField(max_length=64)
    value = models.TextField()

    class Meta:
        db_table = "journal_private"
        constraints = [models.UniqueConstraint(fields=["act_id", "name"], name="journal_private_name")]
