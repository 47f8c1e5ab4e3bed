"""The clocks of an answer: those of its procedures, and of the remedies that fit what happened."""

from __future__ import annotations

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
