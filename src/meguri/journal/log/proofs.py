"""Proofs that anybody can check: an act is in the log under a checkpoint, one checkpoint extends another."""

from __future__ import annotations

import msgspec

from meguri.journal.act import Entry
from meguri.journal.log import log_key, sealing
from meguri.journal.log.bundles import Bundle, Inclusion
from meguri.journal.models import ActRow, Checkpoint, Key, Leaf
from meguri.journal.signatures import merkle
from meguri.journal.signatures.signing import Signature
from meguri.journal.states import KeyState
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse


class Consistency(msgspec.Struct, frozen=True):
    """That the log of `second` acts begins with the log of `first`: roots and path in hexadecimal."""

    first: int
    second: int
    first_root: str
    second_root: str
    path: tuple[str, ...]


def newest() -> Checkpoint:
    """The newest checkpoint. NotFound where nothing was sealed yet."""
    found = Checkpoint.objects.order_by("-size").first()
    if found is None:
        raise NotFound(Problem(N_("Nothing is sealed yet."), "", "unsealed"))
    return found


def inclusion(id: str) -> Inclusion:
    """The proof for an act under the newest checkpoint. NotFound, or a conflict while the act is not sealed."""
    row = ActRow.objects.filter(act_id=id).first()
    if row is None:
        raise NotFound(Problem(N_("There is no act {id} on record."), "", "act", {"id": id}))
    index = Leaf.objects.filter(number=row.number).values_list("index", flat=True).first()
    if index is None:
        raise Conflict(Problem(N_("The act is taken down but not sealed yet. Ask again in a second."), "", "unsealed"))
    checkpoint = newest()
    path = merkle.prove(merkle.inclusion_ranges(index, checkpoint.size), sealing.range_hash)
    return Inclusion(
        id, sealing.leaf_of(row).decode(), index, checkpoint.size, tuple(hash.hex() for hash in path), checkpoint.note
    )


def bundle(entry: Entry, signature: Signature) -> Bundle:
    """All that proves an act, in one. Conflict while it is not sealed."""
    proof = inclusion(entry.id)
    key: KeyState = Key.objects.get(id=entry.act.key).value
    return Bundle(
        act=entry.act, signature=signature, key=key.public, proof=proof, log_key=log_key.public_at(proof.size)
    )


def consistency(first: int, second: int | None = None) -> Consistency:
    """The proof that the log grew from `first` to `second` acts (the newest checkpoint's, where none is given)."""
    most = newest().size
    second = most if second is None else second
    if not 1 <= first <= second <= most:
        raise refuse(
            N_("Ask from 1 to {most}, the smaller size first; {first} and {second} were asked."),
            "/from",
            "range",
            most=most,
            first=first,
            second=second,
        )
    path = merkle.prove(merkle.consistency_ranges(first, second), sealing.range_hash)
    return Consistency(
        first,
        second,
        sealing.range_hash(0, first).hex(),
        sealing.range_hash(0, second).hex(),
        tuple(hash.hex() for hash in path),
    )
