"""Names for new things: short, sayable on the telephone, made without asking a server."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(length: int = 10) -> str:
    """A random Crockford base-32 name; ten characters hold 50 bits."""
    bits = secrets.randbits(5 * length)
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(length))
