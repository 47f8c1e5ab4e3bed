"""The values that cross the door of the room: a question, and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from meguri.kit import clock
from meguri.kit.problems import Problem
from meguri.kit.words import Words, listed
from meguri.law.asking.facts import FactValue as FactValue
from meguri.law.asking.parse import parse
from meguri.law.body.checks import LastChecked, last_checked
from meguri.law.places import CompetentOffice

NO_FACTS: Mapping[str, FactValue] = MappingProxyType({})

VERDICTS = (
    "prohibited",
    "allowed_pic",
    "allowed_green",
    "allowed_not_controlled",
    "allowed_not_waste",
    "illegal_takeback",
    "invalid_application",
    "allowed_national_licence",
    "no_procedure_yet",
)
STATUSES = ("decided", "decided_under_assumption", "needs_ruling")

VERDICT_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "prohibited": Words("Prohibited"),
        "allowed_pic": Words("Allowed with prior consent"),
        "allowed_green": Words("Allowed without prior consent (green)"),
        "allowed_not_controlled": Words("Allowed, not controlled"),
        "allowed_not_waste": Words("Allowed: a product, not waste"),
        "illegal_takeback": Words("Take-back duty"),
        "invalid_application": Words("The application is not valid"),
        "allowed_national_licence": Words("Allowed with a national licence or declaration"),
        "no_procedure_yet": Words("No procedure exists yet"),
    }
)
STATUS_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "decided": Words("decided"),
        "decided_under_assumption": Words("decided under a named assumption"),
        "needs_ruling": Words("needs an authority's ruling"),
    }
)


@dataclass(frozen=True)
class Question:
    """May this move? `on` is the day of the movement; economies are ISO 3166 alpha-3; codes are ``scheme:code``."""

    on: date
    stream: str
    origin: str
    destination: str
    operation: str | None = None
    via: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    facts: Mapping[str, FactValue] = field(default_factory=lambda: NO_FACTS)
    case_id: str = ""

    @classmethod
    def parse(
        cls,
        *,
        on: str | date = "",
        stream: str = "",
        origin: str = "",
        destination: str = "",
        operation: str | None = None,
        via: tuple[str, ...] | list[str] | str = (),
        codes: tuple[str, ...] | list[str] | str = (),
        facts: Mapping[str, Any] | list[str] | tuple[str, ...] | str = (),
        case_id: str = "",
    ) -> Question:
        """A question from text, all of it checked. Raises Refused with a pointer for each field that is wrong."""
        return cls(**parse(on, stream, origin, destination, operation, via, codes, facts, case_id))

    def day(self, act: str = "moved") -> date:
        """The day that selects the law: of the movement, or of its notification, acknowledgement or arrival."""
        given = self.facts.get(f"{act}_on")
        if isinstance(given, date):
            return given
        return self.day("moved") if act == "arrived" else self.on

    def to_json(self) -> dict[str, Any]:
        """Plain values under the names of the command line's columns."""
        return {
            "on": self.on.isoformat(),
            "stream": self.stream,
            "codes": list(self.codes),
            "origin": self.origin,
            "via": list(self.via),
            "destination": self.destination,
            "operation": self.operation,
            "facts": {k: v.isoformat() if isinstance(v, date) else v for k, v in sorted(self.facts.items())},
        }


@dataclass(frozen=True)
class Classified:
    """An entry of a waste list that the material falls under, and why."""

    scheme: str
    code: str
    why: Words
    rule: str
    confidence: str = "high"
    declared: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "code": f"{self.scheme}:{self.code}",
            "why": self.why.everywhere(),
            "rule": self.rule,
            "confidence": self.confidence,
            "declared": self.declared,
        }


@dataclass(frozen=True)
class Ground:
    """A rule that bites on this movement, on the side where it bites."""

    rule: str
    instrument: str
    citation: str
    effect: str
    effective_from: date | None
    effective_to: date | None
    confidence: str
    evidence: str
    words: Words
    side: str
    source: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "rule": self.rule,
            "instrument": self.instrument,
            "citation": self.citation,
            "effect": self.effect,
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "effective_to": self.effective_to.isoformat() if self.effective_to else None,
            "confidence": self.confidence,
            "evidence": self.evidence,
            "side": self.side,
            "words": self.words.everywhere(),
        }


@dataclass(frozen=True)
class ConsentNeed:
    """What one authority must say, in which form, and by which rule; `days` run from `from_event`."""

    authority: str
    economy: str
    capacity: str
    form: str
    days: int | None
    day_kind: str | None
    from_event: str
    procedure: str
    rule: str
    citation: str
    confidence: str
    words: Words
    name: Words
    evidence: str = "memory"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "authority": self.authority,
            "economy": self.economy,
            "capacity": self.capacity,
            "form": self.form,
            "days": self.days,
            "day_kind": self.day_kind,
            "from_event": self.from_event,
            "procedure": self.procedure,
            "rule": self.rule,
            "citation": self.citation,
            "confidence": self.confidence,
            "evidence": self.evidence,
            "words": self.words.everywhere(),
        }


@dataclass(frozen=True)
class Paper:
    """A document that the movement needs."""

    id: str
    words: Words

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"id": self.id, **self.words.everywhere()}


@dataclass(frozen=True)
class Deadline:
    """A clock of a procedure: so many days of a kind from an event, for somebody, by a source."""

    procedure: str
    step: str
    actor: str
    from_event: str
    duty: str
    words: Words
    value: str
    day_kind: str
    tacit: str
    citation: str
    confidence: str
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "procedure": self.procedure,
            "step": self.step,
            "actor": self.actor,
            "from_event": self.from_event,
            "duty": self.duty,
            "words": self.words.everywhere(),
            "value": self.value,
            "day_kind": self.day_kind,
            "tacit": self.tacit,
            "citation": self.citation,
            "confidence": self.confidence,
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Assumption:
    """A named assumption: its setting, why it was taken, and what the other setting would give."""

    switch: str
    setting: str
    why: Words
    otherwise: str
    otherwise_procedures: tuple[str, ...] = ()
    other: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "switch": self.switch,
            "setting": self.setting,
            "why": self.why.everywhere(),
            "other": self.other,
            "otherwise": self.otherwise,
            "otherwise_procedures": list(self.otherwise_procedures),
        }


@dataclass(frozen=True)
class Unread:
    """A law that the answer depends on and that is not on file: of which economy, on what, and whom to ask.

    `what` is law (its law on waste), other (its law on waste that is neither hazardous nor of Annex II) or used (its
    law on used goods).
    """

    economy: str
    what: str
    name: Words
    ask: Words

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "economy": self.economy,
            "what": self.what,
            "words": self.name.everywhere(),
            "ask": self.ask.everywhere(),
        }


@dataclass(frozen=True)
class Verdict:
    """The answer: status, verdict, and everything that follows from it, each with its rule."""

    question: Question
    status: str
    verdict: str
    codes: tuple[Classified, ...]
    procedures: tuple[str, ...]
    notifier: Words
    consents: tuple[ConsentNeed, ...]
    documents: tuple[Paper, ...]
    deadlines: tuple[Deadline, ...]
    grounds: tuple[Ground, ...]
    considered: tuple[Ground, ...]
    assumptions: tuple[Assumption, ...]
    problems: tuple[Problem, ...]
    unsure: tuple[Words, ...]
    rulings: tuple[Words, ...]
    route: str
    law_digest: str
    hazardous: bool = False
    unread: tuple[Unread, ...] = ()
    offices: tuple[CompetentOffice, ...] = ()
    """The competent offices for the places that the question names."""
    ruling_of: tuple[str, ...] = ()
    """The economies whose authority has to rule before this may be relied on; none but under `needs_ruling`."""

    @property
    def headline(self) -> Words:
        """The answer in one line: what is decided, or whose word it waits for and what treaty law would give."""
        verdict = VERDICT_WORDS[self.verdict]
        if self.status != "needs_ruling":
            return verdict
        if not self.unread:
            return Words("Not decided: an authority must rule. Until then: {verdict}").format(verdict=verdict)
        whose = listed(one.name for one in self.unread)
        ask = listed(dict.fromkeys(one.ask for one in self.unread))
        return Words("Not decided: {whose} unread; ask {authority}. As far as the law on file goes: {verdict}").format(
            whose=whose, authority=ask, verdict=verdict
        )

    @property
    def checked(self) -> LastChecked:
        """How old the reading of its grounds is today; no part of what it decides."""
        q = self.question
        return last_checked(self.grounds, q.origin, q.destination, q.day(), clock.today())

    def to_json(self) -> dict[str, Any]:
        """The keys that the command line and the API fix, in plain values."""
        return {
            "case_id": self.question.case_id,
            "status": self.status,
            "verdict": self.verdict,
            "headline": self.headline.everywhere(),
            "unread": [item.to_json() for item in self.unread],
            "procedures": list(self.procedures),
            "notifier": self.notifier.everywhere() if self.notifier else None,
            "consents": [item.to_json() for item in self.consents],
            "offices": [item.to_json() for item in self.offices],
            "documents": [item.to_json() for item in self.documents],
            "deadlines": [item.to_json() for item in self.deadlines],
            "grounds": [item.to_json() for item in self.grounds],
            "considered": [item.to_json() for item in self.considered],
            "assumptions": [item.to_json() for item in self.assumptions],
            "problems": [{"pointer": item.pointer, "code": item.code, "detail": item.say()} for item in self.problems],
            "unsure": [item.everywhere() for item in self.unsure],
            "rulings": [item.everywhere() for item in self.rulings],
            "codes": [item.to_json() for item in self.codes],
            "route": self.route,
            "question": self.question.to_json(),
            "law": self.law_digest,
            "checked": self.checked.to_json(),
        }


@dataclass(frozen=True)
class Alternative:
    """The same question with one thing changed, and what would follow from it."""

    change: Words
    question: Question
    verdict: str
    status: str
    procedures: tuple[str, ...]
    remedy: bool
    added: tuple[ConsentNeed, ...] = ()
    dropped: tuple[ConsentNeed, ...] = ()
    codes: tuple[str, ...] = ()
