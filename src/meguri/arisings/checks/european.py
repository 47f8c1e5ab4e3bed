"""The EU economies: totals of 2014 from raw sales, and sales inferred or carried forward where they are known."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from meguri import reference
from meguri.arisings.checks import held_out as heldout
from meguri.arisings.checks.row import WITHIN, CheckRow, compared, followed_by
from meguri.arisings.sales import market, recorded
from meguri.arisings.sales.outliers import Array
from meguri.arisings.stock.conventions import fractions_by_age
from meguri.kit.words import Words, listed, plain
from meguri.reference.reader import Column, FactTable, read
from meguri.reference.rows import Fact

YEAR = 2014
TOLERANCE = 0.1


class ModelKey(Fact, frozen=True, kw_only=True):
    """Waste of one product in the published model output of one economy, tonnes."""

    unu_key: str
    iso3: str
    year: int
    weee_t: float


MODEL_KEYS = FactTable(
    "eu-model-keys",
    Words("Published model by product"),
    Words("Single products of the published model, to see where it differs."),
    ModelKey,
    (
        Column("unu_key", Words("UNU-KEY"), refers=("unu-keys", "unu_key")),
        Column("iso3", Words("Economy"), refers=("economies", "iso3")),
        Column("year", Words("Year"), "integer", "year"),
        Column("weee_t", Words("Waste"), "number", "t", low=0),
    ),
    ("unu_key", "iso3", "year"),
    room="arisings",
)


@cache
def _by_product() -> Array:
    """Arisings of 2014 by product and economy, tonnes, in the density of the published model."""
    data = recorded.european()
    length = YEAR - recorded.FIRST_YEAR + 1
    leaving, _ = fractions_by_age(recorded.lifetimes(), length, "wot")
    total = np.zeros(data.kg.shape[1:])
    for cohort in range(length):
        total += leaving[length - 1 - cohort][:, None] * data.kg[cohort]
    return total / 1e3


def totals() -> Iterator[CheckRow]:
    """The 2014 totals of the published model, and of the international series where there is one."""
    data, ours = recorded.european(), _by_product()
    published = {row.iso3: row.weee_generated_t for row in reference.weee_generated_eu() if row.year == YEAR}
    series = {row.iso3: row.ewaste_kt * 1e3 for row in reference.ewaste_series() if row.year == YEAR}
    keys: dict[str, dict[str, float]] = {}
    for row in read(MODEL_KEYS, None, recorded.TABLES / "eu_model_keys.csv"):
        keys.setdefault(row.iso3, {})[row.unu_key] = row.weee_t
    for column, economy in enumerate(data.economies):
        total = float(ours[:, column].sum())
        away = total / published[economy] - 1
        why = WITHIN
        if abs(away) > TOLERANCE:
            mine = {key: float(ours[data.products.index(key), column]) for key in keys[economy]}
            why = _why(total - published[economy], mine, keys[economy], series.get(economy), total)
        yield compared(f"EU 2014 {economy}: waste generated, t, from raw sales", published[economy], total, why)
    whole = Words(
        "Sum of the 28 economies; the published output is of version 1.1, the sales of version 1.2 (see each economy).",
    )
    yield compared(
        "EU 2014 EU28: waste generated, t, from raw sales", sum(published.values()), float(ours.sum()), whole
    )
    for economy in sorted(set(series) & set(data.economies)):
        total = float(ours[:, data.economies.index(economy)].sum())
        why = Words(
            "The series of the United Nations University for the same year, made from later sales than version 1.1.",
        )
        yield compared(f"EU 2014 {economy}: international series, t, from raw sales", series[economy], total, why)


def _why(gap: float, mine: dict[str, float], theirs: dict[str, float], series: float | None, total: float) -> Words:
    names = reference.unu_keys()
    apart = sorted(theirs, key=lambda key: -(mine[key] - theirs[key]) * np.sign(gap))
    parts = [(key, mine[key] - theirs[key]) for key in apart[:3] if (mine[key] - theirs[key]) * gap > 0]
    apart_by = [listed([plain(key), names[key].name, plain(f"{part:+,.0f} t")], plain(" ")) for key, part in parts]
    why = Words(
        "Published is the output of version 1.1; ours starts from the raw sales of version 1.2, where customs links, "
        "masses of pieces and lives are others. Of {gap} t, looked up by product: {products}."
    ).format(gap=f"{gap:+,.0f}", products=listed(apart_by, Words("; ", context="list of differences")))
    if theirs["0407"] == 0 and mine["0407"] > 0:
        why = followed_by(
            why, Words("The published output has no tube televisions at all here, although they were sold.")
        )
    if series is not None:
        later = Words("The later international series has {series} t; ours stands {apart} from it.")
        why = followed_by(why, later.format(series=f"{series:,.0f}", apart=f"{total / series - 1:+.1%}"))
    return why


def held_out() -> Iterator[CheckRow]:
    """Sales inferred from arisings, and carried forward from 2009: the United Kingdom, all together, and each."""
    economies = heldout.economies_on_record()
    options = market.DEFAULT
    inferred = {economy: heldout.sales_inferred(economy, options) for economy in economies}
    ahead = {economy: heldout.sales_projected(economy, 2009, options) for economy in economies}
    blind = {economy: heldout.sales_inferred_and_projected(economy, 2009, options) for economy in economies}
    waste = {economy: heldout.arisings_of_known_sales(economy, 2009, options) for economy in economies}
    for study, what in (
        (inferred, Words("sales inferred from arisings of 2000-2014")),
        (ahead, Words("sales carried forward from those known to 2009")),
        (blind, Words("sales inferred from arisings of 2000-2009 and carried forward")),
        (waste, Words("arisings carried forward from those of 2000-2009")),
    ):
        for year in _shown(study["GBR"].years):
            yield _held(f"GBR {year}", study["GBR"], [study["GBR"]], year, what)
            yield _held(f"EU28 {year}", study["GBR"], list(study.values()), year, what)
        every = np.abs(np.array([each.error for each in study.values()]))
        covered = float(np.mean([each.within for each in study.values()]))
        yield CheckRow(
            f"Held out, 28 EU economies: {what.en}; median of the absolute relative errors",
            None,
            None,
            round(float(np.median(every)), 4),
            Words(
                "Root mean square {error}; {covered} of the truth lies in the 95 % band. The product pattern is that "
                "of the other 27 economies. Repaired sales count as the truth."
            ).format(error=f"{np.sqrt((every**2).mean()):.3f}", covered=f"{covered:.0%}"),
        )


def _shown(years: tuple[int, ...]) -> tuple[int, ...]:
    return years if len(years) < 8 else tuple(year for year in years if year % 5 == 0 or year == years[-1])


def _held(what: str, first: heldout.Study, studies: list[heldout.Study], year: int, said: Words) -> CheckRow:
    at = first.years.index(year)
    truth = sum(float(study.truth[at]) for study in studies) / 1e6
    ours = sum(float(study.ours[at]) for study in studies) / 1e6
    band = 1.96 * float(np.mean([study.sd_log[at] for study in studies]))
    inside = abs(np.log(ours / truth)) < band
    return compared(
        f"Held out {what}: {said.en}, kt",
        truth,
        ours,
        (
            Words("95 % band of {what}: a factor {factor} either way; the truth lies inside.")
            if inside
            else Words("95 % band of {what}: a factor {factor} either way; the truth lies outside.")
        ).format(what=said, factor=f"{np.exp(band):.2f}"),
    )


def british_sales() -> Iterator[CheckRow]:
    """Sales of the United Kingdom after 2015, carried forward, beside another record of them (47 keys)."""
    found = market.of("GBR", range(2012, 2021))
    other: dict[str, dict[int, float]] = {}
    for row in reference.uk_stockflow():
        if row.unit == "tonnes":
            other.setdefault(row.unu_key, {})[row.year] = row.inflow
    overlap = (2012, 2013, 2014, 2015)
    same = []
    for key, series in other.items():
        mine = sum(float(found.kg[year - 2012, found.products.index(key)]) / 1e3 for year in overlap)
        theirs = sum(series.get(year, 0.0) for year in overlap)
        if mine > 0 and 1 / 1.5 < theirs / mine < 1.5:
            same.append(key)
    why = Words(
        "The {count} keys whose sales of 2012-2015 agree in both records within a factor 1.5; the rest differ in scope "
        "(medical and IT equipment of businesses) or in customs links."
    ).format(count=len(same))
    for year in range(2016, 2021):
        filled = [key for key in same if other[key].get(year, 0.0) > 0]
        theirs = sum(other[key][year] for key in filled) / 1e3
        mine = sum(float(found.kg[year - 2012, found.products.index(key)]) for key in filled) / 1e6
        yield compared(f"GBR {year}: sales carried forward from 2015, kt", theirs, mine, why)
