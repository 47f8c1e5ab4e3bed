"""The book of papers, and what is kept outside the record: names, contents, and how much was brought on a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Lies, Relation
from meguri.journal.subject import bare
from meguri.papers.states import PaperState


class FiledPaper(Projection):
    """Papers by what they belong to. They lie there, so that who reads it reads them, and with who brought them."""

    STATE = PaperState
    SINCE = ""

    about = models.CharField(max_length=160, db_index=True)
    by = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """What it belongs to, by its bare name; who brought it; its kind."""
        return {"about": bare(state.about), "by": state.by, "kind": state.kind}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies where it belongs, and with who brought it."""
        yield Lies(f"paper:{id}", bare(state.about))
        yield Lies(f"paper:{id}", state.by)


class StoredPaper(models.Model):
    """What a paper is called and which content it has, until it is erased: then both are empty."""

    id = models.CharField(primary_key=True, max_length=40)
    act_id = models.CharField(max_length=64)
    organisation = models.CharField(max_length=120)
    about = models.CharField(max_length=160)
    name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    brought = models.DateTimeField()
    scanned = models.BooleanField()
    erased = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("organisation", "about"), name="papers_stored_of"),)

    def __str__(self) -> str:
        return self.id


class PaperContent(models.Model):
    """A content by its hash, with the key of its own under which it is encrypted; that one lies in a keyring box."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.IntegerField()
    key = models.BinaryField()

    def __str__(self) -> str:
        return self.sha256


class PaperChunk(models.Model):
    """A part of a content: nonce, then AES-256-GCM bound to the content, the place and the number of parts."""

    id: models.BigAutoField[Any, Any] = models.BigAutoField(primary_key=True)
    content = models.ForeignKey(PaperContent, on_delete=models.CASCADE)
    place = models.IntegerField()
    box = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("content", "place"), name="papers_chunk_place"),)

    def __str__(self) -> str:
        return f"{self.content_id} {self.place}"


class PaperDay(models.Model):
    """How many bytes an organisation brought on its last day; who brings something holds its row."""

    organisation = models.CharField(primary_key=True, max_length=120)
    day = models.CharField(max_length=10)
    size = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.organisation
