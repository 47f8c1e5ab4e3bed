"""What the law changes next, for the home page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from meguri.kit.web import inbox
from meguri.law import tables
from meguri.law.web.form_and_answer import level


def after(today: date) -> Iterable[inbox.ComingLaw]:
    """The days after today on which the law on file changes."""
    for change in tables.changes():
        if change.on > today:
            yield inbox.ComingLaw(change.on, change.words, change.source, level(change.evidence), "/law/timeline")


def offer() -> None:
    """Hand the changes to the home page."""
    inbox.provide_changes(after)
