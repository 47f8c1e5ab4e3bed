"""What the law changes next, for the home page: rules of the packs that begin or end after a date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from meguri.kit.web import inbox
from meguri.kit.words import Words
from meguri.law.packs import Law


def after(today: date) -> Iterable[inbox.Change]:
    """Rules that begin, or end without a successor, after the day; each day and text once."""
    seen: set[tuple[date, str]] = set()
    rules = Law.load().rules
    begins = {rule.effective_from for rule in rules}
    for rule in rules:
        start, end = rule.effective_from, rule.effective_to
        if start and start > today and (start, rule.words.en) not in seen:
            seen.add((start, rule.words.en))
            yield inbox.Change(start, rule.words, rule.citation, rule.confidence)
        if end and end > today and end + timedelta(days=1) not in begins and (end, rule.words.en) not in seen:
            seen.add((end, rule.words.en))
            words = Words(f"Ends: {rule.words.en}", f"終了：{rule.words.ja}")
            yield inbox.Change(end, words, rule.citation, rule.confidence)


def offer() -> None:
    """Hand the changes to the home page."""
    inbox.provide_changes(after)
