"""The consent room as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Registers the kinds of act, the books of the parts of cases, and the queue for the home page."""

    name = "meguri.consent"
    label = "consent"

    def ready(self) -> None:
        """Make acts, guards, folds, books and the home page's lines known."""
        from meguri.consent import papers
        from meguri.consent.room import ROOM
        from meguri.journal.opening import open_room
        from meguri.law import keep_consents
        from meguri.papers import abouts

        open_room(ROOM)
        abouts.keep(papers.ABOUT)
        keep_consents(_on_record)


def _on_record(number: str) -> bool:
    """Whether a case of this number is kept here."""
    from meguri.consent.models import Case

    return Case.objects.filter(number=number).exists()
