"""How far a weighing may be off, by the instrument's class, and how far two weighings may differ.

The mathematics is in docs/balance.md. Masses are grams; limits are whole milligrams, so that nothing is rounded away.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

import msgspec
from msgspec.structs import replace

from meguri.custody.states import MG, MILLION, Gap
from meguri.custody.vocabulary import TABLES, tolerances
from meguri.kit.files import reading
from meguri.movement.states import LotMass, MassBasis


class WeighingClass(msgspec.Struct, frozen=True):
    """A band of loads of a class of instruments: greatest permissible error at first verification and in service.

    Loads and errors are multiples of the verification interval, or (`unit` percent) errors are percentages of the load.
    Below `least_e` intervals nothing is weighed on it.
    """

    kind: str
    grade: str
    load_from_e: int
    load_to_e: int | None
    mpe_initial: Decimal
    mpe_in_service: Decimal
    unit: str
    least_e: int
    source: str
    confidence: str
    least_confidence: str


@cache
def classes() -> dict[tuple[str, str], tuple[WeighingClass, ...]]:
    """Bands by kind and class of instrument, lightest first."""
    found: dict[tuple[str, str], list[WeighingClass]] = {}
    for row in reading.lines(TABLES / "weighing_classes.csv"):
        band = WeighingClass(
            row["kind"],
            row["grade"],
            int(row["load_from_e"]),
            int(row["load_to_e"]) if row["load_to_e"] else None,
            Decimal(row["mpe_initial"]),
            Decimal(row["mpe_in_service"]),
            row["unit"],
            int(row["least_e"]),
            row["source"],
            row["confidence"],
            row["least_confidence"],
        )
        found.setdefault((band.kind, band.grade), []).append(band)
    return {key: tuple(bands) for key, bands in found.items()}


def least_g(kind: str, grade: str, interval_mg: int) -> int:
    """The lightest load that an instrument weighs, in whole grams."""
    return -(-classes()[kind, grade][0].least_e * interval_mg // MG)


def error_mg(grams: int, basis: MassBasis) -> int:
    """The greatest error in service of one pass over an instrument, in milligrams (docs/balance.md, one weighing)."""
    bands = classes()[basis.kind, basis.grade]
    if bands[0].unit == "percent":
        return int(grams * MG * bands[0].mpe_in_service / 100)
    band = next((b for b in bands if b.load_to_e is None or grams * MG <= b.load_to_e * basis.interval_mg), bands[-1])
    return int(band.mpe_in_service * basis.interval_mg)


def passes(grams: int, basis: MassBasis) -> tuple[int, ...]:
    """The loads that were weighed: the mass, or gross and tare of which it is the difference."""
    return (grams + basis.tare_g, basis.tare_g) if basis.tare_g else (grams,)


def errors_mg(grams: int, basis: MassBasis) -> tuple[int, ...]:
    """The greatest errors of all passes of a weighing, as it carries them."""
    return tuple(error_mg(load, basis) for load in passes(grams, basis))


def filled(grams: int, basis: MassBasis) -> MassBasis:
    """How a mass is known, with the errors of its weighing where it was weighed on an instrument of a class on file."""
    if basis.how != "weighed" or (basis.kind, basis.grade) not in classes() or not basis.interval_mg:
        return basis
    return replace(basis, errors_mg=errors_mg(grams, basis))


def tolerance_ppm(step: str) -> int:
    """Which part of a mass that nobody weighed is assumed as the tolerance of a step, in millionths."""
    return int(tolerances()[step].fraction * MILLION)


def gap(before_g: int, before: MassBasis, after_g: int, after: MassBasis, step: str) -> Gap:
    """The difference of two weighings of one thing, by the tolerance that is assumed for a step where one is none."""
    return Gap.of(before_g, before, after_g, after, tolerance_ppm(step))


def event_limit_mg(
    inputs: Iterable[tuple[LotMass, MassBasis]], outputs: Iterable[tuple[LotMass, MassBasis]], step: str
) -> int:
    """How far what came out of an event may differ from what went in, in milligrams.

    The errors of all that was weighed add up; what went in and was not weighed may be off by the step's tolerance.
    """
    limit = 0
    for part, basis in inputs:
        limit += sum(basis.errors_mg) if basis.how == "weighed" else part.grams * tolerance_ppm(step) // 1000
    return limit + sum(sum(basis.errors_mg) for _, basis in outputs if basis.how == "weighed")
