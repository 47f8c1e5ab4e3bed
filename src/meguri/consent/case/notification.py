"""What a notification must be: a verdict of today's law that asks for consent, and figures that can be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from meguri import law
from meguri.consent.acts import Notify
from meguri.kit.grams import MOST_G, to_kg
from meguri.kit.problems import N_, Conflict, Problem, refuse
from meguri.kit.words import Words
from meguri.procedure import tables
from meguri.procedure.clocks import months_later

# A general notification covers twelve months (Basel Art. 6(8)); three years where every table of the case says so.
USUAL_MONTHS = 12
MOST_SHIPMENTS = 999


def number(case: str, verdict: law.Decision, at: datetime) -> str:
    """The number that people say: economy of export, year, the first ten of the case's id (``MY-2025-7Q2K9-D3XAB``)."""
    origin = verdict.question.origin
    party = law.parties().get(origin)
    return f"{party.alpha2 if party else origin}-{at.year}-{case[:5]}-{case[5:10]}"


def check_verdict(given: law.Decision, day: date, until: date) -> None:
    """Refuse a verdict that decides otherwise than this Meguri's law does on `day`, when it is notified, or later in
    the period that ends on `until`; or that asks for no consent. Whatever day the question names counts for nothing.
    """
    check_law(given, day, until)
    if given.verdict != "allowed_pic":
        raise refuse(
            N_("The verdict is “{verdict}”: there is nothing to notify."),
            "/verdict",
            "verdict",
            verdict=given.verdict,
        )
    if not given.consents:
        raise refuse(N_("The verdict names no authority to ask."), "/verdict/consents", "verdict")


def check_law(given: law.Decision, day: date, until: date) -> None:
    """Conflict where the law decides otherwise than a verdict, on a day or later until another."""
    other = law.decided_otherwise(given, day, until)
    if other is None:
        return
    if other.on > day:
        raise Conflict(
            Problem(
                N_("From {day} on the law decides this otherwise than until then. End before that day, and ask anew."),
                "/verdict",
                "verdict-ends",
                {"day": other.on.isoformat()},
            )
        )
    raise Conflict(
        Problem(
            N_("The law now says otherwise than this verdict ({given}; now {now}). Ask “May it move?” again."),
            "/verdict",
            "verdict",
            {"given": given.law[:12], "now": other.decided.law[:12]},
        )
    )


def problems(body: Notify, at: datetime) -> Iterator[Problem]:
    """What is wrong with number, quantity, shipments, period and description."""
    expected = number(body.case, body.verdict, at)
    if body.number != expected:
        yield Problem(N_("The number of this case is {expected}."), "/number", "number", {"expected": expected})
    if not 0 < body.total_g <= MOST_G:
        yield Problem(
            N_("{mass} kg cannot be notified. Write the total in kilograms, more than zero."),
            "/total_kg",
            "mass",
            {"mass": to_kg(body.total_g)},
        )
    if not 0 < body.shipments <= MOST_SHIPMENTS:
        yield Problem(
            N_("{shipments} shipments cannot be notified. Write 1 to {most}."),
            "/shipments",
            "shipments",
            {"shipments": body.shipments, "most": MOST_SHIPMENTS},
        )
    since, until = body.period_from, body.period_to
    if until < since:
        yield Problem(
            N_("The period would end on {until}, before it begins on {since}."),
            "/period_to",
            "period",
            {"until": until.isoformat(), "since": since.isoformat()},
        )
    elif until < at.date():
        yield Problem(
            N_("The period ended on {until}, before the notification."),
            "/period_to",
            "period",
            {"until": until.isoformat()},
        )
    else:
        months = _months(body.verdict, at.date())
        most = months_later(since, months)
        if until > most:
            yield Problem(
                N_("One notification covers at most {months} months: from {since} to {most}."),
                "/period_to",
                "period",
                {"months": months, "since": since.isoformat(), "most": most.isoformat()},
            )
    if not body.description.strip():
        yield Problem(N_("Describe the material and what it consists of."), "/description", "required")


def not_admitted(authority: str, name: Words) -> Problem:
    """That an authority which the law asks is not on record, and what to do."""
    return Problem(
        N_(
            "{authority} is asked by law and is not on record here, so that it could never answer. Invite it: the "
            "operator admits it from the law's table. Or notify it on paper: name who enters its answers from its "
            "letters."
        ),
        f"/on_paper/{authority}",
        "not-admitted",
        {"authority": name},
    )


def _months(verdict: law.Decision, on: date) -> int:
    needed = [
        tables.find(need.procedure, need.capacity, need.form, on)
        for need in verdict.consents
        if need.capacity == "import"
    ]
    return min((table.validity_months for table in needed if table.needed), default=USUAL_MONTHS)
