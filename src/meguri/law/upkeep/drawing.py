"""Questions that a rule or entry may reach, drawn from its own days and scopes, and those just outside of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from meguri.kit.problems import MeguriError
from meguri.law import groups, tables, wastes
from meguri.law.asking.model import Question
from meguri.law.body.packs import COVERS, READ_ON, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.groups import stream_matches
from meguri.law.upkeep.mutating import could

OPERATIONS = ("R4", "R3", "R13", "D10", None)
OTHERS = (
    "JPN",
    "MYS",
    "DEU",
    "USA",
    "VNM",
    "GBR",
    "KOR",
    "NGA",
    "CHE",
    "SGP",
    "IND",
    "CHN",
    "AUS",
    "CAN",
    "BRA",
    "KHM",
    "HTI",
)
"""Economies that differ in their standing to the treaties, to put in the place of another."""
MOST = 600
"""Questions that are tried for one rule, and for one change of it."""
KINDS = ("R4", "R3", "R1", "R13", "D10", "D1", "D15", None)
Item = Rule | ListEntry


def asked(**fields: Any) -> Question | None:
    """A question; None where it cannot be asked."""
    try:
        return Question.parse(**fields)
    except MeguriError:
        return None


def of(question: Question, **other: Any) -> Question | None:
    """The same question with something else."""
    given = {**question.to_json(), **other}
    return asked(**given)


def bare(item: Item) -> str:
    """The id by which answers name a rule or entry."""
    return item.id.partition("@")[0]


def brings(item: Item) -> frozenset[str]:
    """What other rules may ask for: classes of waste, tags, an arrangement."""
    if isinstance(item, ListEntry):
        return frozenset(item.classes)
    own = [f"national:{code}" for code in item.economies] if item.effect == "national" else []
    found = (*item.gives, *own, *(f"procedure:{name}" for name in item.procedures), item.route_kind)
    return frozenset(name for name in found if name)


def linked(item: Item, law: Law) -> list[Rule]:
    """Rules that ask for what an item brings, or for its lack."""
    given = brings(item)
    families = {name.partition(":")[0] for name in given if ":" in name and not name.startswith("procedure:")}

    def asks(rule: Rule) -> bool:
        for name in rule.waste:
            family, sign, _ = name.lstrip("!").partition(":")
            if name.lstrip("!") in given or (sign and family in families):
                return True
        return not given.isdisjoint((*rule.needs, *rule.lacks, *rule.route))

    return [rule for rule in law.rules if rule is not item and asks(rule)]


def ways(item: Item, law: Law) -> Iterator[Item]:
    """The item, and each rule that asks for its classes as narrow as the item makes it: where to look for questions."""
    yield item
    if not isinstance(item, ListEntry):
        return
    facts = item.facts if item.hazardous is None else (*item.facts, ("hazardous", item.hazardous))
    for rule in linked(item, law):
        positive = [name for name in rule.waste if name[0] != "!"]
        families = {name.partition(":")[0] for name in item.classes}
        if not any(name in item.classes or name.partition(":")[0] in families for name in positive):
            continue
        ends: dict[str, Any] = {}
        if item.economies and any(name.endswith(":partner") for name in positive):
            ends = {"partners": item.economies}
        elif item.economies and any(name.endswith(":self") for name in positive):
            ends = {"economies": item.economies}
        yield replace(
            rule, streams=item.streams, facts=(*rule.facts, *facts), facts_not=(*rule.facts_not, *item.facts_not),
            operations=item.operations or rule.operations, effective_from=item.effective_from,
            effective_to=item.effective_to, moves_from=None, **ends,
        )  # fmt: skip


def days(item: Item) -> Iterator[date]:
    """Days on which a rule is in force: its first and its last, and the day on which the law was read."""
    first, last = item.effective_from, item.effective_to
    moves = getattr(item, "moves_from", None)
    for day in (moves, first, last, READ_ON):
        covered = day is not None and COVERS[0] <= day <= COVERS[1]
        if day is not None and covered and (first is None or day >= first) and (last is None or day <= last):
            yield day
    if first is not None and first < COVERS[0] and (last is None or last >= COVERS[0]):
        yield COVERS[0]


def _known() -> list[str]:
    return list(dict.fromkeys((*OTHERS, *tables.usual("often asked"), *groups.states())))


def _members(selectors: Sequence[str], on: date) -> list[str]:
    """Economies that selectors mean, those of the usual lanes first; all the others where they name none."""
    return [code for code in _known() if not selectors or groups.any_of(tuple(selectors), code, on)]


def _codes(item: Item) -> list[tuple[str, ...]]:
    """None declared; and, for each class that a rule asks for, a code whose declaration gives it."""
    asked_for = {name.lstrip("!") for name in getattr(item, "waste", ())}
    found: dict[str, str] = {}
    for code, entries in wastes.waste_codes().items():
        for name in asked_for.intersection(itertools.chain.from_iterable(one.declares for one in entries)):
            found.setdefault(name, code)
    return [(), *((code,) for code in dict.fromkeys(found.values()))]


@lru_cache
def _value(fact: str) -> Any:
    """A value that a fact may have: yes, a number or a day."""
    for value in (True, 1, "2020-01-01"):
        if asked(on=READ_ON, stream="cables", origin="JPN", destination="DEU", facts={fact: value}) is not None:
            return value
    return True


def _facts(item: Item) -> Iterator[dict[str, Any]]:
    """Facts under which a rule may reach: those that it names, with either assay."""
    named = {name: value[0] if isinstance(value, tuple) else value for name, value in item.facts}
    for name, most in getattr(item, "over", ()):
        named[name] = most + 1
    for name in getattr(item, "facts_given", ()):
        named.setdefault(name, _value(name))
    for name in getattr(item, "past", ()):
        named.setdefault(name, "2017-06-01")
    if getattr(item, "older", None) is not None:
        named.setdefault("made_year", 1990)
    product = isinstance(item, Rule) and (item.product or item.stage == "status")
    proofs: dict[str, Any] = {
        "purpose": "reuse",
        "function_tested": True,
        "packed": True,
        "invoice": True,
        "contract": True,
    }
    beside: list[dict[str, Any]] = [{}, {"facility_authorised": True}, *([proofs] if product else [])]
    for hazardous in (True, False):
        for more in beside:
            yield {"hazardous": hazardous, **more, **named}


def seeds(item: Item, known: Iterable[Question]) -> Iterator[Question]:
    """Questions that a rule may reach: those of rulings on its days, then some of all those made of its own scopes."""
    on = list(dict.fromkeys(days(item)))
    # What was ruled already comes first, but not so much of it that nothing else is tried.
    near = [question for question in known if could(item, question)]
    random.Random(item.id).shuffle(near)
    for question in near[: MOST // 6]:
        yield from (replace(question, on=day) for day in on)
    if not on:
        return
    direction = item.direction if isinstance(item, Rule) else "pair"
    ours, theirs = _members(item.economies, on[0])[:8], _members(getattr(item, "partners", ()), on[0])[:12]
    streams = [name for name in tables.streams() if stream_matches(item.streams, name)]
    wanted = getattr(item, "operations", ())
    operations = [one for one in OPERATIONS if not wanted or one in wanted or (one and one[0] in wanted)] or list(
        wanted
    )
    every = list(itertools.product(list(_facts(item)), streams, operations[:3], _codes(item)))
    # In an order of its own for each rule, the same at each run: the first of each scope alone would show little.
    order = random.Random(item.id)
    for _ in range(MOST):
        if not every or not ours or not theirs:
            return
        facts, stream, operation, codes = order.choice(every)
        our, their = order.choice(ours), order.choice(theirs)
        via: tuple[str, ...] = ()
        origin, destination = (their, our) if direction == "import" else (our, their)
        if direction == "pair" and order.random() < 0.5:
            origin, destination = destination, origin
        if direction == "transit":
            via, (origin, destination) = (our,), ("MYS", "JPN") if our not in ("MYS", "JPN") else ("THA", "KOR")
        found = asked(
            on=on[0], stream=stream, origin=origin, destination=destination, operation=operation, via=via,
            facts=facts, codes=codes,
        )  # fmt: skip
        if found is not None:
            yield from (replace(found, on=day) for day in on)


def turned(question: Question, item: Item, what: str, law: Law) -> Iterator[Question | None]:
    """The question outside the scope that was widened: another end, stream, operation or fact."""
    facts = dict(question.to_json()["facts"])
    if what in ("economies", "partners", "route"):
        for code in _known()[:60]:
            yield of(question, destination=code)
            yield of(question, origin=code)
            if question.via:
                yield of(question, via=[code])
    elif what in ("streams", "waste", "hazardous"):
        for stream in tables.streams():
            for hazardous in (facts.get("hazardous"), True, False, "unknown"):
                yield of(question, stream=stream, facts={**facts, "hazardous": hazardous or False})
    elif what in ("lacks", "needs"):
        # With the facts of a rule that gives the tag, and without.
        for rule in law.rules:
            if not set(getattr(item, what)).isdisjoint(rule.gives):
                for more in _facts(rule):
                    yield of(question, facts={**facts, **more})
                    yield of(question, facts=more)
    elif what == "operations":
        for operation in KINDS:
            for more in ({}, {"purpose": "disposal"}):
                yield of(question, operation=operation, facts={**facts, **more})
    else:
        # `older` is a number of years: the fact it asks for is the year of making, which is among the others.
        scope = getattr(item, what)
        given = [one if isinstance(one, str) else one[0] for one in scope] if isinstance(scope, tuple) else []
        for name in dict.fromkeys((*given, *dict(item.facts), *dict(item.facts_not), *facts)):
            rest = {key: value for key, value in facts.items() if key != name}
            yield of(question, facts=rest)
            for value in (True, False, "unknown"):
                yield of(question, facts={**rest, name: value})
        for name, most in getattr(item, "over", ()):
            yield of(question, facts={**facts, name: most})
        if what == "older":
            yield of(question, facts={**facts, "made_year": question.on.year})


def varied(question: Question) -> Iterator[Question | None]:
    """The question with an end and the stream, or the operation, changed."""
    for operation in OPERATIONS:
        yield of(question, operation=operation)
    for code in OTHERS:
        yield of(question, destination=code)
        yield of(question, origin=code)
    for stream in tables.streams():
        yield of(question, stream=stream)
    for code in OTHERS[:10]:
        for stream in list(tables.streams())[::4]:
            yield of(question, destination=code, stream=stream)
            yield of(question, origin=code, stream=stream)
