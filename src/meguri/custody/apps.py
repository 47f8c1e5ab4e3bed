"""Custody as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Registers custody's kinds of act and its books."""

    name = "meguri.custody"
    label = "custody"

    def ready(self) -> None:
        """Make acts, guards, folds and books known."""
        from meguri.consent import holdings as in_store
        from meguri.custody import acts, folds, guards, holdings, measuring, models, movement, waiting, weighing  # noqa: F401
        from meguri.custody import standing as accounts
        from meguri.journal.measure import measuring as bench
        from meguri.journal.projections import books, sums
        from meguri.kit.web import inbox
        from meguri.movement import holdings as travelling

        books.keep("lot", models.Lot)
        books.keep("event", models.Event)
        sums.reckon(accounts.PREFIXES, accounts.added)
        in_store.provide(holdings.Kept())
        travelling.provide(holdings.Kept())
        inbox.provide(waiting.waiting)
        for workload in measuring.WORKLOADS:
            bench.offer(workload)
