"""`meguri backup check`: is it whole, is its log the one that its checkpoint signs, does it reach a kept one? Pure.

The acts of the file make a Merkle tree, in number order. Its root at the size of a checkpoint must be the root which
that checkpoint states: then the backup holds every act that the checkpoint covers, unaltered. Acts that were not sealed
yet when the backup was made stand at the end, in the order in which they would be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from meguri.journal.act import Act
from meguri.journal.keeping import archive
from meguri.journal.keeping.archive import Archive
from meguri.journal.log import checkpoints, leaves
from meguri.journal.signatures import merkle
from meguri.journal.states import LOG_KEYS
from meguri.kit import clock
from meguri.kit.problems import N_, Problem

Span = tuple[int, int]
"""Numbers from the first to the last, both among them."""
MOST_FINDINGS = 20  # of one code
ACTS, LEAVES = "journal_act", "journal_leaf"
_ACT = ("number", "act_id", "recorded", "canonical", "signature", "kind")


class Checked(msgspec.Struct):
    """What was found. `numbers` are those of the acts in the file; `against` is the size of the kept checkpoint.

    `behind` says how many acts the kept checkpoint (or the node that was asked) has and the file has not, `missing`
    their numbers; None where there was nothing to compare with.
    """

    node: str
    made: str
    acts: int = 0
    sealed: int = 0
    root: str = ""
    against: int | None = None
    behind: int | None = None
    missing: list[Span] = []
    numbers: list[Span] = []
    findings: list[Problem] = []

    @property
    def intact(self) -> bool:
        """Whether nothing was found that should not be."""
        return not self.findings

    @property
    def passes(self) -> bool:
        """Whether the file may stand for the record as of the kept checkpoint."""
        return self.intact and not (self.against is not None and self.behind)

    def add(self, code: str, text: str, where: str = "", **params: Any) -> None:
        """Note a finding, unless there are many like it."""
        if sum(finding.code == code for finding in self.findings) < MOST_FINDINGS:
            self.findings.append(Problem(text, where, code, params))

    def to_json(self) -> dict[str, Any]:
        """One object for machines."""
        return {
            "intact": self.intact,
            "acts": self.acts,
            "behind": self.behind,
            "missing": [list(span) for span in self.missing],
            "sealed": self.sealed,
            "root": self.root,
            "against": self.against,
            "node": self.node,
            "made": self.made,
            "findings": [{"where": f.pointer, "code": f.code, "detail": f.say()} for f in self.findings],
        }


def check(file: Archive, against: str | None = None) -> Checked:
    """Read the whole file; `against` is the text of a checkpoint that was kept elsewhere.

    Raises Refused where that text is no checkpoint. Signatures of acts are left to `meguri journal verify`, which
    asks more than a file can tell.
    """
    note = checkpoints.read(against) if against is not None else None
    report = Checked(file.manifest.node, file.manifest.made, against=note.size if note else None)
    for name in sorted(file.manifest.tables.keys() - {ACTS, LEAVES}):
        _read_through(file, name, report)
    try:
        log = _Log(file, report, note)
        log.run()
    except archive.DAMAGED as error:
        report.add("damaged", N_("It cannot be read to the end: {why}."), ACTS, why=str(error))
    else:
        log.compare()
    return report


def _read_through(file: Archive, name: str, report: Checked) -> None:
    digest, count = hashlib.sha256(), 0
    try:
        for _ in file.rows(name, digest):
            count += 1
    except archive.DAMAGED as error:
        report.add("damaged", N_("It cannot be read to the end: {why}."), name, why=str(error))
        return
    _as_stated(file, name, count, digest.hexdigest(), report)


def _as_stated(file: Archive, name: str, count: int, digest: str, report: Checked) -> None:
    stated = file.manifest.tables[name]
    if (count, digest) != (stated.rows, stated.sha256):
        report.add(
            "altered",
            N_("It has not the rows that the backup says: {found} instead of {stated}, or others."),
            name,
            found=count,
            stated=stated.rows,
        )


class _Log:
    """One pass over acts and leaves, in number order."""

    def __init__(self, file: Archive, report: Checked, note: checkpoints.Note | None) -> None:
        self.file, self.report, self.note = file, report, note
        self.own = checkpoints.read(file.checkpoint) if file.checkpoint else None
        self.grown = merkle.CompactRange()
        self.key = ""
        # The root and the log's key at the sizes of the file's own checkpoint and of the kept one.
        self.at: dict[int, tuple[bytes, str]] = {}

    def run(self) -> None:
        """Everything; findings go to the report."""
        sizes = {note.size for note in (self.own, self.note) if note}
        sealed = self.own.size if self.own else 0
        acts, stored = hashlib.sha256(), hashlib.sha256()
        under = self.file.named(LEAVES, ("index", "number", "hash"), stored)
        for number, id, recorded, canonical, signature, kind in self.file.named(ACTS, _ACT, acts):
            where = f"number {number}"
            data = archive.to_bytes(canonical)
            if Act.digest(data) != id:
                self.report.add("altered", N_("The act's bytes do not have the hash that names it."), where)
            self._note_key(kind, data)
            at = clock.stamp(clock.parse(recorded))
            hash = merkle.leaf_hash(leaves.leaf_data(id, number, at, archive.to_bytes(signature)))
            if self.grown.size < sealed and next(under, None) != [self.grown.size, number, archive.to_text(hash)]:
                self.report.add("altered", N_("The sealed leaf is not that of the act, its signature and time."), where)
            self.grown.append(hash)
            if self.grown.size in sizes:
                self.at[self.grown.size] = (self.grown.root(), self.key)
            put(self.report.numbers, number)
        left = sum(1 for _ in under)
        if left:
            self.report.add("dropped", N_("There are leaves of {count} acts that are not there."), LEAVES, count=left)
        self.report.acts = self.grown.size
        if self.grown.size != self.file.manifest.acts:
            self.report.add(
                "altered",
                N_("It has {found} acts, not {stated} as the backup says."),
                ACTS,
                found=self.grown.size,
                stated=self.file.manifest.acts,
            )
        _as_stated(self.file, ACTS, self.grown.size, acts.hexdigest(), self.report)
        _as_stated(self.file, LEAVES, min(sealed, self.grown.size) + left, stored.hexdigest(), self.report)

    def _note_key(self, kind: str, canonical: bytes) -> None:
        """The key that signs checkpoints from here on."""
        name = LOG_KEYS.get(kind)
        if name:
            self.key = str(msgspec.json.decode(canonical)["body"][name])

    def compare(self) -> None:
        """Hold the tree against the file's own checkpoint, and against the kept one."""
        if self.own is not None:
            self.report.sealed, self.report.root = self.own.size, self.own.root.hex()
            if self.own.size != self.file.manifest.sealed:
                self.report.add("size", N_("The checkpoint is not the one that the backup says."), archive.CHECKPOINT)
            self._compare(self.own, archive.CHECKPOINT)
        elif self.file.manifest.sealed:
            self.report.add("size", N_("The checkpoint is not the one that the backup says."), archive.CHECKPOINT)
        if self.note is not None:
            behind = max(0, self.note.size - self.grown.size)
            root, _ = self.at.get(self.note.size, (self.note.root, ""))
            if self.note.size > self.report.sealed and root != self.note.root:
                # Acts that were not sealed yet may have another among them that was on its way.
                behind = self._open()
            self._compare(self.note, f"kept checkpoint {self.note.size}", told=behind > 0)
            self.report.behind, self.report.missing = behind, self._missing(behind)

    def _compare(self, note: checkpoints.Note, where: str, *, told: bool = False) -> None:
        """Hold the tree against a checkpoint; `told` where it is known already that acts are missing."""
        root, key = self.at.get(note.size, (None, self.key))
        if note.origin != self.report.node:
            self.report.add("origin", N_("It is the checkpoint of {origin}."), where, origin=note.origin)
        signed = bool(key) and note.signed_by(key)
        if not signed and note.size > self.grown.size:
            self.report.add(
                "checkpoint-signature",
                N_("The last log key in the file did not sign it: it is of another log, or a later key signed it."),
                where,
            )
        elif not signed:
            self.report.add("checkpoint-signature", N_("The log key of the acts in the file did not sign it."), where)
        if root is not None and root != note.root and not told:
            self.report.add(
                "forked",
                N_("Its root is not that of the acts in the file: one of the two is of another history."),
                where,
            )
        elif root is None and note is self.own:
            self.report.add(
                "dropped",
                N_("It covers {size} acts; the file has {have}."),
                where,
                size=note.size,
                have=self.grown.size,
            )

    def _open(self) -> int:
        """How many numbers behind the checkpoint in the file are passed over."""
        numbers = self.report.numbers
        gaps, passed = 0, 0
        for (low, high), (after, _) in pairwise(numbers):
            passed += high - low + 1
            gaps += after - high - 1 if passed >= self.report.sealed else 0
        return gaps

    def _missing(self, count: int) -> list[Span]:
        """The numbers of so many acts that the file has not: gaps behind its checkpoint, then onwards."""
        found: list[Span] = []
        sealed = self.own.size if self.own else 0
        passed, before = 0, 0
        for low, high in self.report.numbers:
            if before and low > before + 1 and passed >= sealed and count:
                last = min(low - 1, before + count)
                found.append((before + 1, last))
                count -= last - before
            passed += high - low + 1
            before = high
        return [*found, (before + 1, before + count)] if count else found


def put(spans: list[Span], number: int) -> None:
    """Add a number that is greater than all before."""
    if spans and spans[-1][1] == number - 1:
        spans[-1] = (spans[-1][0], number)
    else:
        spans.append((number, number))


def without(numbers: Iterable[int], spans: list[Span]) -> Iterator[int]:
    """Of ascending numbers those in none of these spans."""
    left = iter(spans)
    span = next(left, None)
    for number in numbers:
        while span is not None and span[1] < number:
            span = next(left, None)
        if span is None or number < span[0]:
            yield number
