"""One file with which anybody proves, without a server, that an act was told by whom it says and stands in the log.

It holds the act, its signature with the public key, its leaf with the path to a checkpoint, and that checkpoint. Whose
key it is and which key the log has are not proved by it: they are compared with what is known from elsewhere.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from meguri.journal.act import Act
from meguri.journal.log import checkpoints
from meguri.journal.signatures import merkle, signing
from meguri.journal.signatures.signing import Signature
from meguri.kit.problems import MeguriError


class Inclusion(msgspec.Struct, frozen=True):
    """An act's place in the log: its leaf's bytes as text, index, the log's size, hexadecimal path, and checkpoint."""

    act: str
    leaf: str
    index: int
    size: int
    path: tuple[str, ...]
    checkpoint: str

    def holds(self, log_public: str) -> bool:
        """Whether leaf and path lead to the root of the checkpoint, which the log key (base64url) signed."""
        note = checkpoints.read(self.checkpoint)
        leaf = merkle.leaf_hash(self.leaf.encode())
        root = merkle.root_from_inclusion(self.index, self.size, leaf, [bytes.fromhex(hash) for hash in self.path])
        named = msgspec.json.decode(self.leaf, type=dict[str, Any]).get("act")
        return named == self.act and note.size == self.size and root == note.root and note.signed_by(log_public)


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`key` and `log_key` are public keys (base64url) of the act and of the log at the checkpoint."""

    act: Act
    signature: Signature
    key: str
    proof: Inclusion
    log_key: str


class Judged(msgspec.Struct, frozen=True):
    """What a bundle proves; each is its own question, and `holds` where all are answered with yes.

    `by` is who says it for the actor; that the actor lets it, its delegation on record shows, and this file does not.
    """

    holds: bool
    act: str
    actor: str
    by: str
    key: str
    signed: bool
    in_log: bool
    origin: str
    size: int
    log_key: str
    log_key_known: bool | None


def judge(bundle: Bundle, log_key: str = "") -> Judged:
    """Check a bundle; with `log_key` (base64url), that the log has the key that is known from elsewhere."""
    act = bundle.act
    signed = in_log = False
    note = checkpoints.read(bundle.proof.checkpoint)
    try:
        jws = signing.parse(bundle.signature.jws)
        signed = (
            jws.header.kid == act.key == signing.key_id(bundle.key)
            and signing.covers(bundle.signature, jws, bytes.fromhex(act.id))
            and signing.genuine(jws, bundle.key)
        )
        leaf: dict[str, Any] = msgspec.json.decode(bundle.proof.leaf, type=dict[str, Any])
        mark = hashlib.sha256(msgspec.json.encode(bundle.signature)).hexdigest()
        in_log = bundle.proof.holds(bundle.log_key) and (leaf.get("act"), leaf.get("signature")) == (act.id, mark)
    except (MeguriError, ValueError, msgspec.MsgspecError):
        pass
    known = None if not log_key else log_key == bundle.log_key
    return Judged(
        holds=signed and in_log and known is not False,
        act=act.id,
        actor=act.actor,
        by="" if act.speaker == act.actor else act.speaker,
        key=act.key,
        signed=signed,
        in_log=in_log,
        origin=note.origin,
        size=note.size,
        log_key=bundle.log_key,
        log_key_known=known,
    )
