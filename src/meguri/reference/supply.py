"""Tables of who makes a material, who needs it and how wastes move."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.columns import ESTIMATE, ISO3, NOTE_EN, UNIT, YEAR
from meguri.reference.reader import Column, Table
from meguri.reference.rows import Fact


class Production(Fact, frozen=True, kw_only=True):
    """What a country made of a commodity in a year; OTH are all others together, WLD the published world total."""

    element: str
    stage: str
    country: str
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
    top_country: str
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
    description: str
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
    Words("Element or commodity", "元素又は品目"),
    refers=("elements", "symbol"),
    also=("C_graphite", "REE", "REE_magnet"),
)
_STAGE = Column("stage", Words("Stage (mine, smelter, refinery)", "段階(鉱山・製錬・精製)"))

PRODUCTION = Table(
    "production",
    Words("World production", "世界生産量"),
    Words(
        "Production by commodity, stage and country. Stages ending in _IEA follow another list of countries.",
        "品目・段階・国別の生産量。_IEAで終わる段階は別の国別区分による。",
    ),
    Production,
    (
        _COMMODITY,
        _STAGE,
        Column("country", Words("Country, as published", "国名(原典どおり)")),
        Column(
            "iso3",
            Words("Economy; OTH others, WLD the world", "国・地域(OTHはその他、WLDは世界)"),
            refers=ISO3.refers,
            also=("OTH", "WLD"),
        ),
        YEAR,
        Column("production", Words("Production, in the unit beside it", "生産量(単位は隣の列)"), "number", low=0),
        UNIT,
        ESTIMATE,
        Column("share_of_listed", Words("Share of all listed", "掲載国に占める割合"), "share", "1", optional=True),
    ),
    ("element", "stage", "iso3", "country", "year"),
)
HHI = Table(
    "hhi",
    Words("Concentration of production", "生産の集中度"),
    Words(
        "Herfindahl-Hirschman index of production shares. Other countries count as many small ones; the upper bound "
        "counts them as one.",
        "生産シェアのハーフィンダール・ハーシュマン指数。その他の国は多数の小規模国とみなし、上限値では一国とみなす。",
    ),
    Hhi,
    (
        _COMMODITY,
        _STAGE,
        YEAR,
        Column("hhi_0_1", Words("Index, 0 to 1", "指数(0~1)"), "share", "1"),
        Column("hhi_0_10000", Words("Index, 0 to 10,000", "指数(0~10,000)"), "integer", low=0, high=10000),
        Column("hhi_upper_if_other_is_one", Words("Upper bound of the index", "指数の上限"), "share", "1"),
        Column("top_country", Words("Largest producer", "最大生産国")),
        Column("top_share", Words("Its share", "最大生産国の割合"), "share", "1"),
        Column(
            "sum_listed_vs_world",
            Words("Sum of the listed over the published world total", "掲載国合計と公表世界計の比"),
            "number",
            "1",
            optional=True,
            low=0,
        ),
    ),
    ("element", "stage", "year"),
)
TRADE = Table(
    "trade",
    Words("Trade and movements", "貿易・移動"),
    Words(
        "Masses under different schemes. Tonnage under the Basel Act is not trade: the reform of 2018 took certified "
        "imports out of it. Rows of fewer than twelve months are parts of a year: do not add them to years.",
        "制度別の質量。バーゼル法の数量は貿易量ではない(2018年改正により認定輸入が除かれた)。"
        "12か月未満の行は年の一部であり、年の値に加算してはならない。",
    ),
    Trade,
    (
        Column("reporter", Words("Reporting economy", "報告国・地域"), refers=ISO3.refers),
        Column("partner", Words("Partners; WLD the world", "相手国・地域(WLDは世界)"), "list"),
        YEAR,
        Column("months", Words("Months covered", "対象月数"), "integer", "months", low=1, high=12),
        Column("flow", Words("Flow", "区分"), "choice", choices=("import", "export", "process", "arising")),
        Column("hs_or_scheme", Words("HS code or scheme", "HSコード又は制度")),
        Column("description", Words("What was counted", "対象")),
        Column("net_weight_t", Words("Net mass", "正味質量"), "number", "t", optional=True, low=0),
        NOTE_EN,
    ),
    ("reporter", "partner", "year", "flow", "hs_or_scheme", "description"),
)
JAPAN_DEMAND = Table(
    "japan-demand",
    Words("Japan's use of metals", "日本の金属需要"),
    Words(
        "Use, production and stock of metals in Japan. Most current demand was not found and is marked missing. "
        "A stock in the urban mine is neither demand nor what arises in a year.",
        "日本における金属の使用・生産・蓄積。近年の需要の多くは確認できず欠測とする。都市鉱山の蓄積量は需要でも年間発生量でもない。",
    ),
    JapanDemand,
    (
        Column("element", Words("Element", "元素"), refers=("elements", "symbol"), also=("REE",)),
        Column("year", Words("Year or fiscal year (FY)", "年又は年度(FY)")),
        Column("variable", Words("What the figure is", "項目")),
        Column("value", Words("Value, in the unit beside it", "値(単位は隣の列)"), "number", optional=True),
        UNIT,
        NOTE_EN,
    ),
    ("element", "year", "variable"),
)
