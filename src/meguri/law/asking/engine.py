"""The one engine: which rules fire on a movement, and what they add up to.

Order of evaluation: waste or product, codes at the date, the treaty route between the two ends, prohibitions of each
side, controls of each side and each transit, validity of the application, remedies. Rules say where they reach; the
engine knows no economy by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from meguri.law import groups, tables, wastes
from meguri.law.asking.model import FactValue, Question
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import ACTS, ListEntry, ProcedureNote, Rule
from meguri.law.groups import stream_matches
from meguri.law.wastes import OWN


@dataclass(frozen=True)
class FiredRule:
    """A rule that fired, for which economy and on which side."""

    rule: Rule
    side: str
    economy: str


@dataclass
class Branch:
    """One branch of a question while it is decided: hazard and switches are fixed."""

    question: Question
    law: Law
    hazardous: bool
    settings: Mapping[str, str]
    classes: set[str] = field(default_factory=set)
    codes: dict[str, ListEntry | None] = field(default_factory=dict)
    dated: list[ListEntry] = field(default_factory=list)
    papers: dict[str, None] = field(default_factory=dict)
    findings: list[FiredRule] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    route: str = "outside"
    arrangement: FiredRule | None = None
    closed: list[Rule] = field(default_factory=list)
    days: Mapping[str, date] = field(init=False)
    ends: Mapping[str, list[tuple[str, str, str]]] = field(init=False)
    met: tuple[str, ...] = field(init=False)
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        q = self.question
        self.days = {act: q.day(act) for act in ACTS}
        self.met = (q.origin, q.destination, *q.via)
        self.names = frozenset((*self.met, *(tables.parties()[economy].law_of for economy in self.met)))
        outward = ("both", q.origin, q.destination)
        self.ends = {
            "export": [("origin", q.origin, q.destination)],
            "import": [("destination", q.destination, q.origin)],
            "transit": [(f"transit:{economy}", economy, q.destination) for economy in q.via],
            "pair": [outward],
            "both ways": [outward, ("both", q.destination, q.origin)],
        }

    def pairs(self, rule: Rule) -> list[tuple[str, str, str]]:
        """(side, economy, partner) for which a rule is tried."""
        return self.ends["both ways" if rule.both_ways and rule.direction == "pair" else rule.direction]

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
    grounds: tuple[FiredRule, ...]
    considered: tuple[FiredRule, ...]
    case: Branch
    rulings: tuple[FiredRule, ...]


def in_force(start: date | None, end: date | None, on: date) -> bool:
    """Whether a day lies in a period whose ends may be open."""
    return not ((start and on < start) or (end and on > end))


def _facts_hold(case: Branch, item: Rule | ListEntry) -> bool:
    if not item.facts and not item.facts_not:
        return True
    for name, value in item.facts:
        given = case.fact(name)
        if given is None or (given not in value if isinstance(value, tuple) else given != value):
            return False
    return all(
        (case.fact(name) not in value) if isinstance(value, tuple) else (case.fact(name) != value)
        for name, value in item.facts_not
    )


def classify(case: Branch) -> None:
    """Fill the branch's classes and codes: list entries by stream, hazard, facts and date, then what was declared."""
    on, question = case.question.day(), case.question
    for entry, names in case.law.entries_for(question.stream):
        if names and names.isdisjoint(case.names):
            continue
        if entry.hazardous is not None and entry.hazardous != case.hazardous:
            continue
        if entry.operations and case.kind not in entry.operations:
            continue
        if not in_force(entry.effective_from, entry.effective_to, on):
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
        if entry.code and entry.effective_to is not None:
            case.dated.append(entry)
        case.papers.update(dict.fromkeys(entry.documents))
    _declared(case, on)


def _declared(case: Branch, on: date) -> None:
    """What was declared adds to the classes, never takes away: a wrong code must not open a border."""
    for code in case.question.codes:
        standing = [entry for entry in wastes.waste_codes().get(code, ()) if entry.in_force(on)]
        if code in case.codes or not standing or not any(entry.confirmed for entry in standing):
            continue
        case.codes[code] = None
        for entry in standing:
            if entry.declares_hazard is not True or case.hazardous:
                case.classes.update(entry.declares)


def _waste(case: Branch, rule: Rule, economy: str, partner: str) -> bool:
    if not rule.waste:
        return True
    positive, any_positive = False, False
    for name in rule.waste:
        bare = name.lstrip("!")
        family, sign, whose = bare.partition(":")
        if sign and family in OWN:
            bare = f"{family}:{economy if whose == 'self' else partner}"
        if name.startswith("!"):
            if bare in case.classes:
                return False
        else:
            any_positive = True
            positive = positive or bare in case.classes
    return positive or not any_positive


def _operation(case: Branch, rule: Rule) -> bool:
    if not rule.operations:
        return True
    return case.kind in rule.operations or case.question.operation in rule.operations


def _reaches(case: Branch, rule: Rule, economy: str, partner: str, *, loosely: bool = False) -> bool:
    """Whether the rule's conditions hold for this economy on its side; loosely leaves out waste and operation."""
    on = case.days[rule.by]
    if not in_force(rule.effective_from, rule.effective_to, on):
        return False
    if rule.moves_from and case.days["moved"] < rule.moves_from:
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
    if (rule.needs and not case.tags.issuperset(rule.needs)) or (rule.lacks and not case.tags.isdisjoint(rule.lacks)):
        return False
    return given_as_asked(rule, case.question.facts, case.days["moved"]) and _facts_hold(case, rule)


def given_as_asked(rule: Rule, facts: Mapping[str, FactValue], moved: date) -> bool:
    """Whether the facts that a rule asks to be given, missing, over a number, past or old enough are so."""
    if any(facts.get(name) is not None for name in rule.facts_missing):
        return False
    if any(facts.get(name) is None for name in rule.facts_given):
        return False
    for name, most in rule.over:
        given = facts.get(name)
        if not isinstance(given, int | float) or given <= most:
            return False
    for name in rule.past:
        day = facts.get(name)
        if not isinstance(day, date) or day >= moved:
            return False
    if rule.older is not None:
        made = facts.get("made_year")
        return isinstance(made, int) and moved.year - made >= rule.older
    return True


def _fire(case: Branch, stage: str) -> list[FiredRule]:
    fired: list[FiredRule] = []
    q = case.question
    for rule in case.law.near(stage, case.met, q.stream, case.kind, q.operation):
        if rule.product != ("not-waste" in case.tags) and stage in ("prohibit", "consequence", "control", "default"):
            continue
        for side, economy, partner in case.pairs(rule):
            if _reaches(case, rule, economy, partner):
                shown = rule.side if rule.side == "both" or side == "both" else side
                fired.append(FiredRule(rule, shown, economy))
                case.tags.update(rule.gives)
                break_after = rule.direction == "pair"
                if break_after:
                    break
    case.findings.extend(fired)
    return fired


def _route(case: Branch) -> None:
    """The arrangement under which the two ends deal: the most special that reaches, else the Convention."""
    open_routes: list[FiredRule] = []
    for rule in case.law.near("route", case.met):
        for _, economy, partner in case.pairs(rule):
            if _reaches(case, rule, economy, partner):
                open_routes.append(FiredRule(rule, "both", economy))
                break
        else:
            backwards = [(p, e) for _, e, p in case.pairs(rule)]
            for economy, partner in [*((e, p) for _, e, p in case.pairs(rule)), *backwards]:
                if _reaches(case, rule, economy, partner, loosely=True):
                    case.closed.append(rule)
                    break
    for kind in tables.arrangements():
        for finding in open_routes:
            if finding.rule.route_kind == kind:
                case.route, case.arrangement = kind, finding
                return
    on, q = case.question.day(), case.question
    ends = [groups.matches("@basel-nonparty", economy, on) for economy in (q.origin, q.destination)]
    case.route = "basel" if not any(ends) else "none" if sum(ends) == 1 else "outside"


def _procedures(notes: Mapping[str, ProcedureNote], found: list[FiredRule]) -> tuple[str, ...]:
    """Procedures of the findings, without those that another takes the place of or that are part of another."""
    named: dict[str, set[str]] = {}
    for finding in found:
        for procedure in finding.rule.procedures:
            named.setdefault(procedure, set()).add(finding.side)
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
_ASKS = {"consent", "notice", "ruling", "controls", "licence", "no_procedure", "unread"}


def decide(question: Question, law: Law, hazardous: bool, settings: Mapping[str, str]) -> Outcome:
    """Evaluate one branch of a question under fixed switches."""
    case = Branch(question, law, hazardous, settings)
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
    remedies = [] if product else _fire(case, "remedy")
    closed = [FiredRule(rule, "both", question.origin) for rule in case.closed if "non-party" in case.tags]

    def formal(procedures: tuple[str, ...]) -> list[FiredRule]:
        case.tags.update(f"procedure:{name}" for name in procedures)
        return _fire(case, "formal")

    fired = Fired(product, barred, controls, remedies, case.arrangement, closed)
    total = sum_up(law.procedures, fired, formal)
    return Outcome(total.verdict, total.procedures, tuple(total.grounds), tuple(total.rest), case, total.rulings)


@dataclass(frozen=True)
class Fired:
    """Everything that fired on a movement, stage by stage, before it is added up."""

    product: list[FiredRule]
    barred: list[FiredRule]
    controls: list[FiredRule]
    remedies: list[FiredRule]
    arrangement: FiredRule | None
    closed: list[FiredRule]


@dataclass(frozen=True)
class RuleTotal:
    """What the fired rules add up to; `rest` fired too, but does not bear the verdict."""

    verdict: str
    procedures: tuple[str, ...]
    grounds: list[FiredRule]
    rest: list[FiredRule]
    rulings: tuple[FiredRule, ...]


def sum_up(
    notes: Mapping[str, ProcedureNote], fired: Fired, formal: Callable[[tuple[str, ...]], list[FiredRule]]
) -> RuleTotal:
    """Add up what fired. `formal` fires the rules on the validity of an application under its procedures."""
    asks = [finding for finding in fired.controls if finding.rule.effect in _ASKS]
    frees = [finding for finding in fired.controls if finding.rule.effect in _OPEN]
    if fired.arrangement is not None and fired.arrangement.rule.effect == "free":
        frees.insert(0, fired.arrangement)
    elif fired.arrangement is not None and tables.arrangements().get(fired.arrangement.rule.route_kind):
        asks.insert(0, fired.arrangement)
    rulings = tuple(finding for finding in asks if finding.rule.effect in ("ruling", "unread"))

    def total(verdict: str, grounds: list[FiredRule], procedures: tuple[str, ...] = ()) -> RuleTotal:
        rest = [f for f in (*fired.barred, *asks, *frees, *fired.product) if f not in grounds]
        return RuleTotal(verdict, procedures, grounds, rest, rulings)

    if fired.remedies:
        return total("illegal_takeback", fired.remedies, _procedures(notes, fired.remedies))
    if fired.barred:
        return total("prohibited", [*fired.barred, *fired.closed])
    effects = {finding.rule.effect for finding in asks}
    if "no_procedure" in effects:
        return total("no_procedure_yet", asks)
    if effects & {"consent", "ruling", "controls"}:
        procedures = _procedures(notes, asks)
        invalid = formal(procedures)
        if invalid:
            return total("invalid_application", invalid, _procedures(notes, invalid))
        return total("allowed_pic", asks, procedures)
    if "licence" in effects:
        held = [*fired.product, *asks, *frees]
        return total("allowed_national_licence", held, _procedures(notes, held))
    if fired.product:
        return total("allowed_not_waste", [*fired.product, *asks], _procedures(notes, asks))
    if any(finding.rule.effect == "green" for finding in frees):
        return total("allowed_green", [*asks, *frees], _procedures(notes, frees))
    return total("allowed_not_controlled", [*asks, *frees], _procedures(notes, frees))
