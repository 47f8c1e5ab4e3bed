"""The consent room as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Registers the kinds of act, the books of cases and movements, and the queue for the home page."""

    name = "meguri.consent"
    label = "consent"

    def ready(self) -> None:
        """Make acts, guards, folds, books and the home page's lines known."""
        from meguri.consent import acts, folds, guards, models, movement_guards  # noqa: F401
        from meguri.consent.web import feeds
        from meguri.journal import books
        from meguri.kit.web import inbox, links
        from meguri.kit.words import Words

        books.keep("case", models.Case)
        books.keep("movement", models.Movement)
        inbox.provide(feeds.waiting)
        inbox.provide_followed(feeds.followed)
        links.add(Words("Cases"), "/cases/")
