"""The movement room as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class MovementConfig(AppConfig):
    """Registers the kinds of act, the books of movements and arrivals, and the lines for the home page."""

    name = "meguri.movement"
    label = "movement"

    def ready(self) -> None:
        """Make acts, guards, folds, books and the home page's lines known."""
        from meguri.consent import intake as consent_intake
        from meguri.consent import shipments
        from meguri.consent.tracks import taken_in
        from meguri.journal.entry import afterwards
        from meguri.journal.opening import open_room
        from meguri.movement import intake
        from meguri.movement.room import ROOM
        from meguri.movement.states import MovementState
        from meguri.movement.web import case_shipments

        open_room(ROOM)
        consent_intake.takes("movement", intake.take_in)
        taken_in.shows(MovementState, lambda state, of: "movement.plan" if state.planned_by == of else "")
        afterwards.after(
            ("movement.plan", "movement.receive", "movement.recover", "movement.revoke"), consent_intake.take_in_all
        )
        shipments.provide(case_shipments.of_case)
