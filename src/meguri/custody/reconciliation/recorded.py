"""One site's events and lots over a period, read from the record and reconciled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from meguri.custody import record
from meguri.custody.models import Event
from meguri.custody.reconciliation.sites import SiteReconciliation, of_events
from meguri.custody.states import EventState


def reconciled(
    site: str, first: date, last: date, wanted: Sequence[str] = (), most: int | None = None
) -> SiteReconciliation:
    """Reconcile one site from the first to the last day (UTC, both included); of all elements that were assayed, or of
    those wanted; of the newest `most` events.
    """
    since = datetime.combine(first, time(), UTC)
    rows = Event.objects.filter(at__gte=since, at__lt=datetime.combine(last, time(), UTC) + timedelta(days=1))
    at_site = rows.filter(facility=site).order_by("-number")
    found = {row.id: cast(EventState, row.value) for row in (at_site[:most] if most else at_site.iterator())}
    lots = record.lots({part.lot for event in found.values() for part in (*event.inputs, *event.outputs)})
    return of_events(site, first, last, found, lots, wanted)
