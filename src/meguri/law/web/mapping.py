"""One stream to one destination (or from one origin) from every economy: the cells of the map and of its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from meguri.kit.problems import N_, MeguriError, refuse
from meguri.kit.words import Words
from meguri.law import groups, map_points, tables
from meguri.law.asking.model import STATUS_WORDS, VERDICT_WORDS, FactValue, Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import Law

LETTERS: Mapping[str, str] = {
    "prohibited": "P",
    "no_procedure_yet": "Q",
    "allowed_pic": "C",
    "allowed_national_licence": "L",
    "allowed_green": "G",
    "allowed_not_controlled": "N",
    "allowed_not_waste": "W",
    "illegal_takeback": "T",
    "invalid_application": "X",
}
"""A letter for each verdict, so that the map can be read without its colours."""


@dataclass(frozen=True)
class MapPlace:
    """One economy on the map: the verdict between it and the one asked about."""

    economy: str
    name: Words
    verdict: str
    words: Words
    letter: str
    status: str
    status_words: Words
    covered: bool
    procedures: tuple[str, ...]
    query: tuple[tuple[str, str], ...]


def asked(given: Mapping[str, str], today: date) -> tuple[Question, bool]:
    """The question of an address with one end left open, and whether it is the destination that is given.

    The open end is filled with an economy that differs, to have everything checked. Raises Refused.
    """
    destination, origin = given.get("to", "").strip(), given.get("from", "").strip()
    if bool(destination) == bool(origin):
        raise refuse(N_("Give one end only: the economy that everything goes to, or the one it leaves."), "/to", "ends")
    word = (destination or origin).upper()
    other = "JPN" if word != "JPN" else "MYS"
    facts = [f"hazardous={given['hazardous']}"] if given.get("hazardous") else []
    question = Question.parse(
        on=given.get("on", "").strip() or today,
        stream=given.get("stream", ""),
        origin=other if destination else word,
        destination=word if destination else other,
        operation=given.get("operation") or None,
        facts=facts,
    )
    return question, bool(destination)


def places(question: Question, inward: bool) -> tuple[MapPlace, ...]:
    """The verdict for every economy at the open end, by one evaluation each; domestic pairs are left out."""
    facts: tuple[tuple[str, FactValue], ...] = tuple(sorted(question.facts.items()))
    fixed = question.destination if inward else question.origin
    return _places(Law.load().digest, fixed, inward, question.stream, question.operation, question.on, facts)


@lru_cache(maxsize=128)
def _places(
    digest: str,
    fixed: str,
    inward: bool,
    stream: str,
    operation: str | None,
    on: date,
    facts: tuple[tuple[str, FactValue], ...],
) -> tuple[MapPlace, ...]:
    law = Law.load()
    base = Question(on, stream, fixed, fixed, operation, facts=dict(facts))
    found = []
    for code, party in tables.parties().items():
        if code in groups.unions() or _same_law(code, fixed):
            continue
        question = replace(base, origin=code) if inward else replace(base, destination=code)
        try:
            answer = verdict(question, law)
        except MeguriError:
            continue
        found.append(
            MapPlace(
                code,
                party.name,
                answer.verdict,
                VERDICT_WORDS[answer.verdict],
                LETTERS[answer.verdict],
                answer.status,
                STATUS_WORDS[answer.status],
                law.pack_of(code, on) is not None,
                answer.procedures,
                (
                    ("from", question.origin),
                    ("to", question.destination),
                    ("stream", stream),
                    *((("operation", operation),) if operation else ()),
                    ("on", on.isoformat()),
                    *(("fact", f"{name}={str(value).lower()}") for name, value in facts),
                ),
            )
        )
    return tuple(found)


def _same_law(one: str, other: str) -> bool:
    mine, theirs = tables.parties()[one], tables.parties()[other]
    return (mine.law_of or one) == (theirs.law_of or other)


@dataclass(frozen=True)
class Legend:
    """A verdict that occurs on the map, with its letter and how many economies have it."""

    verdict: str
    letter: str
    words: Words
    count: int


def legend(listed: tuple[MapPlace, ...]) -> tuple[Legend, ...]:
    """The verdicts that occur, in the order of strictness."""
    counted = Counter(place.verdict for place in listed)
    return tuple(
        Legend(name, letter, VERDICT_WORDS[name], counted[name]) for name, letter in LETTERS.items() if counted[name]
    )


def to_json(question: Question, inward: bool, listed: tuple[MapPlace, ...]) -> dict[str, Any]:
    """What the map's script and other programs read: one cell for each economy, with where it lies."""
    fixed = question.destination if inward else question.origin
    return {
        "on": question.on.isoformat(),
        "stream": question.stream,
        "operation": question.operation,
        "to" if inward else "from": fixed,
        "law": Law.load().digest,
        "centre": _place(fixed),
        "not_covered": sum(not place.covered for place in listed),
        "cells": [
            {
                **_place(place.economy),
                "name": place.name.say(),
                "verdict": place.verdict,
                "words": place.words.say(),
                "letter": place.letter,
                "status": place.status,
                "covered": place.covered,
                "procedures": list(place.procedures),
            }
            for place in listed
        ],
    }


def _place(economy: str) -> dict[str, Any]:
    number, lat, lon = map_points.numbers().get(economy, ("", None, None))
    return {"economy": economy, "number": number, "lat": lat, "lon": lon}
