"""What people's second factors keep in the database: encrypted under the keyring secret, which lies outside."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken

from meguri.kit.problems import N_, refuse

FIELDS = ("secret", "seed", "migrated_codes")
"""Of what an authenticator keeps: the parts that are secret."""


def box(secret: str) -> Fernet:
    """What encrypts and decrypts under a keyring secret."""
    key = hashlib.sha256(b"meguri.second-factors" + secret.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def keep_under(old: str, new: str) -> None:
    """Encrypt all second factors under another secret; to be called in a transaction. Refused where the old one is
    not theirs.
    """
    before, after = box(old), box(new)

    def anew(value: Any) -> Any:
        if isinstance(value, list):
            return [anew(part) for part in value]
        return after.encrypt(before.decrypt(value.encode())).decode()

    for row in Authenticator.objects.select_for_update().order_by("id"):
        try:
            row.data |= {name: anew(row.data[name]) for name in FIELDS if row.data.get(name)}
        except InvalidToken:
            raise refuse(
                N_("A second factor cannot be opened: the keyring secret is not the one that it was kept under."),
                "",
                "keyring",
            ) from None
        row.save(update_fields=["data"])
