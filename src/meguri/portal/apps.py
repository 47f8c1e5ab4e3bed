"""The portal as a Django app: it joins the rooms and hands the pages what they need to know."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The front of the house."""

    name = "meguri.portal"
    label = "portal"

    def ready(self) -> None:
        """Feed the kit's pages from the rooms that know: the glossary from law, names of economies from reference."""
        from meguri.journal.opening import open_room
        from meguri.portal.room import ROOM
        from meguri.portal.web import feeds

        open_room(ROOM)
        feeds.connect()
