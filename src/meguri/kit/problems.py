"""The one hierarchy of errors that a user may meet.

A problem says what is wrong, where (a JSON Pointer into what was sent) and what would be right. Its text is an
English template with named parameters; pages, API and command line say it in the reader's language, words among the
parameters too, so that no room needs to know which that is.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meguri.kit import catalogues
from meguri.kit.words import filled


def N_(template: str) -> str:  # noqa: N802
    """Mark a template for the translation catalogues without translating it."""
    return template


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, a stable code, and a template with its parameters."""

    text: str
    pointer: str = ""
    code: str = "invalid"
    params: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: str | None = None) -> str:
        """What is wrong, in a language; in the active one where none is named."""
        return filled(self.text, self.params, language)


class MeguriError(Exception):
    """Base of all errors meant for a user; carries one or more problems and an HTTP status."""

    status = 400
    title = N_("The request cannot be carried out")

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.say(catalogues.SOURCE) for problem in problems))
        self.problems: tuple[Problem, ...] = problems

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """The RFC 9457 problem document, with JSON Pointers into what was sent, in the active language or that one."""
        return {
            "type": "about:blank",
            "title": filled(self.title, {}, language),
            "status": self.status,
            "detail": " ".join(problem.say(language) for problem in self.problems),
            "errors": [
                {"pointer": problem.pointer, "code": problem.code, "detail": problem.say(language)}
                for problem in self.problems
            ],
        }


class Refused(MeguriError):
    """What was sent is not acceptable as it stands; it says what would be."""

    status = 422
    title = N_("Something needs to be put right")


class Conflict(MeguriError):
    """It was acceptable, but the record has moved on (a lot used twice, a transition no longer open)."""

    status = 409
    title = N_("The record has changed, or the act is not open now")


class Busy(Conflict):
    """Others were in the way, or it took too long; `retry_after` says in how many seconds to try again."""

    title = N_("Not just now")
    retry_after = 2


class NotFound(MeguriError):
    """There is no such thing for this reader; the same answer whether it is absent or somebody else's."""

    status = 404
    title = N_("Not found")


class NotAllowed(MeguriError):
    """The reader is known and may see this, but may not do that; says who may."""

    status = 403
    title = N_("This act belongs to somebody else")


def refuse(text: str, pointer: str = "", code: str = "invalid", /, **params: Any) -> Refused:
    """Make a refusal of one problem: ``raise refuse(N_("..."), "/mass", mass=3)``."""
    return Refused(Problem(text, pointer, code, params))


def gather(problems: Iterable[Problem]) -> None:
    """Raise one refusal for all problems together; do nothing when there are none."""
    found = tuple(problems)
    if found:
        raise Refused(*found)


ALMOST = 0.15
"""How much farther a word that fits the question may be than the nearest, and still be named before it."""


def nearest(word: str, known: Iterable[str], first: Collection[str] = ()) -> str:
    """The known word nearest to a mistyped one, or an empty string; of words almost as near one of `first`."""
    candidates: Sequence[str] = sorted(known)
    folded = {candidate.casefold(): candidate for candidate in candidates}
    meant = word.casefold()
    matches = difflib.get_close_matches(meant, list(folded), n=60 if first else 1, cutoff=0.6)
    if not matches:
        return ""
    enough = difflib.SequenceMatcher(None, matches[0], meant).ratio() - ALMOST
    for match in matches:
        if folded[match] in first and difflib.SequenceMatcher(None, match, meant).ratio() >= enough:
            return folded[match]
    return folded[matches[0]]
