"""Custody as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Registers custody's kinds of act and its books."""

    name = "meguri.custody"
    label = "custody"

    def ready(self) -> None:
        """Make acts, guards, folds and books known."""
        from meguri.consent import stored_lots as in_store
        from meguri.custody import acts, folds, guards, models  # noqa: F401
        from meguri.custody.answers import home_page, lots, workloads
        from meguri.custody.balance import accounts
        from meguri.journal.measure import measuring as bench
        from meguri.journal.projections import books, sums
        from meguri.kit.web import inbox
        from meguri.movement import travelling_lots as travelling

        books.keep("lot", models.Lot)
        books.keep("event", models.Event)
        sums.reckon(accounts.PREFIXES, accounts.added)
        in_store.provide(lots.LotAnswers())
        travelling.provide(lots.LotAnswers())
        inbox.provide(home_page.waiting)
        for workload in workloads.WORKLOADS:
            bench.offer(workload)
