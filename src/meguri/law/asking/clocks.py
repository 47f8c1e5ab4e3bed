"""The clocks of an answer: those of its procedures, and of the remedies that fit what happened."""

from __future__ import annotations

from collections.abc import Mapping

from meguri.kit.words import Words, plain
from meguri.law import groups, tables
from meguri.law.asking.engine import Outcome
from meguri.law.asking.model import Deadline
from meguri.law.tables import ProcedureStep


def deadlines(outcome: Outcome) -> tuple[Deadline, ...]:
    """Validity, receipt, completion and take-back of each procedure of the answer, with those its family shares."""
    on = outcome.case.question.day()
    names = list(outcome.procedures)
    for family in tables.procedure_families().values():
        if any(name.startswith(family.begins) for name in outcome.procedures):
            names += [name for name in family.steps_of if name not in names]
    return tuple(
        Deadline(
            step.procedure_id,
            step.step,
            step.actor,
            step.event,
            step.duty,
            step.words,
            step.value,
            step.day_kind,
            step.tacit,
            step.source,
            step.confidence,
            step.evidence,
        )
        for name in names
        for step in tables.procedures().get(name, ())
        if step.day_kind and step.in_force(on) and _concerns(step, outcome)
    )


def _concerns(step: ProcedureStep, outcome: Outcome) -> bool:
    """Whether a clock is one of this movement's: transit by a Party, a remedy that fits, an end that is bound."""
    question = outcome.case.question
    if step.verdicts and outcome.verdict not in step.verdicts:
        return False
    if step.step.startswith("transit"):
        return any(groups.matches("@basel-party", economy, question.day()) for economy in question.via)
    if step.binds:
        bound = question.origin if step.binds == "origin" else question.destination
        if not groups.matches("@basel-party", bound, question.day()):
            return False
    incident = question.facts.get("incident", "none")
    if not step.incident or incident == "none":
        return True
    fault = question.facts.get("fault", "other")
    return step.incident == incident and (not step.fault or step.fault == fault)


DAY_KINDS: Mapping[str, Words] = {
    "calendar": Words("days"),
    "working": Words("working days"),
    "months": Words("months"),
    "years": Words("years"),
    "year": Words("year"),
    "calendar year": Words("calendar year"),
    "calendar_before": Words("days before"),
    "working_before": Words("working days before"),
    "date": Words("(each year)"),
    "promptly": Words("promptly"),
    "as_soon_as_possible": Words("as soon as possible"),
    "calendar_storage": Words("days of storage"),
    "no_day_count": Words("no day count"),
}
"""What a period is counted in, in words."""


def length_of(value: str | int, kind: str) -> Words:
    """How long a period is, in words: 30 days; promptly."""
    words = DAY_KINDS.get(kind, plain(kind))
    return Words("{count} {kind}", context="deadline").format(count=value, kind=words) if value else words
