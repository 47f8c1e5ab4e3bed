"""A certificate or a claim as PDF/A-2b with a code, which carries its own credential.

The credential stands in the file's keywords and says the SHA-256 of the file with zeros in the credential's place: who
changes anything in the file, seen or unseen, changes that. So the paper is checked without asking anybody.
"""

from __future__ import annotations

import hashlib
from typing import Any

import qrcode

from meguri.exchange import printing
from meguri.exchange.proofs import checking, issuing
from meguri.exchange.proofs.content import ProofContent
from meguri.exchange.proofs.issuing import Issued
from meguri.exchange.proofs.wording import COLUMNS, HEADINGS, TITLES, fields, lead, metal_rows
from meguri.kit.node import of_demonstration

MARK = "meguri-proof:"


def pdf(found: Issued) -> bytes:
    """The paper of what was issued."""
    content = found.content
    empty = "0" * len(issuing.jwt(found, "0" * 64))
    made = printing.pdf("proof.typ", _told(found), slot=MARK + empty, qr=svg(issuing.code(found)))
    token = issuing.jwt(found, hashlib.sha256(made).hexdigest())
    if made.count(empty.encode()) == 0 or len(token) != len(empty):
        raise AssertionError(f"the paper of {content.paper} has no place for its credential")
    whole = made.replace(empty.encode(), token.encode())
    assert checking.blank(whole, token.encode()) == made
    return whole


def _told(found: Issued) -> dict[str, Any]:
    content = found.content
    return {
        "title": TITLES[content.kind],
        "number": content.number,
        "on": content.on.isoformat(),
        "demonstration": of_demonstration(content.node),
        "lead": lead(content),
        "fields": [{"label": label, "value": value} for label, value in fields(content, found.authority, found.names)],
        "columns": list(COLUMNS),
        "rows": metal_rows(content),
        "digest": content.digest,
        "key": issuing.key_name(),
        "headings": HEADINGS,
    }


def svg(text: str) -> str:
    """A QR code as SVG of squares."""
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=2)
    made.add_data(text)
    made.make(fit=True)
    rows = made.get_matrix()
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, one in enumerate(row) if one)
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{dark}"/></svg>'
    )


def file_name(content: ProofContent) -> str:
    """What the file is called when it is saved, without its ending."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "-" for one in content.number)
    return f"{content.kind}-{plain}"
