"""What is revoked, as lists of bits: W3C Bitstring Status List v1.0, one bit for each act that could issue something.

A list has 131,072 entries; the index of a credential is the number of its act, so that none is given twice. Pure.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from meguri.exchange.proofs import signed
from meguri.journal.signatures import signing
from meguri.kit import clock

ENTRIES = 131_072
"""The least that the recommendation allows, so that a list does not tell of whom it speaks."""
TTL_MS = 86_400_000
MOST_BYTES = 4 * ENTRIES


def place(index: int) -> tuple[int, int]:
    """The list of an index, and its place there."""
    return divmod(index, ENTRIES)


def address(node: str, number: int) -> str:
    """Where a list stands."""
    return f"https://{node}/proofs/status/{number}"


def encoded(revoked: Iterable[int]) -> str:
    """Places of a list as its bits: most significant first, compressed, in multibase base64url."""
    bits = bytearray(ENTRIES // 8)
    for one in revoked:
        bits[one // 8] |= 0x80 >> one % 8
    # The time in the header would make equal lists unequal.
    return "u" + signing.b64(gzip.compress(bytes(bits), mtime=0))


def decoded(text: str) -> bytes:
    """The bits of a list. ValueError where it is none, or unfolds to more than a list can be."""
    if not text.startswith("u"):
        raise ValueError("multibase")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(signing.unb64(text[1:]))) as file:
            bits = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise ValueError("list") from error
    if not ENTRIES // 8 <= len(bits) <= MOST_BYTES:
        raise ValueError("length")
    return bits


def is_set(bits: bytes, at: int) -> bool:
    """Whether a place is set. ValueError where the list has no such place."""
    if not 0 <= at < len(bits) * 8:
        raise ValueError("place")
    return bool(bits[at // 8] & 0x80 >> at % 8)


def entry(node: str, index: int) -> dict[str, str]:
    """The `credentialStatus` of what has that index."""
    number, at = place(index)
    where = address(node, number)
    return {
        "id": f"{where}#{at}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(at),
        "statusListCredential": where,
    }


def list_of(node: str, number: int, revoked: Iterable[int], at: datetime) -> dict[str, Any]:
    """A list as the credential that is signed."""
    where = address(node, number)
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": where,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": signed.did(node),
        "validFrom": clock.stamp(at),
        "credentialSubject": {
            "id": f"{where}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": TTL_MS,
            "encodedList": encoded(revoked),
        },
    }
