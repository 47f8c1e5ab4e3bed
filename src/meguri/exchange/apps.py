"""The exchange room as a Django application."""

from __future__ import annotations

from collections.abc import Collection

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Registers what other nodes say, the book of how far it goes, and what follows once it is on record."""

    name = "meguri.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Make the act, its guard and fold, and its book known."""
        from meguri.consent import intake
        from meguri.exchange import services
        from meguri.exchange.room import ROOM
        from meguri.journal import services as journal
        from meguri.journal.entry import afterwards
        from meguri.journal.opening import open_room

        open_room(ROOM)
        intake.order(services.order)
        journal.opens("exchange.received", services.held)

        def take_in(said: Collection[str]) -> int:
            """What waits are acts of the other node, not the act that brought them."""
            return intake.take_in_all()

        afterwards.after(("exchange.received",), take_in)
