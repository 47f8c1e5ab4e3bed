"""From branches to one answer: unknown hazard, open switches, what is not covered, and the assembled verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words, plain
from meguri.kit.words import listed as listed_words
from meguri.law import places, tables, wastes
from meguri.law.asking import looked
from meguri.law.asking.clocks import deadlines
from meguri.law.asking.consenting import borrowed, consents
from meguri.law.asking.contradictions import MAY_REBUT
from meguri.law.asking.engine import FiredRule, Outcome, decide
from meguri.law.asking.model import (
    Assumption,
    Classified,
    Ground,
    Paper,
    Question,
    Unread,
    Verdict,
)
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import Rule
from meguri.law.citing import citation
from meguri.law.places import CompetentOffice

ASKING = ("allowed_pic", "allowed_national_licence", "allowed_not_waste")
"""Verdicts under which somebody has to be asked, or may have to be."""
STRICTNESS = (
    "allowed_not_waste",
    "allowed_not_controlled",
    "allowed_green",
    "allowed_national_licence",
    "allowed_pic",
    "no_procedure_yet",
    "invalid_application",
    "illegal_takeback",
    "prohibited",
)


def _hazards(question: Question) -> tuple[bool, ...]:
    """The branches to evaluate: the assay if there is one, else what the codes say, else what the list presumes."""
    given = question.facts.get("hazardous")
    if listed(question):
        return (True,)
    if isinstance(given, bool):
        return (given,)
    if given == "unknown":
        return (True, False)
    said = {entry.declares_hazard for code in question.codes for entry in wastes.waste_codes().get(code, ())}
    if True in said or False in said:
        return (True in said,)
    presumed = tables.streams()[question.stream].presumed
    return (presumed == "true",) if presumed != "unknown" else (True, False)


def listed(question: Question) -> tuple[str, ...]:
    """The declared codes, and the entry of the stream, that are hazardous by listing and were not rebutted.

    Only an authority's decision in the single case undoes a listing, never an assay.
    """
    if question.facts.get("rebuttal") in MAY_REBUT:
        return ()
    on, stream = question.day(), tables.streams()[question.stream]
    found = [
        code
        for code in question.codes
        if any(entry.by_listing and entry.in_force(on) for entry in wastes.waste_codes().get(code, ()))
    ]
    return tuple(dict.fromkeys((*found, *([stream.listed] if stream.listed else []))))


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
    assumptions += looked.not_on_file(question, body, chosen)
    assumptions += _unverified(chosen)
    unread = looked.unread(question, body, chosen)
    status = "decided"
    if unread or (chosen.rulings and chosen.verdict != "prohibited"):
        status = "needs_ruling"
    elif assumptions:
        status = "decided_under_assumption"
    used = _used(chosen)
    needs = consents(chosen, used, body)
    return Verdict(
        question=question,
        status=status,
        verdict=chosen.verdict,
        codes=_codes(branches),
        procedures=chosen.procedures,
        notifier=_notifier(chosen, body),
        consents=needs,
        documents=_documents(chosen, body),
        deadlines=deadlines(chosen),
        grounds=tuple(_ground(finding) for finding in _unique(chosen.grounds)) + _dated(chosen),
        considered=tuple(_ground(finding) for finding in _unique(chosen.considered)),
        assumptions=tuple(assumptions),
        problems=_problems(question, chosen),
        unsure=looked.unsure(question, body, chosen) + borrowed(chosen, needs, used, body),
        rulings=_rulings(chosen, unread),
        route=chosen.case.arrangement.rule.id if chosen.case.arrangement else chosen.case.route,
        law_digest=body.digest,
        hazardous=chosen.case.hazardous,
        unread=unread,
        offices=_offices(question),
        ruling_of=_ruling_of(chosen, unread) if status == "needs_ruling" else (),
    )


def _offices(question: Question) -> tuple[CompetentOffice, ...]:
    """The offices for the places that were named, where an economy tells its offices apart by places."""
    found = (
        places.office(getattr(question, side), side, str(question.facts[fact]))
        for fact, side in places.FACTS.items()
        if fact in question.facts
    )
    return tuple(one for one in found if one is not None)


def _ruling_of(outcome: Outcome, unread: tuple[Unread, ...]) -> tuple[str, ...]:
    whose = (tables.authorities()[f.rule.whose].economy if f.rule.whose else f.economy for f in outcome.rulings)
    return tuple(dict.fromkeys((*(one.economy for one in unread), *whose)))


def _rulings(outcome: Outcome, unread: tuple[Unread, ...]) -> tuple[Words, ...]:
    """What is for an authority to say, and for which."""
    if outcome.verdict == "prohibited":
        return ()
    found: dict[str, Words] = {}
    for finding in outcome.rulings:
        name = tables.authority_name(finding.rule.whose or tables.competent(finding.economy))
        found[finding.rule.id] = Words("{name}: {said}").format(name=name, said=finding.rule.words)
    for one in unread:
        said = Words("whether {whose}, which is not on file, allows it").format(whose=one.name)
        found[f"unread:{one.economy}"] = Words("{name}: {said}").format(name=one.ask, said=said)
    return tuple(found.values())


def _unverified(outcome: Outcome) -> list[Assumption]:
    """A ground of low confidence is an assumption: it decides, but nobody has read it.

    What is prohibited by a ground that was read hangs on no other.
    """
    if borne_surely(outcome.verdict, outcome.grounds):
        return []
    return [
        Assumption(
            f"unverified:{finding.rule.id.split('@')[0]}",
            "as stated",
            Words("{citation} was not verified: ask the authority.").format(citation=citation(finding.rule.citation)),
            "",
        )
        for finding in _unique(outcome.grounds)
        if finding.rule.confidence == "low"
        and not finding.rule.assumes
        and finding.rule.effect not in ("ruling", "unread")
    ]


def borne_surely(verdict: str, grounds: Iterable[FiredRule]) -> bool:
    """Whether a prohibition has a ground that is more than recalled, rests on no switch and follows from no other."""
    return verdict == "prohibited" and any(
        finding.rule.stage == "prohibit" and finding.rule.confidence != "low" and not finding.rule.assumes
        for finding in grounds
    )


def _used(outcome: Outcome) -> tuple[FiredRule, ...]:
    return _unique(outcome.grounds) if outcome.verdict in ASKING else ()


def _unique(findings: tuple[FiredRule, ...]) -> tuple[FiredRule, ...]:
    seen: dict[tuple[str, str], FiredRule] = {}
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


def _ground(finding: FiredRule) -> Ground:
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
    if question.facts.get("hazardous") is False and (by_list := listed(question)):
        found.append(
            Problem(
                N_(
                    "{codes} is hazardous by listing: an assay alone does not undo that. "
                    "Only a decision of the authority of the State of export does (rebuttal=origin-authority)."
                ),
                "/facts/hazardous", "listed", {"codes": listed_words(plain(code) for code in by_list)},
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


def rule_of(ground: Ground, law: Law | None = None) -> Rule | None:
    """The rule that a ground rests on, in the packs on file."""
    body = law or Law.load()
    return next((rule for rule in body.rules if rule.id.split("@")[0] == ground.rule), None)
