"""The dictionaries that ``<c-chart>`` draws (docs/pages.md): plain lists of figures, gaps as None, no silent NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Values = Sequence[float | None]


@dataclass(frozen=True)
class ChartLine:
    """One series: its name, values, 5th, 25th, 75th and 95th percentiles, and where it is assumed or projected."""

    name: str
    values: Values
    p5: Values | None = None
    p25: Values | None = None
    p75: Values | None = None
    p95: Values | None = None
    assumed: Sequence[bool] | None = None


def fan(
    x: Sequence[int], unit: str, lines: Iterable[ChartLine], points: Iterable[ChartLine] = (), assumed: str = ""
) -> dict[str, Any]:
    """Years with a line and its bands; `points` are what others published; `assumed` names the dashed part."""
    return {**_chart("fan", x, unit, lines, assumed), "points": [_line(one) for one in points]}


def lines(x: Sequence[int], unit: str, lines: Iterable[ChartLine], assumed: str = "") -> dict[str, Any]:
    """Several lines over years."""
    return _chart("lines", x, unit, lines, assumed)


def stack(
    x: Sequence[int], unit: str, lines: Iterable[ChartLine], years: Sequence[bool] = (), assumed: str = ""
) -> dict[str, Any]:
    """Stacked bars by year; `years` says which years are assumed or projected."""
    return {**_chart("stack", x, unit, lines, assumed), "assumed": list(years)}


def bars(names: Sequence[str], unit: str, line: ChartLine, assumed: str = "", whisker: str = "") -> dict[str, Any]:
    """Lying bars with whiskers, one for each name; `whisker` says what these are where not the usual percentiles."""
    made = _chart("bars", names, unit, [line], assumed)
    return {**made, "words": made["words"] | ({"whisker": whisker} if whisker else {})}


def _chart(kind: str, x: Sequence[Any], unit: str, found: Iterable[ChartLine], assumed: str) -> dict[str, Any]:
    words = {
        "outer": _("5–95 % of the draws"),
        "inner": _("25–75 % of the draws"),
        "whisker": _("5th to 95th percentile"),
        "assumed": assumed or _("assumed"),
    }
    return {"kind": kind, "x": list(x), "unit": unit, "series": [_line(one) for one in found], "words": words}


def _line(one: ChartLine) -> dict[str, Any]:
    made: dict[str, Any] = {"name": one.name, "values": _plain(one.values)}
    for name in ("p5", "p25", "p75", "p95"):
        given = getattr(one, name)
        if given is not None:
            made[name] = _plain(given)
    if one.assumed is not None:
        made["assumed"] = [bool(flag) for flag in one.assumed]
    return made


def _plain(values: Values) -> list[float | None]:
    return [None if value is None or not math.isfinite(value) else float(f"{float(value):.6g}") for value in values]
