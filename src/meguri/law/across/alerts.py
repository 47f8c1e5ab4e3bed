"""What of somebody's answers becomes another: the questions of what is followed, answers that keep, and how two differ.

Answers are kept in keys (no words, no citations), so that those given under packs of last year are still compared with
those of today; why one is another is told by the law that is on file now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from meguri.law import tables
from meguri.law.across.timeline import boundaries
from meguri.law.asking.model import Ground, Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body.packs import COVERS, Law

OPERATION = "R4"
"""The operation under which an economy or a stream as a whole is asked."""
DATED = ("moved_on",)
"""Facts that would fix the day of the law: a followed question is asked for today."""


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer in keys: what is compared, and the rules that it rested on.

    `consents` are ``authority:capacity:form:days``; `grounds` ids of rules, which are kept and not compared.
    """

    verdict: str
    status: str
    procedures: tuple[str, ...]
    consents: tuple[str, ...]
    papers: tuple[str, ...]
    grounds: tuple[str, ...]

    @property
    def decided(self) -> tuple[Any, ...]:
        """What it decides: two with the same are one answer."""
        return self.verdict, self.status, self.procedures, self.consents, self.papers


class Cause(msgspec.Struct, frozen=True):
    """A text because of which an answer is another: `begins`, or fell away; from when it is in force."""

    rule: str
    citation: str = ""
    source: str = ""
    since: str | None = None
    begins: bool = True


class ChangedAnswer(msgspec.Struct, frozen=True):
    """A question under the names of `Question.to_json`, the answer that was, the one that is, and because of what."""

    question: dict[str, Any]
    before: KeptAnswer
    after: KeptAnswer
    because: tuple[Cause, ...]


class ComingChange(msgspec.Struct, frozen=True):
    """The answers that become others on one day."""

    on: str
    changes: tuple[ChangedAnswer, ...]


def kept(answer: Verdict) -> KeptAnswer:
    """An answer in keys."""
    return KeptAnswer(
        answer.verdict,
        answer.status,
        answer.procedures,
        tuple(
            f"{need.authority}:{need.capacity}:{need.form}:{need.days if need.days is not None else ''}"
            for need in answer.consents
        ),
        tuple(paper.id for paper in answer.documents),
        tuple(dict.fromkeys(ground.rule for ground in answer.grounds)),
    )


def partners() -> tuple[str, ...]:
    """The economies with which an economy or a stream as a whole is asked."""
    return tuple(dict.fromkeys((*tables.usual("often asked"), *tables.usual("destination"))))


def of_economy(economy: str, on: date) -> tuple[Question, ...]:
    """Every stream from and to an economy, with each of the usual partners."""
    ways = [pair for other in partners() if other != economy for pair in ((economy, other), (other, economy))]
    return tuple(
        Question.parse(on=on, stream=stream, origin=origin, destination=destination, operation=OPERATION)
        for stream in tables.streams()
        for origin, destination in ways
    )


def of_stream(stream: str, on: date) -> tuple[Question, ...]:
    """One stream between each two of the usual partners."""
    return tuple(
        Question.parse(on=on, stream=stream, origin=origin, destination=destination, operation=OPERATION)
        for origin in partners()
        for destination in partners()
        if origin != destination
    )


def of_question(question: Question) -> Question:
    """A question as it is followed: without the day on which something moved."""
    return replace(question, facts={name: value for name, value in question.facts.items() if name not in DATED})


def within(on: date) -> date:
    """A day, or the nearest that the law on file covers."""
    return min(max(on, COVERS[0]), COVERS[1])


def answers(questions: Iterable[Question], on: date, law: Law | None = None) -> list[Verdict]:
    """The answers to questions, asked for a day."""
    return [verdict(replace(question, on=within(on)), law) for question in questions]


def changed(
    questions: Sequence[Question], before: Sequence[KeptAnswer], after: Sequence[Verdict]
) -> tuple[ChangedAnswer, ...]:
    """The questions whose answer is another, in their order."""
    found = []
    for question, was, answer in zip(questions, before, after, strict=True):
        now = kept(answer)
        if was.decided != now.decided:
            told = {name: value for name, value in question.to_json().items() if name != "on"}
            found.append(ChangedAnswer(told, was, now, _because(was, now, answer.grounds)))
    return tuple(found)


def _because(was: KeptAnswer, now: KeptAnswer, grounds: Iterable[Ground]) -> tuple[Cause, ...]:
    """The rules that came in; else those that fell away; where the same stand, all that the answer rests on."""
    new = [ground for ground in grounds if ground.rule not in was.grounds]
    gone = [Cause(rule, begins=False) for rule in was.grounds if rule not in now.grounds]
    if gone and not new:
        return tuple(gone)
    return tuple(
        Cause(
            ground.rule,
            ground.citation,
            ground.source,
            ground.effective_from.isoformat() if ground.effective_from else None,
        )
        for ground in {ground.rule: ground for ground in new or grounds}.values()
    )


def ahead(
    questions: Sequence[Question], after: date, law: Law | None = None, until: date = COVERS[1]
) -> tuple[ComingChange, ...]:
    """The days after a day on which some answer becomes another, as far as the law on file has them."""
    before = [kept(answer) for answer in answers(questions, after, law)]
    found = []
    for day in boundaries(law):
        if not after < day <= until:
            continue
        then = answers(questions, day, law)
        if changes := changed(questions, before, then):
            found.append(ComingChange(day.isoformat(), changes))
        before = [kept(answer) for answer in then]
    return tuple(found)


def question_of(told: Mapping[str, Any], on: date) -> Question:
    """A question from its keys, for a day. Raises Refused."""
    return Question.parse(**{name: value for name, value in told.items() if name != "on"}, on=within(on))
