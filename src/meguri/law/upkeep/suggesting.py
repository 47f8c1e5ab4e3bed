"""Rulings that would notice a change that none notices: a question on which the changed rule bears, or does not.

What is right is read off the rule, never off the answer: on its first and on its last day a rule bears on what it
reaches; on what its scope leaves out it does not. What bears no verdict of its own (an answer of an economy, a class,
a tag) is told by a rule that asks for what it gives: that one bears, or does not. Such a ruling says nothing of the
verdict. Who reads it beside the citation decides whether the rule says so rightly.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from meguri.kit.problems import MeguriError
from meguri.law import groups, tables, wastes
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS, READ_ON, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.groups import stream_matches
from meguri.law.upkeep.mutating import DATES, PackChange, changed, could, side_by_side
from meguri.law.upkeep.rulings import Ruling, bearing

HEAD = (
    "case_id", "on", "stream", "codes", "origin", "via", "destination", "operation", "facts", "grounds", "not_grounds",
    "why",
)  # fmt: skip
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
_ASKED = ("on", "stream", "origin", "destination", "operation", "via", "codes")
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


def _facts(item: Item) -> Iterator[dict[str, Any]]:
    """Facts under which a rule may reach: those that it names, with either assay."""
    named = {name: value[0] if isinstance(value, tuple) else value for name, value in item.facts}
    for name, most in getattr(item, "over", ()):
        named[name] = most + 1
    for name in getattr(item, "facts_given", ()):
        named.setdefault(name, True)
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


def _turned(question: Question, item: Item, what: str) -> Iterator[Question | None]:
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


def _varied(question: Question) -> Iterator[Question | None]:
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


class _Asking:
    """What bears on a question under the law on file, worked out once; empty where it has no answer."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.found: dict[tuple[Any, ...], frozenset[str]] = {}

    def __call__(self, question: Question, body: Law | None = None) -> frozenset[str]:
        if body is not None:
            return self._ask(question, body)
        key = (*(getattr(question, name) for name in _ASKED), frozenset(question.facts.items()))
        if key not in self.found:
            self.found[key] = self._ask(question, self.law)
        return self.found[key]

    @staticmethod
    def _ask(question: Question, law: Law) -> frozenset[str]:
        try:
            return bearing(verdict(question, law))
        except (MeguriError, LookupError):
            return frozenset()


def suggest(law: Law, item: Item, unseen: Sequence[PackChange], known: Sequence[Question]) -> list[dict[str, str]]:
    """Rulings that would notice changes of one rule, as rows of `HEAD`; fewer where no question was found."""
    rule = bare(item)
    others = {bare(one) for one in linked(item, law)} - {rule}
    ask = _Asking(law)
    on = set(days(item))
    without = changed(law, PackChange(item, "dropped", None), -1)
    reached: dict[date, list[Question]] = {}
    for way in ways(item, law):
        for question in itertools.islice(seeds(way, known), MOST):
            if len(reached.get(question.day(), ())) < 3 and question.day() in on:
                bore = ask(question)
                if rule in bore or (not others.isdisjoint(bore ^ ask(question, without))):
                    reached.setdefault(question.day(), []).append(question)
        if reached and all(len(reached.get(day, ())) >= 3 for day in on):
            break
    listed = [question for some in reached.values() for question in some]
    rows: dict[tuple[Any, ...], dict[str, str]] = {}
    for number, change in enumerate(unseen):
        body = changed(law, change, number)
        if change.what == "dropped" or change.what in DATES:
            found: Iterable[Question | None] = listed
        else:
            turned = (_turned(one, item, change.what) for one in listed[:6])
            wide = seeds(change.made, known) if change.made is not None and isinstance(item, Rule) else ()
            found = itertools.chain(*turned, itertools.islice(wide, MOST), *(_varied(one) for one in listed[:2]))
        told = _first(found, ask, body, rule, others, narrowed=change.what == "dropped" or change.what in DATES)
        if told is not None:
            row = _row(item, rule, change.what, *told)
            rows.setdefault(tuple(row[name] for name in HEAD[1:-1]), row)
    return list(rows.values())


def _first(
    found: Iterable[Question | None], ask: _Asking, body: Law, rule: str, others: set[str], *, narrowed: bool
) -> tuple[Question, str, bool] | None:
    """The first question that tells the laws apart, with the rule that does so, and whether it bears as the law is.

    A rule left out must be lost, a widened one gained; of rules that ask for what it brings, either.
    """
    for question in itertools.islice((one for one in found if one is not None), 2 * MOST):
        was, now = ask(question), ask(question, body)
        differ = was ^ now
        if rule in differ and (rule in was) is narrowed:
            return question, rule, narrowed
        for other in sorted(others & differ):
            return question, other, other in was
    return None


WHY = {
    "dropped": "in force and reaching this",
    "effective_from": "its first day",
    "effective_to": "its last day",
    "moves_from": "the first day of movement",
    "economies": "not the law of either end",
    "partners": "another partner",
    "waste": "another class of waste",
    "hazardous": "another assay",
    "streams": "another material",
    "operations": "another operation",
    "facts": "without the fact that it asks for",
    "facts_not": "with the fact that it excepts",
    "facts_missing": "the fact is given",
    "over": "not over its measure",
    "route": "another arrangement between the ends",
    "needs": "without what it presupposes",
    "lacks": "with what takes its place",
}


def _row(item: Item, rule: str, what: str, question: Question, told_by: str, bore: bool) -> dict[str, str]:
    told = question.to_json()
    facts = ";".join(
        f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in told["facts"].items()
    )
    because = WHY.get(what, f"outside its {what}")
    if told_by == rule:
        why = f"{item.citation}: {'bears' if bore else 'does not bear'}, {because}"
    else:
        said = f"{item.citation}, {item.words.en}" if rule.startswith("answer.") else item.citation
        why = f"{said}: {because}; what asks for it ({told_by}) {'bears' if bore else 'does not bear'}"
    return {
        "case_id": f"{rule}/{what}", "on": told["on"], "stream": told["stream"], "codes": ";".join(told["codes"]),
        "origin": told["origin"], "via": ";".join(told["via"]), "destination": told["destination"],
        "operation": told["operation"] or "", "facts": facts, "grounds": told_by if bore else "",
        "not_grounds": "" if bore else told_by, "why": why,
    }  # fmt: skip


_work: tuple[Law, list[list[PackChange]], list[Question]] | None = None


def _one(number: int) -> list[dict[str, str]]:
    assert _work is not None
    law, listed, known = _work
    return suggest(law, listed[number][0].item, listed[number], known)


def every(law: Law, unseen: Sequence[PackChange], held: Sequence[Ruling], jobs: int = 0) -> list[dict[str, str]]:
    """Rulings for all changes that none noticed, rule by rule."""
    global _work
    by: dict[str, list[PackChange]] = {}
    for change in unseen:
        by.setdefault(change.item.id, []).append(change)
    known = [ruling.question for ruling in held]
    _work = (law, list(by.values()), known)
    try:
        return [row for rows in side_by_side(_one, range(len(by)), jobs) for row in rows]
    finally:
        _work = None
