"""What is done with all of the house's msgspec structs at once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def every(base: type[msgspec.Struct] = msgspec.Struct) -> Iterator[type[msgspec.Struct]]:
    """All structs of the house that have been imported."""
    for struct in base.__subclasses__():
        if struct.__module__.startswith("meguri."):
            yield struct
        yield from every(struct)


def prepare() -> int:
    """Have msgspec find out what each struct is made of; returns how many there were.

    It does so at the first use, and threads that make the first use of one type together have ended the process. So a
    server does this before it has threads.
    """
    found = set(every())
    for struct in found:
        msgspec.json.Decoder(struct)
    return len(found)
