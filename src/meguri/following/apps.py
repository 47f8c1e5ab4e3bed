"""What is followed, as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class FollowingConfig(AppConfig):
    """Has tables of its own, none of which is on the record."""

    name = "meguri.following"
    label = "following"

    def ready(self) -> None:
        """Make known what the home page tells."""
        from meguri.following.room import ROOM
        from meguri.journal.opening import open_room

        open_room(ROOM)
