"""How long a decision stands: on which days the law still decides the same question so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from meguri.law.across.timeline import boundaries
from meguri.law.asking.decisions import Decision, Plain, decision
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS

BINDING = ("verdict", "route", "consents", "prohibitions")
"""What of a decision must hold on every day of a period; papers may be other ones later."""


@dataclass(frozen=True)
class Otherwise:
    """On `on` the law decides otherwise than was said: `decided`."""

    on: date
    decided: Decision


def decided_otherwise(given: Decision, first: date, last: date) -> Otherwise | None:
    """The first day from `first` to `last`, as far as the law on file covers them, on which the law decides the
    question otherwise than `given`, whatever day that names; None where there is none.

    On the first day all that it decides is compared, later `BINDING`. Raises Refused where the question is none, or the
    law on file does not cover the first day.
    """
    for day in (first, *(day for day in boundaries() if first < day <= min(last, COVERS[1]))):
        asked = msgspec.structs.replace(given.question, on=day.isoformat())
        found = decision(verdict(asked.question()))
        if _told(found, day == first) != _told(given, day == first):
            return Otherwise(day, found)
    return None


def ruling_of(given: Decision, day: date) -> tuple[str, ...]:
    """The economies whose authority has to rule on the question of a decision, by the law of a day; none where it is
    decided. What the decision says of its own status counts for nothing. Raises Refused where the question is none.
    """
    return verdict(msgspec.structs.replace(given.question, on=day.isoformat()).question()).ruling_of


def rests_on(given: Decision, facts: Collection[str], day: date) -> bool:
    """Whether the law of a day decides the question otherwise where these of its facts are left out.

    What a verdict rests on: a fact without which it would be another. Raises Refused where the question is none.
    """
    fewer = {name: value for name, value in given.question.facts.items() if name not in facts}
    return _otherwise(given, fewer, day)


def turns_on(given: Decision, fact: str, day: date) -> bool:
    """Whether the law of a day decides the question otherwise where a fact is answered with no.

    Raises Refused where the question is none.
    """
    return _otherwise(given, {**given.question.facts, fact: False}, day)


def _otherwise(given: Decision, facts: Mapping[str, Plain], day: date) -> bool:
    if facts == given.question.facts:
        return False
    asked = msgspec.structs.replace(given.question, on=day.isoformat())
    other = msgspec.structs.replace(asked, facts=dict(facts))
    with_them, without_them = (decision(verdict(one.question())) for one in (asked, other))
    whole = [
        {name: value for name, value in one.decided.items() if name != "question"} for one in (with_them, without_them)
    ]
    return whole[0] != whole[1]


def _told(given: Decision, whole: bool) -> Mapping[str, Any]:
    decided = dict(given.decided)
    asked = decided.pop("question")
    return decided | {"asked": _undated(asked)} if whole else {name: decided[name] for name in BINDING}


def _undated(asked: Any) -> Any:
    return {name: getattr(asked, name) for name in asked.__struct_fields__ if name != "on"}
