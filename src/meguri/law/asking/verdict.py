"""From branches to one answer: unknown hazard, open switches, what is not covered, and the assembled verdict."""

from __future__ import annotations

from collections.abc import Mapping

from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words, plain
from meguri.law import groups, tables, wastes
from meguri.law.asking.engine import Finding, Outcome, decide
from meguri.law.asking.model import (
    Assumption,
    Classified,
    ConsentNeed,
    Deadline,
    Ground,
    Paper,
    Question,
    Verdict,
)
from meguri.law.body.packs import READ_ON, Law
from meguri.law.body.rulebook import ConsentTemplate, Rule
from meguri.law.citing import citation

STRICTNESS = (
    "allowed_not_waste",
    "allowed_not_controlled",
    "allowed_green",
    "allowed_pic",
    "invalid_application",
    "illegal_takeback",
    "prohibited",
)


def _hazards(question: Question) -> tuple[bool, ...]:
    """The branches to evaluate: the assay if there is one, else what the codes say, else what the list presumes."""
    given = question.facts.get("hazardous")
    if isinstance(given, bool):
        return (given,)
    if given == "unknown":
        return (True, False)
    said = {entry.declares_hazard for code in question.codes for entry in wastes.waste_codes().get(code, ())}
    if True in said or False in said:
        return (True in said,)
    presumed = tables.streams()[question.stream].presumed
    return (presumed == "true",) if presumed != "unknown" else (True, False)


def _stricter(outcomes: list[Outcome]) -> Outcome:
    return max(outcomes, key=lambda o: (STRICTNESS.index(o.verdict), len(o.procedures), o.case.hazardous))


def _decide(question: Question, law: Law, settings: Mapping[str, str]) -> tuple[Outcome, list[Outcome]]:
    branches = [decide(question, law, hazard, settings) for hazard in _hazards(question)]
    return _stricter(branches), branches


def verdict(question: Question, law: Law | None = None) -> Verdict:
    """The verdict on a question under a body of law (the packs on file when none is given)."""
    body = law or Law.load()
    settings = {name: switch.setting for name, switch in body.switches.items()}
    chosen, branches = _decide(question, body, settings)
    assumptions = _switches(question, body, settings, chosen, branches)
    differ = len({(b.verdict, b.procedures) for b in branches}) > 1
    if differ:
        other = next(b for b in branches if b is not chosen)
        assumptions.append(
            Assumption(
                "hazardous",
                "true" if chosen.case.hazardous else "false",
                Words(
                    "Not assayed; the stricter branch is taken until an assay is on file.",
                ),
                other.verdict,
                other.procedures,
                "false" if chosen.case.hazardous else "true",
            )
        )
    unsure = _not_covered(question, body, chosen, assumptions)
    assumptions += _unverified(chosen)
    status = "decided"
    if chosen.rulings and chosen.verdict != "prohibited":
        status = "needs_ruling"
    elif assumptions:
        status = "decided_under_assumption"
    used = _used(chosen)
    return Verdict(
        question=question,
        status=status,
        verdict=chosen.verdict,
        codes=_codes(branches),
        procedures=chosen.procedures,
        notifier=_notifier(chosen, body),
        consents=_consents(chosen, used),
        documents=_documents(chosen, body),
        deadlines=_deadlines(chosen),
        grounds=tuple(_ground(finding) for finding in _unique(chosen.grounds)) + _dated(chosen),
        considered=tuple(_ground(finding) for finding in _unique(chosen.considered)),
        assumptions=tuple(assumptions),
        problems=_problems(question, chosen),
        unsure=unsure,
        rulings=_rulings(chosen),
        route=chosen.case.arrangement.rule.id if chosen.case.arrangement else chosen.case.route,
        law_digest=body.digest,
        hazardous=chosen.case.hazardous,
    )


def _rulings(outcome: Outcome) -> tuple[Words, ...]:
    """What is for an authority to say, and for which."""
    if outcome.verdict == "prohibited":
        return ()
    found: dict[str, Words] = {}
    for finding in outcome.rulings:
        name = tables.authority_name(finding.rule.whose or tables.competent(finding.economy))
        found[finding.rule.id] = Words("{name}: {said}").format(name=name, said=finding.rule.words)
    return tuple(found.values())


def _unverified(outcome: Outcome) -> list[Assumption]:
    """A ground of low confidence is an assumption: it decides, but nobody has read it."""
    return [
        Assumption(
            f"unverified:{finding.rule.id.split('@')[0]}",
            "as stated",
            Words("{citation} was not verified: ask the authority.").format(citation=citation(finding.rule.citation)),
            "",
        )
        for finding in _unique(outcome.grounds)
        if finding.rule.confidence == "low" and not finding.rule.assumes and finding.rule.effect != "ruling"
    ]


def _used(outcome: Outcome) -> tuple[Finding, ...]:
    return _unique(outcome.grounds) if outcome.verdict in ("allowed_pic", "allowed_not_waste") else ()


def _unique(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    seen: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.rule.id, finding.economy if finding.side.startswith("transit") else "")
        seen.setdefault(key, finding)
    return tuple(seen.values())


def _switches(
    question: Question, law: Law, settings: Mapping[str, str], chosen: Outcome, branches: list[Outcome]
) -> list[Assumption]:
    """Each switch that a fired rule relies on, where another setting would change the answer."""
    relied = {
        finding.rule.assumes[0]
        for branch in branches
        for finding in (*branch.grounds, *branch.considered)
        if finding.rule.assumes
    }
    found: list[Assumption] = []
    for name in sorted(relied):
        switch = law.switches[name]
        for option in switch.options:
            if option == settings[name]:
                continue
            other, _ = _decide(question, law, {**settings, name: option})
            if (other.verdict, other.procedures) != (chosen.verdict, chosen.procedures):
                found.append(Assumption(name, settings[name], switch.words, other.verdict, other.procedures, option))
    return found


def _ground(finding: Finding) -> Ground:
    rule = finding.rule
    return Ground(
        rule.id.split("@")[0],
        rule.instrument,
        rule.citation,
        rule.effect,
        rule.effective_from,
        rule.effective_to,
        rule.confidence,
        rule.evidence,
        rule.words,
        finding.side,
        rule.source,
    )


def _dated(outcome: Outcome) -> tuple[Ground, ...]:
    """Entries since taken out of their list: that they still stood on the day is a ground of its own."""
    if outcome.verdict in ("allowed_not_waste", "invalid_application", "illegal_takeback", "prohibited"):
        return ()
    return tuple(
        Ground(
            entry.id,
            entry.code.split(":")[0].title(),
            entry.citation,
            "classified",
            entry.effective_from,
            entry.effective_to,
            entry.confidence,
            entry.evidence,
            entry.words,
            "both",
            entry.source,
        )
        for entry in outcome.case.dated
        if "national-only" in outcome.case.tags
    )


def _codes(branches: list[Outcome]) -> tuple[Classified, ...]:
    found: dict[str, Classified] = {}
    for branch in branches:
        for code, entry in branch.case.codes.items():
            scheme, _, number = code.partition(":")
            if entry is None:
                why = Words("as declared")
                found.setdefault(code, Classified(scheme, number, why, "", "low", True))
            else:
                found[code] = Classified(scheme, number, entry.words, entry.id, entry.confidence)
    for code in branches[0].case.question.codes:
        scheme, _, number = code.partition(":")
        if code not in found:
            found[code] = Classified(scheme, number, Words("as declared"), "", "low", True)
    return tuple(found.values())


def _notifier(outcome: Outcome, law: Law) -> Words:
    if outcome.verdict != "allowed_pic":
        return plain("")
    for finding in outcome.grounds:
        if finding.rule.notifier is not None:
            return finding.rule.notifier
    for procedure in outcome.procedures:
        note = law.procedures.get(procedure)
        if note is not None and note.notifier is not None:
            return note.notifier
    return Words("exporter")


def _authority(template: ConsentTemplate, finding: Finding, question: Question) -> list[str]:
    match template.authority:
        case "@origin":
            return [tables.competent(question.origin)]
        case "@destination":
            return [tables.competent(question.destination)]
        case "@transit":
            return [tables.competent(economy) for economy in question.via]
        case "@self":
            return [tables.competent(finding.economy)]
        case slug:
            return [slug]


def _economy_of(slug: str) -> str:
    known = tables.authorities().get(slug)
    return known.economy if known else slug[:3].upper()


def _consents(outcome: Outcome, used: tuple[Finding, ...]) -> tuple[ConsentNeed, ...]:
    """One need for each authority and capacity; a national rule's words go before the treaty's."""
    found: dict[tuple[str, str], tuple[bool, ConsentNeed]] = {}
    for finding in used:
        rule = finding.rule
        national = finding.side != "both"
        for template in rule.consents:
            for slug in _authority(template, finding, outcome.case.question):
                key = (slug, template.capacity)
                if key in found and (found[key][0] or not national):
                    continue
                procedure = next((p for p in rule.procedures if p in outcome.procedures), "") or next(
                    iter(outcome.procedures), ""
                )
                found[key] = (
                    national,
                    ConsentNeed(
                        slug,
                        _economy_of(slug),
                        template.capacity,
                        template.form,
                        template.days,
                        template.day_kind,
                        template.from_event,
                        procedure,
                        rule.id.split("@")[0],
                        rule.citation,
                        rule.confidence,
                        template.words,
                        tables.authority_name(slug),
                    ),
                )
    order = {"export": 0, "transit": 1, "import": 2, "approval": 3, "informed": 4}
    return tuple(sorted((need for _, need in found.values()), key=lambda need: order[need.capacity]))


def _documents(outcome: Outcome, law: Law) -> tuple[Paper, ...]:
    names: dict[str, None] = {}
    if outcome.verdict.startswith("allowed"):
        for procedure in outcome.procedures:
            note = law.procedures.get(procedure)
            names.update(dict.fromkeys(note.documents if note else ()))
        for finding in outcome.grounds:
            names.update(dict.fromkeys(finding.rule.documents))
        names.update(outcome.case.papers)
        operation = outcome.case.question.operation
        if operation and tables.operations()[operation].interim and outcome.verdict == "allowed_pic":
            names["later-sites"] = None
    return tuple(Paper(name, law.documents[name]) for name in names)


def _deadlines(outcome: Outcome) -> tuple[Deadline, ...]:
    on = outcome.case.question.day()
    names = list(outcome.procedures)
    for family in tables.procedure_families().values():
        if any(name.startswith(family.begins) for name in outcome.procedures):
            names += [name for name in family.steps_of if name not in names]
    return tuple(
        Deadline(
            step.procedure_id,
            step.step,
            step.actor,
            step.event,
            step.duty,
            step.words,
            step.value,
            step.day_kind,
            step.tacit,
            step.source,
            step.confidence,
            step.evidence,
        )
        for name in names
        for step in tables.procedures().get(name, ())
        if step.day_kind and step.in_force(on) and _concerns(step.step, outcome)
    )


def _concerns(step: str, outcome: Outcome) -> bool:
    """Leave out transit clocks of a movement without transit by a Party."""
    if not step.startswith("transit"):
        return True
    question = outcome.case.question
    return any(groups.matches("@basel-party", economy, question.day()) for economy in question.via)


def _problems(question: Question, outcome: Outcome) -> tuple[Problem, ...]:
    found: list[Problem] = []
    on = question.day()
    for n, code in enumerate(question.codes):
        entries = wastes.waste_codes().get(code, ())
        if entries and not any(entry.in_force(on) for entry in entries):
            found.append(
                Problem(
                    N_("{code} was not in its list on {day}; the material was classified anew by its facts."),
                    f"/codes/{n}", "not_in_force", {"code": code, "day": on},
                )
            )  # fmt: skip
        elif outcome.case.codes.get(code, True) is None:
            found.append(
                Problem(
                    N_(
                        "{code} was declared, but stream and facts do not lead to it; "
                        "it was counted in where stricter."
                    ),
                    f"/codes/{n}", "not_confirmed", {"code": code},
                )
            )  # fmt: skip
    declared = question.facts.get("declared_as")
    if isinstance(declared, str) and declared != question.stream:
        found.append(
            Problem(
                N_(
                    "The papers said {declared}, the material is {stream}: "
                    "a movement that does not match its papers is illegal traffic (Basel Art 9(1)(d))."
                ),
                "/facts/declared_as", "misdeclared", {"declared": declared, "stream": question.stream},
            )
        )  # fmt: skip
    disposal = (question.operation or "").startswith("D") or question.facts.get("purpose") == "disposal"
    if disposal and outcome.verdict == "allowed_pic" and question.facts.get("no_domestic_capacity") is None:
        found.append(
            Problem(
                N_(
                    "Disposal abroad is lawful only where the State of export lacks capacity or sites "
                    "(Basel Art 4(9)). Say whether it does."
                ),
                "/facts/no_domestic_capacity",
                "assumed",
            )
        )
    if not question.operation and not question.facts.get("purpose"):
        found.append(
            Problem(N_("No operation was given; recovery was taken. Give one such as R4."), "/operation", "assumed")
        )
    return tuple(found)


def _not_covered(question: Question, law: Law, outcome: Outcome, assumptions: list[Assumption]) -> tuple[Words, ...]:
    """Name what the packs do not hold; an allowance then rests on an assumption, never on silence."""
    unsure: list[Words] = []
    on = question.day()
    if on > READ_ON:
        unsure.append(
            Words(
                "As the law stands today: it was read on {day}, with what was enacted for later days. "
                "Nobody knows what will be enacted until then."
            ).format(day=READ_ON)
        )
    allowed = outcome.verdict.startswith("allowed")
    for economy in (question.origin, question.destination, *question.via):
        party = tables.parties()[economy]
        if law.pack_of(economy, on) is None:
            text = Words(
                "The national law of {economy} is not in the packs: answered as far as treaty law goes."
            ).format(economy=party.name)
            unsure.append(text)
            if allowed:
                assumptions.append(
                    Assumption(f"national-law:{economy}", "adds nothing", text, "", (), "ask its authority")
                )
        if groups.matches("@basel-unknown", economy, on):
            unsure.append(
                Words(
                    "Whether {economy} is a Party to the Basel Convention was not established: ask before moving."
                ).format(economy=party.name)
            )
    for finding in outcome.grounds:
        if finding.rule.confidence != "high":
            unsure.append(_TRUST[finding.rule.evidence].format(citation=citation(finding.rule.citation)))
    return tuple(dict.fromkeys(unsure))


_TRUST: Mapping[str, Words] = {
    "primary_text": Words(
        "We read the text of {citation}; whether it reaches this very case is less than certain.",
    ),
    "official_page_excerpt": Words(
        "We know {citation} from an authority's own page; the text itself was not read.",
    ),
    "reg_text_mirror_excerpt": Words(
        "We read {citation} in a copy of the text, not in the official edition.",
    ),
    "secondary": Words(
        "We know {citation} from what others write about it; the text itself was not read.",
    ),
    "memory": Words(
        "{citation} is recalled and was not checked against a source: ask the authority before relying on it.",
    ),
}


def rule_of(ground: Ground, law: Law | None = None) -> Rule | None:
    """The rule that a ground rests on, in the packs on file."""
    body = law or Law.load()
    return next((rule for rule in body.rules if rule.id.split("@")[0] == ground.rule), None)
