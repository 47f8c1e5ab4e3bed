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
        from meguri.custody import holdings, measuring
        from meguri.custody import standing as accounts
        from meguri.custody.room import ROOM
        from meguri.journal.measure import measuring as bench
        from meguri.journal.opening import open_room
        from meguri.journal.projections import sums
        from meguri.movement import holdings as travelling

        open_room(ROOM)
        sums.reckon(accounts.PREFIXES, accounts.added)
        in_store.provide(holdings.Kept())
        travelling.provide(holdings.Kept())
        for workload in measuring.WORKLOADS:
            bench.offer(workload)
