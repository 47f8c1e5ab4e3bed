"""A question in an address: reading it from a query string, and writing it back in one canonical way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from meguri.kit import clock
from meguri.law.asking.model import FactValue, Question


def written(value: FactValue) -> str:
    """A fact's value as it stands in an address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _split(values: Iterable[str]) -> list[str]:
    return [part.strip() for value in values for part in value.replace(",", ";").split(";") if part.strip()]


def facts_of(given: QueryDict) -> list[str]:
    """The facts of an address: ``fact=name=value`` repeated, or one field for each as ``fact.name=value``."""
    found = [fact for fact in given.getlist("fact") if fact.strip()]
    for key in given:
        value = str(given[key]).strip()
        if key.startswith("fact.") and value:
            found.append(f"{key[5:]}={value}")
    return found


def question_of(given: QueryDict) -> Question:
    """The question of an address; the day is today's where none is given. Raises Refused."""
    return Question.parse(
        on=given.get("on", "").strip() or clock.today(),
        stream=given.get("stream", ""),
        origin=given.get("from", ""),
        destination=given.get("to", ""),
        operation=given.get("operation") or None,
        via=_split(given.getlist("via")),
        codes=_split(given.getlist("code")),
        facts=facts_of(given),
    )


def query_of(question: Question) -> str:
    """The canonical query string of a question, for permalinks."""
    facts: Mapping[str, FactValue] = question.facts
    return urlencode(
        [
            ("from", question.origin),
            ("to", question.destination),
            ("stream", question.stream),
            *([("operation", question.operation)] if question.operation else []),
            ("on", question.on.isoformat()),
            *(("via", economy) for economy in question.via),
            *(("code", code) for code in question.codes),
            *(("fact", f"{name}={written(value)}") for name, value in sorted(facts.items())),
        ]
    )
