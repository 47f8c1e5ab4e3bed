"""What a case rests on beside consents: facts of its verdict that licences prove, and parties that stand. Pure.

A fact of the question that a licence can prove in the economy of destination is taken from the record where a licence
proves it; else it is the exporter's word, and nothing milder follows from that. What has stopped holding is derived
from the states of licences, organisations and facility, never written to the case, and gone once they hold again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from meguri import law
from meguri.consent.states import DossierState
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Problem
from meguri.law.asking.decisions import DecidedQuestion
from meguri.registry import proofs, vocabulary
from meguri.registry.states import (
    FacilityState,
    LicenceState,
    LicenceUseState,
    OrganisationState,
    Scope,
)

SaidBy = Literal["record", "exporter"]
States = Mapping[str, Any]
"""States by subject, as a guard's world or a page has them; None where there is none."""


class SaidFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of a case's question, and who says it: the record by a licence, or the exporter alone."""

    fact: str
    value: bool | int | float | str | None
    said_by: SaidBy
    licence: str = ""


def provable(question: DecidedQuestion) -> tuple[str, ...]:
    """The facts that the question answers with yes and that some licence can prove in the economy of destination."""
    return tuple(
        sorted(
            fact
            for fact, value in question.facts.items()
            if value is True and vocabulary.kinds_proving(fact, question.destination)
        )
    )


def asked_of(question: DecidedQuestion, codes: Collection[str]) -> dict[str, Any]:
    """What a licence has to cover for a question, as `registry.proofs` takes it."""
    return {"operation": question.operation or "", "stream": question.stream, "codes": tuple(codes)}


def proved(
    verdict: law.Decision, holders: Collection[str], at: datetime, licences: Mapping[str, LicenceState | None]
) -> tuple[str, ...]:
    """The facts of a verdict's question that these licences prove at an instant, within what they are for."""
    scope = asked_of(verdict.question, verdict.codes)
    return tuple(
        fact for fact in provable(verdict.question) if proofs.proved(fact, holders, at, licences, **scope) is not None
    )


def unproved(
    verdict: law.Decision,
    holders: Collection[str],
    at: datetime,
    licences: Mapping[str, LicenceState | None],
    day: date,
) -> Iterator[Problem]:
    """Facts said with a yes that no licence proves at an instant and on which the verdict rests: each with what is
    missing. Where a State's own law gives the licence, its own licence proves the fact, whatever rests on it.
    """
    scope = asked_of(verdict.question, verdict.codes)
    missing = [
        fact for fact in provable(verdict.question) if proofs.proved(fact, holders, at, licences, **scope) is None
    ]
    own = [fact for fact in missing if vocabulary.own_kinds(fact, verdict.question.destination)]
    rested = missing if missing and law.rests_on(verdict, missing, day) else own
    for fact in rested:
        problem = proofs.unproved(fact, holders, at, licences, pointer=f"/facts/{fact}", **scope)
        if problem is not None:
            yield problem


def left_out(verdict: law.Decision, states: Collection[Any], listed: Collection[str], day: date) -> Iterator[Problem]:
    """Permits on record of these holders that an act does not name and that decide whether anything may move: of a fact
    answered with yes, or one about which the question is silent and whose absence would forbid. Which there are, the
    holders' own states say, not who says the act; one of each fact is named.
    """
    known: dict[str, list[str]] = {}
    for state in states:
        for one in state.granted if isinstance(state, OrganisationState | FacilityState) else ():
            kind = vocabulary.licence_kinds().get(one.kind)
            if kind is not None and kind.fact in law.fact_vocabulary():
                known.setdefault(kind.fact, []).append(one.licence)
    for fact, licences in sorted(known.items()):
        said = verdict.question.facts.get(fact)
        if not set(licences).isdisjoint(listed) or not (said is True or said is None):
            continue
        if said is True or law.turns_on(verdict, fact, day):
            yield Problem(
                N_("There is a licence on record that decides this, and it is left out. Name one of: {licences}."),
                "/licences",
                "left-out",
                {"licences": ", ".join(sorted(licences)), "fact": fact},
            )


def holders(importer: str, operator: str, facility: str) -> tuple[str, ...]:
    """Whose licences prove facts of a destination."""
    return tuple(dict.fromkeys((importer, operator, f"facility:{facility}")))


def stopped(dossier: DossierState, known: States, at: datetime, *, arrived: bool = False) -> Iterator[Problem]:
    """Why what a case rests on holds it at an instant: licences, and parties that have closed, as the record has them.

    Where a load has `arrived`, only those who take it have to stand: what is under way must be able to end.
    """
    parties = (dossier.operator,) if arrived else dossier.parties
    yield from closed(parties, dossier.facility, known, at)
    licences = {id: known[f"licence:{id}"] for id in dossier.licences}
    scope = {"operation": dossier.operation, "stream": dossier.stream, "codes": dossier.codes}
    own = holders(dossier.importer, dossier.operator, dossier.facility)
    yield from lost(dossier.proved, own, licences, at, scope)


def lost(
    facts: Collection[str],
    holders: Collection[str],
    licences: Mapping[str, LicenceState | None],
    at: datetime,
    scope: Mapping[str, Any],
) -> Iterator[Problem]:
    """Which facts that licences proved they prove no longer, and which other licences listed do not hold."""
    missing = [fact for fact in facts if proofs.proved(fact, holders, at, licences, **scope) is None]
    for fact in missing:
        problem = proofs.unproved(fact, holders, at, licences, pointer="/case", **scope)
        if problem is not None:
            yield problem
    for id, licence in licences.items():
        fact = vocabulary.licence_kinds()[licence.kind].fact if licence is not None else ""
        if licence is None:
            yield Problem(N_("The licence {licence} is not on record."), "/case", "licence-missing", {"licence": id})
        elif fact not in facts and not licence.holds(at):
            yield proofs.not_holding(licence, at, "/case")


Used = Mapping[str, LicenceUseState | None]
"""How much was planned under licences, by bare id; None where nothing was."""


def most(licence: LicenceState | None, at: datetime) -> Scope | None:
    """The scope of a licence at an instant where its quantity is limited."""
    scope = licence.scope_at(at) if licence is not None else None
    return scope if scope is not None and scope.grams is not None else None


def over_tonnes(
    licences: Mapping[str, LicenceState | None], used: Used, grams: int, at: datetime, since: date, until: date
) -> Iterator[Problem]:
    """Which licences have not as much left as a case of that period asks for, with what was planned under them by all
    cases: in the years of the calendar that the period touches, or in the whole term. A day's or a month's quantity
    is held against each movement alone.
    """
    for id, licence in licences.items():
        scope = most(licence, at)
        if licence is None or scope is None or scope.grams is None or scope.per in ("day", "month"):
            continue
        years = range(since.year, until.year + 1) if scope.per == "year" else ()
        before = _planned(used, id, [str(year) for year in years] or ["term"])
        left = sum(max(scope.grams - one, 0) for one in before)
        if grams > left:
            yield _too_much(licence, scope.grams * len(before), sum(before), grams, "/total_kg")


def over_period(
    licences: Mapping[str, LicenceState | None],
    used: Used,
    grams: int,
    periods: Mapping[str, str],
    at: datetime,
    *,
    counted: Mapping[str, int],
) -> Iterator[Problem]:
    """Which licences have not as much left in a period (of `periods`, by licence) as one movement takes of them: all
    movements of all cases count, those planned and those gone. `counted` are grams of this very movement among them.
    """
    for id, period in periods.items():
        licence = licences.get(id)
        scope = most(licence, at)
        if licence is None or scope is None or scope.grams is None:
            continue
        before = _planned(used, id, [period])[0] - counted.get(id, 0)
        if before + grams > scope.grams:
            yield _too_much(licence, scope.grams, before, grams, "/lots")


def _planned(used: Used, licence: str, periods: Sequence[str]) -> list[int]:
    state = used.get(licence)
    return [state.grams.get(period, 0) if state is not None else 0 for period in periods]


def _too_much(licence: LicenceState, most: int, before: int, asked: int, pointer: str) -> Problem:
    """What it is used by otherwise, is not everybody's to know: how much is."""
    params = {"number": licence.number, "most": to_kg(most), "asked": to_kg(asked)}
    if not before:
        text = N_("The licence {number} is for {most} kg, and this is {asked} kg. Ask for less, or have it varied.")
        return Problem(text, pointer, "licence-tonnes", params)
    return Problem(
        N_(
            "The licence {number} is for {most} kg; {used} kg of it are planned or gone, and {left} kg are left. This "
            "is {asked} kg. Ask for less, another period, or have it varied."
        ),
        pointer,
        "licence-tonnes",
        {**params, "used": to_kg(before), "left": to_kg(max(most - before, 0))},
    )


def closed(parties: Collection[str], facility: str, known: States, at: datetime) -> Iterator[Problem]:
    """Which of these organisations, or the facility, have closed by an instant."""
    for name in parties:
        state = known[name]
        if isinstance(state, OrganisationState) and state.closed_on is not None and state.closed_on <= at:
            yield Problem(
                N_("{name} closed on {day}. Nothing moves for it any more: choose another and notify anew."),
                "/case",
                "closed",
                {"name": state.name, "day": state.closed_on.date().isoformat()},
            )
    site = known[f"facility:{facility}"] if facility else None
    if isinstance(site, FacilityState) and site.closed_on is not None and site.closed_on <= at:
        yield Problem(
            N_("The facility {name} closed on {day}. Choose another and notify anew."),
            "/case",
            "closed",
            {"name": site.name, "day": site.closed_on.date().isoformat()},
        )


def said(dossier: DossierState, question: DecidedQuestion, known: States) -> tuple[SaidFact, ...]:
    """The facts of a case's question, each with who says it."""
    by = {
        vocabulary.licence_kinds()[state.kind].fact: id
        for id in dossier.licences
        if isinstance(state := known.get(f"licence:{id}"), LicenceState)
    }
    return tuple(
        SaidFact(
            fact=fact,
            value=value,
            said_by="record" if fact in dossier.proved else "exporter",
            licence=by.get(fact, "") if fact in dossier.proved else "",
        )
        for fact, value in sorted(question.facts.items())
    )
