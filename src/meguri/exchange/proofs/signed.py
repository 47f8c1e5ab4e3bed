"""Signed tokens (compact JWS, Ed25519) by the node's key, and the keys by which they are checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from meguri.journal.signatures import signing

ALGORITHM = "Ed25519"


class IssuerKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of an issuing node: its id, its public bytes (base64url), and the span in which it counts."""

    kid: str
    x: str
    since: datetime
    revoked: datetime | None = None

    def counts(self, instant: datetime) -> bool:
        """Whether what was signed at the instant is signed with a key that counted."""
        return self.since <= instant and (self.revoked is None or instant < self.revoked)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A compact JWS taken apart: its text, the id of its key, its type and what it says. Nothing is checked yet."""

    text: str
    kid: str
    typ: str
    told: dict[str, Any]


def did(node: str) -> str:
    """The node as an issuer of credentials."""
    return f"did:web:{node}"


def kid(node: str, key: str) -> str:
    """A key of the node, as its DID document names it."""
    return f"{did(node)}#{key}"


def write(private: Ed25519PrivateKey, kid: str, typ: str, told: Any, **header: str) -> str:
    """A compact JWS over JSON."""
    key = OKPKey.import_key(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": signing.public_text(private),
            "d": signing.b64(private.private_bytes_raw()),
        }
    )
    protected = {"alg": ALGORITHM, "typ": typ, "kid": kid, **header}
    return jws.serialize_compact(protected, msgspec.json.encode(told), key, algorithms=[ALGORITHM])


def read(text: str) -> Token:
    """Take a token apart. ValueError where it is none."""
    try:
        parts = text.split(".")
        if len(parts) != 3:
            raise ValueError("parts")
        header = msgspec.json.decode(signing.unb64(parts[0]), type=dict[str, Any])
        told = msgspec.json.decode(signing.unb64(parts[1]), type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ValueError("no token") from error
    return Token(text=text, kid=str(header.get("kid", "")), typ=str(header.get("typ", "")), told=told)


def genuine(token: Token, keys: Mapping[str, IssuerKey], instant: datetime | None) -> bool:
    """Whether a key of the issuer made it, and counted then. A key that is not known makes nothing genuine."""
    key = keys.get(token.kid)
    if key is None or instant is None or not key.counts(instant):
        return False
    try:
        public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key.x})
        jws.deserialize_compact(token.text, public, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return False
    return True
