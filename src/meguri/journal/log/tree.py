"""`meguri journal verify --tree-only`: do the acts make the log's root? Bytes, hashes and checkpoints; no signature of
an act is checked, and nothing is asked of what acts say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from meguri.journal.log import checkpoints, log_key
from meguri.journal.log.report import Report
from meguri.journal.models import Checkpoint
from meguri.journal.signatures import merkle
from meguri.kit import clock
from meguri.kit.problems import N_

_CHUNK = 20_000
_LEAVES = (
    "SELECT l.number, a.act_id, a.recorded, a.signature, a.canonical, l.hash FROM journal_leaf l "
    'LEFT JOIN journal_act a ON a.number = l.number WHERE l."index" >= %s AND l."index" < %s ORDER BY l."index"'
)


def verify_tree(report: Report, note: checkpoints.Note | None) -> None:
    """Read acts as the log has them; findings go to the report."""
    newest = Checkpoint.objects.order_by("-size").first()
    end = newest.size if newest else 0
    grown = merkle.CompactRange()
    kept_root = merkle.EMPTY if note and note.size == 0 else None
    for number, hash, found in _leaves(end):
        if found:
            report.add(found, _WORDS[found], f"number {number}")
        grown.append(hash)
        if note is not None and grown.size == note.size:
            kept_root = grown.root()
    report.sealed, report.root = grown.size, grown.root().hex()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM journal_act")
        report.acts = cursor.fetchone()[0]
    if newest is not None:
        _newest(report, newest, grown)
    if note is not None:
        _kept(report, note, grown, kept_root)


_WORDS = {
    "dropped": N_("A sealed act is gone."),
    "altered": N_("The act's bytes do not have the hash that names it."),
    "leaf": N_("The sealed leaf is not that of the stored act, signature and time."),
}


def _leaves(end: int) -> Iterator[tuple[int, bytes, str]]:
    """The number of each sealed act, the hash that its leaf must have, and what is wrong with it, if anything."""
    for low in range(0, end, _CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(_LEAVES, [low, min(low + _CHUNK, end)])
            rows = cursor.fetchall()
        for number, id, recorded, signature, canonical, stored in rows:
            if id is None:
                yield number, bytes(stored), "dropped"
                continue
            hash = merkle.leaf_hash(_leaf(id, number, recorded, signature))
            wrong = "" if hashlib.sha256(canonical).hexdigest() == id else "altered"
            yield number, hash, wrong or ("" if hash == bytes(stored) else "leaf")


def _leaf(id: str, number: int, recorded: Any, signature: bytes) -> bytes:
    """A leaf's bytes; written out, since nothing in it needs quoting (`leaves.leaf_data`)."""
    at = clock.stamp(recorded if isinstance(recorded, datetime) else clock.parse(f"{recorded}+00:00"))
    mark = hashlib.sha256(signature).hexdigest()
    return f'{{"act":"{id}","number":{number},"recorded":"{at}","signature":"{mark}"}}'.encode()


def _newest(report: Report, newest: Checkpoint, grown: merkle.CompactRange) -> None:
    where = f"checkpoint {newest.size}"
    if grown.size != newest.size:
        report.add(
            "size",
            N_("The newest checkpoint states {stated} acts; {found} are there."),
            stated=newest.size,
            found=grown.size,
        )
    note = checkpoints.read(newest.note)
    if (note.size, note.root) != (newest.size, grown.root()):
        report.add("root", N_("The stored root is not the root of the acts."), where)
    if not note.signed_by(log_key.public_at(newest.size)):
        report.add("checkpoint-signature", N_("The log key did not sign the checkpoint."), where)


def _kept(report: Report, note: checkpoints.Note, grown: merkle.CompactRange, root: bytes | None) -> None:
    where = f"kept checkpoint {note.size}"
    if not note.signed_by(log_key.public_at(note.size)):
        report.add("checkpoint-signature", N_("It is not signed by the key that this log had at that size."), where)
    if note.size > grown.size:
        report.add(
            "dropped", N_("It covers {size} acts; the log has only {have}."), where, size=note.size, have=grown.size
        )
    elif root != note.root:
        report.add("forked", N_("Its root is not the root of this log at that size: history was changed since."), where)
