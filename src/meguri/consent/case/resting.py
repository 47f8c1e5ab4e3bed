"""What a case rests on beside consents: facts of its verdict that licences prove, and parties that stand. Pure.

A fact of the question that a licence can prove in the economy of destination is taken from the record where a licence
proves it; else it is the exporter's word, and nothing milder follows from that. What has stopped holding is derived
from the states of licences, organisations and facility, never written to the case, and gone once they hold again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from meguri import law
from meguri.consent.states import DossierState
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Problem
from meguri.law.asking.decisions import DecidedQuestion
from meguri.registry import proofs, vocabulary
from meguri.registry.states import FacilityState, LicenceState, OrganisationState

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


def over_tonnes(
    licences: Mapping[str, LicenceState | None],
    grams: int,
    at: datetime,
    since: date | None = None,
    until: date | None = None,
) -> Iterator[Problem]:
    """Which licences are for less than this: one movement, or with `since` and `until` a whole case of that period.

    A movement is held against the limit of one period; a case against as many years as its period begins, or against
    the whole term. What other cases take of the same licence is not counted here.
    """
    for licence in licences.values():
        scope = licence.scope_at(at) if licence is not None else None
        if licence is None or scope is None or scope.grams is None:
            continue
        most = scope.grams
        if since is not None and until is not None:
            if scope.per in ("day", "month"):
                continue
            most *= -(-((until - since).days + 1) // 366) if scope.per == "year" else 1
        if grams > most:
            yield Problem(
                N_("The licence {number} is for {most} kg, and this is {asked} kg. Ask for less, or have it varied."),
                "/total_kg" if since is not None else "/lots",
                "licence-tonnes",
                {"number": licence.number, "most": to_kg(most), "asked": to_kg(grams)},
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
