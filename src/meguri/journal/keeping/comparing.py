"""How far a backup is behind the node that it was made of."""

from __future__ import annotations

from meguri.journal.keeping.checking import Checked, put, without
from meguri.journal.log import sealing
from meguri.journal.models import ActRow, Checkpoint, Founding
from meguri.kit.problems import N_


def compare(found: Checked) -> None:
    """Note what this node's record has and the backup has not. Nothing is noted where the record is another, or none.

    A backup whose log is not the beginning of this node's is of another history, and that is a finding.
    """
    founded = Founding.objects.filter(id=Founding.ID).first()
    if founded is None or founded.value.node != found.node:
        return
    newest = Checkpoint.objects.order_by("-size").first()
    size = newest.size if newest else 0
    if 0 < found.sealed <= size and sealing.range_hash(0, found.sealed).hex() != found.root:
        found.add("forked", N_("Its log is not the beginning of this node's log."), "node")
        return
    numbers = ActRow.objects.order_by("number").values_list("number", flat=True).iterator(chunk_size=2000)
    found.missing, found.behind = [], 0
    for number in without(numbers, found.numbers):
        put(found.missing, number)
        found.behind += 1
