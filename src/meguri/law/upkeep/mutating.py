"""What the rulings would not notice: each rule left out, each date moved by a day, each scope widened, one at a time.

A change is seen where some ruling that holds under the law on file no longer holds under the changed one. Only rulings
that the changed rule or entry could reach, as it was or as it is, are asked anew.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from meguri.kit.problems import MeguriError
from meguri.law import groups, tables
from meguri.law.asking.engine import given_as_asked, in_force
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.groups import stream_matches
from meguri.law.upkeep.rulings import Ruling

ENOUGH = 0.9
"""The share of changes that rulings must see."""
DATES = {"effective_from": 1, "effective_to": -1, "moves_from": 1}
"""Days by which a date is moved, so that a day fewer is covered: the first day, or the last."""
NO_SCOPE = {
    "id", "stage", "direction", "effect", "instrument", "citation", "source", "confidence", "evidence", "words",
    "gives", "procedures", "consents", "documents", "notifier", "side", "code", "by", "whose", "route_kind", "pack",
    "classes", "sets",
}  # fmt: skip
"""Fields that say what a rule does, and not where it reaches."""
_DAY = timedelta(days=1)
Item = Rule | ListEntry
T = TypeVar("T")


@dataclass(frozen=True)
class PackChange:
    """One change of one rule or entry: `what` is dropped, a date or a scope; `made` is None where it was left out."""

    item: Item
    what: str
    made: Item | None

    def to_json(self) -> dict[str, Any]:
        """Plain values: the rule, what was changed, the value that it had."""
        had = getattr(self.item, self.what, None) if self.made is not None else None
        return {
            "rule": self.item.id,
            "pack": self.item.pack,
            "change": self.what,
            "was": had.isoformat() if isinstance(had, date) else _told(had),
            "citation": self.item.citation,
        }


def _told(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def changes(law: Law) -> Iterator[PackChange]:
    """Every change, rule by rule: left out, its dates, its scopes."""
    items: list[Item] = [*law.rules, *law.entries]
    for item in items:
        yield PackChange(item, "dropped", None)
        for name, by in DATES.items():
            day = getattr(item, name, None)
            # Before the first day and after the last one that can be asked nobody could notice.
            if day is not None and COVERS[0] < day < COVERS[1]:
                yield PackChange(item, name, replace(item, **{name: day + by * _DAY}))
        for name in scopes(item):
            wide: Any = None if name in ("assumes", "hazardous", "older") else ()
            yield PackChange(item, name, replace(item, **{name: wide}))


def scopes(item: Item) -> Iterator[str]:
    """The fields of a rule or entry that narrow where it reaches."""
    for name in item.__dataclass_fields__:
        if name in NO_SCOPE or name in DATES:
            continue
        value = getattr(item, name)
        if (isinstance(value, tuple) and value) or (name in ("hazardous", "older") and value is not None):
            yield name


def changed(law: Law, change: PackChange, number: int) -> Law:
    """The law with one change; what it has worked out for other stages is kept."""

    def put(listed: Sequence[Any]) -> tuple[Any, ...]:
        found = (change.made if one is change.item else one for one in listed)
        return tuple(one for one in found if one is not None)

    digest = f"{law.digest}:{number}"
    if isinstance(change.item, ListEntry):
        return replace(law, entries=put(law.entries), digest=digest, _entries={}, _near=dict(law._near))
    stage = change.item.stage
    return replace(
        law,
        rules=put(law.rules),
        stages=MappingProxyType({**law.stages, stage: put(law.stages[stage])}),
        digest=digest,
        _near={key: found for key, found in law._near.items() if key[0] != stage},
        _entries=dict(law._entries),
    )


def could(item: Item | None, question: Question) -> bool:
    """Whether a rule or entry could reach a question, by what is quick to tell."""
    if item is None or not stream_matches(item.streams, question.stream):
        return False
    if not item.economies or any(name[0] in "@!" or "+" in name for name in item.economies):
        return True
    # What is written for economies under whose law others stand reaches those others too.
    return not {question.origin, question.destination, *question.via, *_lawgivers()}.isdisjoint(item.economies)


@lru_cache
def _lawgivers() -> frozenset[str]:
    """The economies under whose law others stand."""
    return frozenset(party.law_of for party in tables.parties().values() if party.law_of != party.iso3)


def may_bear(item: Item | None, question: Question) -> bool:
    """Whether a rule or entry may bear on a question: false where a day, an end, an operation or a fact excludes it."""
    if item is None or not stream_matches(item.streams, question.stream):
        return False
    by = item.by if isinstance(item, Rule) else "moved"
    on, moved = question.day(by), question.day()
    if not in_force(item.effective_from, item.effective_to, on):
        return False
    if isinstance(item, ListEntry):
        ends = [groups.any_of(item.economies, end, on) for end in (question.origin, question.destination)]
        return any(ends) and _holds(item, question)
    if item.moves_from and moved < item.moves_from:
        return False
    out = [(question.origin, question.destination)]
    back = [(question.destination, question.origin)]
    pairs = {
        "export": out, "import": back, "transit": [(via, question.destination) for via in question.via],
        "pair": out + back,
    }[item.direction]  # fmt: skip
    if not any(groups.any_of(item.economies, a, on) and groups.any_of(item.partners, b, on) for a, b in pairs):
        return False
    # Of a route it is asked where it is closed too, and of law on used goods whether it is on file at all.
    return item.stage in ("route", "status") or item.product or _holds(item, question)


def _holds(item: Item, question: Question) -> bool:
    """Whether operation and facts leave it open that an item bears, under one hazard or the other."""
    facts, operation = question.facts, question.operation
    kind = operation[0] if operation else "D" if facts.get("purpose") == "disposal" else "R"
    if item.operations and kind not in item.operations and operation not in item.operations:
        return False
    if isinstance(item, Rule) and not given_as_asked(item, facts, question.day()):
        return False
    for name, value in item.facts:
        given = facts.get(name)
        if name != "hazardous" and (given is None or not _is(given, value)):
            return False
    return not any(name != "hazardous" and _is(facts.get(name), value) for name, value in item.facts_not)


def _is(given: Any, value: Any) -> bool:
    return given in value if isinstance(value, tuple) else bool(given == value)


def seen(law: Law, change: PackChange, number: int, held: Sequence[Ruling]) -> Ruling | None:
    """The first ruling that no longer holds under a change; None where nobody notices."""
    body = changed(law, change, number)
    for ruling in held:
        if not (may_bear(change.item, ruling.question) or may_bear(change.made, ruling.question)):
            continue
        try:
            if not ruling.met(verdict(ruling.question, body)):
                return ruling
        except (MeguriError, LookupError):
            return ruling
    return None


@dataclass(frozen=True)
class Mutated:
    """How many changes there are, which were not seen, which of those were shown to change no answer, and the rulings
    that do not hold under the law on file.
    """

    changes: int
    unseen: tuple[PackChange, ...]
    equivalent: tuple[PackChange, ...]
    broken: tuple[str, ...]
    rulings: int

    @property
    def seen(self) -> int:
        """How many changes some ruling saw."""
        return self.changes - len(self.unseen)

    @property
    def share(self) -> float:
        """The share that was seen of the changes that are not known to change nothing."""
        others = self.changes - len(self.equivalent)
        return self.seen / others if others else 0.0

    @property
    def share_of_all(self) -> float:
        """The share that was seen of all changes."""
        return self.seen / self.changes if self.changes else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "changes": self.changes,
            "seen": self.seen,
            "share": round(self.share, 4),
            "share_of_all": round(self.share_of_all, 4),
            "unseen": [one.to_json() for one in self.unseen],
            "equivalent": [one.to_json() for one in self.equivalent],
            "rulings": self.rulings,
            "broken": list(self.broken),
        }


Show = Callable[[Law, Sequence[PackChange], int], tuple[PackChange, ...]]
_work: tuple[Law, Sequence[PackChange], Sequence[Ruling]] | None = None


def _one(number: int) -> bool:
    assert _work is not None
    law, every, held = _work
    return seen(law, every[number], number, held) is not None


def side_by_side(work: Callable[[int], T], numbers: Sequence[int], jobs: int) -> list[T]:
    """The work of each number, in order, on so many processes; as many as cores where 0, this one alone for little."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = jobs or cores
    if count > 1 and len(numbers) > 20 and "fork" in multiprocessing.get_all_start_methods():
        # Forked, so that each has the law and what it has worked out.
        with multiprocessing.get_context("fork").Pool(count) as pool:
            return pool.map(work, numbers, chunksize=4)
    return [work(number) for number in numbers]


def mutate(
    law: Law, rulings: Sequence[Ruling], jobs: int = 0, packs: Sequence[str] = (), show: Show | None = None
) -> Mutated:
    """Try every change (of some packs, where they are named), on so many processes; as many as cores where 0.

    `show` tells which unseen changes change no answer; without it nothing is said of that.
    """
    global _work
    met = {ruling.place: ruling.met(verdict(ruling.question, law)) for ruling in rulings}
    held = [ruling for ruling in rulings if met[ruling.place]]
    broken = [place for place, holds in met.items() if not holds]
    every = [one for one in changes(law) if not packs or one.item.pack in packs]
    _work = (law, every, held)
    try:
        noticed = side_by_side(_one, range(len(every)), jobs)
    finally:
        _work = None
    unseen = tuple(one for one, found in zip(every, noticed, strict=True) if not found)
    alike = show(law, unseen, jobs) if show else ()
    return Mutated(len(every), unseen, alike, tuple(broken), len(rulings))
