"""Acts as they are stored: all of them in order, and one read back."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from meguri.journal.entry.history import Told, read
from meguri.journal.models import ActRow
from meguri.journal.signatures.signing import Jws, Signature

CHUNK = 2000


def told(row: ActRow, parsed: dict[str, Jws]) -> Told:
    """A stored act, read back."""
    return read(bytes(row.canonical), msgspec.json.decode(bytes(row.signature), type=Signature), parsed)


def chunks() -> Iterator[list[ActRow]]:
    """All stored acts in number order, some at a time."""
    last = -1
    while rows := list(ActRow.objects.filter(number__gt=last).order_by("number")[:CHUNK]):
        yield rows
        last = rows[-1].number
