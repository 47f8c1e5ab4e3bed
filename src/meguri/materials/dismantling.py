"""What comes out when mixed small IT equipment is taken apart: an expected bill of streams, exact to the gram."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from meguri.kit.grams import MOST_G, apportion
from meguri.kit.problems import N_, Problem, gather, nearest, refuse
from meguri.materials.estimates import BASES
from meguri.reference import Confidence, composition, device_mixes, separation, streams, weakest

DEFAULT_MIX = "mixed-small-it"
LOSS = "loss"


@dataclass(frozen=True)
class BillLine:
    """One stream of a bill: its share of the input, its grams, and what the share rests on."""

    stream: str
    share: float
    mass_g: int
    confidence: Confidence
    sources: tuple[str, ...]
    basis: str


@dataclass(frozen=True)
class Bill:
    """What dismantling gives: `lines` and `loss_g` add up to `mass_g` exactly; no cell is negative."""

    mass_g: int
    lines: tuple[BillLine, ...]
    loss_g: int
    confidence: Confidence
    sources: tuple[str, ...]

    @property
    def fractions(self) -> dict[str, int]:
        """Grams by stream, largest share first."""
        return {line.stream: line.mass_g for line in self.lines}


@dataclass(frozen=True)
class StreamShare:
    """The share of the input that becomes a stream, and what it rests on."""

    share: float
    confidence: Confidence
    sources: tuple[str, ...]
    basis: str = "prior"


def dismantle(
    mass_g: int,
    mix: str | Mapping[str, float] = DEFAULT_MIX,
    composition: Mapping[str, float] | None = None,
) -> Bill:
    """The expected bill for `mass_g` grams of equipment.

    `mix` names a declared mix of devices or gives shares by device (items of the composition table, adding up to
    1). `composition` overrides it: shares of the mass by stream, adding up to at most 1; the rest is loss.
    Grams are shared out by largest remainders. Raises Refused for a mass that is not a whole number of grams of
    zero or more, an unknown mix, device or stream, or impossible shares.
    """
    _check_mass(mass_g)
    shares = _declared(composition) if composition is not None else _expected(mix)
    ordered = sorted(shares.items(), key=lambda entry: (-entry[1].share, entry[0]))
    # Shares written in decimals may miss the whole by a rounding of the last digit: that is no loss.
    loss = max(0.0, 1 - math.fsum(part.share for part in shares.values()))
    loss = 0.0 if loss < 1e-12 else loss
    cells = apportion(mass_g, [part.share for _, part in ordered] + [loss])
    lines = tuple(
        BillLine(slug, part.share, grams, part.confidence, part.sources, part.basis)
        for (slug, part), grams in zip(ordered, cells[:-1], strict=True)
    )
    return Bill(
        mass_g,
        lines,
        cells[-1],
        weakest((line.share, line.confidence) for line in lines),
        tuple(dict.fromkeys(source for line in lines for source in line.sources)),
    )


def _check_mass(mass_g: int) -> None:
    if isinstance(mass_g, bool) or not isinstance(mass_g, int) or not 0 <= mass_g <= MOST_G:
        raise refuse(
            N_("The mass is {mass}; write a whole number of grams from 0 to {most}."),
            "/mass_g",
            "mass",
            mass=mass_g,
            most=MOST_G,
        )


def _declared(shares: Mapping[str, float]) -> dict[str, StreamShare]:
    gather(_share_problems(shares, "/composition", streams(), exact=False))
    basis = BASES["declared"].en
    return {
        slug: StreamShare(float(share), Confidence.MEMORY, (f"{basis} composition",), "declared")
        for slug, share in shares.items()
        if share > 0
    }


def _share_problems(
    shares: Mapping[str, float], pointer: str, known: Mapping[str, object], exact: bool
) -> Iterator[Problem]:
    numbers = []
    for word, share in shares.items():
        at = f"{pointer}/{word.replace('~', '~0').replace('/', '~1')}"
        if word not in known:
            hint = nearest(word, known)
            yield Problem(
                N_("“{word}” is not known here. Did you mean {hint}?")
                if hint
                else N_("“{word}” is not known here. Write one of {known}."),
                at,
                "name",
                {"word": word, "hint": hint, "known": ", ".join(known)},
            )
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
            yield Problem(
                N_("The share of {word} is {share}; write a number from 0 to 1 (9 % is 0.09)."),
                at,
                "share",
                {"word": word, "share": share},
            )
        else:
            numbers.append(float(share))
    total = math.fsum(numbers)
    if total > 1 + 1e-9 or (exact and len(numbers) == len(shares) and total < 1 - 1e-9):
        yield Problem(
            N_("The shares add up to {total}; together they must be exactly 1.")
            if exact
            else N_("The shares add up to {total}; together they can be at most 1, and the rest is loss."),
            pointer,
            "share",
            {"total": f"{total:.6g}"},
        )


def _expected(mix: str | Mapping[str, float]) -> dict[str, StreamShare]:
    if isinstance(mix, str):
        return _of_mix(mix)
    gather(_share_problems(mix, "/mix", dict.fromkeys(_devices()), exact=True))
    given = {device: (float(share), Confidence.MEMORY, "Declared mix of devices") for device, share in mix.items()}
    return _of_devices(given)


@cache
def _devices() -> dict[str, dict[str, tuple[float, Confidence, str]]]:
    """Device to component to (share, confidence, source), as published."""
    found: dict[str, dict[str, tuple[float, Confidence, str]]] = {}
    for row in composition():
        if row.level == "device_to_fraction" and row.value > 0:
            found.setdefault(row.item, {})[row.component] = (row.share, row.confidence, row.source)
    return found


def devices() -> tuple[str, ...]:
    """The devices a mix may be made of: those with a published bill of materials."""
    return tuple(_devices())


@cache
def _of_mix(name: str) -> dict[str, StreamShare]:
    mixes: dict[str, dict[str, tuple[float, Confidence, str]]] = {}
    for row in device_mixes():
        mixes.setdefault(row.mix, {})[row.item] = (row.share, row.confidence, row.source)
    if name not in mixes:
        raise refuse(
            N_("“{mix}” is not a declared mix of devices. Write one of {known}, or shares by device."),
            "/mix",
            "mix",
            mix=name,
            known=", ".join(sorted(mixes)),
        )
    return _of_devices(mixes[name])


def _of_devices(mix: Mapping[str, tuple[float, Confidence, str]]) -> dict[str, StreamShare]:
    """Device shares, through the published bills and the separation table, to shares of the mass by stream."""
    parts: dict[str, list[tuple[float, Confidence]]] = {}
    sources: dict[str, dict[str, None]] = {}
    for device, (share, sure, mix_source) in mix.items():
        bill = _devices()[device]
        # Published bills are rounded to five decimals; what they miss of the whole is not a loss of the yard.
        whole = math.fsum(part for part, _, _ in bill.values())
        for component, (part, part_sure, part_source) in bill.items():
            for stream, kept, kept_sure, kept_source in _separated(device, component):
                weight = share * part / whole * kept
                parts.setdefault(stream, []).append((weight, min(sure, part_sure, kept_sure)))
                sources.setdefault(stream, {}).update(dict.fromkeys((mix_source, part_source, kept_source)))
    return {
        stream: StreamShare(math.fsum(weight for weight, _ in carried), weakest(carried), tuple(sources[stream]))
        for stream, carried in parts.items()
        if stream != LOSS
    }


@cache
def _separated(device: str, component: str) -> tuple[tuple[str, float, Confidence, str], ...]:
    rows = [row for row in separation() if row.component == component]
    own = [row for row in rows if row.item == device] or [row for row in rows if row.item == "*"]
    return tuple((row.stream, row.share, row.confidence, row.source) for row in own)
