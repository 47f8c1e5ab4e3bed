"""The six questions with which the story begins, from their table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from meguri import law
from meguri.kit.words import Words


@dataclass(frozen=True)
class Asked:
    """One question of the story, in words and as the law room takes it."""

    question: law.Question
    says: Words

    @property
    def query(self) -> str:
        """The query string under which the verdict page asks it."""
        plain = self.question.to_json()
        pairs = [
            ("from", plain["origin"]),
            ("to", plain["destination"]),
            ("stream", plain["stream"]),
            ("operation", plain["operation"] or ""),
            ("on", plain["on"]),
            *(("via", via) for via in plain["via"]),
            *(("code", code) for code in plain["codes"]),
            *(("fact", f"{name}={_said(value)}") for name, value in plain["facts"].items()),
        ]
        return urlencode(pairs)

    def answer(self) -> dict[str, Any]:
        """The verdict in short."""
        verdict = law.verdict(self.question)
        return {
            "case_id": self.question.case_id,
            "question": self.says.en,
            "status": verdict.status,
            "verdict": verdict.verdict,
            "procedures": list(verdict.procedures),
            "assumptions": [assumption.switch for assumption in verdict.assumptions],
        }


def _said(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


@cache
def questions() -> tuple[Asked, ...]:
    """All of them, the story's own first."""
    with Path(__file__).with_name("questions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Asked(
                law.Question.parse(
                    case_id=row["case_id"],
                    on=row["on"],
                    stream=row["stream"],
                    codes=row["codes"],
                    origin=row["origin"],
                    via=row["via"],
                    destination=row["destination"],
                    operation=row["operation"],
                    facts=row["facts"],
                ),
                Words(row["says_en"], row["says_ja"]),
            )
            for row in csv.DictReader(file)
        )
