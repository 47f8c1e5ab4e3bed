"""Element contents of lots: as stated on the lot, else as on file for its stream; and of blends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meguri import materials, reference
from meguri.custody.states import LotState
from meguri.custody.vocabulary import element_of
from meguri.movement.states import Content
from meguri.reference import Confidence

WHOLE = 1_000_000_000


def estimates(stated: Sequence[Content]) -> dict[str, materials.Estimate]:
    """Contents on record as estimates of mass fractions."""
    return {
        c.element: materials.Estimate(c.ppb / WHOLE, c.sd_ppb / WHOLE, c.source, Confidence.of(c.confidence), c.basis)
        for c in stated
    }


def recorded(found: Mapping[str, materials.Estimate]) -> tuple[Content, ...]:
    """Estimates as acts and states have them, by element."""
    return tuple(
        Content(
            element=element,
            ppb=round(one.value * WHOLE),
            sd_ppb=round(one.sd * WHOLE),
            basis=one.basis,
            source=one.source,
            confidence=one.confidence.word,
        )
        for element, one in sorted(found.items())
    )


def on_file(stream: str) -> Mapping[str, materials.Estimate]:
    """Contents on file for a stream; nothing where there is none."""
    return materials.contents(stream) if stream in reference.streams() else {}


def of(state: LotState) -> Mapping[str, materials.Estimate]:
    """A lot's contents: stated, else on file for its stream, else (a metal) itself."""
    if state.contents:
        return estimates(state.contents)
    if element := element_of(state.stream):
        return {element: materials.Estimate(1.0, 0.0, "the metal itself", Confidence.SOURCED, "declared")}
    return on_file(state.stream)


def content_of(element: str, estimate: materials.Estimate) -> Content:
    """An estimate as it stands on record."""
    return Content(
        element=element,
        ppb=round(estimate.value * WHOLE),
        sd_ppb=round(estimate.sd * WHOLE),
        basis=estimate.basis,
        source=estimate.source,
        confidence=estimate.confidence.word,
    )


def blended(inputs: Sequence[tuple[LotState, int]]) -> tuple[Content, ...]:
    """Contents of a blend by mass where any part states its own; none otherwise, so that the figures on file apply.

    Standard deviations are added in proportion, as for errors that go together: the careful side. An element rests on
    the weakest evidence of it in any part.
    """
    total = sum(grams for _, grams in inputs)
    if not total or not any(state.contents for state, _ in inputs):
        return ()
    value: dict[str, float] = {}
    sd: dict[str, float] = {}
    sure: dict[str, tuple[Confidence, str]] = {}
    basis: dict[str, materials.estimates.Basis] = {}
    for state, grams in inputs:
        for element, estimate in of(state).items():
            value[element] = value.get(element, 0.0) + estimate.value * grams / total
            sd[element] = sd.get(element, 0.0) + estimate.sd * grams / total
            basis[element] = materials.weaker(basis.get(element, estimate.basis), estimate.basis)
            mark = (estimate.confidence, estimate.source)
            sure[element] = min(sure.get(element, mark), mark, key=lambda row: row[0])
    return tuple(
        Content(
            element=element,
            ppb=round(value[element] * WHOLE),
            sd_ppb=round(sd[element] * WHOLE),
            basis=basis[element],
            source=sure[element][1],
            confidence=sure[element][0].word,
        )
        for element in sorted(value)
    )
