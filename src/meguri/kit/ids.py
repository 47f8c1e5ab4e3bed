"""Names for new things: sayable on the telephone, made without asking a server, and no two alike in the world."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


LENGTH = 16
"""80 bits: among ten thousand million names of all nodes the chance that any two are alike is one in 24,000."""


def new() -> str:
    """A random Crockford base-32 name."""
    bits = secrets.randbits(5 * LENGTH)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH))


def made(text: str) -> bool:
    """Whether a text is written like a name made here."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)
