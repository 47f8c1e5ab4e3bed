"""Acts as they are stored: all of them in order, and each looked at by itself: its bytes, its subjects, what
it commits to, and whether its key had the word and signed. In several processes where there is much to read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import msgspec
from django.conf import settings

from meguri.journal.act import Act
from meguri.journal.entry.admission import canonical_bytes
from meguri.journal.entry.history import Told, apply, read
from meguri.journal.log.report import Report
from meguri.journal.models import ActRow, Private, Subject
from meguri.journal.signatures.authenticity import judge
from meguri.journal.signatures.signing import Jws, PrivateValue, Signature
from meguri.journal.states import FOUNDING
from meguri.journal.world import State
from meguri.kit.problems import N_, MeguriError, Problem
from meguri.kit.running.starting import start

CHUNK = 2000
OWN = ("meguri.journal.acts", "meguri.journal.delegating")
"""Whose folds say which keys count, and who may act for whom by them."""
APIECE = 20_000
"""Acts that a process is given at a time."""


def told(row: ActRow, parsed: dict[str, Jws]) -> Told:
    """A stored act, read back."""
    return read(bytes(row.canonical), msgspec.json.decode(bytes(row.signature), type=Signature), parsed)


def chunks(before: int = -1, upto: int | None = None, light_to: int = -1) -> Iterator[list[ActRow]]:
    """All stored acts in number order, or those above one number and up to another; some at a time.

    Those up to `light_to` come without their canonical bytes, and not together with others.
    """
    last = before
    while True:
        wanted = ActRow.objects.filter(number__gt=last)
        if upto is not None:
            wanted = wanted.filter(number__lte=upto)
        if last < light_to:
            wanted = wanted.filter(number__lte=light_to).defer("canonical")
        rows = list(wanted.order_by("number")[:CHUNK])
        if not rows and last >= light_to:
            return
        last = rows[-1].number if rows else light_to
        if not rows:
            continue
        yield rows


class Committed(msgspec.Struct):
    """What an act commits to, of which nothing else is looked at."""

    private: dict[str, str] = {}


class ActsRead:
    """Acts in the order of their numbers; `states` are those of the journal's own kinds before the first of them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.states: dict[str, State | None] = {}

    def keys_before(self, number: int) -> None:
        """Which keys counted before an act of that number is all that must be known of what went before."""
        for row in ActRow.objects.filter(number__lt=number, kind__startswith="journal.").order_by("number").iterator():
            self.keys(row)

    def keys(self, row: ActRow) -> None:
        """Take an act on keys as it stands; it is looked at where its turn comes."""
        try:
            apply(told(row, {}), row.number, row.recorded, self.states, own=OWN)
        except (MeguriError, msgspec.MsgspecError, ValueError):
            return

    def each(self, rows: Sequence[ActRow], subjects: dict[int, list[str]]) -> Iterator[ActRow]:
        """Look at one after the other, and give it back; their subjects, by number, are taken out of `subjects`."""
        parsed: dict[str, Jws] = {}
        genuine: dict[str, bool] = {}
        self._private(rows)
        for row in rows:
            self._act(row, sorted(subjects.pop(row.number, [])), f"number {row.number}", parsed, genuine)
            yield row

    def each_on_keys(self, rows: Sequence[ActRow], subjects: dict[int, list[str]]) -> Iterator[ActRow]:
        """The same of acts that are looked at elsewhere: from those on keys it is taken which keys count."""
        for row in rows:
            subjects.pop(row.number, None)
            if row.kind.startswith("journal."):
                self.keys(row)
            yield row

    def _act(
        self, row: ActRow, subjects: list[str], where: str, parsed: dict[str, Jws], genuine: dict[str, bool]
    ) -> None:
        canonical = bytes(row.canonical)
        if Act.digest(canonical) != row.act_id:
            self.report.add("altered", N_("The act's bytes do not have the hash that names it."), where)
            return
        try:
            item = told(row, parsed)
            if canonical_bytes(item.act) != canonical:
                self.report.add("altered", N_("The act's bytes are not canonical."), where)
            self._columns(row, item, where)
            if subjects != list(item.act.subjects):
                self.report.add("subjects", N_("The stored subjects are not those of the act."), where)
            if item.act.subjects != item.named:
                self.report.add("named", N_("The act's subjects are not those that its version names."), where)
            key = self.states.get(f"key:{item.act.key}")
            if key is None and self.states.get(FOUNDING) is not None:
                self.report.add("key-unknown", N_("The act's key is not enrolled."), where)
                return
            delegation = next((self.states.get(name) for name in item.act.resting), None)
            judge(key, item, row.recorded, genuine, delegation)
            # Only the journal's own folds: which keys count is all that verification needs to know.
            apply(item, row.number, row.recorded, self.states, own=OWN)
        except (MeguriError, msgspec.MsgspecError, ValueError) as error:
            self.report.add("act", N_("The act does not stand: {why}"), where, why=str(error))

    def _private(self, rows: Sequence[ActRow]) -> None:
        """What is kept outside acts is what these commit to; what was erased is missed by nobody."""
        by_id = {row.act_id: row for row in rows}
        for kept in Private.objects.filter(act_id__in=list(by_id)):
            row = by_id[kept.act_id]
            committed = msgspec.json.decode(bytes(row.canonical), type=Committed).private
            if committed.get(kept.name) != PrivateValue(kept.salt, kept.value).commitment:
                self.report.add(
                    "private", N_("What is kept of it as {name} is not what it commits to."), f"number {row.number}",
                    name=kept.name,
                )  # fmt: skip

    def _columns(self, row: ActRow, item: Told, where: str) -> None:
        act = item.act
        pairs = {
            "kind": (row.kind, act.kind),
            "version": (row.version, act.version),
            "actor": (row.actor, act.actor),
            "key": (row.key, act.key),
            "nonce": (row.nonce, act.nonce),
            "claimed": (row.claimed, item.claimed),
            "legal": (row.legal, item.legal),
        }
        for name, (stored, said) in pairs.items():
            if stored != said:
                self.report.add("altered", N_("The column {name} differs from the act."), where, name=name)


def subjects_between(before: int, upto: int) -> dict[int, list[str]]:
    """The stored subjects of the acts above one number and up to another."""
    found: dict[int, list[str]] = {}
    rows = Subject.objects.filter(number__gt=before, number__lte=upto)
    for number, subject in rows.values_list("number", "subject"):
        found.setdefault(number, []).append(subject)
    return found


def read_between(before: int, upto: int) -> list[Problem]:
    """What is found with the acts above one number and up to another."""
    report = Report(settings.NODE)
    reading = ActsRead(report)
    reading.keys_before(before + 1)
    last = before
    for rows in chunks(before, upto):
        for row in reading.each(rows, subjects_between(last, rows[-1].number)):
            last = row.number
    return report.findings


@contextmanager
def beside(upto: int, processes: int) -> Iterator[Iterator[list[Problem]]]:
    """What is found with all acts up to a number, in order, read in processes beside this one; nothing below two."""
    if processes < 2:
        yield iter(())
        return
    starts = range(-1, upto, APIECE)
    with ProcessPoolExecutor(processes, get_context("spawn"), start) as pool:
        yield pool.map(read_between, starts, [min(at + APIECE, upto) for at in starts])


def processes_for(acts: int) -> int:
    """In how many processes so many acts are read: one for each core, and one where there are few."""
    return min(len(os.sched_getaffinity(0)), acts // APIECE) if acts >= 2 * APIECE else 1
