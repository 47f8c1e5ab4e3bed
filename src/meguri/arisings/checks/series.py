"""Published arisings: each economy's series followed from 2017, carried to 2040, and the world's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from meguri import reference
from meguri.arisings.checks import held_out as heldout
from meguri.arisings.checks.row import CheckRow, compared
from meguri.arisings.sales import drivers, market, recorded
from meguri.arisings.sales import published as observed
from meguri.arisings.sales.outliers import Array
from meguri.kit.words import Words
from meguri.reference import Confidence
from meguri.reference.reader import Column, FactTable, read
from meguri.reference.rows import Fact

FIRST = recorded.FIRST_YEAR
FIT_UNTIL = 2017
LATER = (2030, 2040)


class MarketAnchor(Fact, frozen=True, kw_only=True):
    """A level of arisings to be run beside others, where the published one is doubtful."""

    iso3: str
    year: int
    kt: float
    note: Words


MARKET_ANCHORS = FactTable(
    "market-anchors",
    Words("Levels run beside each other"),
    Words("Where a published level is doubtful, the levels that are run."),
    MarketAnchor,
    (
        Column("iso3", Words("Economy"), refers=("economies", "iso3")),
        Column("year", Words("Year"), "integer", "year"),
        Column("kt", Words("Arisings"), "number", "kt", low=0),
        Column("note", Words("What it is"), words="shared"),
    ),
    ("iso3", "year", "kt"),
    room="arisings",
)

_SERIES = Words(
    "Fitted to 2000-2017 only. The published figures of 2017-2021 are themselves a projection of their makers.",
)


@cache
def anchors() -> tuple[MarketAnchor, ...]:
    """The levels to be run beside each other."""
    return read(MARKET_ANCHORS, None, recorded.TABLES / "market_anchors.csv")


@cache
def _run(economy: str, options: market.MarketOptions) -> tuple[Array, Array]:
    """Arisings in kg by year from 1980 to 2050, and their relative standard deviation."""
    found = market.of(economy, range(FIRST, 2051), options)
    return (
        heldout.forward(found.kg, options.convention, options.lifetime_set),
        heldout.arisings_sd(found, options, drivers.value("level-sd")),
    )


def followed() -> Iterator[CheckRow]:
    """Every economy's series, 2018-2021, fitted to 2017; and the newest edition's 2022 beside the same fit."""
    fit = market.MarketOptions(until=FIT_UNTIL, editions=False, inferred=True)
    newest = {
        row.iso3: row for row in reference.ewaste_by_country() if row.edition == "GEM2024" and row.ewaste_generated_kt
    }
    for economy in observed.economies():
        ours, _ = _run(economy, fit)
        series = {row.year: row.ewaste_kt for row in reference.ewaste_series() if row.iso3 == economy}
        for year in sorted(each for each in series if each > FIT_UNTIL):
            yield compared(
                f"Arisings {economy} {year}, kt (series; fit to {FIT_UNTIL})",
                series[year],
                ours[year - FIRST] / 1e6,
                _SERIES,
            )
        row = newest.get(economy)
        if row is None or row.ewaste_generated_kt is None:
            continue
        last = max(series)
        step = row.ewaste_generated_kt / (series[last] * (series[last] / series[last - 3]) ** ((row.year - last) / 3))
        why = Words(
            "Another edition of the statistics ({trust}): against the growth of the older series it steps by {step} "
            "in itself, which no fit to the older series can follow."
        ).format(trust=row.confidence.word, step=f"{step - 1:+.0%}")
        yield compared(
            f"Arisings {economy} {row.year}, kt (newest edition; fit to {FIT_UNTIL})",
            row.ewaste_generated_kt,
            ours[row.year - FIRST] / 1e6,
            why,
        )
    for level in anchors():
        ours, _ = _run(level.iso3, fit)
        yield compared(
            f"Arisings {level.iso3} {level.year}, kt (run beside: {level.kt:g}; fit to {FIT_UNTIL})",
            level.kt,
            ours[level.year - FIRST] / 1e6,
            level.note,
        )
    yield from _on_record(newest)


def _on_record(newest: dict[str, reference.EwasteByCountry]) -> Iterator[CheckRow]:
    """Economies whose sales are on record to 2015, run forward to 2022 without any figure of arisings."""
    why = Words(
        "From sales on record to 2015, carried forward; no figure of arisings is used.",
    )
    for economy in recorded.european().economies:
        row = newest.get(economy)
        if row is not None:
            ours, _ = _run(economy, market.DEFAULT)
            yield compared(
                f"Arisings {economy} {row.year}, kt (newest edition; from sales to 2015)",
                row.ewaste_generated_kt,
                ours[row.year - FIRST] / 1e6,
                why,
            )


def projected() -> Iterator[CheckRow]:
    """Arisings of 2030 and 2040 with their bands; doubtful levels run beside each other."""
    for economy in market.economies():
        cases = [(market.DEFAULT, "")]
        cases += [
            (market.MarketOptions(anchor=(each.year, each.kt)), f", if {each.year} was {each.kt:g} kt")
            for each in anchors()
            if each.iso3 == economy
        ]
        for options, what in cases:
            ours, spread = _run(economy, options)
            for year in LATER:
                mass, sd = ours[year - FIRST] / 1e6, float(spread[year - FIRST])
                low, high = mass * np.exp(-1.96 * sd), mass * np.exp(1.96 * sd)
                yield CheckRow(
                    f"Arisings {economy} {year}, kt{what}",
                    None,
                    float(f"{mass:.4g}"),
                    None,
                    Words("No published figure. Band of 95 %: {low} to {high} kt.").format(
                        low=f"{low:.3g}", high=f"{high:.3g}"
                    ),
                )


@cache
def world() -> market.Market:
    """The world as one economy: from its published totals, on straight lines of the logarithm between them."""
    totals = {
        int(row.year): row.value
        for row in reference.published()
        if row.scope == "World" and row.quantity == "e-waste generated" and row.unit == "kt"
    }
    known = sorted(totals)
    years = tuple(range(known[0], known[-1] + 1))
    mass = np.exp(np.interp(years, known, [np.log(totals[year]) for year in known])) * 1e6
    data = observed.Observed(
        "WLD", years, mass, Confidence.DERIVED, ("Published totals of the world of " + ", ".join(map(str, known)),), ()
    )
    return market.from_arisings(data, 2050)


def of_the_world() -> Iterator[CheckRow]:
    """The forecast for 2030, and what is placed on the market, from the totals of 2010, 2019 and 2022 alone."""
    found = world()
    ours, spread = heldout.forward(found.kg, "middle"), heldout.arisings_sd(found, level=drivers.value("level-sd"))
    forecast = _figure("e-waste forecast", "2030")
    sd = float(spread[2030 - FIRST])
    mass = ours[2030 - FIRST] / 1e6
    yield compared(
        "World 2030: arisings, kt",
        forecast,
        mass,
        Words(
            "From the published totals of 2010, 2019 and 2022; band of 95 %: {low} to {high} kt. The published figure "
            "is itself a forecast."
        ).format(low=f"{mass * np.exp(-1.96 * sd):,.0f}", high=f"{mass * np.exp(1.96 * sd):,.0f}"),
    )
    yield compared(
        "World 2022: placed on the market, kt",
        _figure("EEE placed on market", "2022"),
        float(found.kg[2022 - FIRST].sum()) / 1e6,
        Words(
            "Inferred from arisings alone, without solar panels, which the published figure (recalled) counts. "
            "The last years are the least sure.",
        ),
    )
    yield compared(
        "World 2022: sum of the 25 economies followed, growth to 2030, ratio",
        forecast / _figure("e-waste generated", "2022"),
        _growth(),
        Words(
            "Published for the whole world, ours for the 25 economies with a series, each on its own.",
        ),
    )


def _growth() -> float:
    runs = [_run(economy, market.DEFAULT)[0] for economy in observed.economies()]
    return float(sum(run[2030 - FIRST] for run in runs) / sum(run[2022 - FIRST] for run in runs))


def _figure(quantity: str, year: str) -> float:
    return next(
        row.value
        for row in reference.published()
        if row.scope == "World" and row.quantity == quantity and row.year == year
    )
