"""Tables of who makes a material, who needs it and how wastes move."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.declared.columns import ESTIMATE, ISO3, NOTE, UNIT, YEAR
from meguri.reference.reader import Column, FactTable
from meguri.reference.rows import Fact


class Production(Fact, frozen=True, kw_only=True):
    """What a country made of a commodity in a year; OTH are all others together, WLD the published world total."""

    element: str
    stage: str
    country: Words
    iso3: str
    year: int
    production: float
    unit: str
    estimate: str
    share_of_listed: float | None


class Hhi(Fact, frozen=True, kw_only=True):
    """The concentration of a commodity's production; other countries count as many small ones."""

    element: str
    stage: str
    year: int
    hhi_0_1: float
    hhi_0_10000: int
    hhi_upper_if_other_is_one: float
    top_country: Words
    top_share: float
    sum_listed_vs_world: float | None


class Trade(Fact, frozen=True, kw_only=True):
    """A mass moved or processed; `months` is how much of a year it covers, and schemes are not to be added up."""

    reporter: str
    partner: tuple[str, ...]
    year: int
    months: int
    flow: str
    hs_or_scheme: str
    description: Words
    net_weight_t: float | None
    note: Words

    @property
    def is_trade(self) -> bool:
        """Whether customs counted it. Tonnage under the Basel and Waste Acts was notified; that is not trade."""
        return self.hs_or_scheme in CUSTOMS

    @property
    def whole_year(self) -> bool:
        """Whether the figure covers twelve months."""
        return self.months == 12


CUSTOMS = ("2603", "7404", "e-scrap customs", "e-scrap customs month")


class JapanDemand(Fact, frozen=True, kw_only=True):
    """A figure on Japan's use or stock of a metal; `value` is None where none was found. A stock is no demand."""

    element: str
    year: str
    variable: str
    value: float | None
    unit: str
    note: Words


_COMMODITY = Column(
    "element",
    Words("Element or commodity"),
    refers=("elements", "symbol"),
    also=("C_graphite", "REE", "REE_magnet"),
)
_STAGE = Column("stage", Words("Stage (mine, smelter, refinery)"))

PRODUCTION = FactTable(
    "production",
    Words("World production"),
    Words(
        "Production by commodity, stage and country. Stages ending in _IEA follow another list of countries.",
    ),
    Production,
    (
        _COMMODITY,
        _STAGE,
        Column("country", Words("Country, as published"), words="shared"),
        Column(
            "iso3",
            Words("Economy; OTH others, WLD the world"),
            refers=ISO3.refers,
            also=("OTH", "WLD"),
        ),
        YEAR,
        Column("production", Words("Production, in the unit beside it"), "number", low=0),
        UNIT,
        ESTIMATE,
        Column("share_of_listed", Words("Share of all listed"), "share", "1", optional=True),
    ),
    ("element", "stage", "iso3", "country", "year"),
)
HHI = FactTable(
    "hhi",
    Words("Concentration of production"),
    Words(
        "Herfindahl-Hirschman index of production shares. Other countries count as many small ones; the upper bound "
        "counts them as one.",
    ),
    Hhi,
    (
        _COMMODITY,
        _STAGE,
        YEAR,
        Column("hhi_0_1", Words("Index, 0 to 1"), "share", "1"),
        Column("hhi_0_10000", Words("Index, 0 to 10,000"), "integer", low=0, high=10000),
        Column("hhi_upper_if_other_is_one", Words("Upper bound of the index"), "share", "1"),
        Column("top_country", Words("Largest producer"), words="shared"),
        Column("top_share", Words("Its share"), "share", "1"),
        Column(
            "sum_listed_vs_world",
            Words("Sum of the listed over the published world total"),
            "number",
            "1",
            optional=True,
            low=0,
        ),
    ),
    ("element", "stage", "year"),
)
TRADE = FactTable(
    "trade",
    Words("Trade and movements"),
    Words(
        "Masses under different schemes. Tonnage under the Basel Act is not trade: the reform of 2018 took certified "
        "imports out of it. Rows of fewer than twelve months are parts of a year: do not add them to years.",
    ),
    Trade,
    (
        Column("reporter", Words("Reporting economy"), refers=ISO3.refers),
        Column("partner", Words("Partners; WLD the world"), "list"),
        YEAR,
        Column("months", Words("Months covered"), "integer", "months", low=1, high=12),
        Column("flow", Words("Flow"), "choice", choices=("import", "export", "process", "arising")),
        Column("hs_or_scheme", Words("HS code or scheme")),
        Column("description", Words("What was counted"), words="shared"),
        Column("net_weight_t", Words("Net mass"), "number", "t", optional=True, low=0),
        NOTE,
    ),
    ("reporter", "partner", "year", "flow", "hs_or_scheme", "description"),
)
JAPAN_DEMAND = FactTable(
    "japan-demand",
    Words("Japan's use of metals"),
    Words(
        "Use, production and stock of metals in Japan. Most current demand was not found and is marked missing. "
        "A stock in the urban mine is neither demand nor what arises in a year.",
    ),
    JapanDemand,
    (
        Column("element", Words("Element"), refers=("elements", "symbol"), also=("REE",)),
        Column("year", Words("Year or fiscal year (FY)")),
        Column("variable", Words("What the figure is")),
        Column("value", Words("Value, in the unit beside it"), "number", optional=True),
        UNIT,
        NOTE,
    ),
    ("element", "year", "variable"),
)
