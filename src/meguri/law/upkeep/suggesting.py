"""Rulings that would notice a change that none notices: a question on which the changed rule bears, or does not.

What is right is read off the rule, never off the answer: on its first and on its last day a rule bears on what it
reaches; on what its scope leaves out it does not. Such a ruling says nothing of the verdict. Who reads it beside the
citation decides whether the rule says so rightly.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from meguri.kit.problems import MeguriError
from meguri.law import groups, tables
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS, READ_ON, Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.groups import stream_matches
from meguri.law.upkeep.mutating import PackChange, changed, could, side_by_side
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
MOST = 300
"""Questions that are tried for one rule."""
_DAY = timedelta(days=1)
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


def bears(rule: str, question: Question, law: Law) -> bool:
    """Whether a rule or entry bears on a question."""
    return rule in bearing(verdict(question, law))


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


def _members(selectors: Sequence[str], on: date) -> list[str]:
    """Economies that selectors mean, those of the usual lanes first; all the others where they name none."""
    every = dict.fromkeys((*OTHERS, *tables.usual("often asked"), *groups.states()))
    return [code for code in every if not selectors or groups.any_of(tuple(selectors), code, on)]


def _facts(item: Item) -> Iterator[dict[str, Any]]:
    """Facts under which a rule may reach: those that it names, with either assay."""
    named = {name: value[0] if isinstance(value, tuple) else value for name, value in item.facts}
    for name, most in getattr(item, "over", ()):
        named[name] = most + 1
    for name in getattr(item, "facts_given", ()):
        named.setdefault(name, True)
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
    """Questions that a rule may reach: those of rulings on its days, then those made of its own scopes."""
    on = list(dict.fromkeys(days(item)))
    for question in known:
        if could(item, question):
            yield from (replace(question, on=day) for day in on)
    if not on:
        return
    direction = item.direction if isinstance(item, Rule) else "pair"
    ours, theirs = _members(item.economies, on[0])[:6], _members(getattr(item, "partners", ()), on[0])[:6]
    streams = [name for name in tables.streams() if stream_matches(item.streams, name)][:12]
    wanted = getattr(item, "operations", ())
    operations = [one for one in OPERATIONS if not wanted or one in wanted or (one and one[0] in wanted)] or list(
        wanted
    )
    for facts, stream, operation in itertools.product(_facts(item), streams, operations[:3]):
        for our, their in itertools.product(ours[:4], theirs[:4]):
            for origin, destination in ((our, their), (their, our)) if direction != "import" else ((their, our),):
                via: tuple[str, ...] = ()
                if direction == "transit":
                    via, (origin, destination) = (our,), ("MYS", "JPN") if our not in ("MYS", "JPN") else ("THA", "KOR")
                found = asked(
                    on=on[0], stream=stream, origin=origin, destination=destination, operation=operation, via=via,
                    facts=facts,
                )  # fmt: skip
                if found is not None:
                    yield from (replace(found, on=day) for day in on)


def _varied(question: Question, item: Item) -> Iterator[Question | None]:
    """The question with one thing changed: an end, the stream, the operation, a fact."""
    for code in OTHERS:
        yield of(question, destination=code)
        yield of(question, origin=code)
        if question.via:
            yield of(question, via=[code])
    for stream in tables.streams():
        yield of(question, stream=stream)
    for operation in OPERATIONS:
        yield of(question, operation=operation)
    facts = dict(question.to_json()["facts"])
    for name in {**dict(item.facts), **dict(item.facts_not), **facts}:
        rest = {key: value for key, value in facts.items() if key != name}
        yield of(question, facts=rest)
        for value in (True, False, "unknown"):
            yield of(question, facts={**rest, name: value})
    for name, most in getattr(item, "over", ()):
        yield of(question, facts={**facts, name: most})
    for name in getattr(item, "facts_missing", ()):
        yield of(question, facts={**facts, name: True})
    for code in OTHERS[:10]:
        for stream in list(tables.streams())[::4]:
            yield of(question, destination=code, stream=stream)
            yield of(question, origin=code, stream=stream)


def _first(found: Iterable[Question | None], holds: Callable[[Question], bool], most: int = MOST) -> Question | None:
    for question in itertools.islice((one for one in found if one is not None), most):
        try:
            if holds(question):
                return question
        except (MeguriError, LookupError):
            continue
    return None


def suggest(law: Law, item: Item, unseen: Sequence[PackChange], known: Sequence[Question]) -> list[dict[str, str]]:
    """Rulings that would notice changes of one rule, as rows of `HEAD`; fewer where no question was found."""
    rule = item.id.partition("@")[0]
    reached: dict[date, Question] = {}
    for question in itertools.islice(seeds(item, known), MOST):
        if question.on not in reached and bears(rule, question, law):
            reached[question.on] = question
    rows: dict[tuple[Any, ...], dict[str, str]] = {}
    for number, change in enumerate(unseen):
        body = changed(law, change, number)

        def lost(question: Question, body: Law = body) -> bool:
            return bears(rule, question, law) and not bears(rule, question, body)

        def gained(question: Question, body: Law = body) -> bool:
            return bears(rule, question, body) and not bears(rule, question, law)

        if change.what == "dropped" or change.what.startswith(("effective", "moves")):
            found, bore = _first(reached.values(), lost), True
        else:
            varied = itertools.chain.from_iterable(_varied(one, item) for one in list(reached.values())[:3])
            found, bore = _first(varied, gained), False
            if found is None:
                found, bore = _first(seeds(item, known), gained), False
        if found is not None:
            row = _row(item, rule, change.what, found, bore)
            rows.setdefault(
                (row["on"], row["stream"], row["origin"], row["destination"], row["operation"], row["facts"], bore), row
            )
    return list(rows.values())


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


def _row(item: Item, rule: str, what: str, question: Question, bore: bool) -> dict[str, str]:
    told = question.to_json()
    facts = ";".join(
        f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in told["facts"].items()
    )
    why = f"{item.citation}: {'bears' if bore else 'does not bear'}, {WHY.get(what, f'outside its {what}')}"
    return {
        "case_id": f"{rule}/{what}", "on": told["on"], "stream": told["stream"], "codes": ";".join(told["codes"]),
        "origin": told["origin"], "via": ";".join(told["via"]), "destination": told["destination"],
        "operation": told["operation"] or "", "facts": facts, "grounds": rule if bore else "",
        "not_grounds": "" if bore else rule, "why": why,
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
