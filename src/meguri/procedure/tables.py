"""Procedures as tables: the strict reader of ``tables/<id>@<version>.toml`` and of the words beside them.

A file holds one version of one procedure; each ``[[tracks]]`` in it is the table of one capacity, of the movement, of
the arrival or of licences. A released file never changes: what changes is a further version, and a course keeps the
table of the day on which it began, by name and by the digest of its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import msgspec

from meguri.kit.files import reading as files
from meguri.kit.files.reading import Line
from meguri.kit.files.reading import TableError as TableError
from meguri.kit.problems import N_, Conflict, Problem, refuse
from meguri.kit.words import Words, cell, plain
from meguri.procedure import checks
from meguri.procedure.model import (
    NOTIFY,
    PLANNED,
    SUBJECTS,
    Clock,
    Procedure,
    ProcedureTable,
    StateWord,
    TransitionWord,
)
from meguri.procedure.states import Course, Outcome, Standing, Subject

FOLDER = Path(__file__).with_name("tables")
RELEASED = "released.csv"


class Shelf:
    """All procedures of one folder or several; each may bring further states and transitions along."""

    def __init__(self, *paths: Path) -> None:
        self.paths = paths

    def rows(self, name: str, columns: Sequence[str]) -> Iterator[Line]:
        """The rows of a table beside the procedures: Meguri's own, then those of these folders. Raises TableError."""
        for path in dict.fromkeys((FOLDER, *self.paths)):
            if (path / name).exists():
                yield from files.lines(path / name, columns)

    @cached_property
    def state_words(self) -> Mapping[Subject, Mapping[str, StateWord]]:
        """The states there are, by subject and word."""
        found: dict[Subject, dict[str, StateWord]] = {subject: {} for subject in SUBJECTS}
        for row in self.rows("states.csv", ("subject", "state", "standing", "words")):
            try:
                word = StateWord(
                    row["state"],
                    msgspec.convert(row["standing"], Standing),
                    cell("procedure/states", f"{row['subject']}/{row['state']}", "words", row["words"]),
                )
                found[msgspec.convert(row["subject"], Subject)][word.state] = word
            except msgspec.ValidationError as error:
                raise row.fail(str(error)) from error
        return found

    @cached_property
    def transition_words(self) -> Mapping[Subject, Mapping[str, TransitionWord]]:
        """The transitions there are, by subject and word."""
        found: dict[Subject, dict[str, TransitionWord]] = {subject: {} for subject in SUBJECTS}
        for row in self.rows("transitions.csv", ("subject", "transition", "words", "outcome", "fields")):
            try:
                word = TransitionWord(
                    row["transition"],
                    cell("procedure/transitions", f"{row['subject']}/{row['transition']}", "words", row["words"]),
                    msgspec.convert(row["outcome"], Outcome) if row["outcome"] else None,
                    tuple(row["fields"].split()),
                )
                found[msgspec.convert(row["subject"], Subject)][word.transition] = word
            except msgspec.ValidationError as error:
                raise row.fail(str(error)) from error
        return found

    @cached_property
    def released(self) -> Mapping[str, str]:
        """The digests of the files that are released and never change again, by procedure and version."""
        return {row["procedure"]: row["sha256"] for row in self.rows(RELEASED, ("procedure", "sha256"))}

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        found: dict[str, bytes] = {}
        for file in sorted((file for path in self.paths for file in path.glob("*.toml")), key=lambda file: file.name):
            if file.stem in found:
                raise TableError(f"{file.name}: stands in two folders")
            found[file.stem] = file.read_bytes()
        return found

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of each file, by procedure and version."""
        return {name: sha256(content).hexdigest() for name, content in self._files.items()}

    @cached_property
    def procedures(self) -> tuple[Procedure, ...]:
        """All procedures in all versions, by name. Raises TableError."""
        found = []
        for name, content in self._files.items():
            procedure = self.read(content.decode(), f"{name}.toml")
            if procedure.name != name:
                raise TableError(f"{name}.toml: a file of {procedure.name} is called {procedure.name}.toml")
            found.append(procedure)
        made = tuple(sorted(found, key=lambda one: (one.id, one.version)))
        checks.together(made, self.transition_words)
        return made

    def read(self, text: str, place: str) -> Procedure:
        """A procedure from the text of its file, by itself. Raises TableError naming `place` and what is wrong."""
        try:
            procedure = msgspec.convert(files.toml_of(text, place), Procedure)
        except msgspec.ValidationError as error:
            raise TableError(f"{place}: {error}") from error
        made = msgspec.structs.replace(
            procedure,
            tracks=tuple(
                msgspec.structs.replace(table, id=f"{procedure.name}/{table.name or table.capacity or table.subject}")
                for table in procedure.tracks
            ),
        )
        checks.alone(made, place, self.state_words, self.transition_words)
        return made

    @cached_property
    def tables(self) -> Mapping[str, ProcedureTable]:
        """All tables by their id."""
        return {table.id: table for procedure in self.procedures for table in procedure.tracks}

    def on(self, day: date) -> Iterator[ProcedureTable]:
        """The tables by which something begins on that day: of each procedure the newest version then in force."""
        newest: dict[str, Procedure] = {}
        for procedure in self.procedures:
            if procedure.effective_from is None or procedure.effective_from <= day:
                newest[procedure.id] = procedure
        for procedure in newest.values():
            if procedure.effective_to is None or day <= procedure.effective_to:
                yield from procedure.tracks

    def find(self, procedure: str, capacity: str, form: str, on: date) -> ProcedureTable:
        """The table for what a verdict asks of an authority: the one that names the procedure, else a general one.

        Raises Refused where none serves it on that day.
        """
        able = [
            table
            for table in self.on(on)
            if table.capacity == capacity and table.takes(form) and not table.per_movement
        ]
        named = [table for table in able if table.serves(procedure, form)]
        general = [table for table in able if table.general()]
        if not named and not general:
            raise refuse(
                N_("There is no procedure table for {procedure}, {capacity}, {form} on {day}."),
                "/verdict/consents",
                "procedure",
                procedure=procedure,
                capacity=capacity,
                form=form,
                day=on.isoformat(),
            )
        return (named or general)[0]

    def for_movements(self, procedure: str, on: date) -> tuple[ProcedureTable, ...]:
        """The tables that open with each movement of a case that goes by this procedure."""
        return tuple(table for table in self.on(on) if table.per_movement and procedure in table.procedures)

    def of_subject(self, subject: Subject, on: date) -> ProcedureTable:
        """The table of movements, arrivals or licences by which one begins. Raises Refused where there is none."""
        for table in self.on(on):
            if table.subject == subject:
                return table
        raise refuse(
            N_("There is no procedure table for {subject} on {day}."),
            "/subject",
            "procedure",
            subject=subject,
            day=on.isoformat(),
        )


def folder(*paths: Path) -> Shelf:
    """The procedures of other folders, such as one of tables that are being written, beside Meguri's own or alone."""
    return Shelf(*paths)


OWN = Shelf(FOLDER)
_shelf: ContextVar[Shelf | None] = ContextVar("meguri_procedures", default=None)


def shelf() -> Shelf:
    """The procedures that are read now."""
    return _shelf.get() or OWN


@contextmanager
def reading(other: Shelf) -> Iterator[Shelf]:
    """Read those procedures meanwhile."""
    token = _shelf.set(other)
    try:
        yield other
    finally:
        _shelf.reset(token)


def states(subject: Subject = "track") -> Mapping[str, StateWord]:
    """The states that a subject can be in, by their word."""
    return shelf().state_words[subject]


def transitions(subject: Subject = "track") -> Mapping[str, TransitionWord]:
    """The transitions there are for a subject, by their word."""
    return shelf().transition_words[subject]


def procedures() -> tuple[Procedure, ...]:
    """All procedures in all versions, by name. Raises TableError."""
    return shelf().procedures


def tables() -> Mapping[str, ProcedureTable]:
    """All tables by their id."""
    return shelf().tables


def digest(name: str) -> str:
    """The SHA-256 of the file of a procedure (``basel-pic@1``) or of one of its tables; empty where it is not here."""
    return shelf().digests.get(name.partition("/")[0], "")


def of(course: Course) -> ProcedureTable:
    """The table that rules a course. Conflict where this Meguri does not have it, or not as it was."""
    found = tables().get(course.table)
    if found is None:
        raise Conflict(
            Problem(N_("The procedure table {table} is not on file."), "/track", "table", {"table": course.table})
        )
    if digest(course.table) != course.digest:
        raise Conflict(
            Problem(
                N_("The procedure table {table} on file is not the one by which this began."),
                "/track",
                "table-changed",
                {"table": course.table},
            )
        )
    return found


def find(procedure: str, capacity: str, form: str, on: date) -> ProcedureTable:
    """The table for what a verdict asks of an authority on a day. Raises Refused where none serves it."""
    return shelf().find(procedure, capacity, form, on)


def for_movements(procedure: str, on: date) -> tuple[ProcedureTable, ...]:
    """The tables that open with each movement of a case that goes by this procedure."""
    return shelf().for_movements(procedure, on)


def of_subject(subject: Subject, on: date) -> ProcedureTable:
    """The table of movements, arrivals or licences by which one begins on that day."""
    return shelf().of_subject(subject, on)


def general(table: ProcedureTable, procedure: str = "") -> bool:
    """Whether a table serves in general, and is no law of the State's own; for a procedure, whether it does there."""
    return table.general() and procedure not in table.procedures


def openings(asked: Iterable[ProcedureTable]) -> Mapping[str, str]:
    """What opens each table of one case, by its id.

    A table that waits for an act which no other of the case has is opened by the notification, and all are where none
    would be opened by it: nobody has to send it on.
    """
    found = [table for table in asked if table.subject == "track"]
    said = {f"{table.capacity}.{row.transition}" for table in found for row in table.transitions} | {PLANNED, NOTIFY}
    opened = {table.id: table.opens_on if table.opens_on in said else NOTIFY for table in found}
    if NOTIFY in opened.values():
        return opened
    return {table.id: PLANNED if table.per_movement else NOTIFY for table in found}


def clock(table_id: str, clock_id: str) -> Clock | None:
    """The clock of a table; None where the table or the clock is not on file."""
    found = tables().get(table_id)
    return found.clock(clock_id) if found else None


def if_nothing(table_id: str, clock_id: str, silent: bool) -> Words:
    """What follows where nothing is said before a clock runs out; `silent` where something follows by itself."""
    ruling, found = tables().get(table_id), clock(table_id, clock_id)
    if ruling is None or found is None:
        return plain("")
    row = f"{ruling.name}/{ruling.capacity}/{clock_id}"
    column, text = ("if_silent", found.if_silent) if silent else ("if_nothing", found.if_nothing)
    return cell(f"procedure/{ruling.procedure}", row, column, text)


def title(procedure: Procedure) -> Words:
    """The title of a procedure."""
    return cell(f"procedure/{procedure.name}", procedure.id, "title", procedure.title)
