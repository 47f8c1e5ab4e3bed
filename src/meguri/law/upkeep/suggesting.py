"""Rulings that would notice a change that none notices: a question on which the changed rule bears, or does not.

What is right is read off the rule, never off the answer: on its first and on its last day a rule bears on what it
reaches; on what its scope leaves out it does not. What bears no verdict of its own (an answer of an economy, a class,
a tag) is told by a rule that asks for what it gives: that one bears, or does not. Such a ruling says nothing of the
verdict. Who reads it beside the citation decides whether the rule says so rightly.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from meguri.kit.problems import MeguriError
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import Rule
from meguri.law.upkeep.drawing import MOST, Item, bare, days, linked, seeds, turned, varied, ways
from meguri.law.upkeep.mutating import DATES, PackChange, changed, side_by_side
from meguri.law.upkeep.rulings import Ruling, bearing, considered

HEAD = (
    "case_id", "on", "stream", "codes", "origin", "via", "destination", "operation", "facts", "grounds", "not_grounds",
    "told", "not_told", "why",
)  # fmt: skip
TOLD = "told:"
"""Before a rule that reaches a question, whether or not its answer rests on it."""
_ASKED = ("on", "stream", "origin", "destination", "operation", "via", "codes")


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
            answer = verdict(question, law)
        except (MeguriError, LookupError):
            return frozenset()
        bore = bearing(answer)
        return bore | {f"{TOLD}{rule}" for rule in considered(answer) | bore}


def suggest(law: Law, item: Item, unseen: Sequence[PackChange], known: Sequence[Question]) -> list[dict[str, str]]:
    """Rulings that would notice changes of one rule, as rows of `HEAD`; fewer where no question was found."""
    rule = bare(item)
    others = {bare(one) for one in linked(item, law)} - {rule}
    others |= {f"{TOLD}{one}" for one in (rule, *others)}
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
            beyond = (turned(one, item, change.what, law) for one in listed[:6])
            wide = seeds(change.made, known) if change.made is not None and isinstance(item, Rule) else ()
            found = itertools.chain(*beyond, itertools.islice(wide, MOST), *(varied(one) for one in listed[:2]))
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
    beside, told_by = told_by.startswith(TOLD), told_by.removeprefix(TOLD)
    because = WHY.get(what, f"outside its {what}")
    if told_by == rule:
        reach = ("reaches it", "does not reach it") if beside else ("bears", "does not bear")
        why = f"{item.citation}: {reach[0] if bore else reach[1]}, {because}"
    else:
        said = f"{item.citation}, {item.words.en}" if rule.startswith("answer.") else item.citation
        why = f"{said}: {because}; what asks for it ({told_by}) {'bears' if bore else 'does not bear'}"
    return {
        "case_id": f"{rule}/{what}", "on": told["on"], "stream": told["stream"], "codes": ";".join(told["codes"]),
        "origin": told["origin"], "via": ";".join(told["via"]), "destination": told["destination"],
        "operation": told["operation"] or "", "facts": facts,
        "grounds": told_by if bore and not beside else "", "not_grounds": told_by if not bore and not beside else "",
        "told": told_by if bore and beside else "", "not_told": told_by if not bore and beside else "", "why": why,
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
