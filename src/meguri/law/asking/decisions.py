"""What a verdict decides, in keys: the part of it that acts carry and that two verdicts are compared by.

Words, citations, marks of confidence and the day of the last check belong to the law that is read today and are found
by the keys again; they are no part of the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meguri.kit.words import Words, plain
from meguri.law.asking.model import Question, Verdict
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import ListEntry, Rule
from meguri.law.citing import citation
from meguri.procedure.states import Capacity as Capacity
from meguri.procedure.states import DayKind as DayKind
from meguri.procedure.states import Form as Form

_reasons: dict[str, Mapping[str, Rule | ListEntry]] = {}
Plain = bool | int | float | str | None


class DecidedQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The question, under the names of `Question.to_json`."""

    on: str
    stream: str
    origin: str
    destination: str
    operation: str | None = None
    via: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facts: dict[str, Plain] = {}
    case_id: str = ""

    def question(self) -> Question:
        """The same as the law room takes it. Raises Refused where it is none."""
        return Question.parse(
            on=self.on,
            stream=self.stream,
            origin=self.origin,
            destination=self.destination,
            operation=self.operation,
            via=self.via,
            codes=self.codes,
            facts=self.facts,
            case_id=self.case_id,
        )


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one authority has to say, in which capacity and form, by which procedure; `rule` asks for it."""

    authority: str
    economy: str
    capacity: Capacity
    form: Form
    procedure: str
    rule: str = ""
    days: int | None = None
    day_kind: DayKind | None = None
    from_event: str = ""


class AssumedSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A switch that the verdict relies on, with its setting."""

    switch: str
    setting: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A verdict in keys. `codes` are ``scheme:code``, `grounds` and `prohibitions` ids of rules, `papers` of papers;
    `law` is the digest of the packs by which it was given.
    """

    question: DecidedQuestion
    verdict: str
    status: str
    route: str
    hazardous: bool
    codes: tuple[str, ...]
    procedures: tuple[str, ...]
    consents: tuple[Consent, ...]
    papers: tuple[str, ...]
    prohibitions: tuple[str, ...]
    grounds: tuple[str, ...]
    assumptions: tuple[AssumedSetting, ...]
    law: str

    @property
    def decided(self) -> Mapping[str, Any]:
        """What it decides, and nothing else: two verdicts with the same are one decision."""
        consents = [
            {name: value for name, value in msgspec.structs.asdict(one).items() if name != "rule"}
            for one in self.consents
        ]
        return {
            "question": self.question,
            "verdict": self.verdict,
            "route": self.route,
            "hazardous": self.hazardous,
            "codes": sorted(self.codes),
            "procedures": sorted(self.procedures),
            "consents": sorted(consents, key=lambda one: (one["authority"], one["capacity"])),
            "papers": sorted(self.papers),
            "prohibitions": sorted(self.prohibitions),
        }


def decision(verdict: Verdict) -> Decision:
    """What a verdict decides, in keys."""
    return Decision(
        question=msgspec.convert(verdict.question.to_json(), DecidedQuestion),
        verdict=verdict.verdict,
        status=verdict.status,
        route=verdict.route,
        hazardous=verdict.hazardous,
        codes=tuple(f"{code.scheme}:{code.code}" for code in verdict.codes),
        procedures=verdict.procedures,
        consents=tuple(
            msgspec.convert({name: getattr(need, name) for name in Consent.__struct_fields__}, Consent)
            for need in verdict.consents
        ),
        papers=tuple(paper.id for paper in verdict.documents),
        prohibitions=tuple(ground.rule for ground in verdict.grounds if ground.effect == "prohibited"),
        grounds=tuple(ground.rule for ground in verdict.grounds),
        assumptions=tuple(AssumedSetting(switch=one.switch, setting=one.setting) for one in verdict.assumptions),
        law=verdict.law_digest,
    )


class Reason(msgspec.Struct, frozen=True):
    """A rule or a list entry as the law on file has it now: its citation, what it says, and how sure that is."""

    citation: Words
    words: Words
    evidence: str


def reason(rule: str, law: Law | None = None) -> Reason | None:
    """The rule or entry of that id in the packs on file; None where they no longer have it."""
    body = law or Law.load()
    if body.digest not in _reasons:
        _reasons.clear()
        every: list[Rule | ListEntry] = [*body.entries, *body.rules]
        _reasons[body.digest] = {one.id.split("@")[0]: one for one in every}
    found = _reasons[body.digest].get(rule)
    return Reason(citation(found.citation), found.words, found.evidence) if found else None


def assumption(switch: str, law: Law | None = None) -> Words:
    """What a switch is about; empty where the packs on file no longer have it, or it is none of theirs."""
    found = (law or Law.load()).switches.get(switch)
    return found.words if found else plain("")


def paper(id: str, law: Law | None = None) -> Words:
    """The name of a paper; its id where the packs on file no longer have it."""
    return (law or Law.load()).documents.get(id) or plain(id)
