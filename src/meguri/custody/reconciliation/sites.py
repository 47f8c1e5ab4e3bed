"""A site's figures in a period, reconciled: masses, elements, yields. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from meguri.custody.reconciliation import measured, yields
from meguri.custody.reconciliation.measured import Reconciled
from meguri.custody.states import EventState, LotState


@dataclass(frozen=True)
class SiteReconciliation:
    """What came of one site's figures in a period: masses, elements that were assayed, yields of its melts."""

    site: str
    first: date
    last: date
    events: int
    masses: Reconciled
    elements: tuple[Reconciled, ...]
    yields: tuple[yields.YieldTest, ...]


def of_events(
    site: str,
    first: date,
    last: date,
    found: dict[str, EventState],
    lots: dict[str, LotState],
    wanted: Sequence[str] = (),
) -> SiteReconciliation:
    """Reconcile one site by its events and the lots of these; all elements that were assayed, or those wanted."""
    flows = measured.flows_of(site, found.values(), {event.number: name for name, event in found.items()})
    named = tuple(wanted) or measured.assayed(lots)
    return SiteReconciliation(
        site,
        first,
        last,
        len(found),
        measured.masses(flows),
        tuple(measured.elements(flows, lots, named)),
        tuple(yields.tests(found.values(), lots)),
    )
