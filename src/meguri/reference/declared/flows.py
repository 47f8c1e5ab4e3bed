"""Tables of what was placed on the market, what is in use, and what became waste."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.declared.columns import ISO3, NOTE, UNU_KEY, WORLD_TOO, YEAR
from meguri.reference.reader import Column, FactTable
from meguri.reference.rows import Fact


class PlacedOnMarket(Fact, frozen=True, kw_only=True):
    """What one economy put on its market in a year, by UNU-KEY; raw apparent consumption may be negative or jump."""

    unu_key: str
    year: int
    iso3: str
    pom_kg: float
    pom_units: float
    basis: str


class UkStockflow(Fact, frozen=True, kw_only=True):
    """The published British series of one key in one `unit` (tonnes or units), with the Weibull life behind it."""

    unu_key: str
    year: int
    unit: str
    inflow: float
    outflow_model: float
    stock_model: float
    iso3: str
    weibull_shape: float
    weibull_scale_yr: float


class WeeeGenerated(Fact, frozen=True, kw_only=True):
    """What a country's equipment became as waste in a year, all kinds together: a model's output, not a count."""

    iso3: str
    year: int
    weee_generated_t: float


class EwasteYear(Fact, frozen=True, kw_only=True):
    """One economy and year of the series 2000 to 2021."""

    iso3: str
    year: int
    ewaste_kg_per_cap: float
    ewaste_kt: float
    implied_population_million: float
    note: Words


class EwasteByCountry(Fact, frozen=True, kw_only=True):
    """What one edition of the statistics says of an economy and year; cells that it does not fill are None or empty."""

    iso3: str
    year: int
    edition: str
    ewaste_generated_kt: float | None
    ewaste_kg_per_cap: float | None
    formally_collected_kt: float | None
    collected_data_year: int | None
    pom_kt: float | None
    legislation: Words
    instrument: Words
    epr: Words
    method: Words


class Elv(Fact, frozen=True, kw_only=True):
    """A figure on vehicles. `year` is as published: 2022, FY2023 (April to March), 2023M1-10 (part of a year), or -."""

    iso3: str
    year: str
    variable: str
    value: float
    unit: str
    note: Words

    @property
    def part_of_a_year(self) -> bool:
        """Whether the figure covers months or a half year only and may not stand beside years."""
        return "M" in self.year or "H" in self.year


class Published(Fact, frozen=True, kw_only=True):
    """A published result to compare with; `how_to_use` says for what."""

    topic: str
    scope: str
    year: str
    quantity: str
    value: float
    unit: str
    how_to_use: Words


PLACED_ON_MARKET = FactTable(
    "placed-on-market",
    Words("Placed on the market"),
    Words(
        "Apparent consumption of the EU-28 by country and UNU-KEY, 1995 to 2015, raw: with gaps and outliers, before "
        "any correction.",
    ),
    PlacedOnMarket,
    (
        UNU_KEY,
        YEAR,
        ISO3,
        Column("pom_kg", Words("Mass placed on the market"), "number", "kg"),
        Column("pom_units", Words("Pieces placed on the market"), "number", "pieces"),
        Column("basis", Words("How it was obtained")),
    ),
    ("unu_key", "year", "iso3"),
)
UK_STOCKFLOW = FactTable(
    "uk-stockflow",
    Words("Stocks and flows of the United Kingdom"),
    Words(
        "Inflow, and the outflow and stock that a published model drew from it, 2008 to 2020, with the Weibull life of "
        "each series. The model takes the density at the middle of the year and does not conserve mass exactly. "
        "Inflows are production plus imports less exports and may be negative.",
    ),
    UkStockflow,
    (
        UNU_KEY,
        YEAR,
        Column("unit", Words("Unit of the flows"), "choice", choices=("tonnes", "units")),
        Column("inflow", Words("Inflow, in the unit beside it"), "number"),
        Column("outflow_model", Words("Outflow of the model"), "number"),
        Column("stock_model", Words("Stock of the model"), "number"),
        ISO3,
        Column("weibull_shape", Words("Weibull shape"), "number", "1", low=0.1, high=20),
        Column("weibull_scale_yr", Words("Weibull scale"), "number", "yr", low=0.1),
    ),
    ("unu_key", "year", "unit"),
)
WEEE_GENERATED_EU = FactTable(
    "weee-generated-eu",
    Words("Waste equipment generated in the EU"),
    Words(
        "What Statistics Netherlands' model gives per country of the EU-28, all kinds together; projected after 2014.",
    ),
    WeeeGenerated,
    (
        ISO3,
        YEAR,
        Column("weee_generated_t", Words("Waste equipment generated"), "number", "t", low=0),
    ),
    ("iso3", "year"),
)
EWASTE_SERIES = FactTable(
    "ewaste-series",
    Words("E-waste by year"),
    Words(
        "E-waste generated per head and in total, 2000 to 2021, for 25 economies; projected from 2017 on.",
    ),
    EwasteYear,
    (
        ISO3,
        YEAR,
        Column("ewaste_kg_per_cap", Words("E-waste generated per head"), "number", "kg", low=0),
        Column("ewaste_kt", Words("E-waste generated"), "number", "kt", low=0),
        Column(
            "implied_population_million",
            Words("Population that the two imply"),
            "number",
            "million",
            low=0,
        ),
        NOTE,
    ),
    ("iso3", "year"),
)
EWASTE_BY_COUNTRY = FactTable(
    "ewaste-by-country",
    Words("E-waste by economy and edition"),
    Words(
        "What editions of the global statistics and national bodies say of single years. Scopes differ between "
        "editions: national figures may count households only.",
    ),
    EwasteByCountry,
    (
        WORLD_TOO,
        YEAR,
        Column("edition", Words("Edition or body")),
        Column("ewaste_generated_kt", Words("E-waste generated"), "number", "kt", optional=True, low=0),
        Column(
            "ewaste_kg_per_cap",
            Words("E-waste generated per head"),
            "number",
            "kg",
            optional=True,
            low=0,
        ),
        Column("formally_collected_kt", Words("Formally collected"), "number", "kt", optional=True, low=0),
        Column(
            "collected_data_year",
            Words("Year of the collection figure"),
            "integer",
            "year",
            optional=True,
        ),
        Column("pom_kt", Words("Placed on the market"), "number", "kt", optional=True, low=0),
        Column("legislation", Words("Whether there is a law"), optional=True, words="shared"),
        Column("instrument", Words("The law"), optional=True, words="shared"),
        Column("epr", Words("Extended producer responsibility"), optional=True, words="shared"),
        Column("method", Words("How the figure was obtained"), optional=True, words="shared"),
    ),
    ("iso3", "year", "edition"),
)
ELV = FactTable(
    "elv",
    Words("Vehicles"),
    Words(
        "Vehicles sold, in use, exported used and taken back at the end of life. Japan's take-back was read; its "
        "yearly sales and exports are mostly recalled. Registers count dormant vehicles. Rows of months or half years "
        "are parts of a year.",
    ),
    Elv,
    (
        Column(
            "iso3",
            Words("Economy or group"),
            refers=ISO3.refers,
            also=("ASEAN", "ASIA20", "MULTI"),
        ),
        Column("year", Words("Year, fiscal year (FY) or part of one, as published")),
        Column("variable", Words("What is counted")),
        Column("value", Words("Value, in the unit beside it"), "number", low=0),
        Column("unit", Words("Unit")),
        NOTE,
    ),
    ("iso3", "year", "variable"),
)
PUBLISHED = FactTable(
    "published",
    Words("Published results"),
    Words(
        "Results that others published, to compare ours with. Two targets of Japan for 2030 stand side by side: "
        "e-scrap processed, and recycled raw materials doubled. They differ in kind and are never merged.",
    ),
    Published,
    (
        Column("topic", Words("Topic")),
        Column("scope", Words("Where, or which plant")),
        Column("year", Words("Year, as published")),
        Column("quantity", Words("Quantity")),
        Column("value", Words("Value, in the unit beside it"), "number"),
        Column("unit", Words("Unit")),
        Column("how_to_use", Words("Use"), optional=True, words="shared"),
    ),
    ("topic", "scope", "year", "quantity"),
)
