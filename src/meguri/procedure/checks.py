"""What a table must be before anybody works by it: each mistake is named with its file and place, for its author."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from meguri.kit.files.reading import TableError
from meguri.procedure.model import (
    EFFECTS,
    NOTIFY,
    OPENING,
    PLANNED,
    STATEMENTS,
    SUBJECTS,
    TAKE_IN,
    Condition,
    Procedure,
    ProcedureTable,
    StateWord,
    TransitionRow,
    TransitionWord,
)
from meguri.procedure.states import LIVE, MOST_DAYS, Subject

SLUG = re.compile(r"[a-z][a-z0-9-]*")
ELSEWHERE = re.compile(r"[a-z][a-z0-9-]*\.[a-z_]+")
FIELDS = {"text": "text", "conditions": "conditions", "reference": "reference"}


class FactShape(NamedTuple):
    """What a fact is told with: parameters that it needs, others that it takes, and what it can be of."""

    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()


FACTS: Mapping[str, FactShape] = {
    "granted": FactShape(frozenset({"capacity"})),
    "refused": FactShape(frozenset({"capacity"})),
    "said": FactShape(frozenset({"of"})),
    "over": FactShape(takes=frozenset({"of", "days", "day_kind", "since"})),
    "rounds_below": FactShape(frozenset({"n"})),
    "given": FactShape(frozenset({"of"}), of=frozenset(FIELDS)),
    "valid_within": FactShape(takes=frozenset({"months"})),
    "in_force": FactShape(frozenset({"of"}), of=frozenset({"licences", "guarantee"})),
    "paid": FactShape(frozenset({"of"}), of=frozenset({"fee"})),
    "covered": FactShape(frozenset({"of"}), of=frozenset({"period"})),
    "none_left": FactShape(),
    "held": FactShape(),
    "silence": FactShape(),
}
"""The facts that a guard may look at. There are no others, and no expressions over them."""


def alone(
    procedure: Procedure,
    place: str,
    states: Mapping[Subject, Mapping[str, StateWord]],
    moves: Mapping[Subject, Mapping[str, TransitionWord]],
) -> None:
    """A file by itself. Raises TableError."""
    if not SLUG.fullmatch(procedure.id) or procedure.version < 1:
        raise TableError(f"{place}: the id is a slug and the version a number from 1")
    if procedure.effective_from and procedure.effective_to and procedure.effective_to < procedure.effective_from:
        raise TableError(f"{place}: it would end on {procedure.effective_to}, before {procedure.effective_from}")
    if not procedure.source or not procedure.confidence:
        raise TableError(f"{place}: source and confidence are both needed")
    for table in procedure.tracks:
        here = f"{place}, {table.id}"
        _frame(table, procedure, here)
        for state in table.states():
            if state not in states[table.subject]:
                raise TableError(f"{here}: states.csv has no state “{state}” of {table.subject}")
        for row in table.transitions:
            if row.transition not in moves[table.subject]:
                raise TableError(f"{here}: transitions.csv has no transition “{row.transition}” of {table.subject}")
            _row(table, row, moves[table.subject][row.transition], f"{here}, {row.transition}")
        _clocks(table, here)
        _ways(table, states[table.subject], here)


def _frame(table: ProcedureTable, procedure: Procedure, here: str) -> None:
    """What the head of a table says fits its subject."""
    first = [row for row in table.transitions if not row.from_]
    if table.subject != "track":
        if table.capacity or table.procedures or table.forms or table.opens_on or table.opens_at or table.per_movement:
            raise TableError(f"{here}: capacity, procedures, forms and openings belong to tracks")
        if not first:
            raise TableError(f"{here}: no row opens it: one comes from nothing, from = []")
        return
    if not SLUG.fullmatch(table.capacity) or table.capacity in SUBJECTS:
        raise TableError(f"{here}: a capacity is a word such as export, not “{table.capacity}”")
    if not table.procedures or not table.forms:
        raise TableError(f"{here}: it says which procedures and forms it serves")
    if first:
        raise TableError(f"{here}, {first[0].transition}: a track opens by opens_on, not by a row")
    if table.general() and not procedure.general:
        raise TableError(f"{here}: a table that serves any procedure stands in a file that says general = true")
    if table.opens_on != NOTIFY and not ELSEWHERE.fullmatch(table.opens_on):
        raise TableError(f"{here}: opens_on names “notify” or an act such as export.transmit, not “{table.opens_on}”")
    if table.per_movement != (table.opens_on == PLANNED):
        raise TableError(f"{here}: a table that is per_movement opens on {PLANNED}, and no other does")
    if not table.opens_at:
        raise TableError(f"{here}: opens_at is needed")


def _row(table: ProcedureTable, row: TransitionRow, move: TransitionWord, here: str) -> None:
    if not row.citation or not row.confidence:
        raise TableError(f"{here}: citation and confidence are both needed")
    if not {clock.id for clock in table.clocks}.issuperset(row.starts):
        raise TableError(f"{here}: starts a clock that the table does not have")
    if strange := set(row.effects) - EFFECTS:
        raise TableError(f"{here}: no such effect: {', '.join(sorted(strange))}")
    if (row.role == "node") != (row.transition == TAKE_IN) or (row.role == "node" and not row.on):
        raise TableError(f"{here}: what a node does is {TAKE_IN}, on what it takes in; nobody else does that")
    if row.role == "node":
        if row.on not in STATEMENTS and not ELSEWHERE.fullmatch(row.on):
            raise TableError(f"{here}: on names a statement or an act such as export.transmit, not “{row.on}”")
    elif row.on and (row.on not in STATEMENTS or row.role in ("authority", "clock")):
        raise TableError(f"{here}: “{row.on}” is no statement that {row.role} says beside the track")
    for condition in row.guard:
        for part in _shapes(condition, here):
            _condition(table, part, move, here)


def _shapes(condition: Condition, here: str) -> Iterator[Condition]:
    """The facts in a condition, each part of it being one thing: a fact, a negation, or any of several."""
    if [bool(condition.is_), condition.not_ is not None, bool(condition.any)].count(True) != 1:
        raise TableError(f"{here}: a condition is one of is, not, any")
    if condition.is_:
        yield condition
    for one in (condition.not_,) if condition.not_ else condition.any:
        for part in one if isinstance(one, tuple) else (one,):
            yield from _shapes(part, here)


def _condition(table: ProcedureTable, condition: Condition, move: TransitionWord, here: str) -> None:
    known = FACTS.get(condition.is_)
    if known is None:
        raise TableError(f"{here}: there is no fact “{condition.is_}”; the facts are {', '.join(FACTS)}")
    told = {
        name
        for name in ("of", "capacity", "months", "n", "days", "day_kind", "since")
        if getattr(condition, name) not in ("", (), None)
    }
    if not known.needs <= told <= known.needs | known.takes:
        raise TableError(f"{here}: “{condition.is_}” is not told with {', '.join(sorted(told)) or 'nothing'}")
    if known.of and condition.of not in known.of:
        raise TableError(f"{here}: “{condition.is_}” is of {', '.join(sorted(known.of))}, not of “{condition.of}”")
    if condition.is_ == "given" and FIELDS[condition.of] not in move.fields:
        raise TableError(f"{here}: the form of “{move.transition}” has no field {FIELDS[condition.of]}")
    if condition.is_ == "valid_within" and "valid" not in move.fields:
        raise TableError(f"{here}: the form of “{move.transition}” has no days between which it holds")
    if condition.is_ == "said" and "." not in condition.of and condition.of not in _spoken(table):
        raise TableError(f"{here}: nobody says “{condition.of}” on this track")
    if condition.is_ == "over":
        _over(table, condition, told, here)


def _over(table: ProcedureTable, condition: Condition, told: set[str], here: str) -> None:
    if told == {"of"}:
        clock = table.clock(condition.of)
        if clock is None:
            raise TableError(f"{here}: there is no clock “{condition.of}” that could be over")
        if not clock.legal:
            raise TableError(f"{here}: clock “{condition.of}” is a service target, and nothing follows from its end")
    elif told != {"days", "day_kind", "since"} or not ELSEWHERE.fullmatch(condition.since):
        raise TableError(f"{here}: “over” is of a clock, or so many days of a kind since an act of another track")
    elif not 0 < (condition.days or 0) <= MOST_DAYS or condition.day_kind == "none":
        raise TableError(f"{here}: a period of {condition.days} {condition.day_kind} days")


def _spoken(table: ProcedureTable) -> set[str]:
    return {row.transition for row in table.transitions if row.role != "node"}


def _clocks(table: ProcedureTable, here: str) -> None:
    spoken, taken = _spoken(table), {row.on for row in table.transitions if row.on}
    by_clock = {row.transition for row in table.transitions if row.role == "clock"}
    started = {clock for row in table.transitions for clock in row.starts}
    first = {OPENING} if table.subject == "track" else set()
    if len({clock.id for clock in table.clocks}) != len(table.clocks):
        raise TableError(f"{here}: two clocks have one name")
    for clock in table.clocks:
        place = f"{here}, clock {clock.id}"
        if not clock.citation or not clock.confidence:
            raise TableError(f"{place}: citation and confidence are both needed")
        if not 0 <= clock.days <= MOST_DAYS or clock.day_kind == "none":
            raise TableError(f"{place}: a period of {clock.days} {clock.day_kind} days")
        strange = (set(clock.ends_on) - spoken - taken) | ({clock.starts_on} - spoken - first - {""})
        if strange:
            raise TableError(f"{place}: no such transition: {', '.join(sorted(strange))}")
        if not clock.starts_on and clock.id not in started:
            raise TableError(f"{place}: nothing starts it")
        if clock.then and clock.then not in by_clock:
            raise TableError(f"{place}: no row of the clock says “{clock.then}”")


def _ways(table: ProcedureTable, words: Mapping[str, StateWord], here: str) -> None:
    reached = {table.opens_at} if table.opens_at else {row.to for row in table.transitions if not row.from_}
    size = 0
    while len(reached) != size:
        size = len(reached)
        reached |= {row.to for row in table.transitions if reached.intersection(row.from_)}
    if lost := set(table.states()) - reached:
        raise TableError(f"{here}: no way leads to {', '.join(sorted(lost))}")
    left = {state for row in table.transitions if row.on != "retract" for state in row.from_ if state != row.to}
    if stuck := {state for state in reached if words[state].standing in LIVE} - left:
        raise TableError(f"{here}: no way leads out of {', '.join(sorted(stuck))}")


def together(procedures: Sequence[Procedure], moves: Mapping[Subject, Mapping[str, TransitionWord]]) -> None:
    """All files of a folder, in the order of their versions. Raises TableError."""
    for one in procedures:
        ids = [table.id for table in one.tracks]
        if len(set(ids)) != len(ids):
            raise TableError(f"{one.name}.toml: two tables have one name: " + ", ".join(sorted(ids)))
    said = {f"{subject}.{transition}" for subject in SUBJECTS if subject != "track" for transition in moves[subject]}
    said |= {
        f"{table.capacity}.{row.transition}"
        for procedure in procedures
        for table in procedure.tracks
        for row in table.transitions
        if row.role != "node"
    }
    for procedure in procedures:
        for table in procedure.tracks:
            for name in _heard(table):
                if "." in name and name not in said:
                    raise TableError(f"{procedure.name}.toml, {table.id}: nobody says “{name}”")
    _served_once(_spans(procedures))


def _heard(table: ProcedureTable) -> Iterator[str]:
    """What a table expects others to say."""
    yield table.opens_on
    for row in table.transitions:
        yield row.on
        for condition in row.guard:
            for fact in condition.facts():
                yield fact.since
                yield fact.of if fact.is_ == "said" else ""


def _spans(procedures: Iterable[Procedure]) -> list[tuple[Procedure, date, date]]:
    """From when to when each version is in force: an open end is ended by the next version, a written one stays.

    Each version begins later than the one before, and after its written end.
    """
    found = []
    for _, versions in itertools.groupby(procedures, key=lambda one: one.id):
        following = list(versions)
        for older, newer in itertools.zip_longest(following, following[1:]):
            begins, ends = older.effective_from or date.min, older.effective_to or date.max
            if newer is not None:
                last = older.effective_to or begins
                if newer.effective_from is None or newer.effective_from <= last:
                    raise TableError(
                        f"{newer.name}.toml: its days overlap those of {older.name}; it begins after {last}"
                    )
                ends = min(ends, newer.effective_from - timedelta(days=1))
            found.append((older, begins, ends))
    return found


def _served_once(spans: Iterable[tuple[Procedure, date, date]]) -> None:
    """No two tables are in force on one day for the same capacity, procedure and form."""
    tables = [(procedure, begins, ends, table) for procedure, begins, ends in spans for table in procedure.tracks]
    for (_, since, until, one), (procedure, begins, ends, other) in itertools.combinations(tables, 2):
        shared = (set(one.procedures) & set(other.procedures)) or ({one.subject} if one.subject != "track" else set())
        same = (one.subject, one.capacity, one.per_movement) == (other.subject, other.capacity, other.per_movement)
        forms = set(one.forms) & set(other.forms) or "*" in (*one.forms, *other.forms) or one.subject != "track"
        if same and shared and forms and since <= ends and begins <= until:
            raise TableError(f"{procedure.name}.toml: {one.id} and {other.id} both serve {', '.join(sorted(shared))}")
