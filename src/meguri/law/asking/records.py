"""Consents on record: whether a number that is said to be that of a consent held is one.

Whoever keeps consents says so by `keep`; where nobody does, a number is taken as it is said. The check belongs to who
asks a new question, never to reading one that was kept: a record elsewhere holds other numbers.
"""

from __future__ import annotations

from collections.abc import Callable

from meguri.kit.problems import N_, refuse
from meguri.law.asking.model import Question

Recorded = Callable[[str], bool]
_keepers: list[Recorded] = []


def keep(recorded: Recorded) -> None:
    """Let a keeper of consents be asked whether it has one of a number."""
    if recorded not in _keepers:
        _keepers.append(recorded)


def check(question: Question) -> Question:
    """The question as it is. Raises Refused where it names a consent that no keeper has."""
    number = question.facts.get("consent_number")
    if isinstance(number, str) and _keepers and not any(recorded(number) for recorded in _keepers):
        raise refuse(
            N_("“{number}” is not the number of a consent on record here. Give the number of its case."),
            "/facts/consent_number",
            "not_on_record",
            number=number,
        )
    return question
