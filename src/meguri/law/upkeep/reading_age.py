"""How old the reading is on which an answer rests, in words."""

from __future__ import annotations

from meguri.kit.words import Words, listed
from meguri.law.asking.model import Verdict
from meguri.law.body.checks import OLD_DAYS
from meguri.law.citing import citation


def lines(answer: Verdict) -> tuple[Words, ...]:
    """The oldest check of the grounds; what was never looked up, long ago, or found otherwise."""
    found = answer.checked
    cited = {ground.rule: citation(ground.citation) for ground in answer.grounds}

    def names(rules: tuple[str, ...]) -> Words:
        return listed(dict.fromkeys(cited[rule] for rule in rules))

    told = []
    if found.oldest:
        told.append(Words("Oldest check of a ground against its source: {day}.").format(day=found.oldest))
    if found.never:
        told.append(Words("Never looked up in a source: {citations}.").format(citations=names(found.never)))
    if found.old:
        told.append(
            Words("Looked up more than {days} days ago: {citations}. Ask whether it still stands.").format(
                days=OLD_DAYS, citations=names(found.old)
            )
        )
    if found.otherwise:
        told.append(
            Words("When last looked up, the text said something else: {citations}. Ask the authority.").format(
                citations=names(found.otherwise)
            )
        )
    return tuple(told)
