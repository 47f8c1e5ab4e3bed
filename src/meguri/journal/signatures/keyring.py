"""Private keys that the service keeps: AES-256-GCM under a key derived from a secret outside the database."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from meguri.journal.models import SealedKey
from meguri.journal.signatures import signing
from meguri.kit.people import sealed
from meguri.kit.problems import N_, NotFound, Problem, refuse


@lru_cache(maxsize=4)
def _box(secret: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=b"meguri", info=b"keyring v1").derive(secret.encode())
    return AESGCM(derived)


def keep(private: Ed25519PrivateKey) -> str:
    """Keep a private key; returns its id."""
    id = signing.key_id(signing.public_text(private))
    nonce = os.urandom(12)
    box = _box(settings.KEYRING_SECRET).encrypt(nonce, private.private_bytes_raw(), id.encode())
    SealedKey.objects.create(id=id, nonce=nonce, box=box)
    return id


def box(text: str, name: str, secret: str = "") -> bytes:
    """A text encrypted as kept keys are; `name` is what it belongs to."""
    nonce = os.urandom(12)
    return nonce + _box(secret or settings.KEYRING_SECRET).encrypt(nonce, text.encode(), name.encode())


def unbox(boxed: bytes, name: str, secret: str = "") -> str:
    """The text of `box`. Refused where it was kept under another secret, or belongs to something else."""
    return _raw(name, boxed[:12], boxed[12:], secret or settings.KEYRING_SECRET).decode()


Rekey = Callable[[str, str], None]
_others: list[Rekey] = []


def also(rekey: Rekey) -> None:
    """Let a room bring under another secret what it keeps in boxes: ``rekey(old, new)``, within the transaction."""
    if rekey not in _others:
        _others.append(rekey)


def keep_under(old: str, new: str) -> int:
    """Encrypt every kept key, and people's second factors, under another secret, all or none; returns how many keys
    there are. Refused where the old one is not the secret of them all: then nothing is changed.
    """
    with transaction.atomic():
        count = 0
        for row in SealedKey.objects.select_for_update().order_by("id"):
            raw = _raw(row.id, bytes(row.nonce), bytes(row.box), old)
            row.nonce = os.urandom(12)
            row.box = _box(new).encrypt(row.nonce, raw, row.id.encode())
            row.save()
            count += 1
        for rekey in _others:
            rekey(old, new)
        sealed.keep_under(old, new)
    return count


def private(id: str) -> Ed25519PrivateKey:
    """The private key of that id. NotFound where the service does not keep it."""
    return _open(id, settings.KEYRING_SECRET)


@lru_cache(maxsize=1024)
def _open(id: str, secret: str) -> Ed25519PrivateKey:
    """Keys are named by what they are, so that one opened before need not be opened again."""
    row = SealedKey.objects.filter(id=id).values_list("nonce", "box").first()
    if row is None:
        raise NotFound(Problem(N_("The service keeps no private key {key}."), "/key", "key", {"key": id}))
    return Ed25519PrivateKey.from_private_bytes(_raw(id, bytes(row[0]), bytes(row[1]), secret))


def _raw(id: str, nonce: bytes, box: bytes, secret: str) -> bytes:
    try:
        return _box(secret).decrypt(nonce, box, id.encode())
    except InvalidTag:
        raise refuse(
            N_("A kept key cannot be opened: MEGURI_KEYRING_SECRET is not the secret that it was kept under."),
            "",
            "keyring",
        ) from None
