"""Many questions at once: each row is answered by itself, and one that cannot be asked says why."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

from meguri.kit.problems import N_, MeguriError, Problem, gather
from meguri.law.asking import records
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict

NEEDED = ("on", "stream", "origin", "destination")
FURTHER = ("operation", "via", "codes", "facts", "case_id")
"""Columns of a list of questions: those it must have, and those it may have."""
NEARLY = 0.75
"""How alike a column is to one of ours that was meant, from 0 to 1."""


def require_columns(head: Iterable[str]) -> None:
    """Refuse a column that nearly is one of ours: passed over, its cells would make the answer milder.

    Other columns are the sender's own business. Raises Refused with the column that was meant.
    """
    known = (*NEEDED, *FURTHER)

    def meant(column: str) -> str:
        found = difflib.get_close_matches(column.strip().casefold(), known, n=1, cutoff=NEARLY)
        return found[0] if found else ""

    gather(
        [
            Problem(
                N_("There is no column “{column}”. Did you mean “{nearest}”?"),
                "/batch",
                "column",
                {"column": column[:64], "nearest": meant(column)},
            )
            for column in head
            if column not in known and meant(column)
        ]
    )


def empty() -> dict[str, Any]:
    """The keys of an answer without one, for a row that could not be asked."""
    lists: dict[str, Any] = {
        name: []
        for name in ("procedures", "consents", "documents", "deadlines", "grounds", "assumptions", "problems", "codes")
    }
    return {"status": None, "verdict": None, "notifier": None, **lists}


def unanswered(case_id: str, error: MeguriError) -> dict[str, Any]:
    """What is said of a row that could not be asked."""
    return {"case_id": case_id, **empty(), "problems": error.to_json()["errors"]}


def answered(case_id: str, ask: Callable[[], Question]) -> dict[str, Any]:
    """The answer to one row, or why there is none."""
    try:
        return verdict(records.check(ask())).to_json()
    except MeguriError as error:
        return unanswered(case_id, error)
