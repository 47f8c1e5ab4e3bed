"""Whose a charge is: what lots carry of the movements they came with, through every step, to the gram. Pure.

Of a lot that was accepted, every gram is carried until something is recovered from it: sorting, blending or packing
hand on all of it, losses included, so that what is carried adds up to what was accepted. What comes out of a recovery
is shared among the movements by the mass of each that went in, with largest remainders, output by output.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from meguri.custody.states import Belonging, LotState
from meguri.custody.vocabulary import element_of
from meguri.kit.grams import apportion

Key = tuple[str, bool]


class Shared(NamedTuple):
    """What a transformation does with what its lots carry: what each input keeps, each output gets, and the event."""

    left: tuple[tuple[Belonging, ...], ...]
    outputs: tuple[tuple[Belonging, ...], ...]
    event: tuple[Belonging, ...]


def recovers(inputs: Sequence[str], outputs: Sequence[str]) -> bool:
    """Whether metal comes out of streams that are none."""
    return any(map(element_of, outputs)) and not any(map(element_of, inputs))


def through(parts: Sequence[tuple[LotState, int]], outputs: Sequence[tuple[str, int]]) -> Shared:
    """What becomes of what is carried where so many grams of lots become outputs (stream and grams)."""
    if not any(state.of for state, _ in parts):
        return Shared(tuple(() for _ in parts), tuple(() for _ in outputs), ())
    if any(element_of(state.stream) for state, _ in parts):
        # Metal is certified where it was recovered: what it becomes later carries nothing.
        return Shared(tuple(state.of for state, _ in parts), tuple(() for _ in outputs), ())
    gone, left = _taken(parts)
    if not recovers([state.stream for state, _ in parts], [stream for stream, _ in outputs]):
        return Shared(left, _handed_on(gone, [grams for _, grams in outputs]), ())
    weights = _weights(parts)
    made = tuple(_made(grams, weights) for _, grams in outputs)
    untreated = {movement: grams for (movement, treated), grams in gone.items() if not treated}
    event = tuple(Belonging(name, untreated.get(name, 0), True) for name in sorted(weights) if name)
    return Shared(left, made, event)


def carried(state: LotState) -> tuple[Belonging, ...]:
    """What a lot carries: its own mass under no movement, where nothing else is said."""
    return state.of or (Belonging("", state.mass_g),)


def _taken(parts: Sequence[tuple[LotState, int]]) -> tuple[dict[Key, int], tuple[tuple[Belonging, ...], ...]]:
    """What goes in by movement, and what each lot keeps: in proportion to its mass, everything where all of it goes."""
    gone: dict[Key, int] = {}
    left = []
    for state, grams in parts:
        own = carried(state)
        each = [part.grams for part in own]
        if grams < state.mass_g:
            each = apportion(sum(each) * grams // state.mass_g, each)
        for part, taken in zip(own, each, strict=True):
            key = (part.movement, part.treated)
            gone[key] = gone.get(key, 0) + taken
        kept = [Belonging(part.movement, part.grams - n, part.treated) for part, n in zip(own, each, strict=True)]
        left.append(_told(kept) if state.of else ())
    return gone, tuple(left)


def _told(parts: Sequence[Belonging]) -> tuple[Belonging, ...]:
    """What is carried without what is nothing; nothing at all where no movement is in it."""
    found = tuple(part for part in parts if part.grams)
    return found if any(part.movement for part in found) else ()


def _handed_on(gone: dict[Key, int], masses: Sequence[int]) -> tuple[tuple[Belonging, ...], ...]:
    """All that went in, over the outputs by their mass."""
    rows: list[list[Belonging]] = [[] for _ in masses]
    for (movement, treated), grams in sorted(gone.items()):
        for row, part in zip(rows, apportion(grams, masses), strict=True):
            row.append(Belonging(movement, part, treated))
    return tuple(_told(row) for row in rows)


def _weights(parts: Sequence[tuple[LotState, int]]) -> dict[str, Fraction]:
    """How many of the grams that go in are of which movement: by each lot's mass, exactly."""
    found: dict[str, Fraction] = {}
    for state, grams in parts:
        own = carried(state)
        whole = sum(part.grams for part in own)
        for part in own:
            # What a lot carries may have come to nothing by rounding; then it is of none.
            name, share = (part.movement, Fraction(grams * part.grams, whole)) if whole else ("", Fraction(grams))
            found[name] = found.get(name, Fraction(0)) + share
    return found


def _made(grams: int, weights: dict[str, Fraction]) -> tuple[Belonging, ...]:
    """One output over the movements."""
    names = sorted(weights)
    each = apportion(grams, [weights[name] for name in names])
    return _told([Belonging(name, part, True) for name, part in zip(names, each, strict=True)])
