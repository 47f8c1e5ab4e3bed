"""What a certificate or a claim says, as its credential carries it and its digest covers it. Pure."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any, Literal

import msgspec
import rfc8785

ProofKind = Literal["certificate", "claim"]


class ProvenMetal(msgspec.Struct, frozen=True, kw_only=True):
    """A lot of metal that a certificate names: grams, the class of evidence, and the standard deviation in grams."""

    lot: str
    element: str
    grams: int
    evidence: str
    sd_g: int = 0


class ProofContent(msgspec.Struct, frozen=True, kw_only=True):
    """What is certified or claimed. It never changes: what changes is whether it is revoked.

    `paper` is its name on the node's record, `act` the digest of the act by which it was said, `index` its place in
    the lists of what is revoked. `facts` are the further figures by name, in grams where they end in ``_g``.
    """

    kind: ProofKind
    number: str
    paper: str
    node: str
    issuer: str
    site: str
    at: datetime
    happened: datetime
    on: date
    act: str
    index: int
    metals: tuple[ProvenMetal, ...]
    facts: dict[str, int | str]

    @property
    def digest(self) -> str:
        """SHA-256 of it in the form of RFC 8785, in hexadecimal, whole."""
        return digest_of(msgspec.to_builtins(self))


def digest_of(told: Any) -> str:
    """The digest of a content as JSON holds it."""
    return hashlib.sha256(rfc8785.dumps(told)).hexdigest()


class ProvenAuthority(msgspec.Struct, frozen=True, kw_only=True):
    """A licence by which the issuer did what it certifies: of whom, by whom, and for which span."""

    licence: str
    kind: str
    number: str
    holder: str
    issued_by: str
    since: datetime
    until: datetime | None = None

    def covers(self, issuer: str, site: str, instant: datetime) -> bool:
        """Whether it is the issuer's or the site's, and holds at the instant."""
        whose = self.holder in (issuer, f"facility:{site}")
        return whose and self.since <= instant and (self.until is None or instant < self.until)
