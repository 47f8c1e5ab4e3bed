"""The table that people query: how far each node's acts on each case were taken in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from meguri.exchange.states import FeedState
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Lies, Relation


class Feed(Projection):
    """What came of a case from a node; the id is ``CASE@NODE``."""

    STATE = FeedState
    SINCE = ""

    case = models.CharField(max_length=60, db_index=True)

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        """Its case."""
        return {"case": state.case}

    @classmethod
    def relations(cls, id: str, state: Any) -> Iterable[Relation]:
        """It lies in its case."""
        return (Lies(f"feed:{id}", f"case:{state.case}"),)
