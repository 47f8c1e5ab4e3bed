"""The one engine: which rules fire on a movement, and what they add up to.

Order of evaluation: waste or product, codes at the date, the treaty route between the two ends, prohibitions of each
side, controls of each side and each transit, validity of the application, remedies. Rules say where they reach; the
engine knows no economy by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from meguri.law import groups, tables
from meguri.law.model import FactValue, Question
from meguri.law.packs import Law
from meguri.law.rulebook import Entry, Rule


@dataclass(frozen=True)
class Finding:
    """A rule that fired, for which economy and on which side."""

    rule: Rule
    side: str
    economy: str


@dataclass
class Case:
    """One branch of a question while it is decided: hazard and switches are fixed."""

    question: Question
    law: Law
    hazardous: bool
    settings: Mapping[str, str]
    classes: set[str] = field(default_factory=set)
    codes: dict[str, Entry | None] = field(default_factory=dict)
    dated: list[Entry] = field(default_factory=list)
    papers: dict[str, None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    route: str = "outside"
    arrangement: Finding | None = None
    closed: list[Rule] = field(default_factory=list)

    def fact(self, name: str) -> FactValue | None:
        """A fact of this branch; the hazard is the branch's own."""
        return self.hazardous if name == "hazardous" else self.question.facts.get(name)

    @property
    def kind(self) -> str:
        """R, D or none; reuse that fails its proofs counts as recovery."""
        operation = self.question.operation
        if operation:
            return operation[0]
        return "D" if self.question.facts.get("purpose") == "disposal" else "R"


@dataclass(frozen=True)
class Outcome:
    """What a branch comes to."""

    verdict: str
    procedures: tuple[str, ...]
    grounds: tuple[Finding, ...]
    considered: tuple[Finding, ...]
    case: Case
    rulings: tuple[Finding, ...]


def stream_matches(wanted: tuple[str, ...], stream: str) -> bool:
    """Whether a stream is meant: one of the positives (or none given) and none of the negatives."""
    if not wanted:
        return True
    of = tables.streams()[stream].groups
    positive, any_positive = False, False
    for name in wanted:
        bare = name.lstrip("!")
        hit = bare[1:] in of if bare.startswith("@") else bare == stream
        if name.startswith("!"):
            if hit:
                return False
        else:
            any_positive = True
            positive = positive or hit
    return positive or not any_positive


def in_force(start: date | None, end: date | None, on: date) -> bool:
    """Whether a day lies in a period whose ends may be open."""
    return not ((start and on < start) or (end and on > end))


def _facts_hold(case: Case, item: Rule | Entry) -> bool:
    for name, value in item.facts:
        given = case.fact(name)
        if given is None or (given not in value if isinstance(value, tuple) else given != value):
            return False
    return all(
        (case.fact(name) not in value) if isinstance(value, tuple) else (case.fact(name) != value)
        for name, value in item.facts_not
    )


def classify(case: Case) -> None:
    """Fill the branch's classes and codes: list entries by stream, hazard, facts and date, then what was declared."""
    on, question = case.question.day(), case.question
    for entry in case.law.entries:
        if entry.hazardous is not None and entry.hazardous != case.hazardous:
            continue
        if not stream_matches(entry.streams, question.stream) or not in_force(
            entry.effective_from, entry.effective_to, on
        ):
            continue
        if not _facts_hold(case, entry):
            continue
        ends = (question.origin, question.destination)
        named = [groups.any_of(entry.economies, economy, on) for economy in ends]
        if not (all(named) if entry.both_ends else any(named)):
            continue
        case.classes.update(entry.classes)
        if entry.code:
            case.codes[entry.code] = entry
        if entry.effective_to is not None:
            case.dated.append(entry)
        case.papers.update(dict.fromkeys(entry.documents))
    _declared(case, on)


def _declared(case: Case, on: date) -> None:
    """What was declared adds to the classes, never takes away: a wrong code must not open a border."""
    for code in case.question.codes:
        if code in case.codes or not code.startswith("basel:"):
            continue
        if not any(entry.in_force(on) for entry in tables.waste_codes().get(code, ())):
            continue
        name = code.split(":")[1]
        case.codes[code] = None
        if name.startswith("A") and case.hazardous:
            case.classes.add("hazardous")
        elif name in ("Y46", "Y47", "Y48", "Y49"):
            case.classes.add("annex-ii")
            if name == "Y49":
                case.classes.add("y49")


def _waste(case: Case, rule: Rule, economy: str, partner: str) -> bool:
    if not rule.waste:
        return True
    positive, any_positive = False, False
    for name in rule.waste:
        bare = name.lstrip("!")
        if bare.startswith("national:"):
            bare = f"national:{economy if bare.endswith('self') else partner}"
        if name.startswith("!"):
            if bare in case.classes:
                return False
        else:
            any_positive = True
            positive = positive or bare in case.classes
    return positive or not any_positive


def _operation(case: Case, rule: Rule) -> bool:
    if not rule.operations:
        return True
    return case.kind in rule.operations or case.question.operation in rule.operations


def _reaches(case: Case, rule: Rule, economy: str, partner: str, *, loosely: bool = False) -> bool:
    """Whether the rule's conditions hold for this economy on its side; loosely leaves out waste and operation."""
    on = case.question.day(rule.by)
    if not in_force(rule.effective_from, rule.effective_to, on):
        return False
    if rule.moves_from and case.question.day() < rule.moves_from:
        return False
    if not groups.any_of(rule.economies, economy, on) or not groups.any_of(rule.partners, partner, on):
        return False
    if loosely:
        return True
    if not stream_matches(rule.streams, case.question.stream):
        return False
    if not _operation(case, rule) or not _waste(case, rule, economy, partner):
        return False
    if rule.route and case.route not in rule.route:
        return False
    if rule.assumes and case.settings.get(rule.assumes[0]) != rule.assumes[1]:
        return False
    if any(tag not in case.tags for tag in rule.needs) or any(tag in case.tags for tag in rule.lacks):
        return False
    if any(case.question.facts.get(name) is not None for name in rule.facts_missing):
        return False
    for name, most in rule.over:
        given = case.question.facts.get(name)
        if not isinstance(given, int) or given <= most:
            return False
    return _facts_hold(case, rule)


def _pairs(case: Case, rule: Rule) -> list[tuple[str, str, str]]:
    """(side, economy, partner) for which a rule is tried."""
    q = case.question
    match rule.direction:
        case "import":
            return [("destination", q.destination, q.origin)]
        case "transit":
            return [(f"transit:{economy}", economy, q.destination) for economy in q.via]
        case "pair" if rule.both_ways:
            return [("both", q.origin, q.destination), ("both", q.destination, q.origin)]
        case "pair":
            return [("both", q.origin, q.destination)]
        case _:
            return [("origin", q.origin, q.destination)]


def _fire(case: Case, stage: str) -> list[Finding]:
    fired: list[Finding] = []
    q = case.question
    for rule in case.law.near(stage, (q.origin, q.destination, *q.via)):
        if rule.product != ("not-waste" in case.tags) and stage in ("prohibit", "consequence", "control", "default"):
            continue
        for side, economy, partner in _pairs(case, rule):
            if _reaches(case, rule, economy, partner):
                shown = rule.side if rule.side == "both" or side == "both" else side
                fired.append(Finding(rule, shown, economy))
                case.tags.update(rule.gives)
                break_after = rule.direction == "pair"
                if break_after:
                    break
    case.findings.extend(fired)
    return fired


def _route(case: Case) -> None:
    """The arrangement under which the two ends deal: the most special that reaches, else the Convention."""
    open_routes: list[Finding] = []
    for rule in case.law.near("route", (case.question.origin, case.question.destination)):
        for _, economy, partner in _pairs(case, rule):
            if _reaches(case, rule, economy, partner):
                open_routes.append(Finding(rule, "both", economy))
                break
        else:
            backwards = [(p, e) for _, e, p in _pairs(case, rule)]
            for economy, partner in [*((e, p) for _, e, p in _pairs(case, rule)), *backwards]:
                if _reaches(case, rule, economy, partner, loosely=True):
                    case.closed.append(rule)
                    break
    for kind in ("bilateral", "union", "oecd"):
        for finding in open_routes:
            if finding.rule.route_kind == kind:
                case.route, case.arrangement = kind, finding
                return
    on, q = case.question.day(), case.question
    ends = [groups.matches("@basel-nonparty", economy, on) for economy in (q.origin, q.destination)]
    case.route = "basel" if not any(ends) else "none" if sum(ends) == 1 else "outside"


def _procedures(case: Case, found: list[Finding]) -> tuple[str, ...]:
    """Procedures of the findings, without those that another takes the place of or that are part of another."""
    named: dict[str, set[str]] = {}
    for finding in found:
        for procedure in finding.rule.procedures:
            named.setdefault(procedure, set()).add(finding.side)
    notes = case.law.procedures
    gone: set[str] = set()
    for procedure, sides in named.items():
        note = notes.get(procedure)
        if note is None:
            continue
        if sides & {"origin", "both"}:
            gone.update(note.absorbs)
        if any(whole in named for whole in note.within):
            gone.add(procedure)
    kept = [procedure for procedure in named if procedure not in gone]
    # The procedure that leads (the treaty's, or what carries it out) comes before what is done at its side.
    return tuple(sorted(kept, key=lambda name: not (name in notes and notes[name].leads)))


_OPEN = {"green", "not_controlled", "free"}
_ASKS = {"consent", "notice", "ruling", "controls"}


def decide(question: Question, law: Law, hazardous: bool, settings: Mapping[str, str]) -> Outcome:
    """Evaluate one branch of a question under fixed switches."""
    case = Case(question, law, hazardous, settings)
    product = _fire(case, "status")
    if product:
        case.tags.add("not-waste")
    else:
        classify(case)
        _fire(case, "define")
        _route(case)
    barred = [*_fire(case, "prohibit"), *_fire(case, "consequence")]
    controls = _fire(case, "control")
    answered = {finding.side for finding in controls}
    for finding in _fire(case, "default"):
        if finding.side in answered:
            case.findings.remove(finding)
        else:
            controls.append(finding)
    return _sum_up(case, product, barred, controls)


def _sum_up(case: Case, product: list[Finding], barred: list[Finding], controls: list[Finding]) -> Outcome:
    asks = [finding for finding in controls if finding.rule.effect in _ASKS]
    frees = [finding for finding in controls if finding.rule.effect in _OPEN]
    if case.arrangement is not None and case.arrangement.rule.effect == "free":
        frees.insert(0, case.arrangement)
    elif case.arrangement is not None and case.arrangement.rule.route_kind == "bilateral":
        asks.insert(0, case.arrangement)
    rulings = tuple(finding for finding in asks if finding.rule.effect == "ruling")

    def outcome(verdict: str, grounds: list[Finding], procedures: tuple[str, ...] = ()) -> Outcome:
        rest = [f for f in (*barred, *asks, *frees, *product) if f not in grounds]
        return Outcome(verdict, procedures, tuple(grounds), tuple(rest), case, rulings)

    if not product:
        remedies = _fire(case, "remedy")
        if remedies:
            return outcome("illegal_takeback", remedies, _procedures(case, remedies))
    if barred:
        closed = [Finding(rule, "both", case.question.origin) for rule in case.closed if "non-party" in case.tags]
        return outcome("prohibited", [*barred, *closed])
    consent = any(finding.rule.effect in ("consent", "ruling", "controls") for finding in asks)
    if consent:
        procedures = _procedures(case, asks)
        case.tags.update(f"procedure:{name}" for name in procedures)
        formal = _fire(case, "formal")
        if formal:
            return outcome("invalid_application", formal, _procedures(case, formal))
        return outcome("allowed_pic", asks, procedures)
    if product:
        return outcome("allowed_not_waste", [*product, *asks], _procedures(case, asks))
    if any(finding.rule.effect == "green" for finding in frees):
        return outcome("allowed_green", [*asks, *frees], _procedures(case, frees))
    return outcome("allowed_not_controlled", [*asks, *frees], _procedures(case, frees))
