"""The consent room as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Registers the kinds of act, the books of the parts of cases, and the queue for the home page."""

    name = "meguri.consent"
    label = "consent"

    def ready(self) -> None:
        """Make acts, guards, folds, books and the home page's lines known."""
        from meguri.consent import acts, folds, guards, intake, models  # noqa: F401
        from meguri.consent.web import home_page
        from meguri.journal.entry import afterwards
        from meguri.journal.projections import books
        from meguri.kit.web import inbox, links
        from meguri.kit.words import Words

        books.keep("case", models.Case)
        books.keep("account", models.Account)
        books.keep("verdict", models.Verdict)
        books.keep("track", models.Track)
        books.keep("reply", models.Reply)
        books.keep("guarantee", models.Guarantee)
        afterwards.after(
            ("consent.notify", "consent.step", "consent.lapse", "consent.reply", "consent.retract"),
            intake.take_in_all,
        )
        inbox.provide(home_page.waiting)
        inbox.provide_followed(home_page.followed)
        links.add(Words("Cases"), "/cases/")
