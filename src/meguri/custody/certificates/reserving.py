"""What may still be certified of a lot, and for whom. Pure.

Of each lot that came out of a recovery: ``free = made + corrections - reserved``, and a movement can have no more than
its share of it. A correction leaves what is reserved untouched, or is refused.
"""

from __future__ import annotations

from collections.abc import Collection

from meguri.custody.states import EventState, LotState
from meguri.kit.grams import apportion


def made_g(state: LotState) -> int:
    """What was made of a lot, with its corrections since."""
    return state.made_g + state.adjusted_g


def reserved_g(state: LotState, movement: str | None = None) -> int:
    """What certificates in force reserve of it; for one movement, where one is given."""
    return sum(part.grams for part in state.certified if movement in (None, part.movement))


def share_g(state: LotState, movement: str) -> int:
    """A movement's share of what was made."""
    names = [part.movement for part in state.of]
    if movement not in names:
        return 0
    grams = [part.grams for part in state.of]
    if sum(grams) != made_g(state):
        grams = apportion(made_g(state), grams)
    return grams[names.index(movement)]


def free_g(state: LotState, movement: str) -> int:
    """What may still be certified of it for a movement: of its share, and of the lot."""
    own = share_g(state, movement) - reserved_g(state, movement)
    return max(0, min(own, made_g(state) - reserved_g(state)))


def treated_g(event: EventState, movement: str) -> int | None:
    """Accepted grams of a movement that went into a recovery for the first time; None where nothing of it went in."""
    return next((part.grams for part in event.of if part.movement == movement), None)


def left_g(state: LotState, movement: str) -> int:
    """Accepted grams of a movement that a lot still carries, from which nothing was recovered."""
    return sum(part.grams for part in state.of if part.movement == movement and not part.treated)


def counted(event: EventState, movement: str, residues: Collection[LotState], before: bool) -> int:
    """What a certificate counts as treated: what went in, once for each event, and what its residues still carry."""
    went = 0 if before else treated_g(event, movement) or 0
    return went + sum(left_g(state, movement) for state in residues)
