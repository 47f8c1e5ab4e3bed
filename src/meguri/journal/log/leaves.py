"""What a leaf of the log is made of. Pure."""

from __future__ import annotations

import hashlib

import rfc8785


def leaf_data(id: str, number: int, recorded: str, signature: bytes) -> bytes:
    """The bytes of a leaf (RFC 8785): act id, number, time of taking down, SHA-256 of the signature."""
    return rfc8785.dumps(
        {"act": id, "number": number, "recorded": recorded, "signature": hashlib.sha256(signature).hexdigest()}
    )
