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
        from meguri.custody.answers import lots, workloads
        from meguri.custody.balance import accounts
        from meguri.custody.room import ROOM
        from meguri.journal.measure import measuring as bench
        from meguri.journal.opening import open_room
        from meguri.journal.projections import sums
        from meguri.movement import travelling_lots as travelling

        open_room(ROOM)
        sums.reckon(accounts.PREFIXES, accounts.added, accounts.ALWAYS)
        in_store.provide(lots.LotAnswers())
        travelling.provide(lots.LotAnswers())
        for workload in workloads.WORKLOADS:
            bench.offer(workload)
