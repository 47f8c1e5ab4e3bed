"""Buying as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class BuyingConfig(AppConfig):
    """Registers buying's kinds of act and its books."""

    name = "meguri.buying"
    label = "buying"

    def ready(self) -> None:
        """Make acts, guards, folds and books known, and what is encrypted under the keyring's secret."""
        from meguri.buying import people
        from meguri.buying.room import ROOM
        from meguri.journal.opening import open_room
        from meguri.journal.signatures import keyring

        open_room(ROOM)
        keyring.also(people.keep_under)
