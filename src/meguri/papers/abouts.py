"""To what papers may be attached: each room says it of its own subjects, and who reads them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from meguri.journal.subject import split


@dataclass(frozen=True)
class About:
    """Subjects of one prefix. Who may attach is asked by a guard of their room.

    `sees(organisation, subject)` is who reads such papers now; `via(organisation, subject)` by what the organisation
    has to do with the subject (`AttachPaper.via`); `address(subject)` the page.
    """

    prefix: str
    sees: Callable[[str, str], bool]
    via: Callable[[str, str], str]
    address: Callable[[str], str]


_abouts: dict[str, About] = {}


def keep(about: About) -> None:
    """Let papers be attached to subjects of a room."""
    _abouts[about.prefix] = about


def of(subject: str) -> About | None:
    """What is said of a subject's prefix; None where papers are not attached to such."""
    return _abouts.get(split(subject)[0])


def prefixes() -> tuple[str, ...]:
    """All prefixes, in order."""
    return tuple(sorted(_abouts))
