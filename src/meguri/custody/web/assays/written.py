"""What people write of samples: results line by line with their unit, shares in per cent, steps of reduction."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from meguri.custody.assays.states import AssayedElement, ReductionStep
from meguri.custody.services.samples import UNITS, ppb_of
from meguri.kit.grams import decimal_of
from meguri.kit.problems import N_, refuse
from meguri.kit.web import forms

USUAL = {"Au": "fire-assay", "Ag": "fire-assay", "Pt": "fire-assay", "Pd": "fire-assay", "Rh": "fire-assay"}
PERCENT_PPB = 10_000_000
UM_IN_MM = 1000
LONGEST = 80


def found(sent: Mapping[str, str], name: str = "found") -> tuple[AssayedElement, ...]:
    """Results, one a line: ``Au 152 g/t 4 fire-assay``. The unit is of both figures; the method may be left out."""
    made = []
    for line in forms.lines(sent, name):
        cells = line.replace(";", " ").replace("\t", " ").split()
        if len(cells) not in (4, 5):
            raise refuse(
                N_(
                    "“{line}” is no result. Write element, value, unit, standard uncertainty in the same unit, and the "
                    "method: Au 152 g/t 4 fire-assay. Units: {units}."
                ),
                f"/{name}",
                "line",
                line=line[:LONGEST],
                units=", ".join(UNITS),
            )
        element, value, unit, sd = cells[:4]
        made.append(
            AssayedElement(
                element,
                ppb_of(value, unit, f"/{name}"),
                ppb_of(sd, unit, f"/{name}"),
                cells[4] if len(cells) > 4 else USUAL.get(element, "icp"),
            )
        )
    return tuple(made)


def percent_ppb(sent: Mapping[str, str], name: str, otherwise: str = "") -> int | None:
    """A percentage in parts per billion; None where nothing is written."""
    text = (sent.get(name, "").strip() or otherwise)[:LONGEST]
    if not text:
        return None
    number = decimal_of(text)
    if number is None:
        raise refuse(N_("“{text}” is no number. Write it like 220 or 18.5."), f"/{name}", "number", text=text)
    return int((number * PERCENT_PPB).to_integral_value())


def micrometres(sent: Mapping[str, str], name: str) -> int:
    """A size in millimetres, in micrometres."""
    text = sent.get(name, "").strip()[:LONGEST]
    number = decimal_of(text)
    if number is None:
        raise refuse(N_("“{text}” is no number. Write it like 220 or 18.5."), f"/{name}", "number", text=text)
    return int((number * UM_IN_MM).to_integral_value())


def terms(sent: Mapping[str, str], name: str = "terms") -> dict[str, int]:
    """What is paid of each element, one a line: ``Au 97``, in per cent."""
    made = {}
    for line in forms.lines(sent, name):
        element, _, text = line.replace("%", " ").strip().partition(" ")
        number = decimal_of(text.strip())
        if number is None or element in made:
            raise refuse(
                N_("“{line}” is no term. Write each element once with what is paid of it in per cent: Au 97."),
                f"/{name}",
                "line",
                line=line[:LONGEST],
            )
        made[element] = int((number * PERCENT_PPB).to_integral_value())
    return made


def reduction(sent: Mapping[str, str], name: str = "reduction") -> tuple[ReductionStep, ...]:
    """Steps of reduction, one a line: size in millimetres, grams before, grams after: ``2 50000 5000``."""
    made = []
    for line in forms.lines(sent, name):
        cells = line.replace(";", " ").split()
        numbers = [decimal_of(cell) for cell in cells]
        if len(numbers) != 3 or any(number is None for number in numbers):
            raise refuse(
                N_("“{line}” is no step. Write size in millimetres, grams before and grams after: 2 50000 5000."),
                f"/{name}",
                "line",
                line=line[:LONGEST],
            )
        size, before, after = (number or Decimal(0) for number in numbers)
        made.append(ReductionStep(int(size * UM_IN_MM), int(before), int(after)))
    return tuple(made)
