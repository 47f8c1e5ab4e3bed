"""What would make it lawful: the smallest changes that somebody can truthfully bring about, each asked anew.

A test and its record, packing, another facility, certificates, a shorter period, recovery instead of disposal, another
route, a later day, another destination: first one change, then two. An assay, a code and what happened are facts and
are never changed. (`if_instead` shows what would follow from any one change, lawful or not.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from meguri.kit.files.reading import TableError
from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.across.timeline import boundaries
from meguri.law.asking.model import FactValue, Question, Verdict
from meguri.law.asking.verdict import STRICTNESS, verdict
from meguri.law.body.packs import COVERS, Law
from meguri.law.otherwise.sayable import stands

DESTINATIONS = 4
"""So many other destinations are named at most."""
_FACILITY = ("facility_authorised", "facility_preconsented", "importer_certified", "recycler_certified")
_FILED = ("notified_on", "acknowledged_on")
_ORDER = ("proof", "facility", "period", "route", "operation", "date", "destination")


@dataclass(frozen=True)
class Remedy:
    """One or two changes under which the movement would be lawful, and the answer that they lead to.

    `kinds` are proof, facility, period, route, operation, date, destination.
    """

    kinds: tuple[str, ...]
    changes: tuple[Words, ...]
    question: Question
    answer: Verdict

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "kinds": list(self.kinds),
            "changes": [words.everywhere() for words in self.changes],
            "question": self.question.to_json(),
            "verdict": self.answer.verdict,
            "status": self.answer.status,
            "procedures": list(self.answer.procedures),
        }


@dataclass(frozen=True)
class _Step:
    """A change of one kind: what it says, and the facts or ends that it sets."""

    kind: str
    words: Words
    facts: tuple[tuple[str, FactValue], ...] = ()
    destination: str = ""
    via: tuple[str, ...] | None = None
    operation: str = ""
    on: Any = None

    def take(self, question: Question) -> Question:
        facts: dict[str, FactValue] = {**question.facts, **dict(self.facts)}
        changed = replace(question, facts=MappingProxyType(facts))
        if self.destination:
            # Another destination is another facility and another notification: what was said of the old ones goes.
            kept = {name: value for name, value in facts.items() if name not in (*_FACILITY, *_FILED)}
            via = tuple(economy for economy in question.via if economy != self.destination)
            changed = replace(changed, destination=self.destination, via=via, facts=MappingProxyType(kept))
        if self.via is not None:
            changed = replace(changed, via=self.via)
        if self.operation:
            changed = replace(changed, operation=self.operation)
        if self.on is not None:
            changed = replace(changed, on=self.on)
        return changed


@lru_cache(maxsize=1)
def _bringable() -> tuple[tuple[str, dict[str, FactValue], tuple[str, str], Words], ...]:
    """The table of changes of fact: kind, facts, the condition on the question, words."""
    found = []
    for place, row in tables.rows("remedies.csv"):
        facts: dict[str, FactValue] = {}
        for pair in row["facts"].split(";"):
            name, _, value = pair.partition("=")
            if name not in tables.fact_vocabulary() or name == "hazardous":
                raise TableError(f"{place}: “{name}” is not a fact that a remedy may bring about")
            facts[name] = value == "true" if value in ("true", "false") else int(value)
        name, _, value = row["asks"].partition("=")
        found.append((row["kind"], facts, (name, value), tables.words("remedies", row, "words", row["remedy"])))
    return tuple(found)


def _facts(question: Question) -> Iterator[_Step]:
    for kind, facts, (name, value), words in _bringable():
        given = question.facts.get(name)
        if name and str(given).lower() != value:
            continue
        new = {key: fact for key, fact in facts.items() if question.facts.get(key) != fact}
        months = question.facts.get("notification_months")
        most = facts.get("notification_months")
        if kind == "period" and not (isinstance(months, int) and isinstance(most, int) and months > most):
            continue
        if new:
            yield _Step(kind, words, tuple(new.items()))


def _named(economy: str) -> Words:
    return tables.parties()[economy].name


def _routes(question: Question) -> Iterator[_Step]:
    for n, economy in enumerate(question.via):
        rest = (*question.via[:n], *question.via[n + 1 :])
        name = _named(economy)
        yield _Step("route", Words("go without transit through {economy}").format(economy=name), via=rest)
        for hub in tables.usual("hub"):
            if hub not in (question.origin, question.destination, *question.via):
                yield _Step(
                    "route",
                    Words("go through {hub} instead of {economy}").format(hub=_named(hub), economy=name),
                    via=(*question.via[:n], hub, *question.via[n + 1 :]),
                )
    if len(question.via) > 1:
        yield _Step("route", Words("go without transit"), via=())


def _destinations(question: Question) -> Iterator[_Step]:
    groups = tables.streams()[question.stream].groups
    home = tables.parties()[question.origin].law_of or question.origin
    for _, row in tables.rows("destinations.csv"):
        economy = row["economy"]
        if economy in (question.origin, home, question.destination) or groups.isdisjoint(row["groups"].split()):
            continue
        what = tables.words("destinations", row, "words", economy)
        yield _Step(
            "destination",
            Words("send it to {economy} ({what})").format(economy=_named(economy), what=what),
            destination=economy,
        )


def _operations(question: Question) -> Iterator[_Step]:
    groups = tables.streams()[question.stream].groups
    disposal = (question.operation or "").startswith("D") or question.facts.get("purpose") == "disposal"
    if disposal and not groups & {"pcb", "residue"}:
        purpose: tuple[tuple[str, FactValue], ...] = (("purpose", "recovery"),) if "purpose" in question.facts else ()
        yield _Step("operation", Words("recover it (R4) instead"), purpose, operation="R4")


def _later(question: Question, law: Law) -> Iterator[_Step]:
    """The first later day on which it would be lawful, found by asking on each day on which the law changes."""
    if "moved_on" in question.facts:
        return
    for day in boundaries(law):
        if question.on < day <= COVERS[1]:
            step = _Step("date", Words("move it on or after {day}").format(day=day), on=day)
            if _lawful(verdict(step.take(question), law)):
                yield step
                return


def _lawful(answer: Verdict) -> bool:
    return answer.verdict.startswith("allowed")


def remedies(question: Question, law: Law | None = None, most: int = 8) -> tuple[Remedy, ...]:
    """The smallest truthful changes that would make a movement lawful, at most `most`; none where it is lawful already.

    Also none after an incident: what happened cannot be made lawful. Pairs of changes are tried only where fewer than
    three single ones are found, and never contain a change that suffices alone.
    """
    body = law or Law.load()
    now = verdict(question, body)
    if _lawful(now) or now.verdict == "illegal_takeback":
        return ()
    steps = [*_facts(question), *_routes(question), *_operations(question), *_destinations(question)]
    found: list[Remedy] = []
    rest: list[_Step] = []
    for step in (*steps, *_later(question, body)):
        remedy = _tried(question, (step,), body)
        if remedy is not None:
            found.append(remedy)
        else:
            rest.append(step)
    if len(found) < 3:
        for n, first in enumerate(rest):
            for second in rest[n + 1 :]:
                if first.kind != second.kind or first.kind == "proof":
                    # The destination is changed first, so that what is said of its facility stays.
                    pair = (second, first) if second.kind == "destination" else (first, second)
                    remedy = _tried(question, pair, body)
                    if remedy is not None:
                        found.append(remedy)
    found.sort(key=_rank)
    smallest: list[Remedy] = []
    differences: list[frozenset[tuple[str, Any]]] = []
    for remedy in sorted(found, key=lambda one: len(_difference(question, one.question))):
        difference = _difference(question, remedy.question)
        if not any(other <= difference for other in differences):
            smallest.append(remedy)
            differences.append(difference)
    smallest.sort(key=_rank)
    elsewhere = [remedy for remedy in smallest if remedy.kinds == ("destination",)]
    return tuple([remedy for remedy in smallest if remedy not in elsewhere[DESTINATIONS:]][:most])


def _tried(question: Question, steps: tuple[_Step, ...], law: Law) -> Remedy | None:
    changed = question
    for step in steps:
        changed = step.take(changed)
    if changed.destination in (changed.origin, *changed.via) or changed == question or not stands(changed):
        return None
    answer = verdict(changed, law)
    if not _lawful(answer):
        return None
    return Remedy(tuple(step.kind for step in steps), tuple(step.words for step in steps), changed, answer)


def _plain(question: Question) -> dict[str, Any]:
    return {
        **question.facts, "/on": question.on, "/to": question.destination, "/via": question.via,
        "/operation": question.operation,
    }  # fmt: skip


def _difference(old: Question, new: Question) -> frozenset[tuple[str, Any]]:
    before, after = _plain(old), _plain(new)
    return frozenset((key, after.get(key)) for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _rank(remedy: Remedy) -> tuple[int, int, int, int]:
    return (
        len(remedy.kinds),
        max(_ORDER.index(kind) for kind in remedy.kinds),
        STRICTNESS.index(remedy.answer.verdict),
        len(remedy.answer.assumptions),
    )
