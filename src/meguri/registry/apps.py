"""The registry as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers the registry's kinds of act and its books."""

    name = "meguri.registry"
    label = "registry"

    def ready(self) -> None:
        """Make acts, guards, folds and books known."""
        from meguri.journal.projections import books
        from meguri.kit.web import identity
        from meguri.registry import acts, folds, guards, models, profile, services  # noqa: F401

        books.keep("organisation", models.Organisation)
        books.keep("facility", models.Facility)
        books.keep("licence", models.Licence)
        identity.provide(profile.describe, services.names)
