"""What a rule pack is made of: rules, list entries, switches and notes on procedures, and the words they may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from meguri.kit.words import Words
from meguri.law.wastes import OWN

STAGES = ("define", "status", "route", "prohibit", "consequence", "control", "default", "formal", "remedy")
DIRECTIONS = {"export": "origin", "import": "destination", "transit": "transit", "pair": "both"}
_CONTROLS = {"consent", "notice", "green", "not_controlled", "ruling", "licence", "no_procedure", "unread"}
EFFECTS = {
    "define": {"national", "sets", "read"},
    "status": {"not_waste"},
    "route": {"free", "controls"},
    "prohibit": {"prohibited"},
    "consequence": {"prohibited"},
    "control": _CONTROLS,
    "default": _CONTROLS,
    "formal": {"invalid"},
    "remedy": {"takeback"},
}
ROUTES = {"none", "basel", "outside"}
"""How two ends deal where no arrangement reaches them; the arrangements are rows of ``arrangements.csv``."""
WASTES = {f"{family}:{whose}" for family in OWN for whose in ("self", "partner")}
"""Classes that are the economy's or its partner's own; the others are rows of ``waste_classes.csv``."""
CONFIDENCES = {"high", "medium", "low"}
EVIDENCES = {
    "primary_text",
    "official_page_excerpt",
    "reg_text_mirror_excerpt",
    "secondary",
    "memory",
}
ACTS = {"moved", "acknowledged", "notified", "arrived"}
CAPACITIES = {"export", "import", "transit", "approval", "informed"}
FORMS = {"written", "tacit", "acknowledgement", "notice"}


@dataclass(frozen=True)
class ConsentTemplate:
    """A consent that a rule brings; `authority` is a slug or ``@origin``, ``@destination``, ``@transit``, ``@self``."""

    authority: str
    capacity: str
    form: str
    words: Words
    days: int | None = None
    day_kind: str | None = None
    from_event: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule of law: where it reaches, what it does, since when, and where that stands written.

    `past` names facts that are days before the movement, `older` the least age in years of what moves.
    """

    id: str
    stage: str
    direction: str
    effect: str
    instrument: str
    citation: str
    source: str
    confidence: str
    evidence: str
    words: Words
    economies: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    waste: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    facts: tuple[tuple[str, Any], ...] = ()
    facts_not: tuple[tuple[str, Any], ...] = ()
    facts_missing: tuple[str, ...] = ()
    facts_given: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    older: int | None = None
    over: tuple[tuple[str, int], ...] = ()
    route: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    assumes: tuple[str, str] | None = None
    by: str = "moved"
    effective_from: date | None = None
    effective_to: date | None = None
    moves_from: date | None = None
    procedures: tuple[str, ...] = ()
    consents: tuple[ConsentTemplate, ...] = ()
    documents: tuple[str, ...] = ()
    notifier: Words | None = None
    side: str = ""
    code: str = ""
    both_ways: bool = False
    product: bool = False
    whose: str = ""
    route_kind: str = ""
    pack: str = ""


@dataclass(frozen=True)
class ListEntry:
    """How a stream under some facts, for R or D operations or both, falls under a list entry between two dates."""

    id: str
    code: str
    streams: tuple[str, ...]
    classes: tuple[str, ...]
    citation: str
    source: str
    confidence: str
    evidence: str
    words: Words
    hazardous: bool | None = None
    facts: tuple[tuple[str, Any], ...] = ()
    facts_not: tuple[tuple[str, Any], ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    economies: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    both_ends: bool = False
    pack: str = ""


@dataclass(frozen=True)
class Switch:
    """A point that the sources leave open: the setting taken, the others possible, and what it is about."""

    id: str
    setting: str
    options: tuple[str, ...]
    words: Words
    whose: str = ""


@dataclass(frozen=True)
class ProcedureNote:
    """What a procedure brings: papers, who notifies, what it takes the place of, and of what it is only a part."""

    id: str
    words: Words
    notifier: Words | None = None
    documents: tuple[str, ...] = ()
    absorbs: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    leads: bool = False
    months: int | None = None
