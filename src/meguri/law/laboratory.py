"""The law laboratory: lay a draft over the law on file, and see which verdicts would change.

A draft is a rule pack (docs/law.md) that may also end a rule on file (``[[end]]`` with ``id`` and ``from``) or take the
place of one (``replaces = "rule.id"`` in a ``[[rule]]``, from that rule's own ``from``). Nothing on file is altered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from meguri.kit.files.reading import TableError
from meguri.law import tables
from meguri.law.asking.model import Question, Verdict
from meguri.law.asking.verdict import verdict
from meguri.law.body.packfile import Draft
from meguri.law.body.packs import COVERS, PACKS, READ_ON, Law
from meguri.law.body.rulebook import ListEntry, Rule

DRAFTS = Path(__file__).resolve().parent / "drafts"
"""Worked examples."""


@dataclass(frozen=True)
class AnswerDifference:
    """A movement whose answer a draft changes: the answer on file, the answer under the draft, and what differs.

    `what` names the parts that differ: verdict, status, procedures, consents, documents, grounds.
    """

    question: Question
    before: Verdict
    after: Verdict
    what: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "question": {"case_id": self.question.case_id, **self.question.to_json()},
            "what": list(self.what),
            "before": _side(self.before),
            "after": _side(self.after),
        }


def _side(answer: Verdict) -> dict[str, Any]:
    return {
        "verdict": answer.verdict,
        "status": answer.status,
        "procedures": list(answer.procedures),
        "consents": [need.to_json() for need in answer.consents],
        "grounds": [{"rule": ground.rule, "citation": ground.citation} for ground in answer.grounds],
    }


def drafted(draft: Path | Draft, folder: Path = PACKS) -> Law:
    """The law on file with a draft laid over it. Raises TableError, with file and line, where the draft is wrong."""
    try:
        return Law.load(folder, (draft,))
    except TableError:
        raise
    except (TypeError, LookupError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        # A value of a kind that no check foresaw: refused all the same, never half read.
        raise TableError(f"{draft.name}, line 1: the draft is not as a pack must be ({error})") from error


def diff(
    draft: Law | Path | Draft, questions: Iterable[Question], law: Law | None = None
) -> tuple[AnswerDifference, ...]:
    """The movements whose answer differs under a draft, in the order given. Raises TableError for a wrong draft."""
    base = law or Law.load()
    new = draft if isinstance(draft, Law) else drafted(draft)
    found = []
    for question in questions:
        before, after = verdict(question, base), verdict(question, new)
        what = tuple(name for name in _PARTS if _PARTS[name](before) != _PARTS[name](after))
        if what:
            found.append(AnswerDifference(question, before, after, what))
    return tuple(found)


_PARTS: dict[str, Any] = {
    "verdict": lambda answer: answer.verdict,
    "status": lambda answer: answer.status,
    "procedures": lambda answer: answer.procedures,
    "consents": lambda answer: {
        (need.authority, need.capacity, need.form, need.days, need.day_kind) for need in answer.consents
    },
    "documents": lambda answer: {paper.id for paper in answer.documents},
    "grounds": lambda answer: {(ground.rule, ground.citation, ground.side) for ground in answer.grounds},
}


def first_day(draft: Law, law: Law | None = None) -> date:
    """The first day on which all that a draft adds is in force, from the day the law was read."""
    base = law or Law.load()
    known = {item.id for item in base.rules} | {item.id for item in base.entries}
    starts = [rule.effective_from for rule in draft.rules if rule.id not in known]
    starts += [entry.effective_from for entry in draft.entries if entry.id not in known]
    ended = {rule.id: rule.effective_to for rule in base.rules} | {e.id: e.effective_to for e in base.entries}
    items: list[Rule | ListEntry] = [*draft.rules, *draft.entries]
    for item in items:
        if item.id in ended and item.effective_to != ended[item.id] and item.effective_to is not None:
            starts.append(item.effective_to + timedelta(days=1))
    return min(max([READ_ON, *(day for day in starts if day is not None)]), COVERS[1])


def lanes(on: date) -> tuple[Question, ...]:
    """The built-in movements of `tables/lanes.csv`, on one day."""
    return tuple(
        Question.parse(
            on=on,
            stream=row["stream"],
            origin=row["origin"],
            destination=row["destination"],
            operation=row["operation"] or None,
            via=row["via"],
            codes=row["codes"],
            facts=row["facts"],
            case_id=row["case_id"],
        )
        for _, row in tables.rows("lanes.csv")
    )


Source = Callable[[date], Sequence[Question]]
_SOURCES: dict[str, Source] = {"builtin": lanes}


def offer(name: str, source: Source) -> None:
    """Offer movements to try a draft on under a name; rooms above offer what they hold."""
    _SOURCES[name] = source


def sources() -> Mapping[str, Source]:
    """The movements on offer, by name."""
    return MappingProxyType(_SOURCES)
