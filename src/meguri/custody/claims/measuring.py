"""What charges were measured to give of an element, and what lots were measured to contain. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.custody.certificates import evidence
from meguri.custody.claims.states import MeasuredFactor
from meguri.custody.contents import WHOLE
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of

NOTHING = MeasuredFactor(0, 0)


def contained_g(state: LotState, element: str, grams: int) -> int | None:
    """Grams of an element in so much of a lot, rounded down; None where no assay says it: a claim rests on no
    declaration and on no figure on file.
    """
    if element_of(state.stream) == element:
        return grams if evidence.classes()[evidence.standing(state)[0]].claims else None
    own = next((one for one in state.contents if one.element == element), None)
    if own is None or not evidence.classes()[evidence.of_basis(own.basis)].claims:
        return None
    return grams * own.ppb // WHOLE


def factor(charges: Sequence[tuple[EventState, dict[str, LotState], str]], element: str) -> MeasuredFactor | None:
    """What came out of charges (event, its inputs' states, the lot that came out) over what was in them; None where the
    contents of an input are not measured.
    """
    out = into = 0
    for event, inputs, output in charges:
        out += sum(part.grams for part in event.outputs if part.lot == output)
        for part in event.inputs:
            found = contained_g(inputs[part.lot], element, part.grams)
            if found is None:
                return None
            into += found
    return MeasuredFactor(out, into)
