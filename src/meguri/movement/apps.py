"""The movement room as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class MovementConfig(AppConfig):
    """Registers the kinds of act, the books of movements and arrivals, and the lines for the home page."""

    name = "meguri.movement"
    label = "movement"

    def ready(self) -> None:
        """Make acts, guards, folds, books and the home page's lines known."""
        from meguri.consent import receiving as consent_receiving
        from meguri.consent import taking
        from meguri.journal.entry import afterwards
        from meguri.journal.opening import open_room
        from meguri.movement import receiving
        from meguri.movement.room import ROOM
        from meguri.movement.states import MovementState

        open_room(ROOM)
        consent_receiving.takes("movement", receiving.take_in)
        taking.shows(MovementState, lambda state, of: "movement.plan" if state.planned_by == of else "")
        afterwards.after(("movement.plan", "movement.receive", "movement.recover"), consent_receiving.take_in_all)
