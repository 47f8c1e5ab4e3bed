"""The kit as a Django app: accounts, page components, template tags."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import get_language

from meguri.kit import words


class KitConfig(AppConfig):
    """Accounts and page components."""

    name = "meguri.kit"
    label = "kit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Words are said in the language that Django has for the request."""
        words.follow(get_language)
        # Needs the models, which are there by now.
        from meguri.kit.people import access
        from meguri.kit.running import processes

        access.connect()
        processes.connect()
