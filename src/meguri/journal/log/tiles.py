"""The log's hashes as C2SP tlog-tiles has them: 256 hashes of one level in a file, by addresses that never change.

Level 0 holds the leaves' hashes, level L the roots of subtrees of 256^L leaves. What the leaves say is in no tile: an
act is read by whom its kind lets.
"""

from __future__ import annotations

import re

import msgspec

from meguri.journal.log.sealing import STRIDE
from meguri.journal.models import Checkpoint, Leaf, Tile
from meguri.kit.problems import N_, NotFound, Problem

WIDTH = 1 << STRIDE
_PATH = re.compile(r"([0-5])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class Place(msgspec.Struct, frozen=True):
    """A tile's level and index, and how many hashes are asked of it."""

    level: int
    index: int
    width: int = WIDTH


def place(path: str) -> Place:
    """The tile that a path names: ``0/x001/067`` or, of one that is not full yet, ``0/x001/067.p/8``."""
    found = _PATH.fullmatch(path)
    width = int(found[3] or WIDTH) if found else 0
    if found is None or width > WIDTH - bool(found[3]):
        raise _none(path)
    parts = found[2].replace("x", "").split("/")
    if len(parts) > 1 and parts[0] == "000":
        raise _none(path)
    return Place(int(found[1]), int("".join(parts)), width)


def path(place: Place) -> str:
    """The path of a tile."""
    digits = str(place.index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([f"x{part}" for part in parts[:-1]] + parts[-1:])
    return f"{place.level}/{name}" + (f".p/{place.width}" if place.width < WIDTH else "")


def read(place: Place) -> bytes:
    """The hashes of a tile, one after another. NotFound where the newest checkpoint does not cover them all."""
    size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    low = place.index << STRIDE
    if low + place.width > size >> STRIDE * place.level:
        raise _none(path(place))
    within = {"index__gte": low, "index__lt": low + place.width}
    rows = Tile.objects.filter(level=STRIDE * place.level, **within) if place.level else Leaf.objects.filter(**within)
    return b"".join(bytes(hash) for hash in rows.order_by("index").values_list("hash", flat=True))


def _none(path: str) -> NotFound:
    return NotFound(Problem(N_("The log has no tile {path}."), "", "tile", {"path": path[:80]}))
