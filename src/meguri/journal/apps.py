"""The journal as a Django app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Registers the journal's own kinds and books."""

    name = "meguri.journal"
    label = "journal"
    verbose_name = "Journal"

    def ready(self) -> None:
        """Define the journal's kinds of act and keep its states."""
        from meguri.journal.delegating import held
        from meguri.journal.opening import open_room
        from meguri.journal.room import ROOM
        from meguri.kit.people import identity

        open_room(ROOM)
        identity.provide_lent(held.lent)
