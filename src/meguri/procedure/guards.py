"""Guards: whether the conditions of a row hold on given facts, and what to say where they do not.

Each fact has one refusal, and one for its contrary; both name what would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words, listed, plain
from meguri.procedure import clocks, tables
from meguri.procedure.clocks import ClockRule, months_later
from meguri.procedure.facts import Facts, Seen
from meguri.procedure.model import SUBJECTS, Condition, ProcedureTable
from meguri.procedure.states import DayKind, Due, Subject

FIELDS = frozenset({"/text", "/conditions", "/valid_from", "/valid_until", "/reference"})
"""Where a refusal concerns what the form says."""
Kind = Literal["field", "own", "world"]


class FactTold(NamedTuple):
    """Whether a fact is so, and the problem for whoever needed the other answer."""

    so: bool
    problem: Problem | None


def kind(condition: Condition) -> Kind:
    """What a fact looks at: the form's fields, what was said on the course itself, or time and world beside it."""
    if condition.is_ in ("given", "valid_within"):
        return "field"
    own = condition.is_ == "rounds_below" or (condition.is_ == "said" and "." not in condition.of)
    return "own" if own else "world"


def first_problem(
    conditions: Iterable[Condition], table: ProcedureTable, facts: Facts, leave: frozenset[Kind] = frozenset()
) -> Problem | None:
    """The problem of the first condition that fails, or None. Facts of a kind in `leave` are taken as fitting."""
    return next(filter(None, (_failing(one, table, facts, leave, True) for one in conditions)), None)


def _failing(
    condition: Condition, table: ProcedureTable, facts: Facts, leave: frozenset[Kind], wanted: bool
) -> Problem | None:
    """The problem where a condition is not as wanted, or None."""
    if condition.not_ is not None:
        return _failing(condition.not_, table, facts, leave, not wanted)
    if condition.any:
        ways = [one if isinstance(one, tuple) else (one,) for one in condition.any]
        if wanted:
            return _either([_all(way, table, facts, leave) for way in ways])
        return next(filter(None, (_none(way, table, facts, leave) for way in ways)), None)
    if kind(condition) in leave:
        return None
    told = FACTS[condition.is_](condition, table, facts)
    return None if told.so == wanted else told.problem


def _all(way: Iterable[Condition], table: ProcedureTable, facts: Facts, leave: frozenset[Kind]) -> Problem | None:
    return first_problem(way, table, facts, leave)


def _none(way: Iterable[Condition], table: ProcedureTable, facts: Facts, leave: frozenset[Kind]) -> Problem | None:
    """The problem where all of several conditions hold that must not hold together."""
    return _either([_failing(one, table, facts, leave, False) for one in way])


def _either(problems: list[Problem | None]) -> Problem | None:
    """None where one way is open, else what closes all of them."""
    closed = [problem for problem in problems if problem is not None]
    if len(closed) < len(problems):
        return None
    if len(closed) == 1:
        return closed[0]
    ways = listed((_words(problem) for problem in closed), Words(" Or: "))
    return Problem(N_("One of these is needed. {ways}"), closed[0].pointer, closed[0].code, {"ways": ways})


def _words(problem: Problem) -> Words:
    return Words(problem.text).format(**problem.params)


def _given(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    value: Any = facts.given.get(condition.of)
    pointer = f"/{condition.of}"
    if condition.of == "conditions":
        so = bool(value) and all(str(one).strip() for one in value)
        text = N_("Write at least one condition, or consent without conditions.")
    else:
        so = bool(str(value or "").strip())
        text = (
            N_("Write what is asked, answered or the reason.") if condition.of == "text" else N_("Write the reference.")
        )
    return FactTold(
        so, Problem(N_("Leave this empty."), pointer, "unasked") if so else Problem(text, pointer, "required")
    )


def _valid_within(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    since, until = facts.given.get("valid_from"), facts.given.get("valid_until")
    if not isinstance(since, date) or not isinstance(until, date):
        return FactTold(
            False, Problem(N_("Write from which day to which day the consent holds."), "/valid_until", "required")
        )
    params: dict[str, Any] = {"since": since.isoformat(), "until": until.isoformat()}
    months = condition.months or facts.validity_months or table.validity_months
    most = months_later(since, months)
    if until < since:
        text = N_("The consent would end on {until}, before it begins on {since}.")
    elif until < clocks.local(facts.at, facts.office.zone):
        text = N_("The consent would have ended already on {until}.")
    elif until > most:
        text = N_("A consent from {since} holds at most {months} months, to {most}; {until} is later.")
        params |= {"months": months, "most": most.isoformat()}
    else:
        text = N_("A consent from {since} to {until} would be too short.")
        return FactTold(True, Problem(text, "/valid_until", "validity", params))
    return FactTold(False, Problem(text, "/valid_until", "validity", params))


def _of(condition: Condition, facts: Facts) -> Iterator[Seen]:
    return (track for track in facts.tracks if track.capacity in condition.capacity)


def _granted(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    asked = [track for track in _of(condition, facts) if track.needed]
    missing = [track for track in asked if not track.granted]
    if not missing:
        names = listed(track.words for track in asked)
        return FactTold(True, _elsewhere(N_("The consents are in already: {given}."), "consents-in", given=names))
    names = listed(track.words for track in missing)
    return FactTold(
        False,
        _elsewhere(N_("The consents of the other side are not in: {missing}."), "consents-missing", missing=names),
    )


def _refused(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    who = [track.words for track in _of(condition, facts) if track.standing == "refused"]
    if who:
        return FactTold(True, _elsewhere(N_("It was refused: {who}."), "refused", who=listed(who)))
    return FactTold(False, _elsewhere(N_("Nobody has refused it."), "not-refused"))


def _elsewhere(text: str, code: str, **params: Any) -> Problem:
    return Problem(text, "/transition", code, params)


def _said(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    capacity, _, transition = condition.of.rpartition(".")
    if capacity:
        so = any(track.capacity == capacity and transition in track.said for track in facts.tracks)
    else:
        so = facts.course is not None and facts.course.said(transition) is not None
    if transition == "transmit":
        text, code = (
            (N_("The notification has been sent on already."), "sent-on")
            if so
            else (N_("The notification has not been sent on yet."), "not-sent-on")
        )
        return FactTold(so, _elsewhere(text, code))
    subject: Subject = next((one for one in SUBJECTS if one == capacity), "track")
    known = tables.transitions(subject).get(transition)
    name = known.words if known else plain(transition)
    text, code = (
        (N_("“{transition}” has been said already."), "said")
        if so
        else (N_("“{transition}” has not been said yet."), "not-said")
    )
    return FactTold(so, _elsewhere(text, code, transition=name))


def _over(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    return _over_since(condition, facts) if condition.since else _over_clock(condition, table, facts)


def effective(due: Due, table: ProcedureTable) -> bool:
    """Whether something follows in law when a clock runs out: not where silence would have to consent and cannot."""
    clock = table.clock(due.clock)
    return due.legal and (bool(due.then) or clock is None or not clock.then)


def _over_clock(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    running = [due for due in facts.course.dues if due.clock == condition.of] if facts.course else []
    dues = [due for due in running if effective(due, table)]
    over = [due for due in dues if facts.at >= due.due_at]
    clock = table.clock(condition.of)
    known = tables.transitions(table.subject).get(clock.then) if clock else None
    tacit = known is not None and known.outcome == "tacit"
    if over:
        text = (
            N_("Consent was presumed when {day} ended; it can be withdrawn, no longer refused.")
            if tacit
            else N_("The time for this ended with {day}.")
        )
        return FactTold(True, _elsewhere(text, "too-late", day=over[0].due_on.isoformat()))
    end = min(due.due_at for due in dues).isoformat() if dues else "-"
    text = (
        N_("The time to object has not passed: it ends at {end}.")
        if tacit
        else N_("The time for this has not passed: it ends at {end}.")
    )
    return FactTold(False, _elsewhere(text, "too-early", end=end))


def _over_since(condition: Condition, facts: Facts) -> FactTold:
    """A bar across tracks: so many days on this office's calendar since each track of that capacity has said it."""
    capacity, _, transition = condition.since.rpartition(".")
    tracks = [track for track in facts.tracks if track.capacity == capacity]
    silent = [track for track in tracks if transition not in track.said]
    params: dict[str, Any] = {"days": condition.days}
    if silent:
        text = N_("{days} days must pass after {who} has done its part.")
        return FactTold(False, _elsewhere(text, "too-early", who=listed(track.words for track in silent), **params))
    kind: DayKind = condition.day_kind or "calendar"
    ends = [_end(track.said[transition], condition.days or 0, kind, facts) for track in tracks]
    last = max(ends, key=lambda due: due.due_at, default=None)
    if last is not None and facts.at < last.due_at:
        text = N_("{days} days must pass first: not before {day} has ended.")
        return FactTold(False, _elsewhere(text, "too-early", day=last.due_on.isoformat(), **params))
    day = last.due_on.isoformat() if last else "-"
    return FactTold(True, _elsewhere(N_("The time for this ended with {day}."), "too-late", day=day))


def _end(start: datetime, days: int, day_kind: DayKind, facts: Facts) -> Due:
    rule = ClockRule(clock="bar", from_event="since", days=days, day_kind=day_kind, legal=True)
    return clocks.due(start, rule, facts.office)


def _rounds_below(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    most, done = condition.n or 0, facts.course.round if facts.course else 0
    text, code = (
        (N_("There have been {round} rounds of {most}; one more is open."), "rounds-left")
        if done < most
        else (N_("There have been {round} rounds; the law allows {most}."), "rounds")
    )
    return FactTold(done < most, _elsewhere(text, code, round=done, most=most))


def _in_force(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    so = bool(facts.in_force.get(condition.of))
    if condition.of == "guarantee":
        text = N_("The guarantee is in force.") if so else N_("The guarantee is not in force.")
    else:
        text = (
            N_("The licences on which this rests are in force.")
            if so
            else N_("A licence on which this rests is not in force.")
        )
    return FactTold(so, _elsewhere(text, "in-force" if so else "not-in-force"))


def _paid(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    so = bool(facts.paid.get(condition.of))
    text = N_("The fee is paid.") if so else N_("The fee is not paid yet.")
    return FactTold(so, _elsewhere(text, "paid" if so else "not-paid"))


def _covered(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    so = bool(facts.covered.get(condition.of))
    text = N_("The guarantee covers the whole period.") if so else N_("The guarantee does not cover the whole period.")
    return FactTold(so, _elsewhere(text, "covered" if so else "not-covered"))


def _none_left(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    so = not facts.under_way and not facts.left_g
    if so:
        return FactTold(True, _elsewhere(N_("Nothing has left yet."), "not-under-way"))
    text = N_("Movement {serial} has left; the notification can no longer be taken back.")
    return FactTold(False, _elsewhere(text, "under-way", serial=facts.under_way_serial))


def _held(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    text = N_("The case is held up; the hold is released first.") if facts.held else N_("Nothing holds the case up.")
    return FactTold(facts.held, _elsewhere(text, "held" if facts.held else "not-held"))


def _silence(condition: Condition, table: ProcedureTable, facts: Facts) -> FactTold:
    so = facts.form == "tacit"
    text = (
        N_("The silence of {authority} is consent here.")
        if so
        else N_("{authority} consents in writing only; its silence is no consent.")
    )
    return FactTold(so, _elsewhere(text, "silence", authority=facts.authority_name))


FACTS: Mapping[str, Callable[[Condition, ProcedureTable, Facts], FactTold]] = {
    "granted": _granted,
    "refused": _refused,
    "said": _said,
    "over": _over,
    "rounds_below": _rounds_below,
    "given": _given,
    "valid_within": _valid_within,
    "in_force": _in_force,
    "paid": _paid,
    "covered": _covered,
    "none_left": _none_left,
    "held": _held,
    "silence": _silence,
}
