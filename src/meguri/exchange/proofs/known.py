"""What is known here of issuers: this node's own statement, and those of others that were saved in the data folder."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from meguri.exchange.proofs.checking import IssuerStatement
from meguri.kit.problems import N_, MeguriError, refuse

FOLDER = "issuers"
MOST_BYTES = 2_000_000


def read(text: bytes, name: str) -> IssuerStatement:
    """A statement from the JSON that its node serves. Raises Refused."""
    try:
        if len(text) > MOST_BYTES:
            raise ValueError("size")
        return msgspec.json.decode(text, type=IssuerStatement)
    except (msgspec.DecodeError, ValueError):
        raise refuse(N_("{file} is no statement of an issuer."), "", "issuer", file=name) from None


def _path(data: Path, node: str) -> Path:
    return data / FOLDER / (re.sub(r"[^A-Za-z0-9._-]", "_", node)[:100] + ".json")


def keep(data: Path, found: IssuerStatement) -> Path:
    """Save a statement in the data folder, in place of an older one of the same node; returns where."""
    path = _path(data, found.node)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    return path


def saved(data: Path) -> dict[str, IssuerStatement]:
    """The statements saved in the data folder, by node. One that cannot be read is passed over."""
    found = {}
    for path in sorted((data / FOLDER).glob("*.json")):
        try:
            one = read(path.read_bytes(), path.name)
        except (OSError, MeguriError):
            continue
        found[one.node] = one
    return found
