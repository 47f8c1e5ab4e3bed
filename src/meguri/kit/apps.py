"""The kit as a Django app: accounts, page components, template tags."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Accounts and page components."""

    name = "meguri.kit"
    label = "kit"
    default_auto_field = "django.db.models.BigAutoField"
