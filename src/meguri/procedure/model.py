"""What a procedure table is made of: conditions, clocks, rows, tables, procedures; the words of states and steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from meguri.kit.words import Words
from meguri.procedure.states import DayKind, Outcome, Role, Standing, Subject

OPENING = "opening"
"""The event from which clocks run that start when a track comes into being."""
NOTIFY = "notify"
PLANNED = "movement.plan"
TAKE_IN = "take_in"
STATEMENTS = frozenset({"answer", "apply", "retract", "vary"})
"""What exporter or importer say beside the tracks; a track moves when its node takes it in."""
EFFECTS = frozenset({"round"})
SUBJECTS: tuple[Subject, ...] = ("track", "movement", "arrival", "licence")


class StateWord(msgspec.Struct, frozen=True):
    """A state: what it amounts to, and its name."""

    state: str
    standing: Standing
    words: Words


class TransitionWord(msgspec.Struct, frozen=True):
    """A transition: its name on a button, what it decides, and the fields that its form asks for."""

    transition: str
    words: Words
    outcome: Outcome | None
    fields: tuple[str, ...]


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A guard as data: a fact with what it is of, its negation, or any of several; a list of them holds together."""

    is_: str = msgspec.field(name="is", default="")
    of: str = ""
    capacity: tuple[str, ...] = ()
    months: int | None = None
    n: int | None = None
    days: int | None = None
    day_kind: DayKind | None = None
    since: str = ""
    not_: Condition | None = msgspec.field(name="not", default=None)
    any: tuple[Condition | tuple[Condition, ...], ...] = ()

    def facts(self) -> Iterator[Condition]:
        """The conditions in it that name a fact, itself among them."""
        if self.is_:
            yield self
        if self.not_ is not None:
            yield from self.not_.facts()
        for one in self.any:
            for condition in one if isinstance(one, tuple) else (one,):
                yield from condition.facts()


class Clock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clock of a table. It starts with the ``opening``, with a transition, or with a row that names it in `starts`;
    it ends with one of `ends_on` (a transition, or what a row takes in) or when the course is decided. With
    `from_verdict` the verdict's own days go before those written here. `then` is said by the clock when it runs out;
    where that is consent by silence, only if the authority's silence consents.
    """

    id: str
    days: int
    day_kind: DayKind
    legal: bool
    if_nothing: str
    citation: str
    confidence: str
    starts_on: str = ""
    ends_on: tuple[str, ...] = ()
    from_verdict: bool = False
    then: str = ""
    bars: bool = False
    if_silent: str = ""


class TransitionRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a table: from which states, by whom, under which guards, with which effects, to which state.

    With `on` the course moves only when its node takes that in: by a row of the ``node`` another's act, by a row of
    somebody else the statement that they say. `waits` is false where nobody is awaited for the step.
    """

    from_: tuple[str, ...] = msgspec.field(name="from")
    transition: str
    to: str
    role: Role
    citation: str
    confidence: str
    on: str = ""
    guard: tuple[Condition, ...] = ()
    effects: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    waits: bool = True

    @property
    def event(self) -> str:
        """What clocks run from: what was taken in, else the transition."""
        return self.on if self.role == "node" else self.transition


class ProcedureTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of one capacity in one version of a procedure; `id` is ``procedure@version/name``.

    Nothing moves without a track that is `needed`. With `per_movement` one opens for each movement of a case.
    """

    subject: Subject = "track"
    capacity: str = ""
    procedures: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    opens_on: str = ""
    opens_at: str = ""
    needed: bool = True
    per_movement: bool = False
    validity_months: int = 12
    clocks: tuple[Clock, ...]
    transitions: tuple[TransitionRow, ...]
    name: str = ""
    id: str = ""

    @property
    def procedure(self) -> str:
        """The procedure and version that it belongs to, ``basel-pic@1``."""
        return self.id.partition("/")[0]

    @property
    def opening(self) -> TransitionRow | None:
        """The row by which its node brings a track into being; None where a first row does that."""
        if not self.opens_on:
            return None
        return TransitionRow(
            from_=(), transition=TAKE_IN, to=self.opens_at, role="node", on=self.opens_on, citation="", confidence=""
        )

    def states(self) -> tuple[str, ...]:
        """All states of the table, in the order in which it names them."""
        found = [self.opens_at] if self.opens_at else []
        for row in self.transitions:
            found += [*row.from_, row.to]
        return tuple(dict.fromkeys(found))

    def clock(self, clock: str) -> Clock | None:
        """The clock of that id, or None."""
        return next((one for one in self.clocks if one.id == clock), None)

    def serves(self, procedure: str, form: str) -> bool:
        """Whether it names this procedure (not by ``*``) and serves the form."""
        return procedure in self.procedures and self.takes(form)

    def takes(self, form: str) -> bool:
        """Whether it serves the form."""
        return form in self.forms or "*" in self.forms

    def general(self) -> bool:
        """Whether it serves procedures that it does not name."""
        return "*" in self.procedures


class Procedure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file: one version of a procedure with its tables, where it was read, and on which days cases begin by it.

    An open end is ended by the beginning of the next version. A `general` procedure serves States that have no table
    of their own, and is then no law of theirs.
    """

    id: str
    version: int
    title: str
    source: str
    confidence: str
    tracks: tuple[ProcedureTable, ...]
    general: bool = False
    effective_from: date | None = None
    effective_to: date | None = None

    @property
    def name(self) -> str:
        """Its name with its version, ``basel-pic@1``: the name of its file."""
        return f"{self.id}@{self.version}"
