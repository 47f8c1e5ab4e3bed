"""The map of one figure in one year: classes of a third of an order of magnitude, darker is more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from meguri import reference
from meguri.arisings.reports.scales import Scale
from meguri.arisings.web.findings.ranking import Ranked
from meguri.kit.language import formats
from meguri.law.map_points import numbers

CLASSES = 6
STEPS = (1.0, 3.0)


def bounds(largest: float) -> list[float]:
    """The lower ends of the classes, from the second on: …, 1, 3, 10, 30, … below the largest value."""
    if largest <= 0:
        return []
    power = math.floor(math.log10(largest))
    ladder = [step * 10.0**n for n in range(power - CLASSES, power + 1) for step in STEPS]
    return [one for one in ladder if one <= largest][-(CLASSES - 1) :]


def world(rows: Sequence[Ranked], scale: Scale, title: str) -> dict[str, Any]:
    """What the map draws and its legend."""
    unit = scale.unit.say()
    ends = bounds(max((row.value / scale.per for row in rows), default=0.0))
    cells = []
    for row in rows:
        number, lat, lon = numbers().get(row.code, ("", None, None))
        value = row.value / scale.per
        cells.append(
            {
                "number": number, "lat": lat, "lon": lon, "name": row.name.say(),
                "words": f"{formats.figure(value)} {unit} ({formats.figure(row.low / scale.per)} – "
                f"{formats.figure(row.high / scale.per)})",
                "level": sum(value >= end for end in ends), "assumed": row.level in ("memory", "missing"),
            }
        )  # fmt: skip
    texts = [formats.figure(end, 1) for end in ends]
    legend = [{"level": 0, "words": _("less than %(end)s %(unit)s") % {"end": texts[0], "unit": unit}}] if texts else []
    for n, text in enumerate(texts):
        upper = texts[n + 1] if n + 1 < len(texts) else ""
        words = f"{text} – {upper} {unit}" if upper else _("%(end)s %(unit)s and more") % {"end": text, "unit": unit}
        legend.append({"level": n + 1, "words": words})
    hatched = _("placeholder: rests on memory or an assumption") if any(cell["assumed"] for cell in cells) else ""
    return {"cells": cells, "legend": legend, "hatched": hatched, "title": title}


def published(economy: str) -> list[tuple[int, float]]:
    """Published arisings of electrical and electronic equipment, (year, kg)."""
    found = {row.year: row.ewaste_kt * 1e6 for row in reference.ewaste_series() if row.iso3 == economy}
    for row in reference.ewaste_by_country():
        if row.iso3 == economy and row.ewaste_generated_kt is not None and row.year >= 2022:
            found[row.year] = row.ewaste_generated_kt * 1e6
    return sorted(found.items())
