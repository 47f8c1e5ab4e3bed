"""Finding what is on record here under a bare id: this node's own, or the copy of what another node keeps."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from meguri.journal.projections import relations
from meguri.journal.projections.books import Projection
from meguri.journal.subject import bare, home

P = TypeVar("P", bound=Projection)


def rows(model: type[P], prefix: str, ids: Collection[str], scope: str = "") -> dict[str, P]:
    """Rows by bare id, for those that exist; an own one goes before a copy.

    A copy lies in the scope of its bare name, as its own does; `scope` is that scope's prefix where it is another than
    the subject's own. Where all are own (or given with their node) this is one query, else three.
    """
    wanted = set(ids)
    found = {bare(row.pk): row for row in model._default_manager.filter(pk__in=wanted)}
    missing = {id for id in wanted if id not in found and not home(id)}
    if missing:
        names = relations.lying((f"{scope or prefix}:{id}" for id in missing), prefix)
        copies = {name.partition(":")[2] for _, name in names if home(name)}
        copies = {id for id in copies if bare(id) in missing}
        if copies:
            found |= {bare(row.pk): row for row in model._default_manager.filter(pk__in=copies).order_by("-pk")}
    return found


def row(model: type[P], prefix: str, id: str, scope: str = "") -> P | None:
    """One of them."""
    return rows(model, prefix, [id], scope).get(bare(id))
