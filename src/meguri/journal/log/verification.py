"""`meguri journal verify`: was anything altered, dropped, reordered or forked? Reads everything, trusts no column.

Without a checkpoint kept elsewhere this shows internal consistency only: whoever holds the database and the keys can
write another history that is consistent in itself. With one, its root must be the root of this log at its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from django.conf import settings
from django.db.models import Count, Max

from meguri.journal.log import checkpoints
from meguri.journal.log.replaying import verify_guards
from meguri.journal.log.report import MOST_FINDINGS, Report
from meguri.journal.log.sealing import STRIDE, leaf_of
from meguri.journal.log.stored import ActsRead, beside, chunks, processes_for, subjects_between
from meguri.journal.log.tree import verify_tree
from meguri.journal.models import ActRow, Checkpoint, Leaf, Tile
from meguri.journal.signatures import merkle
from meguri.journal.states import FOUNDING, FoundingState, KeyState
from meguri.kit.problems import N_, MeguriError


def verify(against: str | None = None, *, tree_only: bool = False, guards: bool = False, processes: int = 1) -> Report:
    """Read the whole journal and report; `against` is the text of a checkpoint kept from before.

    With `tree_only` bytes, hashes and checkpoints alone are looked at. With `guards` every act is also asked again
    whether it may be told. With several `processes` (0: as many as serve) acts are read in processes beside this one,
    which must find the same database by their surroundings. Raises Refused where `against` is no checkpoint at all.
    """
    note = checkpoints.read(against) if against is not None else None
    report = Report(settings.NODE, against=note.size if note else None, tree_only=tree_only)
    if tree_only:
        verify_tree(report, note)
    else:
        _Audit(report, note, processes).run()
    if guards:
        verify_guards(report)
    return report


class _Audit:
    """One pass over acts, subjects, leaves, tiles and checkpoints, in number order."""

    def __init__(self, report: Report, note: checkpoints.Note | None, processes: int) -> None:
        self.report, self.note, self.processes = report, note, processes
        self.acts = ActsRead(report)
        self.states = self.acts.states
        self.grown = merkle.CompactRange()
        self.note_root = merkle.EMPTY if note and note.size == 0 else None
        self.note_key: KeyState | None = None

    def run(self) -> None:
        """Everything; findings go to the report."""
        newest = Checkpoint.objects.order_by("-size").first()
        end = self.end = newest.size if newest else 0
        last_leaf = Leaf.objects.filter(index=end - 1).values_list("number", flat=True).first() if end else 0
        self.sealed_to = -1 if last_leaf is None else last_leaf
        if last_leaf is None:
            self.report.add("leaf", N_("The newest checkpoint has {size} leaves; the last one is gone."), size=end)
        acts = ActRow.objects.aggregate(count=Count("number"), last=Max("number"))
        processes = (self.processes or processes_for(acts["count"])) if acts["count"] else 1
        read = acts["last"] if processes > 1 else -1
        before, seen = 0, 0
        with beside(read, processes) as found:
            for rows in chunks(light_to=read):
                self._chunk(rows, before, rows[-1].number, read)
                before = rows[-1].number
                seen += len(rows)
            for problem in chain.from_iterable(found):
                self.report.add(problem.code, problem.text, problem.pointer, **problem.params)
        for number in Leaf.objects.filter(number__gt=before, index__lt=end).values_list("number", flat=True)[
            :MOST_FINDINGS
        ]:
            self.report.add("dropped", N_("A sealed act is gone."), f"number {number}")
        self.report.acts, self.report.sealed = seen, self.grown.size
        self.report.root = self.grown.root().hex()
        if self.grown.size != end:
            self.report.add(
                "size",
                N_("The newest checkpoint states {stated} acts; {found} are there."),
                stated=end,
                found=self.grown.size,
            )
        uncovered = Leaf.objects.filter(index__gte=end).exists()
        if uncovered and not Checkpoint.objects.filter(size__gt=end).exists():
            self.report.add("leaf", N_("The log has leaves that no checkpoint covers."))
        if self.note is not None:
            self._compare(self.note)

    def _chunk(self, rows: Sequence[ActRow], before: int, upto: int, read: int) -> None:
        subjects = subjects_between(before, upto)
        leaves = {leaf.number: leaf for leaf in Leaf.objects.filter(number__gt=before, number__lte=upto)}
        start, most = self.grown.size, self.grown.size + len(rows)
        stored = {c.size: c for c in Checkpoint.objects.filter(size__gt=start, size__lte=min(most, self.end))}
        first_tile, last_tile = start >> STRIDE, most >> STRIDE
        tiles = {
            (tile.level, tile.index): bytes(tile.hash)
            for tile in Tile.objects.filter(level=STRIDE, index__gte=first_tile, index__lte=last_tile)
        }
        tiles |= {(t.level, t.index): bytes(t.hash) for t in Tile.objects.filter(level__gt=STRIDE)} if last_tile else {}
        each = self.acts.each_on_keys if upto <= read else self.acts.each
        for row in each(rows, subjects):
            leaf = leaves.pop(row.number, None)
            if row.number <= self.sealed_to:
                self._leaf(row, leaf, f"number {row.number}", stored, tiles)
        for number in leaves:
            self.report.add("dropped", N_("A sealed act is gone."), f"number {number}")
        for number in (number for number in subjects if number <= self.sealed_to):
            self.report.add("dropped", N_("Subjects are there for an act that is not."), f"number {number}")

    def _leaf(
        self,
        row: ActRow,
        leaf: Leaf | None,
        where: str,
        stored: dict[int, Checkpoint],
        tiles: dict[tuple[int, int], bytes],
    ) -> None:
        hash = merkle.leaf_hash(leaf_of(row))
        if leaf is None:
            self.report.add("inserted", N_("The act stands among sealed ones without being sealed."), where)
            return
        if leaf.index != self.grown.size:
            self.report.add(
                "reordered", N_("Leaf {index} should be leaf {at}."), where, index=leaf.index, at=self.grown.size
            )
        if bytes(leaf.hash) != hash:
            self.report.add("altered", N_("The sealed leaf is not that of the stored act, signature and time."), where)
        for level, index, inner in self.grown.append(hash):
            if level % STRIDE == 0 and tiles.get((level, index)) != inner:
                self.report.add("tile", N_("A stored subtree of the log differs from its leaves."), where)
        size = self.grown.size
        if self.note is not None and size == self.note.size:
            self.note_root, self.note_key = self.grown.root(), self._log_key
        checkpoint = stored.get(size)
        if checkpoint is not None:
            self._checkpoint(checkpoint)

    def _checkpoint(self, stored: Checkpoint) -> None:
        where, root = f"checkpoint {stored.size}", self.grown.root()
        if bytes(stored.root) != root or bytes(stored.peaks) != b"".join(self.grown.peaks):
            self.report.add("root", N_("The stored root is not the root of the acts."), where)
        try:
            note = checkpoints.read(stored.note)
        except MeguriError:
            self.report.add("checkpoint", N_("The stored checkpoint is no signed note."), where)
            return
        if (note.origin, note.size, note.root) != (self._origin, stored.size, root):
            self.report.add("checkpoint", N_("The checkpoint states another root."), where)
        if not _signed(note, self._log_key):
            self.report.add("checkpoint-signature", N_("The log key did not sign the checkpoint."), where)

    @property
    def _founding(self) -> FoundingState | None:
        founding = self.states.get(FOUNDING)
        return founding if isinstance(founding, FoundingState) else None

    @property
    def _origin(self) -> str:
        """The log keeps the name that it was founded with, whatever the node is called since."""
        return self._founding.node if self._founding else self.report.node

    @property
    def _log_key(self) -> KeyState | None:
        """The key that signs the log after the acts read so far."""
        founding = self._founding
        key = self.states.get(f"key:{founding.log_key}") if founding else None
        return key if isinstance(key, KeyState) else None

    def _compare(self, note: checkpoints.Note) -> None:
        where = f"kept checkpoint {note.size}"
        if note.origin != self._origin:
            self.report.add("origin", N_("It is the checkpoint of {origin}."), where, origin=note.origin)
        if not _signed(note, self.note_key or self._log_key):
            self.report.add(
                "checkpoint-signature", N_("It is not signed by the key that this log had at that size."), where
            )
        if note.size > self.grown.size:
            self.report.add(
                "dropped",
                N_("It covers {size} acts; the log has only {have}."),
                where,
                size=note.size,
                have=self.grown.size,
            )
        elif self.note_root != note.root:
            self.report.add(
                "forked", N_("Its root is not the root of this log at that size: history was changed since."), where
            )


def _signed(note: checkpoints.Note, key: KeyState | None) -> bool:
    return key is not None and note.signed_by(key.public)
