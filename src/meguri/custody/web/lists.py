"""Lots as lists: parts of what a reader holds or awaits, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.http import StreamingHttpResponse

from meguri.custody.models import Lot, LotQuery
from meguri.journal.projections import relations
from meguri.kit.grams import plain_kg
from meguri.kit.people.identity import Reader
from meguri.kit.web import csvs, paging
from meguri.kit.web.paging import Page

SHOWN = 50
AT_ONCE = 2000


def coming(reader: Reader) -> LotQuery:
    """Lots on their way to the reader."""
    found: LotQuery = Lot.objects.filter(bound_for=reader.organisation)
    return found


def arriving(reader: Reader) -> LotQuery:
    """Lots on their way to the reader outside movements, and refused ones that it takes back."""
    alone = Q(bound_for=reader.organisation, status__in=("in_transit", "missing"), movement="")
    found: LotQuery = Lot.objects.filter(alone | Q(holder=reader.organisation, status__in=("refused", "missing")))
    return found


def held(reader: Reader) -> LotQuery:
    """Lots in the reader's store."""
    found: LotQuery = Lot.objects.held_by(str(reader.organisation))
    return found


def leaving(reader: Reader) -> LotQuery:
    """Lots that the reader sent or that were refused, and that are not settled yet."""
    found: LotQuery = Lot.objects.filter(holder=reader.organisation, status__in=("in_transit", "refused", "missing"))
    return found


def seen(reader: Reader, page: Page) -> list[Lot]:
    """A page of all lots that the reader sees, the newest on record first; says where the next one begins."""
    found = relations.newest(reader.organisation, "lot", SHOWN + 1, page.before)
    if len(found) > SHOWN:
        id, number = found[SHOWN - 1]
        page.go_on(number, id)
    rows: dict[str, Lot] = Lot.objects.in_bulk([id for id, _ in found[:SHOWN]])
    return [rows[id] for id, _ in found[:SHOWN] if id in rows]


def fitting(rows: LotQuery, sought: str) -> LotQuery:
    """Those of these lots whose id begins with, or whose label holds, what is sought."""
    if not sought:
        return rows
    found: LotQuery = rows.filter(Q(id__istartswith=sought) | Q(state__label__icontains=sought))
    return found


def part(rows: LotQuery, page: Page, most: int = SHOWN) -> list[Lot]:
    """A page of these lots, newest first; says where the next one begins. One query."""
    if page.number is not None:
        at = paging.instant(page.number)
        later = Q(made_at=at, id__gt=page.before[1]) if isinstance(page.before, tuple) else Q(pk__in=())
        rows = rows.filter(Q(made_at__lt=at) | later)
    found = list(rows.order_by("-made_at", "id")[: most + 1])
    if len(found) > most:
        last = found[most - 1]
        page.go_on(paging.place(last.made_at), last.id)
    return found[:most]


def whole(reader: Reader) -> StreamingHttpResponse:
    """Every lot that the reader sees, also what is used up, as CSV; sent while it is read."""

    def rows() -> Iterator[tuple[str, ...]]:
        for row in Lot.objects.visible_to(reader).order_by("-made_at", "id").iterator(AT_ONCE):
            state = row.value
            mass = plain_kg(state.mass_g)
            where = (state.holder, state.facility, state.economy, state.made_at.isoformat())
            yield (row.id, state.stream, state.label, mass, state.status, *where)

    head = ("lot", "stream", "label", "mass_kg", "status", "holder", "facility", "economy", "made_at")
    return csvs.streamed("lots", head, rows(), mark=False)
