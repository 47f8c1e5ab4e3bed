"""What lots carry of bookings and claims through every step: no gram is booked twice, nothing moves upward. Pure.

What is booked is handed on with the material until metal is recovered from it; the event keeps it then. The lowest
model by which anything was claimed stays with whatever is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from meguri.custody.certificates.shares import recovers
from meguri.custody.claims.vocabulary import models
from meguri.custody.states import Booking, LotState
from meguri.kit.grams import apportion


class Marked(NamedTuple):
    """What each input keeps of what was booked, what each output gets, what the event keeps, and the lowest model."""

    left: tuple[tuple[Booking, ...], ...]
    outputs: tuple[tuple[Booking, ...], ...]
    event: tuple[Booking, ...]
    chain: str


def lowest(chains: Iterable[str]) -> str:
    """The lowest model of some; empty where nothing was claimed."""
    return min((one for one in chains if one), key=lambda one: models()[one].rank, default="")


def booked_g(state: LotState) -> int:
    """Grams of a lot that were booked, to whatever account."""
    return sum(part.grams for part in state.booked)


def claimed_g(state: LotState) -> int:
    """Grams of a lot of which recycled content is claimed."""
    return sum(part.grams for part in state.claims)


def through(names: Sequence[str], parts: Sequence[tuple[LotState, int]], outputs: Sequence[tuple[str, int]]) -> Marked:
    """What becomes of it where so many grams of these lots become outputs (stream and grams)."""
    chain = lowest(state.chain for state, _ in parts)
    if not any(state.booked for state, _ in parts):
        return Marked(tuple(() for _ in parts), tuple(() for _ in outputs), (), chain)
    left, gone = [], []
    for name, (state, grams) in zip(names, parts, strict=True):
        each = [part.grams for part in state.booked]
        if grams < state.mass_g:
            # Rounded up: what is booked is never less than what it was.
            each = apportion(min(grams, -(-sum(each) * grams // state.mass_g)), each)
        pairs = list(zip(state.booked, each, strict=True))
        left.append(tuple(Booking(part.account, part.grams - n) for part, n in pairs if part.grams > n))
        gone += [Booking(part.account, n, name) for part, n in pairs if n]
    if recovers([state.stream for state, _ in parts], [stream for stream, _ in outputs]):
        return Marked(tuple(left), tuple(() for _ in outputs), tuple(gone), chain)
    sums: dict[str, int] = {}
    for part in gone:
        sums[part.account] = sums.get(part.account, 0) + part.grams
    rows: list[list[Booking]] = [[] for _ in outputs]
    for account, grams in sorted(sums.items()):
        for row, n in zip(rows, apportion(grams, [mass for _, mass in outputs]), strict=True):
            if n:
                row.append(Booking(account, n))
    return Marked(tuple(left), tuple(map(tuple, rows)), (), chain)
