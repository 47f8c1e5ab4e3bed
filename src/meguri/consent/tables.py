"""Procedures as tables: the strict reader of ``procedures/*.toml`` and of the words and offices beside them.

A file holds one procedure; each ``[[tracks]]`` in it is the transition table for one capacity. `find` picks the table
for what a verdict asks of an authority: the one that names the procedure, else one that serves any (``*``).
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from meguri.consent.states import Outcome, TrackStanding
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words, cell, plain
from meguri.law.decisions import Capacity, DayKind

FOLDER = Path(__file__).with_name("procedures")
Role = Literal["authority", "exporter", "importer", "operator", "clock"]
Effect = Literal["reveal", "end"]


class TableError(ValueError):
    """A table is not as it must be: names the file and what is wrong. For authors of tables."""


class StateWord(msgspec.Struct, frozen=True):
    """A state of a track: what it amounts to, and its name."""

    state: str
    standing: TrackStanding
    words: Words


class TransitionWord(msgspec.Struct, frozen=True):
    """A transition: its name on a button, what it decides, and the fields that its form asks for."""

    transition: str
    words: Words
    outcome: Outcome | None
    fields: tuple[str, ...]


class Clock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clock of a table. It starts when the track is ``seen`` by its authority or with a transition, and ends with one
    of `ends_on` or when the track is decided. With `from_verdict` the verdict's own days go before those written here.
    `then` is said by the clock where the authority's silence consents.
    """

    id: str
    starts_on: str
    days: int
    day_kind: DayKind
    legal: bool
    if_nothing: str
    citation: str
    confidence: str
    ends_on: tuple[str, ...] = ()
    from_verdict: bool = False
    then: str = ""
    bars: bool = False
    if_silent: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a table: from which states, by whom, under which guards, with which effects, to which state."""

    from_: tuple[str, ...] = msgspec.field(name="from")
    transition: str
    to: str
    role: Role
    citation: str
    confidence: str
    guard: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    starts: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The transition table of one capacity in one procedure; `id` is ``file/name``."""

    capacity: Capacity
    procedures: tuple[str, ...]
    forms: tuple[str, ...]
    enters: Literal["notification", "transmission"]
    initial: str
    seen: str
    needed: bool
    clocks: tuple[Clock, ...]
    transitions: tuple[Row, ...]
    validity_months: int = 12
    name: str = ""
    id: str = ""

    def states(self) -> tuple[str, ...]:
        """All states of the table, in the order in which it names them."""
        found = [self.initial, self.seen]
        for row in self.transitions:
            found += [*row.from_, row.to]
        return tuple(dict.fromkeys(found))

    def serves(self, procedure: str, form: str) -> bool:
        """Whether it names this procedure (not by ``*``) and serves the form."""
        return procedure in self.procedures and self.takes(form)

    def takes(self, form: str) -> bool:
        """Whether it serves the form."""
        return form in self.forms or "*" in self.forms


class Procedure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file: a procedure with its tables, and where it was read."""

    id: str
    title: str
    source: str
    confidence: str
    tracks: tuple[Table, ...]


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV table beside the procedures, in order."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@lru_cache(maxsize=1)
def states() -> Mapping[str, StateWord]:
    """The states a track can be in, by their word."""
    return {
        row["state"]: StateWord(
            row["state"],
            msgspec.convert(row["standing"], TrackStanding),
            cell("consent/states", row["state"], "words", row["words"]),
        )
        for row in rows("states.csv")
    }


@lru_cache(maxsize=1)
def transitions() -> Mapping[str, TransitionWord]:
    """The transitions there are, by their word."""
    return {
        row["transition"]: TransitionWord(
            row["transition"],
            cell("consent/transitions", row["transition"], "words", row["words"]),
            msgspec.convert(row["outcome"], Outcome) if row["outcome"] else None,
            tuple(row["fields"].split()),
        )
        for row in rows("transitions.csv")
    }


def read(text: str, place: str) -> Procedure:
    """A procedure from the text of its file. Raises TableError naming `place` and what is wrong."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
        procedure = msgspec.convert(raw, Procedure)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TableError(f"{place}: {error}") from error
    tables = tuple(
        msgspec.structs.replace(table, id=f"{procedure.id}/{table.name or table.capacity}")
        for table in procedure.tracks
    )
    for table in tables:
        _check(table, place)
    return msgspec.structs.replace(procedure, tracks=tables)


def _check(table: Table, place: str) -> None:
    here = f"{place}, {table.id}"
    words, moves = states(), transitions()
    for state in table.states():
        if state not in words:
            raise TableError(f"{here}: states.csv has no state “{state}”")
    clocks = {clock.id for clock in table.clocks}
    events = {row.transition for row in table.transitions}
    for row in table.transitions:
        if row.transition not in moves:
            raise TableError(f"{here}: transitions.csv has no transition “{row.transition}”")
        if row.starts and not clocks.issuperset(row.starts):
            raise TableError(f"{here}, {row.transition}: starts a clock that the table does not have")
        if not row.citation or not row.confidence:
            raise TableError(f"{here}, {row.transition}: citation and confidence are both needed")
    for clock in table.clocks:
        strange = {clock.starts_on, *clock.ends_on, *filter(None, [clock.then])} - events - {"seen"}
        if strange:
            raise TableError(f"{here}, clock {clock.id}: no such transition: {', '.join(sorted(strange))}")
    reached, size = {table.initial, table.seen}, 0
    while len(reached) != size:
        size = len(reached)
        reached |= {row.to for row in table.transitions if reached.intersection(row.from_)}
    if lost := set(table.states()) - reached - {"retracted"}:
        raise TableError(f"{here}: no way leads to {', '.join(sorted(lost))}")
    left = {state for row in table.transitions for state in row.from_}
    stuck = {state for state in reached if words[state].standing == "open"} - left
    if stuck:
        raise TableError(f"{here}: no way leads out of {', '.join(sorted(stuck))}")


@lru_cache(maxsize=1)
def procedures() -> tuple[Procedure, ...]:
    """All procedures, by file name. Raises TableError."""
    found = tuple(read(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.toml")))
    ids = [table.id for procedure in found for table in procedure.tracks]
    if len(set(ids)) != len(ids):
        raise TableError("two tables have one name: " + ", ".join(sorted({i for i in ids if ids.count(i) > 1})))
    return found


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Table]:
    """All tables by their id."""
    return {table.id: table for procedure in procedures() for table in procedure.tracks}


def clock(table: str, clock: str) -> Clock | None:
    """The clock of a table; None where the table or the clock is no longer on file."""
    found = tables().get(table)
    return next((one for one in found.clocks if one.id == clock), None) if found else None


def if_nothing(table: str, clock_id: str, silent: bool) -> Words:
    """What follows where nothing is said before a clock runs out; `silent` where silence consents."""
    ruling, found = tables().get(table), clock(table, clock_id)
    if ruling is None or found is None:
        return plain("")
    row = f"{ruling.name}/{ruling.capacity}/{clock_id}"
    column, text = ("if_silent", found.if_silent) if silent else ("if_nothing", found.if_nothing)
    return cell(f"consent/{table.partition('/')[0]}", row, column, text)


def find(procedure: str, capacity: str, form: str) -> Table:
    """The table for what a verdict asks of an authority. Raises Refused where no table serves it."""
    able = [table for table in tables().values() if table.capacity == capacity and table.takes(form)]
    named = [table for table in able if table.serves(procedure, form)]
    general = [table for table in able if "*" in table.procedures]
    if not named and not general:
        raise refuse(
            N_("There is no procedure table for {procedure}, {capacity}, {form}. Add one to consent/procedures."),
            "/verdict/consents",
            "procedure",
            procedure=procedure,
            capacity=capacity,
            form=form,
        )
    return (named or general)[0]
