"""A security key in software: it makes credentials and signs challenges as an authenticator does (WebAuthn level 2)."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftwareKey:
    """One credential of one site; `counter` goes up with every use."""

    def __init__(self, site: str) -> None:
        self.site, self.counter = site, 0
        self.id = os.urandom(16)
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.user = b""

    def _client(self, kind: str, challenge: str, origin: str = "") -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": origin or f"https://{self.site}", "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, more: bytes = b"", flags: int = 0) -> bytes:
        self.counter += 1
        site = hashlib.sha256(self.site.encode()).digest()
        return AuthenticatorData.create(site, PRESENT | VERIFIED | flags, self.counter, more)

    def _credential(self, response: dict[str, str]) -> str:
        named = websafe_encode(self.id)
        found: dict[str, Any] = {
            "id": named,
            "rawId": named,
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": response,
        }
        return json.dumps(found)

    def create(self, options: dict[str, Any], origin: str = "") -> str:
        """The answer to options of creation, as a browser sends it."""
        asked = options["publicKey"]
        assert asked["rp"]["id"] == self.site
        self.user = asked["user"]["id"].encode()
        public = ES256.from_cryptography_key(self.private.public_key())
        data = self._data(AttestedCredentialData.create(b"\0" * 16, self.id, public), ATTESTED)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": bytes(data)})
        client = self._client("webauthn.create", asked["challenge"], origin)
        return self._credential(
            {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(attestation)}
        )

    def sign(self, options: dict[str, Any], origin: str = "") -> str:
        """The answer to options of a request: signed with this key."""
        client = self._client("webauthn.get", options["publicKey"]["challenge"], origin)
        data = bytes(self._data())
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": self.user.decode(),
            }
        )
