"""Many questions at once: each row is answered by itself, and one that cannot be asked says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meguri.kit.problems import MeguriError
from meguri.law.asking.model import Question
from meguri.law.asking.verdict import verdict


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
        return verdict(ask()).to_json()
    except MeguriError as error:
        return unanswered(case_id, error)
