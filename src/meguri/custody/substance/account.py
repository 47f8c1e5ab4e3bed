"""The elements of a transformation: what is known of what went in, what its outputs say, and what follows for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import isqrt
from typing import NamedTuple, Protocol

from meguri.custody import contents
from meguri.custody.states import ElementsOfEvent, Finding, Loss, LotState, MassLimit, ProcessState
from meguri.custody.substance import vocabulary
from meguri.custody.substance.bound import FLAGGED_AT, REFUSED_AT, WHOLE, ContentPart, ElementBound, bound, mass_spread
from meguri.custody.vocabulary import element_of
from meguri.movement.states import Content

UNASSAYED = ("declared", "prior", "on-file")
"""On what a content rests that nobody has found by an assay."""


class MadeLot(Protocol):
    """What a transformation says of a lot that it makes."""

    @property
    def stream(self) -> str:
        """Its material."""

    @property
    def grams(self) -> int:
        """Its mass."""

    @property
    def contents(self) -> tuple[Content, ...]:
        """Its contents, where they are stated."""


class NamedLot(MadeLot, Protocol):
    """The same with the name that it gets."""

    @property
    def lot(self) -> str:
        """Its bare id."""


class ElementFit(NamedTuple):
    """One element of a transformation: what comes out of it at least (billionths of a gram), the bound by all that is
    known, and by what was known before whoever does the step assayed it. `unknown` names inputs of which nothing is on
    record.
    """

    element: str
    out: int
    bound: ElementBound
    before: ElementBound
    unknown: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether more comes out than can have been in it."""
        return self.out > self.bound.most(REFUSED_AT)

    @property
    def flagged(self) -> bool:
        """Whether more comes out than is likely to have been in it."""
        return self.out > self.bound.most(FLAGGED_AT)

    @property
    def alone(self) -> bool:
        """Whether it fits by the assay of whoever does the step alone."""
        return not self.flagged and self.out > self.before.most(FLAGGED_AT)


Went = tuple[str, LotState, int]
"""A lot that goes in, by its name, with the grams taken of it."""


@cache
def _filed(stream: str) -> dict[str, Content]:
    """The contents on file for a stream, in parts per billion."""
    return {content.element: content for content in contents.recorded(contents.on_file(stream))}


def known(state: LotState, element: str) -> Content | None:
    """What is on record of an element in a lot: stated, else on file for its stream, else (a metal) itself."""
    for content in state.contents:
        if content.element == element:
            return content
    if symbol := element_of(state.stream):
        pure = WHOLE if symbol == element and not state.contents else 0
        return Content(element=element, ppb=pure, sd_ppb=0, basis="declared", source="metal", confidence="sourced")
    return _filed(state.stream).get(element)


def stated_ppb(made: MadeLot, element: str) -> int | None:
    """What an output says of an element: stated, or (a metal) itself; None where it says nothing."""
    for content in made.contents:
        if content.element == element:
            return content.ppb
    if symbol := element_of(made.stream):
        return WHOLE if symbol == element and not made.contents else 0
    return None


def least_ppb(made: MadeLot, element: str) -> int:
    """What of an element an output holds at least: as stated, and what nothing of its stream is without."""
    return max(stated_ppb(made, element) or 0, vocabulary.floors(made.stream).get(element, 0))


def _elements(outputs: Sequence[MadeLot]) -> Iterator[str]:
    for made in outputs:
        yield from (content.element for content in made.contents if content.ppb)
        if symbol := element_of(made.stream):
            yield symbol
        yield from vocabulary.floors(made.stream)


def _parts(step: str, inputs: Sequence[Went], element: str, assayed: Content | None) -> list[ContentPart]:
    """What goes in, as parts of a bound. Of what nothing is on record of, none is there where metal is made of it, and
    elsewhere no more than its stream can hold.
    """
    found = []
    for name, state, grams in inputs:
        one = known(state, element) if assayed is None else assayed
        most = vocabulary.ceiling_ppb(state.stream, element)
        if one is None and not vocabulary.makes_metal(step):
            found.append(ContentPart(grams, WHOLE if most is None else most, 0, name, most))
        elif one is None:
            found.append(ContentPart(grams, None, 0, "", most))
        else:
            source = str(one.source) if assayed is None else "assayed"
            found.append(ContentPart(grams, one.ppb, one.sd_ppb, source, most))
    return found


def fits(
    step: str, inputs: Sequence[Went], outputs: Sequence[MadeLot], assayed: Sequence[Content] = ()
) -> dict[str, ElementFit]:
    """The bound of each element that comes out of a transformation, by element."""
    held = [one for one in inputs if one[1].stream == vocabulary.IN_PROCESS]
    fresh = [one for one in inputs if one[1].stream != vocabulary.IN_PROCESS]
    found = {content.element: content for content in assayed}
    told: dict[str, ElementFit] = {}
    for element in sorted(set(_elements(outputs))):
        out = sum(made.grams * least_ppb(made, element) for made in outputs)
        stock = _parts(step, held, element, None)
        parts = _parts(step, fresh, element, None)
        before = bound(parts, stock, out, step)
        by_all = before
        if element in found:
            by_all = bound(_parts(step, fresh, element, found[element]), stock, out, step)
        unknown = tuple(
            name for (name, _, _), part in zip(fresh, parts, strict=True) if part.ppb is None and element not in found
        )
        told[element] = ElementFit(element, out, by_all, before, unknown)
    return told


def limit(made: MadeLot, fitting: Mapping[str, ElementFit]) -> MassLimit | None:
    """How much an output could weigh, if it was weighed again, without more of an element coming out than went in: its
    share of what the others leave, so that lots of one event cannot each take all of it. None where it says nothing
    of what is in it.
    """
    found: MassLimit | None = None
    for element, fit in fitting.items():
        if not fit.out or not stated_ppb(made, element):
            continue
        one = MassLimit(
            made.grams * fit.bound.most(REFUSED_AT) // fit.out,
            made.grams * fit.bound.most(FLAGGED_AT) // fit.out,
            element,
        )
        if found is None or one < found:
            found = one
    return found


def derived(
    inputs: Sequence[Went], outputs: Sequence[MadeLot], assayed: Sequence[Content] = ()
) -> list[tuple[Content, ...]]:
    """The contents with which each output goes on: as stated; what is in process has what went in and did not come out;
    of what says nothing, the figures on file for its stream apply, but never more than went in.
    """
    filed = [{} if made.contents or element_of(made.stream) else _filed(made.stream) for made in outputs]
    bounds = _left(inputs, outputs, assayed, sorted({element for one in filed for element in one}))
    rests = [n for n, made in enumerate(outputs) if made.stream == vocabulary.IN_PROCESS and not made.contents]
    scales: dict[str, tuple[int, int, str]] = {}
    for element, (left, spread, source) in bounds.items():
        wanted = sum(made.grams * one[element].ppb for made, one in zip(outputs, filed, strict=True) if element in one)
        if wanted > left + FLAGGED_AT * spread:
            scales[element] = (left, wanted, source)
    told = [
        made.contents or (_scaled(one, scales) if any(element in scales for element in one) else ())
        for made, one in zip(outputs, filed, strict=True)
    ]
    if rests:
        known_of = {element for _, state, _ in inputs for element in _of(state)} | {one.element for one in assayed}
        in_process = _rest(inputs, outputs, assayed, sorted(known_of), sum(outputs[n].grams for n in rests))
        for n in rests:
            told[n] = in_process
    return told


def _of(state: LotState) -> set[str]:
    if symbol := element_of(state.stream):
        return {symbol}
    return {content.element for content in state.contents} | set(_filed(state.stream))


def _left(
    inputs: Sequence[Went],
    outputs: Sequence[MadeLot],
    assayed: Sequence[Content],
    elements: Sequence[str],
) -> dict[str, tuple[int, int, str]]:
    """What of each element is left for outputs that say nothing of it, its uncertainty and source; only of elements
    of which something is on record for all that went in.
    """
    found = {content.element: content for content in assayed}
    told = {}
    for element in elements:
        parts = []
        for _, state, grams in inputs:
            one = found.get(element) if state.stream != vocabulary.IN_PROCESS else None
            one = one or known(state, element)
            if one is None:
                break
            parts.append(ContentPart(grams, one.ppb, one.sd_ppb, str(one.source)))
        else:
            whole = bound(parts)
            out = sum(made.grams * (stated_ppb(made, element) or 0) for made in outputs)
            largest = max(parts, key=lambda part: part.grams * (part.ppb or 0))
            told[element] = (max(0, whole.contained - out), whole.spread, largest.source)
    return told


def _scaled(filed: Mapping[str, Content], scales: Mapping[str, tuple[int, int, str]]) -> tuple[Content, ...]:
    told = []
    for element, one in sorted(filed.items()):
        left, wanted, source = scales.get(element, (1, 1, str(one.source)))
        told.append(
            Content(
                element=element,
                ppb=one.ppb * left // wanted,
                sd_ppb=one.sd_ppb * left // wanted,
                basis="prior",
                source=source,
                confidence=one.confidence,
            )
        )
    return tuple(told)


def _rest(
    inputs: Sequence[Went],
    outputs: Sequence[MadeLot],
    assayed: Sequence[Content],
    elements: Sequence[str],
    grams: int,
) -> tuple[Content, ...]:
    """What went in and has not come out, as contents of what is in process; in all never more than the whole.

    What is there least of has its place first: base metals, of which there may be more than fits, go to slag.
    """
    told, room = [], WHOLE
    left = _left(inputs, outputs, assayed, elements)
    for element, (rest, spread, source) in sorted(left.items(), key=lambda one: (one[1][0], one[0])):
        ppb = min(rest // grams, room)
        if ppb:
            room -= ppb
            sd = spread // grams * ppb // (rest // grams)
            told.append(
                Content(element=element, ppb=ppb, sd_ppb=sd, basis="prior", source=source, confidence="derived")
            )
    return tuple(sorted(told, key=lambda one: one.element))


def follows(
    step: str,
    inputs: Sequence[Went],
    outputs: Sequence[NamedLot],
    assayed: Sequence[Content] = (),
    losses: Sequence[Loss] = (),
    site: ProcessState | None = None,
) -> ElementsOfEvent | None:
    """What follows from a transformation whose outputs say what they go on with, at a site; None for nothing."""
    fitting = fits(step, inputs, outputs, assayed)
    found = [Finding("more-metal", element=element) for element, fit in fitting.items() if fit.flagged]
    found += [Finding("own-assay", element=element) for element, fit in fitting.items() if fit.alone]
    found += [Finding("no-assay", made.lot, element_of(made.stream)) for made in outputs if _unassayed(made, inputs)]
    found += [Finding("less-metal", element=element) for element in missing(step, inputs, outputs, assayed)]
    unknown_g = sum(part.grams for part in losses if part.kind == "unknown")
    spread_g = 0
    if unknown_g:
        before = site or ProcessState()
        share = mass_spread(step)
        spread_g = sum(grams for _, _, grams in inputs) * share.numerator // share.denominator
        if before.unknown_g + unknown_g > REFUSED_AT * isqrt(before.spread_g**2 + spread_g**2):
            found.append(Finding("unknown-loss"))
    limits = tuple(limit(made, fitting) for made in outputs)
    if not found and not any(limits) and not spread_g:
        return None
    return ElementsOfEvent(limits=limits, findings=tuple(found), spread_g=spread_g)


def missing(
    step: str, inputs: Sequence[Went], outputs: Sequence[MadeLot], assayed: Sequence[Content] = ()
) -> tuple[str, ...]:
    """Elements of which less comes out than must have been in it, even if all that is not assayed held as much of them
    as its stream can: metal leaves off the record. Of those of which a discard slag holds little.
    """
    if not vocabulary.makes_metal(step):
        return ()
    followed = vocabulary.followed()
    left = _left(inputs, (), assayed, followed)
    found = []
    for element, (contained, spread, _) in left.items():
        held = 0
        for made in outputs:
            said = stated_ppb(made, element)
            most = vocabulary.ceiling_ppb(made.stream, element)
            held += made.grams * (said if said is not None else WHOLE if most is None else most)
        if held < contained - REFUSED_AT * spread:
            found.append(element)
    return tuple(found)


def _unassayed(made: MadeLot, inputs: Sequence[Went]) -> bool:
    """Whether metal comes out without an assay of it; metal that is only packed or blended is as before."""
    symbol = element_of(made.stream)
    if not symbol or any(one.element == symbol and one.basis not in UNASSAYED for one in made.contents):
        return False
    if all(state.stream == made.stream for _, state, _ in inputs):
        return any(one.why == "no-assay" for _, state, _ in inputs for one in state.findings)
    return True
