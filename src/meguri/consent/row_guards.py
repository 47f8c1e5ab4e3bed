"""The guards that procedure tables name: small, pure, each with one reason to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

import msgspec

from meguri.consent import clocks, offices
from meguri.consent.acts import Step
from meguri.consent.states import CaseState, Track
from meguri.consent.tables import Table
from meguri.kit.problems import N_, Problem
from meguri.kit.words import listed

FIELDS = frozenset({"/text", "/conditions", "/valid_from", "/valid_until"})


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a guard may look at: the case, the track and its table, the instant, and what is being said."""

    case: CaseState
    track: Track
    table: Table
    at: datetime
    step: Step


RowGuard = Callable[[Context], Problem | None]
GUARDS: dict[str, RowGuard] = {}
FIELD_GUARDS = frozenset({"text_given", "conditions_given", "validity"})


def _guard(function: RowGuard) -> RowGuard:
    GUARDS[function.__name__] = function
    return function


def first_problem(names: Iterable[str], context: Context, skip_fields: bool = False) -> Problem | None:
    """The problem of the first guard that refuses, or None. `skip_fields` leaves out those about a form's fields."""
    for name in names:
        if skip_fields and name in FIELD_GUARDS:
            continue
        problem = GUARDS[name](context)
        if problem is not None:
            return problem
    return None


def is_granted(track: Track, at: datetime) -> bool:
    """Whether the consent is in at the instant: said, or presumed since a clock ran out, said or not."""
    if track.standing == "granted":
        return True
    return track.standing == "open" and any(due.then and at >= due.due_at for due in track.dues)


def months_later(day: date, months: int) -> date:
    """The last day of a period of months that begins on `day`: 2025-11-10 and 12 give 2026-11-09.

    The calendar's last day where the period would end after it.
    """
    from datetime import timedelta

    year, month = divmod(day.month - 1 + months, 12)
    if day.year + year > date.max.year:
        return date.max
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last) - timedelta(days=1 if last == day.day else 0)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@_guard
def text_given(context: Context) -> Problem | None:
    """A question, an answer or a reason has to be written out."""
    if context.step.text.strip():
        return None
    return Problem(N_("Write what is asked, answered or the reason."), "/text", "required")


@_guard
def conditions_given(context: Context) -> Problem | None:
    """A consent with conditions names them."""
    if context.step.conditions and all(condition.strip() for condition in context.step.conditions):
        return None
    return Problem(N_("Write at least one condition, or consent without conditions."), "/conditions", "required")


@_guard
def validity(context: Context) -> Problem | None:
    """A consent says from when to when it holds, for no longer than the law allows."""
    since, until = context.step.valid_from, context.step.valid_until
    if since is None or until is None:
        return Problem(N_("Write from which day to which day the consent holds."), "/valid_until", "required")
    params = {"since": since.isoformat(), "until": until.isoformat()}
    if until < since:
        return Problem(
            N_("The consent would end on {until}, before it begins on {since}."), "/valid_until", "validity", params
        )
    if until < clocks.local(context.at, offices.office(context.track.authority, context.track.economy).zone):
        return Problem(N_("The consent would have ended already on {until}."), "/valid_until", "validity", params)
    most = months_later(since, context.table.validity_months)
    if until > most:
        return Problem(
            N_("A consent from {since} holds at most {months} months, to {most}; {until} is later."),
            "/valid_until",
            "validity",
            {**params, "months": context.table.validity_months, "most": most.isoformat()},
        )
    return None


@_guard
def sent_on(context: Context) -> Problem | None:
    """The notification has been sent on to the other authorities."""
    if any(track.visible_since for track in context.case.tracks if track.capacity != "export"):
        return None
    return Problem(N_("The notification has not been sent on yet."), "/transition", "not-sent-on")


@_guard
def not_sent_on(context: Context) -> Problem | None:
    """The notification has not been sent on to the other authorities."""
    if sent_on(context) is not None:
        return None
    return Problem(N_("The notification has been sent on already."), "/transition", "sent-on")


@_guard
def foreign_consents_in(context: Context) -> Problem | None:
    """The consents of import and transit are in."""
    missing = [
        track
        for track in context.case.tracks
        if track.capacity in ("import", "transit") and track.needed and not is_granted(track, context.at)
    ]
    if not missing:
        return None
    return Problem(
        N_("The consents of the other side are not in: {missing}."),
        "/transition",
        "consents-missing",
        {"missing": listed(offices.name(track.authority) for track in missing)},
    )


@_guard
def nothing_under_way(context: Context) -> Problem | None:
    """No consignment has left."""
    left = [line for line in context.case.movements if line.status != "planned"]
    if not left:
        return None
    return Problem(
        N_("Movement {serial} has left; the notification can no longer be taken back."),
        "/transition",
        "under-way",
        {"serial": left[0].serial},
    )


@_guard
def silence_consents(context: Context) -> Problem | None:
    """The authority's silence is consent in this form."""
    if context.track.form == "tacit":
        return None
    return Problem(
        N_("{authority} consents in writing only; its silence is no consent."),
        "/transition",
        "silence",
        {"authority": offices.name(context.track.authority)},
    )


@_guard
def time_is_over(context: Context) -> Problem | None:
    """The clock that gives effect to silence has run out."""
    ends = [due.due_at for due in context.track.dues if due.then]
    if ends and context.at >= min(ends):
        return None
    return Problem(
        N_("The time to object has not passed: it ends at {end}."),
        "/transition",
        "too-early",
        {"end": min(ends).isoformat() if ends else "-"},
    )


@_guard
def in_time(context: Context) -> Problem | None:
    """Consent has not been presumed already."""
    over = [due for due in context.track.dues if due.then and context.at >= due.due_at]
    if not over:
        return None
    return Problem(
        N_("Consent was presumed when {day} ended; it can be withdrawn, no longer refused."),
        "/transition",
        "too-late",
        {"day": over[0].due_on.isoformat()},
    )
