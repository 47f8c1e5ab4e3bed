"""RFC 9162 Merkle trees over SHA-256: roots, inclusion, consistency, and a range that grows without its leaves.

Pure. A *range* ``(low, high)`` stands for the tree over leaves low..high-1; proofs are lists of ranges, so that the
caller decides where hashes come from (memory or stored branches). Section numbers are those of RFC 9162.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()
Range = tuple[int, int]
Hashes = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf's bytes (2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees (2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than `size`; size is two or more."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes (2.1.1); the hash of nothing where there are none."""
    grown = CompactRange()
    for leaf in leaves:
        grown.append(leaf)
    return grown.root()


class CompactRange:
    """The roots of the perfect subtrees at the left edge: enough to append leaves and to tell the root."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; returns the inner nodes that it completed as (level, index, hash), lowest first."""
        completed: list[tuple[int, int, bytes]] = []
        level, index, hash = 0, self.size, leaf
        while index & 1:
            level, index, hash = level + 1, index >> 1, node_hash(self.peaks.pop(), hash)
            completed.append((level, index, hash))
        self.peaks.append(hash)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root of the whole."""
        if not self.peaks:
            return EMPTY
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found


def paths(leaves: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    """Inclusion paths of all leaf hashes at once (2.1.3), nearest sibling first."""
    inner: dict[Range, bytes] = {}
    found: list[tuple[bytes, ...]] = []

    def grow(low: int, high: int) -> bytes:
        if high - low == 1:
            return leaves[low]
        middle = low + split(high - low)
        inner[low, high] = hash = node_hash(grow(low, middle), grow(middle, high))
        return hash

    def walk(low: int, high: int, above: tuple[bytes, ...]) -> None:
        if high - low == 1:
            found.append(above)
            return
        middle = low + split(high - low)
        left = inner.get((low, middle)) or leaves[low]
        right = inner.get((middle, high)) or leaves[middle]
        walk(low, middle, (right, *above))
        walk(middle, high, (left, *above))

    if leaves:
        grow(0, len(leaves))
        walk(0, len(leaves), ())
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove leaf `index` in a tree of `size` (2.1.3.1). ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges whose hashes prove that the tree of `first` is a prefix of that of `second` (2.1.4.1)."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} does not extend one of {first}")
    if first in (0, second):
        return []
    low, high, whole, found = 0, second, True, []
    while first != high:
        middle = low + split(high - low)
        if first <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low, whole = middle, False
    if not whole:
        found.append((low, high))
    return found[::-1]


def prove(ranges: Iterable[Range], hashes: Hashes) -> list[bytes]:
    """The hashes of those ranges."""
    return [hashes(low, high) for low, high in ranges]


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf hash and its path lead to (2.1.3.2); None where the path does not fit the position."""
    if not 0 <= index < size:
        return None
    hash, last = leaf, size - 1
    for sibling in path:
        if last == 0 or len(sibling) != 32:
            return None
        if index & 1 or index == last:
            hash = node_hash(sibling, hash)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            hash = node_hash(hash, sibling)
        index, last = index >> 1, last >> 1
    return hash if last == 0 else None


def verify_consistency(first: int, second: int, root1: bytes, root2: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree with root2 extends the one with root1 (2.1.4.2).

    That a tree begins with nothing proves nothing, and does not count as proof.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and root1 == root2
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, root1)
    if not steps:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for hash in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(hash, old), node_hash(hash, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, hash)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root1 and new == root2
