"""The British series of inflow, outflow and stock, in the density of Waste over Time; and flodym where installed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata

import numpy as np

from meguri import reference
from meguri.arisings.checks.row import WITHIN, CheckRow
from meguri.arisings.stock.conventions import fractions_by_age
from meguri.arisings.stock.lifetimes import Weibull
from meguri.arisings.stock.stocks import inflow_driven
from meguri.kit.words import Words

TOLERANCE = 1e-3
_NOT = Words("flodym is not installed here: not compared.")


def series() -> Iterator[CheckRow]:
    """One row for each of the 94 series; the difference is the largest of all its years."""
    groups = defaultdict(list)
    for row in reference.uk_stockflow():
        groups[row.unu_key, row.unit].append(row)
    for (key, unit), rows in sorted(groups.items()):
        rows.sort(key=lambda row: row.year)
        first, last = min(row.year for row in reference.uk_stockflow()), rows[-1].year
        inflow = np.zeros(last - first + 1)
        published = np.full(inflow.size, np.nan)
        for row in rows:
            inflow[row.year - first], published[row.year - first] = row.inflow, row.outflow_model
        law = Weibull(rows[0].weibull_shape, rows[0].weibull_scale_yr)
        leaving, _ = fractions_by_age(law, inflow.size, "wot")
        ours = np.convolve(inflow, leaving)[: inflow.size]
        away = np.abs(ours - published)
        filled = np.abs(published) > 0
        worst = float(np.nanmax(np.where(filled, away / np.where(filled, np.abs(published), 1.0), 0.0)))
        yield CheckRow(
            f"GBR {key}, {unit}: outflow {last} (difference: largest of {rows[0].year}-{last})",
            float(published[-1]),
            float(ours[-1]),
            round(worst, 9),
            WITHIN if worst < TOLERANCE else _rounding(published, away),
        )


def _rounding(published: np.ndarray, away: np.ndarray) -> Words:
    most = float(np.nanmax(away))
    if most <= 0.0005:
        return Words(
            "The published figure is rounded to three decimals ({figure}): the absolute difference, {most}, is less "
            "than half its last place."
        ).format(figure=f"{np.nanmax(published):g}", most=f"{most:.1g}")
    return Words(
        "The published outflow does not follow from the published inflow and life: off by up to {most}."
    ).format(most=f"{most:.3g}")


def against_flodym() -> Iterator[CheckRow]:
    """The largest relative difference from flodym's inflow-driven model, by convention."""
    try:
        import flodym
    except ImportError:
        yield CheckRow("flodym: inflow-driven, Weibull, 71 years", None, None, None, _NOT)
        return
    years = range(1980, 2051)
    rng = np.random.default_rng(2026)
    shape, scale = rng.uniform(1.2, 3.5, (4, 3)), rng.uniform(3, 20, (4, 3))
    inflow = rng.uniform(0, 100, (len(years), 4, 3))
    dims = flodym.DimensionSet(
        dim_list=[
            flodym.Dimension(letter="t", name="Time", dtype=int, items=list(years)),
            flodym.Dimension(letter="p", name="Product", dtype=str, items=list("abcd")),
            flodym.Dimension(letter="e", name="Economy", dtype=str, items=list("xyz")),
        ]
    )
    for convention in ("start", "middle", "end"):
        wide = {"weibull_scale": scale, "weibull_shape": shape}
        life = flodym.WeibullLifetime(
            dims=dims,
            time_letter="t",
            inflow_at=convention,
            n_pts_per_interval=1,
            **{name: np.broadcast_to(each, inflow.shape).copy() for name, each in wide.items()},
        )
        model = flodym.InflowDrivenDSM(dims=dims, name="check", time_letter="t", lifetime_model=life)
        model.inflow.values[...] = inflow
        model.compute()
        ours = inflow_driven(inflow, Weibull(shape, scale), years, convention).outflow.values
        theirs = model.outflow.values
        worst = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
        yield CheckRow(
            f"flodym {metadata.version('flodym')}: outflow of 2050, "
            f"convention {convention} (difference: largest of all cells over the largest flow)",
            float(theirs[-1].sum()),
            float(ours[-1].sum()),
            worst,
            WITHIN if worst < 1e-12 else Words("Above the tolerance of 1e-12."),
        )
