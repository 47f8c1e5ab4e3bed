"""The room of papers as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Registers the act and its book; what is kept goes under another keyring secret with the keys."""

    name = "meguri.papers"
    label = "papers"

    def ready(self) -> None:
        """Make act, guard, fold and book known, and the keys of contents to the keyring."""
        from meguri.journal.opening import open_room
        from meguri.journal.signatures import keyring
        from meguri.papers import store
        from meguri.papers.room import ROOM

        open_room(ROOM)
        keyring.also(store.keep_under)
