"""Whether two organisations on record are one under two names. Pure."""

from __future__ import annotations

from meguri.registry.naming import likeness
from meguri.registry.states import OrganisationState

SURE = 0.94
"""How alike names are that a refusal rests on: more than what a hint to people needs (`likeness.LIKE`)."""


def one_and_the_same(one: OrganisationState, other: OrganisationState) -> bool:
    """Whether two share a number of a register, or their names are likely one.

    Names prove little: where both have a number of the same register and these differ, they are two.
    """
    if set(one.identifiers) & set(other.identifiers):
        return True
    numbers = [{each.scheme: each.number for each in state.identifiers} for state in (one, other)]
    if any(numbers[0][scheme] != numbers[1][scheme] for scheme in numbers[0].keys() & numbers[1].keys()):
        return False
    return any(
        likeness.likeness(likeness.folded(first), likeness.folded(second)) >= SURE
        for first in one.names.values()
        for second in other.names.values()
    )
