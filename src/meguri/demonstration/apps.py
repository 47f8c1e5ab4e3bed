"""The demonstration as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    """The cast, the story and where it stands."""

    name = "meguri.demonstration"
    label = "demonstration"

    def ready(self) -> None:
        """Set the stage when the record is prepared."""
        from meguri.demonstration import performance
        from meguri.portal import preparing

        preparing.also(performance.set_stage)
