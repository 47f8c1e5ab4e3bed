"""What people write in forms, read strictly: every refusal names its field and what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from meguri.kit import ids
from meguri.kit.problems import N_, MeguriError, Problem, refuse

LONGEST = 4000


def text(given: Mapping[str, str], name: str, most: int = LONGEST) -> str:
    """A text, trimmed. Refused where it is longer than the form allows."""
    written = given.get(name, "").strip()
    if len(written) > most:
        raise refuse(
            N_("This is {length} characters long; {most} are possible."),
            f"/{name}",
            "length",
            length=len(written),
            most=most,
        )
    return written


def day(given: Mapping[str, str], name: str) -> date:
    """A date that has to be there."""
    found = day_or_none(given, name)
    if found is None:
        raise refuse(N_("Write a date, such as 2025-10-01."), f"/{name}", "required")
    return found


def day_or_none(given: Mapping[str, str], name: str) -> date | None:
    """A date, or None where nothing was written."""
    written = given.get(name, "").strip()
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise refuse(
            N_("“{written}” is not a date. Write year, month and day, such as 2025-10-01."),
            f"/{name}",
            "date",
            written=written[:40],
        ) from None


def whole(given: Mapping[str, str], name: str) -> int:
    """A whole number, zero or more."""
    written = given.get(name, "").strip()
    if not written.isdecimal() or len(written) > 9:
        raise refuse(
            N_("“{written}” is not a whole number. Write digits only, such as 3."),
            f"/{name}",
            "number",
            written=written[:40],
        )
    return int(written)


def name(given: Mapping[str, str], field: str) -> str:
    """The name that a form proposes for what it makes, so that sending it twice makes it once; else a new one."""
    written = given.get(field, "")
    return written if ids.made(written) else ids.new()


def lines(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The lines of a text that are not empty."""
    return tuple(line.strip() for line in text(given, name).splitlines() if line.strip())


def under(error: MeguriError, form: str) -> tuple[Problem, ...]:
    """The problems of one form among several on a page: their pointers, led by the form's name."""
    return tuple(
        Problem(problem.text, f"/{form}{problem.pointer}" if problem.pointer else "", problem.code, problem.params)
        for problem in error.problems
    )
