"""Who must consent, and in which form: an authority's own law fixes it, then the stricter of what others ask."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.kit.words import Words
from meguri.law import tables
from meguri.law.asking.engine import FiredRule, Outcome
from meguri.law.asking.model import ConsentNeed, Question
from meguri.law.body.packs import Law
from meguri.law.body.rulebook import ConsentTemplate

STRICT = ("notice", "tacit", "acknowledgement", "written")
"""The forms of a consent, the least strict first."""
_ORDER = {"export": 0, "transit": 1, "import": 2, "approval": 3, "informed": 4}


def _authority(template: ConsentTemplate, finding: FiredRule, question: Question) -> list[str]:
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


def economy_of(slug: str) -> str:
    """The economy of an authority."""
    known = tables.authorities().get(slug)
    return known.economy if known else slug[:3].upper()


def _own(finding: FiredRule, economy: str, law: Law, question: Question) -> bool:
    """Whether a rule is of the authority's own law: of the pack that covers it, or one that names it alone.

    An agreement with another State is not.
    """
    if finding.rule.stage == "route":
        return False
    return finding.rule.pack == law.pack_of(economy, question.day()) or finding.rule.economies == (economy,)


def consents(outcome: Outcome, used: Iterable[FiredRule], law: Law) -> tuple[ConsentNeed, ...]:
    """One need for each authority and capacity. Its own law goes before the treaty's and before another State's;
    of two that rank alike the stricter stands.
    """
    question = outcome.case.question
    found: dict[tuple[str, str], tuple[tuple[bool, int, bool], ConsentNeed]] = {}
    for finding in used:
        rule = finding.rule
        for template in rule.consents:
            for slug in _authority(template, finding, question):
                economy = economy_of(slug)
                rank = (
                    _own(finding, economy, law, question),
                    STRICT.index(template.form),
                    finding.side != "both",
                )
                key = (slug, template.capacity)
                if key in found and found[key][0] >= rank:
                    continue
                procedure = next((p for p in rule.procedures if p in outcome.procedures), "") or next(
                    iter(outcome.procedures), ""
                )
                found[key] = (
                    rank,
                    ConsentNeed(
                        slug,
                        economy,
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
                        rule.evidence,
                    ),
                )
    return tuple(sorted((need for _, need in found.values()), key=lambda need: _ORDER[need.capacity]))


def borrowed(outcome: Outcome, needs: Iterable[ConsentNeed], used: Iterable[FiredRule], law: Law) -> tuple[Words, ...]:
    """What is said of each form that was taken from another State's law, because the authority's own is not on file."""
    foreign = {
        finding.rule.id.split("@")[0]
        for finding in used
        if finding.rule.pack not in law.binds and finding.rule.economies
    }
    said = Words("The form in which {name} answers is taken from the law of the other end; its own is not on file.")
    day = outcome.case.question.day()
    return tuple(
        said.format(name=need.name)
        for need in needs
        if need.rule in foreign and need.capacity in ("import", "export", "transit")
        and law.pack_of(need.economy, day) is None
        and (need.economy,) not in {finding.rule.economies for finding in used if finding.rule.id.startswith(need.rule)}
    )  # fmt: skip
