"""Asking: may it move?"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from meguri import law
from meguri.kit.words import plain
from meguri.play.stage import StoryStage
from meguri.play.step import PageForm, StepResult, StoryStep
from meguri.play.written import Day


class Asking(StoryStep, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question of law. `via` are economies of transit; `codes` are declared; `facts` by the law's vocabulary.

    `certified_by` names an importer and a facility whose licences on record answer the facts that rest on them.
    """

    origin: str = msgspec.field(default="", name="from")
    to: str = ""
    stream: str = ""
    operation: str = ""
    on: Day = ""
    via: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facts: dict[str, bool | str | int | float] = {}

    def question(self, otherwise: Day, **more: Any) -> law.Question:
        """The question as the law room takes it; on that day where it names none."""
        return law.Question.parse(
            on=self.on or otherwise,
            stream=self.stream,
            origin=self.origin,
            destination=self.to,
            operation=self.operation or None,
            via=list(self.via),
            codes=list(self.codes),
            facts={**self.facts, **more},
        )


def query(question: law.Question) -> str:
    """The query string under which the verdict page asks it."""
    plain = question.to_json()
    pairs = [
        ("from", plain["origin"]),
        ("to", plain["destination"]),
        ("stream", plain["stream"]),
        ("operation", plain["operation"] or ""),
        ("on", plain["on"]),
        *(("via", via) for via in plain["via"]),
        *(("code", code) for code in plain["codes"]),
        *(("fact", f"{name}={said(value)}") for name, value in plain["facts"].items()),
    ]
    return urlencode(pairs)


def said(value: object) -> str:
    """A fact's value as an address has it."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


class AskStep(Asking, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ask"):
    """Anyone asks whether something may move; the answer is kept under the step's name for a notification."""

    def perform(self, stage: StoryStage) -> StepResult:
        """Ask."""
        question = self.question(stage.today)
        found = law.verdict(question)
        answer = {
            "verdict": found.verdict,
            "status": found.status,
            "procedures": list(found.procedures),
            "assumptions": [assumption.switch for assumption in found.assumptions],
            "authorities": [need.authority for need in found.consents],
        }
        ids = {**answer, "question": question.to_json()}
        return StepResult(ids, f"/may-it-move?{query(question)}", plain(found.verdict))

    def form(self, stage: StoryStage) -> PageForm:
        """The verdict page, fetched."""
        return PageForm(f"/may-it-move?{query(self.question(stage.today))}", {}, "GET")


VERBS = (AskStep,)
