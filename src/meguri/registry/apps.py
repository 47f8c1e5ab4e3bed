"""The registry as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers the registry's kinds of act and its books."""

    name = "meguri.registry"
    label = "registry"

    def ready(self) -> None:
        """Make acts, guards, folds and books known."""
        from meguri.journal.entry import terms
        from meguri.journal.opening import open_room
        from meguri.kit.people import identity
        from meguri.papers import abouts
        from meguri.registry import papers, record, rights, services
        from meguri.registry.room import ROOM

        open_room(ROOM)
        abouts.keep(papers.ABOUT)
        terms.provide(rights.stand)
        identity.provide(record.profile, services.names)
