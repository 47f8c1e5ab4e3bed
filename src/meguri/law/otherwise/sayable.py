"""Whether a question that was changed by hand may be asked anew."""

from __future__ import annotations

from meguri.law.asking.contradictions import Said, contradictions
from meguri.law.asking.model import Question


def stands(question: Question) -> bool:
    """Whether nothing that a question says contradicts another thing that it says."""
    said = Said(question.facts, question.operation, question.stream, question.on, question.codes)
    return next(iter(contradictions(said)), None) is None
