"""Checkpoints as C2SP signed notes: origin, size, root, and the log key's signature. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from meguri.journal.signatures import signing
from meguri.kit.problems import N_, refuse


class Note(msgspec.Struct, frozen=True):
    """A checkpoint taken apart: what it states, and the signatures under it as (name, key hash, signature)."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @property
    def body(self) -> bytes:
        """The signed text."""
        return body(self.origin, self.size, self.root)

    def signed_by(self, public: str) -> bool:
        """Whether the log key (base64url) signed it under the origin's name."""
        wanted = key_hash(self.origin, public)
        for name, hash, signature in self.signatures:
            if name == self.origin and hash == wanted:
                try:
                    Ed25519PublicKey.from_public_bytes(signing.unb64(public)).verify(signature, self.body)
                except InvalidSignature:
                    continue
                return True
        return False


def body(origin: str, size: int, root: bytes) -> bytes:
    """The text that is signed: three lines."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def key_hash(name: str, public: str) -> bytes:
    """The four bytes that name an Ed25519 key in a signed note."""
    return hashlib.sha256(name.encode() + b"\n\x01" + signing.unb64(public)).digest()[:4]


def write(origin: str, size: int, root: bytes, private: Ed25519PrivateKey) -> str:
    """A signed note."""
    text = body(origin, size, root)
    mark = key_hash(origin, signing.public_text(private)) + private.sign(text)
    return f"{text.decode()}\n— {origin} {base64.b64encode(mark).decode()}\n"


def read(text: str) -> Note:
    """Take a signed note apart; signatures are not checked yet. Refused where it is none."""
    try:
        stated, _, marks = text.replace("\r\n", "\n").strip("\n").partition("\n\n")
        origin, size, root = stated.split("\n")
        if not origin or not size.isascii() or not size.isdigit() or str(int(size)) != size or len(size) > 18:
            raise ValueError("size")
        hash = base64.b64decode(root, validate=True)
        if len(hash) != 32:
            raise ValueError("root")
        signatures = []
        for line in marks.split("\n"):
            dash, name, mark = line.split(" ")
            raw = base64.b64decode(mark, validate=True)
            if dash != "—":
                raise ValueError("dash")
            signatures.append((name, raw[:4], raw[4:]))
    except (ValueError, binascii.Error):
        raise refuse(
            N_(
                "This is no checkpoint. It has an origin, a size and a base64 root on three lines, an empty line, "
                "and a signature line that begins with a dash."
            ),
            "/checkpoint",
            "checkpoint",
        ) from None
    return Note(origin, int(size), hash, tuple(signatures))
