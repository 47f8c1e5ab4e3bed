"""Contents at rest: in the database, by hash, in parts, each content under a key of its own.

In the database and not beside it, because a content then comes with its act or not at all, is in every backup, and is
erased in one transaction. The key of a content lies in a keyring box: under another keyring secret the keys alone are
encrypted anew.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meguri.journal.signatures import keyring
from meguri.kit.problems import N_, Conflict, Problem
from meguri.papers.models import PaperChunk, PaperContent, StoredPaper

PART = 32 * 1024
"""Bytes of a part: a backup reads a thousand rows at once."""
AT_ONCE = 50


def _name(sha256: str) -> str:
    return f"paper:{sha256}"


def _bound(sha256: str, place: int, count: int) -> bytes:
    return f"{sha256}:{place}:{count}".encode()


def keep(content: bytes) -> str:
    """Keep a content, within a transaction; returns its hash. What is there already is kept once."""
    sha256 = hashlib.sha256(content).hexdigest()
    key = AESGCM.generate_key(256)
    row = PaperContent(sha256=sha256, size=len(content), key=keyring.box(base64.b64encode(key).decode(), _name(sha256)))
    PaperContent.objects.bulk_create([row], ignore_conflicts=True)
    # Held until the end, so that nobody erases it meanwhile.
    held = PaperContent.objects.select_for_update().get(pk=sha256)
    if bytes(held.key) != bytes(row.key):
        return sha256
    box, count = AESGCM(key), -(-len(content) // PART)
    for first in range(0, count, AT_ONCE):
        PaperChunk.objects.bulk_create(
            PaperChunk(content_id=sha256, place=place, box=_sealed(box, content, sha256, place, count))
            for place in range(first, min(first + AT_ONCE, count))
        )
    return sha256


def _sealed(box: AESGCM, content: bytes, sha256: str, place: int, count: int) -> bytes:
    nonce = os.urandom(12)
    return nonce + box.encrypt(nonce, content[place * PART : (place + 1) * PART], _bound(sha256, place, count))


def read(sha256: str) -> bytes:
    """A content. Raises Conflict where it is not whole, and Refused where the secret is another."""
    row = PaperContent.objects.filter(pk=sha256).first()
    if row is None:
        raise broken()
    box = AESGCM(base64.b64decode(keyring.unbox(bytes(row.key), _name(sha256))))
    count, found = -(-row.size // PART), bytearray()
    parts = PaperChunk.objects.filter(content_id=sha256).order_by("place").values_list("place", "box")
    try:
        for place, part in parts.iterator(chunk_size=AT_ONCE):
            boxed = bytes(part)
            found += box.decrypt(boxed[:12], boxed[12:], _bound(sha256, place, count))
    except InvalidTag:
        raise broken() from None
    if hashlib.sha256(found).hexdigest() != sha256:
        raise broken()
    return bytes(found)


def broken() -> Conflict:
    """The answer where a content is not what was brought."""
    return Conflict(
        Problem(N_("The content of this paper is damaged. Tell the operator; a backup may have it."), "", "damaged")
    )


def drop(sha256: str) -> None:
    """Erase a content that no paper has any more; within a transaction."""
    held = PaperContent.objects.select_for_update().filter(pk=sha256).first()
    if held is not None and not StoredPaper.objects.filter(sha256=sha256).exists():
        held.delete()


def keep_under(old: str, new: str) -> None:
    """Bring the keys of all contents under another keyring secret."""
    for row in PaperContent.objects.select_for_update().order_by("sha256").iterator(chunk_size=500):
        name = _name(row.sha256)
        row.key = keyring.box(keyring.unbox(bytes(row.key), name, old), name, new)
        row.save(update_fields=["key"])
