"""The door for systems as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class SystemsConfig(AppConfig):
    """Has tables of its own, none of which is on the record."""

    name = "meguri.systems"
    label = "systems"

    def ready(self) -> None:
        """Make known what waits, and whose secrets are kept under the keyring's secret."""
        from meguri.journal.opening import open_room
        from meguri.journal.signatures import keyring
        from meguri.systems import hooks
        from meguri.systems.room import ROOM

        open_room(ROOM)
        keyring.also(hooks.keep_under)
