"""Streams: the kinds of material, by slug, with names, and the element contents on file for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

from meguri.kit.problems import N_, nearest, refuse
from meguri.kit.words import Words, plain
from meguri.materials.estimates import Estimate
from meguri.reference import Composition, Confidence, Stream, composition, stream_basis, streams, weakest

# The usual spread of a published content of each confidence, relative to its value: an assumption, used beside the
# spread between the rows themselves.
_RELATIVE_SD = {
    Confidence.SOURCED: 0.15,
    Confidence.DERIVED: 0.25,
    Confidence.MEMORY: 0.4,
    Confidence.MISSING: 1.0,
}


def stream(slug: str, pointer: str = "/stream") -> Stream:
    """The stream of a slug. Raises Refused with the nearest known slug."""
    found = streams().get(slug)
    if found is None:
        hint = nearest(slug, streams())
        raise refuse(
            N_("“{stream}” is not a known stream. Did you mean {hint}?")
            if hint
            else N_("“{stream}” is not a known stream. Write one of {known}."),
            pointer,
            "stream",
            stream=slug,
            hint=hint,
            known=", ".join(streams()),
        )
    return found


def stream_name(slug: str) -> Words:
    """What a stream is called; the slug itself for one that is not known."""
    found = streams().get(slug)
    return found.name if found else plain(slug)


@cache
def contents(slug: str) -> Mapping[str, Estimate]:
    """The element contents on file for a stream (mass fractions), by element symbol, largest first.

    Each is the weighted mean of the published rows that stand for the stream (table stream-basis) and give the
    element; its standard deviation joins the spread between them with the usual spread of rows of their confidence.
    Empty where nothing is on file. Raises Refused for an unknown stream.
    """
    stream(slug)
    basis = [row for row in stream_basis() if row.stream == slug]
    items = {row.item: row.weight for row in basis}
    by_element: dict[str, list[tuple[float, Composition]]] = {}
    for row in composition():
        if row.level == "fraction_to_element" and row.item in items:
            by_element.setdefault(row.component, []).append((items[row.item], row))
    choice = min((row.confidence for row in basis), default=Confidence.MISSING)
    found = {element: _mean(rows, choice) for element, rows in by_element.items()}
    return dict(sorted(found.items(), key=lambda entry: (-entry[1].value, entry[0])))


def _mean(rows: Sequence[tuple[float, Composition]], choice: Confidence) -> Estimate:
    weight = math.fsum(w for w, _ in rows)
    value = math.fsum(w * row.share for w, row in rows) / weight
    between = math.fsum(w * (row.share - value) ** 2 for w, row in rows) / weight
    # A mean is as sure as the rows that carry it, and no surer than the choice of them.
    confidence = min(choice, weakest((w * row.share, row.confidence) for w, row in rows))
    sd = math.sqrt(between + (_RELATIVE_SD[confidence] * value) ** 2)
    source = "; ".join(f"{item}: {cited}" for item, cited in {row.item: row.source for _, row in rows}.items())
    return Estimate(value, sd, source, confidence, "prior")
