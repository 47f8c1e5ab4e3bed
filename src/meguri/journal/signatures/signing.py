"""Signatures on acts: Ed25519 as compact JWS, over one act's id or once over the Merkle root of a batch.

Pure. The protected header has exactly ``alg`` (``Ed25519`` of RFC 9864, or the older ``EdDSA``), ``kid`` (the key's
RFC 7638 thumbprint) and ``typ`` (``meguri-act``, ``meguri-batch`` or ``meguri-key``). The payload is 32 bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from meguri.journal.act import Act
from meguri.journal.signatures import merkle
from meguri.kit import ids
from meguri.kit.problems import N_, Refused, refuse

ONE, BATCH, KEY, RECEIPT = "meguri-act", "meguri-batch", "meguri-key", "meguri-receipt"
ALGORITHMS = ("Ed25519", "EdDSA")
LONGEST_JWS = 1024
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": "", "\u3000": ""})


CompactJws = Annotated[str, msgspec.Meta(max_length=1000)]
"""A signature as text: longer than a key or an id."""


class Signature(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A compact JWS; in a batch also where the act stands under the signed root (hexadecimal sibling hashes)."""

    jws: CompactJws
    index: int = 0
    size: int = 1
    path: tuple[str, ...] = ()


class PrivateValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that stays outside the act, with the salt (hexadecimal) of its commitment."""

    salt: str
    value: str

    @property
    def commitment(self) -> str:
        """SHA-256 over salt and value: what the act carries."""
        return hashlib.sha256(bytes.fromhex(self.salt) + self.value.encode()).hexdigest()


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act with its signature, and the private values that it commits to where they are given."""

    act: Act
    signature: Signature
    private: dict[str, PrivateValue] = {}


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The protected header of a JWS."""

    alg: str
    kid: str
    typ: str


class Jws(msgspec.Struct, frozen=True):
    """A compact JWS taken apart."""

    header: Header
    payload: bytes
    signed: bytes
    signature: bytes


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Bytes from unpadded base64url. ValueError where it is not, or not written the one canonical way."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if b64(data) != text:
        raise ValueError("not canonical base64url")
    return data


def new_key() -> Ed25519PrivateKey:
    """A fresh private key."""
    return Ed25519PrivateKey.generate()


def public_text(private: Ed25519PrivateKey) -> str:
    """The public key of a private one, as base64url of its 32 bytes."""
    return b64(private.public_key().public_bytes_raw())


@lru_cache(maxsize=4096)
def key_id(public: str) -> str:
    """The RFC 7638 thumbprint of a public key (base64url of 32 bytes). Refused where it is none."""
    try:
        Ed25519PublicKey.from_public_bytes(unb64(public))
    except ValueError:
        raise refuse(
            N_("“{key}” is no Ed25519 public key. Give its 32 bytes in base64url without padding."),
            "/body/public",
            "key",
            key=public[:80],
        ) from None
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}'
    return b64(hashlib.sha256(jwk.encode()).digest())


@lru_cache(maxsize=4096)
def header(key: str, typ: str) -> str:
    """The protected header of a JWS by the key of that id, in base64url."""
    return b64(rfc8785.dumps({"alg": ALGORITHMS[0], "kid": key, "typ": typ}))


def sign(private: Ed25519PrivateKey, typ: str, payload: bytes) -> str:
    """A compact JWS over 32 bytes."""
    signed = f"{header(key_id(public_text(private)), typ)}.{b64(payload)}"
    return f"{signed}.{b64(private.sign(signed.encode()))}"


def sign_acts(private: Ed25519PrivateKey, ids: Sequence[str]) -> list[Signature]:
    """Sign act ids (hexadecimal): one alone, several once over their Merkle root. In the order given."""
    if len(ids) == 1:
        return [Signature(sign(private, ONE, bytes.fromhex(ids[0])))]
    leaves = [merkle.leaf_hash(bytes.fromhex(id)) for id in ids]
    jws = sign(private, BATCH, merkle.root(leaves))
    return [
        Signature(jws, index, len(ids), tuple(map(bytes.hex, path))) for index, path in enumerate(merkle.paths(leaves))
    ]


def parse(jws: str, pointer: str = "/signature/jws") -> Jws:
    """Take a compact JWS apart; the signature is not checked yet. Refused where the form is wrong."""
    try:
        if len(jws) > LONGEST_JWS:
            raise ValueError("too long")
        head, payload, signature = jws.split(".")
        taken = Jws(
            msgspec.json.decode(unb64(head), type=Header),
            unb64(payload),
            f"{head}.{payload}".encode(),
            unb64(signature),
        )
    except (ValueError, msgspec.MsgspecError):
        raise refuse(
            N_("The signature is no compact JWS with exactly alg, kid and typ in its protected header."),
            pointer,
            "signature-form",
        ) from None
    if taken.header.alg not in ALGORITHMS:
        raise refuse(
            N_("The signature's alg is “{alg}”. Sign with Ed25519 (or EdDSA)."),
            pointer,
            "signature-form",
            alg=taken.header.alg[:40],
        )
    return taken


def covers(signature: Signature, jws: Jws, id: bytes) -> bool:
    """Whether what was signed is this act: its id, or a root that its path leads to."""
    if jws.header.typ == ONE:
        return jws.payload == id and signature == Signature(signature.jws)
    if jws.header.typ != BATCH:
        return False
    try:
        path = [bytes.fromhex(hash) for hash in signature.path]
    except ValueError:
        return False
    return merkle.root_from_inclusion(signature.index, signature.size, merkle.leaf_hash(id), path) == jws.payload


def genuine(jws: Jws, public: str) -> bool:
    """Whether the key made this signature."""
    try:
        Ed25519PublicKey.from_public_bytes(unb64(public)).verify(jws.signature, jws.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def enrolment(node: str, owner: str, public: str) -> bytes:
    """What a new key signs to prove that whoever enrols it holds it: SHA-256 of node, owner and key."""
    return hashlib.sha256(rfc8785.dumps({"key": public, "node": node, "owner": owner})).digest()


def prove_key(private: Ed25519PrivateKey, node: str, owner: str) -> str:
    """The proof of possession that an enrolment carries."""
    return sign(private, KEY, enrolment(node, owner, public_text(private)))


def check_proof(proof: str, node: str, owner: str, public: str, pointer: str = "/body/proof") -> None:
    """Refuse an enrolment whose proof the new key did not make."""
    jws = parse(proof, pointer)
    right = jws.header.typ == KEY and jws.payload == enrolment(node, owner, public) and genuine(jws, public)
    if not right:
        raise Refused(
            *refuse(
                N_("The proof was not made by the new key for {owner} on {node}."),
                pointer,
                "key-proof",
                owner=owner,
                node=node,
            ).problems
        )


def new_code() -> str:
    """A one-time code of 80 random bits in four groups, to be read out or written down."""
    name = ids.new()
    return "-".join(name[start : start + 4] for start in range(0, ids.LENGTH, 4))


def code_digest(code: str) -> str:
    """SHA-256 (base64url) of a one-time code; case, spaces and hyphens do not count; O, I, L are read as digits."""
    return b64(hashlib.sha256(code.upper().translate(READ_AS).encode()).digest())
