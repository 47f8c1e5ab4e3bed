"""Lists of what a reader sees: a page of the newest, by the relations."""

from __future__ import annotations

from typing import TypeVar

from meguri.journal.projections import relations
from meguri.journal.projections.books import Projection
from meguri.kit.web.paging import Page

P = TypeVar("P", bound=Projection)


def newest(model: type[P], prefix: str, organisation: str | None, page: Page, most: int, of: str = "") -> list[P]:
    """Rows of a page of the newest subjects with this prefix that an organisation sees; says where the next begins.

    `of` is the prefix of the relation where that is another: a case's line, say.
    """
    found = relations.newest(organisation, of or prefix, most + 1, page.before)
    if len(found) > most:
        page.go_on(found[most - 1][1], found[most - 1][0])
    rows = model._default_manager.in_bulk([id for id, _ in found[:most]])
    return [rows[id] for id, _ in found[:most] if id in rows]
