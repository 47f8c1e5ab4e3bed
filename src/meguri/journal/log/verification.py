"""`meguri journal verify`: was anything altered, dropped, reordered or forked? Reads everything, trusts no column.

Without a checkpoint kept elsewhere this shows internal consistency only: whoever holds the database and the keys can
write another history that is consistent in itself. With one, its root must be the root of this log at its size.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.conf import settings

from meguri.journal.act import Act
from meguri.journal.entry.admission import canonical_bytes
from meguri.journal.entry.history import Told, apply
from meguri.journal.log import checkpoints
from meguri.journal.log.replaying import verify_guards
from meguri.journal.log.report import MOST_FINDINGS, Report
from meguri.journal.log.sealing import STRIDE, leaf_of
from meguri.journal.log.stored import chunks, told
from meguri.journal.log.tree import verify_tree
from meguri.journal.models import ActRow, Checkpoint, Leaf, Private, Subject, Tile
from meguri.journal.signatures import merkle
from meguri.journal.signatures.authenticity import judge
from meguri.journal.signatures.signing import Jws, PrivateValue
from meguri.journal.states import FOUNDING, FoundingState, KeyState
from meguri.journal.world import State
from meguri.kit.problems import N_, MeguriError


def verify(against: str | None = None, *, tree_only: bool = False, guards: bool = False) -> Report:
    """Read the whole journal and report; `against` is the text of a checkpoint kept from before.

    With `tree_only` bytes, hashes and checkpoints alone are looked at. With `guards` every act is also asked again
    whether it may be told. Raises Refused where `against` is no checkpoint at all.
    """
    note = checkpoints.read(against) if against is not None else None
    report = Report(settings.NODE, against=note.size if note else None, tree_only=tree_only)
    if tree_only:
        verify_tree(report, note)
    else:
        _Audit(report, note).run()
    if guards:
        verify_guards(report)
    return report


class Committed(msgspec.Struct):
    """What an act commits to, of which nothing else is looked at."""

    private: dict[str, str] = {}


class _Audit:
    """One pass over acts, subjects, leaves, tiles and checkpoints, in number order."""

    def __init__(self, report: Report, note: checkpoints.Note | None) -> None:
        self.report, self.note = report, note
        self.states: dict[str, State | None] = {}
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
        before, seen = 0, 0
        for rows in chunks():
            upto = rows[-1].number
            self._chunk(rows, before, upto)
            before = upto
            seen += len(rows)
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

    def _chunk(self, rows: Sequence[ActRow], before: int, upto: int) -> None:
        subjects: dict[int, list[str]] = {}
        for number, subject in Subject.objects.filter(number__gt=before, number__lte=upto).values_list(
            "number", "subject"
        ):
            subjects.setdefault(number, []).append(subject)
        leaves = {leaf.number: leaf for leaf in Leaf.objects.filter(number__gt=before, number__lte=upto)}
        start, most = self.grown.size, self.grown.size + len(rows)
        stored = {c.size: c for c in Checkpoint.objects.filter(size__gt=start, size__lte=min(most, self.end))}
        first_tile, last_tile = start >> STRIDE, most >> STRIDE
        tiles = {
            (tile.level, tile.index): bytes(tile.hash)
            for tile in Tile.objects.filter(level=STRIDE, index__gte=first_tile, index__lte=last_tile)
        }
        tiles |= {(t.level, t.index): bytes(t.hash) for t in Tile.objects.filter(level__gt=STRIDE)} if last_tile else {}
        parsed: dict[str, Jws] = {}
        genuine: dict[str, bool] = {}
        self._private(rows)
        for row in rows:
            where = f"number {row.number}"
            self._act(row, sorted(subjects.pop(row.number, [])), where, parsed, genuine)
            leaf = leaves.pop(row.number, None)
            if row.number <= self.sealed_to:
                self._leaf(row, leaf, where, stored, tiles)
        for number in leaves:
            self.report.add("dropped", N_("A sealed act is gone."), f"number {number}")
        for number in (number for number in subjects if number <= self.sealed_to):
            self.report.add("dropped", N_("Subjects are there for an act that is not."), f"number {number}")

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
            judge(key, item, row.recorded, genuine)
            # Only the journal's own folds: which keys count is all that verification needs to know.
            apply(item, row.number, row.recorded, self.states, own="meguri.journal.acts")
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
