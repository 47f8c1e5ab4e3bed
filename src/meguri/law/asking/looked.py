"""How far it was looked: which laws an answer depends on that are not on file, and how sure the others are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meguri.kit.words import Words
from meguri.law import groups, tables
from meguri.law.asking.engine import Outcome, given_as_asked, in_force
from meguri.law.asking.model import Assumption, Question, Unread
from meguri.law.body.answers import cautions
from meguri.law.body.packs import READ_ON, Law
from meguri.law.body.rulebook import Rule
from meguri.law.citing import citation
from meguri.law.groups import stream_matches

OPEN_TO_DOUBT = ("allowed", "no_procedure")
"""How verdicts begin that the unread law of an end could close."""
_LAW = Words("the law of {economy}")
_USED = Words("the law of {economy} on used goods")
_OTHER = Words("the law of {economy} on waste that is not hazardous")
_NONE: frozenset[str] = frozenset()
CONTROLLED = ("hazardous", "annex-ii")
"""Classes of waste that the law of every economy in `covers` was read for."""


def unread(question: Question, law: Law, outcome: Outcome) -> tuple[Unread, ...]:
    """The laws that could close what the answer leaves open, and are not on file; none where nothing is open.

    For a product the law on used goods of both ends is asked for, for waste the law of both ends; the law of each
    economy of transit for either. Where waste is neither hazardous nor of Annex II, a law on file counts only at an end
    where one of its rules speaks of it.
    """
    if not outcome.verdict.startswith(OPEN_TO_DOUBT):
        return ()
    product = "not-waste" in outcome.case.tags
    other = not product and outcome.case.classes.isdisjoint(CONTROLLED)
    spoken = ends_that_speak(law, (finding.rule.id for finding in outcome.case.findings)) if other else _NONE
    found = []
    for side, economy, partner in (
        ("export", question.origin, question.destination),
        ("import", question.destination, question.origin),
        *(("transit", economy, question.destination) for economy in question.via),
    ):
        name = tables.parties()[economy].name
        ask = tables.authority_name(tables.competent(economy))
        if product and side != "transit":
            if not any(_on_used(rule, question, side, economy, partner) for rule in law.used_goods):
                found.append(Unread(economy, "used", _USED.format(economy=name), ask))
        elif law.pack_of(economy, question.day()) is None:
            found.append(Unread(economy, "law", _LAW.format(economy=name), ask))
        elif other and side != "transit" and side not in spoken:
            found.append(Unread(economy, "other", _OTHER.format(economy=name), ask))
    return tuple(found)


def ends_that_speak(law: Law, fired: Iterable[str]) -> frozenset[str]:
    """The ends (`export`, `import`) whose own law says something of what moves, by the ids of the rules that fired."""
    return _NONE.union(*(law.own.get(rule, _NONE) for rule in fired))


def _on_used(rule: Rule, question: Question, side: str, economy: str, partner: str) -> bool:
    on = question.day(rule.by)
    return (
        rule.direction == side
        and in_force(rule.effective_from, rule.effective_to, on)
        and stream_matches(rule.streams, question.stream)
        and groups.any_of(rule.economies, economy, on)
        and groups.any_of(rule.partners, partner, on)
        and given_as_asked(rule, question.facts, question.day())
    )


def not_on_file(question: Question, law: Law, outcome: Outcome) -> tuple[Assumption, ...]:
    """For each economy whose law is not on file: that it adds nothing is assumed, but for what is prohibited anyhow."""
    if outcome.verdict == "prohibited":
        return ()
    return tuple(
        Assumption(f"national-law:{economy}", "adds nothing", _not_in_packs(economy), "", (), "ask its authority")
        for economy in (question.origin, question.destination, *question.via)
        if law.pack_of(economy, question.day()) is None
    )


def _not_in_packs(economy: str) -> Words:
    return Words("The national law of {economy} is not in the packs: answered as far as treaty law goes.").format(
        economy=tables.parties()[economy].name
    )


def unsure(question: Question, law: Law, outcome: Outcome) -> tuple[Words, ...]:
    """What the reader is told not to rely on: unread laws, unknown standing, how far each text was read."""
    said: list[Words] = []
    on = question.day()
    if on > READ_ON:
        said.append(
            Words(
                "As the law stands today: it was read on {day}, with what was enacted for later days. "
                "Nobody knows what will be enacted until then."
            ).format(day=READ_ON)
        )
    for economy in (question.origin, question.destination, *question.via):
        if law.pack_of(economy, on) is None:
            said.append(_not_in_packs(economy))
        if groups.matches("@basel-unknown", economy, on):
            said.append(
                Words(
                    "Whether {economy} is a Party to the Basel Convention was not established: ask before moving."
                ).format(economy=tables.parties()[economy].name)
            )
    if outcome.verdict == "illegal_takeback" and groups.matches("@basel-nonparty", question.origin, on):
        said.append(
            Words("{economy} is no Party: the Convention binds it to no take-back and to none of its clocks.").format(
                economy=tables.parties()[question.origin].name
            )
        )
    for finding in outcome.grounds:
        if any(name.lstrip("!").startswith("answer-") for name in finding.rule.waste):
            said += cautions(question.destination)
        if finding.rule.confidence != "high":
            said.append(_TRUST[finding.rule.evidence].format(citation=citation(finding.rule.citation)))
    return tuple(dict.fromkeys(said))


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
