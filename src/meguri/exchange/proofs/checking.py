"""Whether a certificate or a claim is good, by what the checker knows of its issuer: keys and lists. Pure, offline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from meguri.exchange.proofs import credentials, signed, statuses
from meguri.exchange.proofs.content import digest_of
from meguri.exchange.proofs.credentials import ReadProof
from meguri.exchange.proofs.signed import IssuerKey, Token
from meguri.kit import clock

SLOT = re.compile(rb"meguri-proof:([A-Za-z0-9_.-]{100,30000})")
"""The credential within a PDF; each place has the same, and counts as zeros in the file's digest."""
MOST_BYTES = 5_000_000


class IssuerStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What a node says of itself as an issuer: its keys, and its lists of what is revoked by their address."""

    node: str
    keys: tuple[IssuerKey, ...]
    lists: dict[str, str]


class ProofChecks(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at: yes, no, or (None) not known."""

    signature: bool | None
    status: bool | None
    scope: bool | None
    digest: bool | None


class CheckedProof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is good, what it is, and how many days old the knowledge of its status is (None: there is none)."""

    valid: bool
    kind: str
    number: str
    issuer: str
    checks: ProofChecks
    status_age_days: int | None
    proof: ReadProof | None = None


def find(data: bytes) -> tuple[str, bytes | None]:
    """The token in a file, and (of a PDF) the bytes that its digest covers. ValueError where there is none."""
    if len(data) > MOST_BYTES:
        raise ValueError("size")
    if data.startswith(b"%PDF-"):
        found = {match.group(1) for match in SLOT.finditer(data)}
        if len(found) != 1:
            raise ValueError("no proof in this PDF")
        (slot,) = found
        return slot.decode(), blank(data, slot)
    return data.strip().decode("ascii"), None


def blank(data: bytes, slot: bytes) -> bytes:
    """A PDF as it was before its proof was written into it."""
    return data.replace(slot, b"0" * len(slot))


def check(
    data: bytes,
    known: Mapping[str, IssuerStatement],
    now: datetime,
    scope: Callable[[ReadProof], bool | None] | None = None,
) -> CheckedProof:
    """Check a file by the statements of issuers, by node. `scope` looks at the issuer's own record, where it is here.

    ValueError where the file is no certificate or claim.
    """
    text, covered = find(data)
    token = signed.read(text)
    proof = credentials.read(token)
    statement = known.get(proof.content.node)
    keys = {key.kid: key for key in statement.keys} if statement else {}
    own = token.kid.startswith(signed.did(proof.content.node) + "#")
    digest = digest_of(proof.told) == proof.digest == proof.content.digest
    if covered is not None or proof.file:
        digest = digest and covered is not None and hashlib.sha256(covered).hexdigest() == proof.file
    revoked, age = _status(proof, statement, keys, now)
    checks = ProofChecks(
        signature=own and signed.genuine(token, keys, proof.issued) if statement else None,
        status=None if revoked is None else not revoked,
        scope=_scope(proof, scope),
        digest=digest,
    )
    return CheckedProof(
        valid=all(value is True for value in msgspec.structs.astuple(checks)),
        kind=proof.content.kind,
        number=proof.content.number,
        issuer=proof.content.issuer,
        checks=checks,
        status_age_days=age,
        proof=proof,
    )


def _scope(proof: ReadProof, own: Callable[[ReadProof], bool | None] | None) -> bool | None:
    """Whether a licence of the issuer, or of its site, covers what it says; by its own record where that is here."""
    content = proof.content
    said = any(one.covers(content.issuer, content.site, content.happened) for one in proof.authority)
    found = own(proof) if own else None
    return said if found is None else said and found


def _status(
    proof: ReadProof, statement: IssuerStatement | None, keys: Mapping[str, IssuerKey], now: datetime
) -> tuple[bool | None, int | None]:
    """Whether it is revoked as far as is known, and how old that knowledge is."""
    number, place = statuses.place(proof.content.index)
    where = statuses.address(proof.content.node, number)
    text = statement.lists.get(where) if statement else None
    if text is None or (proof.lists, proof.place) != (where, place):
        return None, None
    try:
        token: Token = signed.read(text)
        since = clock.parse(str(token.told["validFrom"]))
        if token.told.get("id") != where or not signed.genuine(token, keys, since):
            return None, None
        bits = statuses.decoded(str(token.told["credentialSubject"]["encodedList"]))
        return statuses.is_set(bits, place), max(0, (now - since).days)
    except (ValueError, KeyError, TypeError):
        return None, None
