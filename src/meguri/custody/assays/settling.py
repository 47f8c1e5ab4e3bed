"""What a sample settles its lots at: the figures that an act of settlement must say. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from meguri import materials
from meguri.custody import contents
from meguri.custody.assays import figures
from meguri.custody.assays.states import AgreedElement, AssayedElement, SampleState, SettledElement
from meguri.custody.states import LotState
from meguri.movement.states import Content

CONFIDENCE = {"umpire": "sourced", "exchanged": "sourced", "one-sided": "derived", "declared": "memory"}


def totals(state: SampleState) -> tuple[int, int]:
    """Wet and dry grams of all lots of a sample."""
    wet = sum(part.grams for part in state.lots)
    return wet, figures.dry_g(wet, state.moisture_ppb)


def final(state: SampleState) -> tuple[SettledElement, ...]:
    """What the exchange, and the umpire where there was need, come to."""
    return _settled(state, state.agreed)


def provisional(state: SampleState, found: Sequence[AssayedElement]) -> tuple[SettledElement, ...]:
    """What one side's own figures come to for the time being: nothing but a declaration."""
    own = [
        AgreedElement(element=one.element, ppb=one.ppb, sd_ppb=one.sd_ppb, basis="one-sided")
        for one in sorted(found, key=lambda one: one.element)
    ]
    made = _settled(state, own)
    return tuple(
        SettledElement(
            element=one.element,
            ppb=one.ppb,
            sd_ppb=one.sd_ppb,
            basis="declared",
            contained_mg=one.contained_mg,
            payable_mg=one.payable_mg,
        )
        for one in made
    )


def _settled(state: SampleState, agreed: Sequence[AgreedElement]) -> tuple[SettledElement, ...]:
    return figures.settled(agreed, totals(state)[1], state.terms, state.sampling_rsd_ppb, state.preparation_rsd_ppb)


def contents_of(sample: str, state: SampleState, lot: LotState) -> tuple[Content, ...]:
    """What a lot contains once it is settled, by its wet mass.

    What was not assayed stays as it was stated or stands on file, less where both together were more than the whole.
    """
    own = {}
    for one in final(state):
        value, sd = figures.wet(one.ppb, one.sd_ppb, state.moisture_ppb, state.moisture_sd_ppb)
        own[one.element] = Content(
            element=one.element,
            ppb=value,
            sd_ppb=sd,
            basis=one.basis,
            source=f"sample:{sample}",
            confidence=CONFIDENCE[one.basis],
        )
    rest = {element: estimate for element, estimate in contents.of(lot).items() if element not in own}
    estimates = contents.estimates(tuple(own.values()))
    others = {element: each for element, each in materials.update(rest, estimates).items() if element not in own}
    kept = (_kept(contents.content_of(element, each), lot) for element, each in others.items())
    return tuple(sorted((*own.values(), *(one for one in kept if one.ppb)), key=lambda one: one.element))


def _kept(content: Content, lot: LotState) -> Content:
    """What is on file for a stream is cited by the stream: its sources are long, and stand there."""
    if content.basis not in ("prior", "on-file") or lot.contents:
        return content
    return replace(content, basis="on-file", source=f"on file: {lot.stream}")
