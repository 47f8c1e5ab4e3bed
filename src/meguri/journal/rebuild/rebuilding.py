"""`meguri journal rebuild`: fold all acts anew and compare with the rows that people query.

One pass over the journal, some acts at a time: the states that these acts touch are read from tables beside those that
people query and saved there again, so that memory does not grow with the record, and the service goes on taking acts
down. What it took meanwhile is folded after; the last of it while all subjects are held, for a moment, in which the
tables that differ are exchanged.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec
from django.db import DatabaseError, OperationalError, connection, transaction

from meguri.journal.entry import rows
from meguri.journal.entry.history import apply
from meguri.journal.entry.recording import as_writer
from meguri.journal.log.stored import told
from meguri.journal.models import ActRow, LiesRow
from meguri.journal.projections import books, relating, sums
from meguri.journal.projections.relating import Changes
from meguri.journal.rebuild import shadow
from meguri.journal.rebuild.shadow import BESIDE, Columns
from meguri.journal.signatures.signing import Jws
from meguri.kit.problems import N_, Conflict, Problem
from meguri.kit.running.database import patient

CHUNK = 2000
FEW = 200
"""With so few acts left to fold, everything may be held."""
ROUNDS = 20
TRIES = 10
PATIENCE = "800ms"
"""How long an exchange waits for who reads the old table before it lets everybody go on and tries again."""
_ONE_AT_A_TIME = rows.lock_number("the rebuild")


class Difference(msgspec.Struct, frozen=True):
    """A row that is not what the acts add up to: ``missing``, ``extra`` or ``different``."""

    subject: str
    what: str


class Rebuilt(msgspec.Struct):
    """How many acts were folded, how many rows they make, what differed, and whether rows were replaced."""

    acts: int
    rows: int
    differences: list[Difference]
    replaced: bool

    @property
    def identical(self) -> bool:
        """Whether every row was right."""
        return not self.differences


def fill_in() -> None:
    """Make the relations and sums of a record that has acts from before there were any."""
    if ActRow.objects.exists() and (not LiesRow.objects.exists() or _without_sums()):
        rebuild()


def _without_sums() -> bool:
    """Whether the record holds subjects that sums are kept of, and no sum at all, or none of an account to which each
    of them adds: it is from before there were any.
    """
    told = LiesRow.objects.filter(prefix__in=sorted(sums.kept_prefixes())).exists()
    return told and not sums.complete()


def rebuild(*, check: bool = False) -> Rebuilt:
    """Compare all rows with the acts; unless `check`, put the tables right that differ. Conflict where another rebuild
    is going on.
    """
    tables = _tables()
    with as_writer(), patient(), _alone():
        shadow.tidy(tables)
        shadow.drop(tables)
        try:
            for table in tables:
                shadow.make(table)
            return _Pass(tables).run(check)
        finally:
            if not connection.needs_rollback:
                shadow.tidy(tables)
                shadow.drop(tables)


def tables_made() -> set[str]:
    """The names of all tables whose rows are made from acts; sums, which are too, have their own."""
    return set(_tables())


def fold_all() -> Rebuilt:
    """Fold all acts into tables that are empty, within the caller's transaction: for a record that nobody uses yet."""
    with as_writer(), patient():
        return _Pass(_tables(), at="").fill()


def _tables() -> dict[str, Columns]:
    """Every table that is made from acts, with its columns."""
    found = {}
    for book in books.books():
        table = book.model._meta.db_table
        found[table] = Columns(table, ("id", "state", *(name for name, _ in books.columns_of(book.model))), 1)
    for one in relating.TABLES:
        found[one.name] = Columns(one.name, one.columns, len(one.key))
    return found


Key = tuple[str, ...]
Found = dict[str, dict[Key, str]]
"""By table the keys of rows that differ, with how."""


class _Pass:
    """One pass over the journal into the tables beside, or (`at` empty) into those that people query."""

    def __init__(self, tables: dict[str, Columns], at: str = BESIDE) -> None:
        self.tables, self.at = tables, at
        self.prefixes = {book.model._meta.db_table: book.prefix for book in books.books()}
        self.relations = {table.name: table for table in relating.TABLES}
        self.acts, self.made, self.last = 0, 0, -1
        self.touched: set[str] | None = None
        self.added = sums.Additions()

    def run(self, check: bool) -> Rebuilt:
        """Fold, compare, exchange."""
        self._follow()
        suspects = {table: list(shadow.suspects(columns)) for table, columns in self.tables.items()}
        # Most suspects are rows that acts have changed meanwhile. Once these are folded too, only what acts touch from
        # here on has to be looked at again.
        self._follow()
        self.touched = set()
        found = {table: dict(shadow.differing(self.tables[table], keys)) for table, keys in suspects.items()}
        wrong = [table for table, rows_found in found.items() if rows_found]
        if check or not wrong:
            with transaction.atomic():
                self._hold()
                of_sums = self._sums(mend=not check)
                return self._told(self._settled(found), of_sums, bool(of_sums) and not check)
        shadow.index(wrong)
        for _ in range(TRIES - 1):
            try:
                return self._exchange(found)
            except OperationalError as error:
                # Somebody reads an old table for long, and meanwhile nobody could write: let them, then try again.
                if "lock timeout" not in str(error):
                    raise
                time.sleep(1.0)
        return self._exchange(found)

    def fill(self) -> Rebuilt:
        """Fold everything into empty tables."""
        self._fold_to(_newest())
        return self._told({}, [], bool(self._sums(mend=True)))

    def _exchange(self, found: Found) -> Rebuilt:
        self._follow()
        before = self.acts, self.made, self.last, self.added.copy()
        try:
            with transaction.atomic():
                self._hold()
                settled = self._settled(found)
                wrong = [table for table, rows_found in settled.items() if rows_found]
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
                shadow.swap(wrong)
                of_sums = self._sums(mend=True)
        except OperationalError:
            self.acts, self.made, self.last, self.added = before
            raise
        return self._told(settled, of_sums, bool(wrong or of_sums))

    def _sums(self, *, mend: bool) -> list[Difference]:
        """What differs among the sums, which are few enough to be compared while nothing moves."""
        return [Difference(f"sum:{account}", what) for account, what in sums.compare(self.added, mend=mend)]

    def _settled(self, found: Found) -> Found:
        """What still differs, now that nothing moves: what acts touched since is looked at again."""
        settled = {}
        for table, rows_found in found.items():
            moved = [key for key in rows_found if self._by(table, key) in (self.touched or ())]
            again = dict(shadow.differing(self.tables[table], moved))
            settled[table] = {key: what for key, what in rows_found.items() if key not in set(moved)} | again
        return settled

    def _by(self, table: str, key: Key) -> str:
        """The subject whose state makes a row."""
        return f"{self.prefixes[table]}:{key[0]}" if table in self.prefixes else key[-1]

    def _told(self, settled: Found, of_sums: list[Difference], replaced: bool) -> Rebuilt:
        differences = [
            Difference(self._by(table, key) if table in self.prefixes else self.relations[table].subject(key), what)
            for table, found in settled.items()
            for key, what in sorted(found.items())
        ]
        return Rebuilt(self.acts, self.made + len(self.added.amounts), differences + of_sums, replaced)

    def _hold(self) -> None:
        """Nothing more is taken down until the transaction ends; what was is folded."""
        rows.lock_everything()
        self._fold_to(_newest())

    def _follow(self) -> None:
        """Fold what is on record, until little comes anew."""
        for _ in range(ROUNDS):
            before = self.acts
            with transaction.atomic():
                # Numbers are taken after the locks, so none up to this one is still on its way.
                rows.lock_everything()
                newest = _newest()
            self._fold_to(newest)
            if self.acts - before <= FEW:
                return

    def _fold_to(self, newest: int) -> None:
        while self.last < newest:
            some = list(
                ActRow.objects.filter(number__gt=self.last, number__lte=newest)
                .only("number", "recorded", "canonical", "signature")
                .order_by("number")[:CHUNK]
            )
            if not some:
                return
            with transaction.atomic():
                self._fold(some)
            self.acts += len(some)
            self.last = some[-1].number

    def _fold(self, some: list[ActRow]) -> None:
        """Fold these acts into the tables beside: read the states that they touch, and save what became of them."""
        parsed: dict[str, Jws] = {}
        acts = [(row, told(row, parsed)) for row in some]
        # Sums see what an act reads, too; for everything else it is what it writes alone.
        seen = sums.watched(name for _, one in acts for name in one.kind.reads(one.act, one.body))
        states = books.load({name for _, one in acts for name in one.act.subjects} | seen, self.at)
        there = {name for name, state in states.items() if state is not None}
        related, changed, first = Changes(), set[str](), dict(states)
        for row, one in acts:
            old = {name: states.get(name) for name in one.act.subjects}
            put = apply(one, row.number, row.recorded, states)
            related.note(put, old, states, row.number)
            changed |= put
        self.added.note(changed, first, states)
        with connection.cursor() as cursor:
            rows.bring(cursor, {name: states[name] for name in changed}, related, at=self.at)
        if self.touched is not None:
            self.touched |= changed
        self.made += len(changed - there) + related.growth()


def _newest() -> int:
    return ActRow.objects.order_by("-number").values_list("number", flat=True).first() or 0


@contextmanager
def _alone() -> Iterator[None]:
    """One rebuild at a time for one record."""
    if connection.vendor == "postgresql":
        # A session of its own, in no pool: the lock ends with it, however the rebuild ends.
        other = connection.copy()
        other.settings_dict["OPTIONS"].pop("pool", None)
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_AT_A_TIME])
                if not cursor.fetchone()[0]:
                    raise _busy()
            try:
                yield
            finally:
                # A server sees a moment later that a session has gone: who comes next would find the lock still held.
                with suppress(DatabaseError), other.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])
        finally:
            other.close()
        return
    path = Path(str(connection.settings_dict["NAME"]))
    if not path.is_file():
        yield
        return
    held: IO[bytes]
    with path.with_name(path.name + ".rebuild").open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _busy() from None
        yield


def _busy() -> Conflict:
    return Conflict(Problem(N_("Another rebuild of this record is going on. Wait for its end."), "", "busy"))
