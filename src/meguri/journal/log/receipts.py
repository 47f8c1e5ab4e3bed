"""Receipts: what the node answers at once, signed, before anything is sealed. Whoever holds one can show that an act
was taken down, even where the operator lets it disappear before the next checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meguri.journal.entry.recording import Receipt
from meguri.journal.signatures import signing
from meguri.kit import clock


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """An act's id, number and instant of taking down, as `node` signs them with the key that `signature` names.

    `fresh` says whether it was taken down now; it is not signed.
    """

    id: str
    number: int
    recorded: str
    node: str
    signature: str
    fresh: bool = False

    def holds(self, public: str) -> bool:
        """Whether the key (base64url) signed it."""
        jws = signing.parse(self.signature, "/signature")
        stated = statement(self.node, self.id, self.number, self.recorded)
        return jws.header.typ == signing.RECEIPT and jws.payload == stated and signing.genuine(jws, public)


def statement(node: str, id: str, number: int, recorded: str) -> bytes:
    """What is signed: SHA-256 of the canonical ``{"act", "node", "number", "recorded"}``."""
    return hashlib.sha256(rfc8785.dumps({"act": id, "node": node, "number": number, "recorded": recorded})).digest()


def sign(receipts: Sequence[Receipt], node: str, private: Ed25519PrivateKey) -> list[SignedReceipt]:
    """Receipts, signed with the node's own key."""
    made = []
    for receipt in receipts:
        recorded = clock.stamp(receipt.recorded)
        mark = signing.sign(private, signing.RECEIPT, statement(node, receipt.id, receipt.number, recorded))
        made.append(
            SignedReceipt(
                id=receipt.id,
                number=receipt.number,
                recorded=recorded,
                node=node,
                signature=mark,
                fresh=receipt.fresh,
            )
        )
    return made
