"""Tables of what materials are worth, what making them emits, who makes them and who needs them."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.columns import ISO3, NOTE_EN, YEAR
from meguri.reference.reader import Column, Table
from meguri.reference.rows import Fact


class Price(Fact, frozen=True, kw_only=True):
    """A price or a cost in a year; a metal's `item` is a symbol or what it is sold as (Nd_oxide, Li_contained)."""

    kind: str
    item: str
    year: int
    value: float
    unit: str
    low: float | None
    high: float | None
    basis: str
    estimate: str


class Emission(Fact, frozen=True, kw_only=True):
    """A factor of emissions or energy, by category and item; `region` is GLO or ISO 3166."""

    category: str
    item: str
    region: str
    value: float
    unit: str
    low: float | None
    high: float | None
    year: int | None
    note: Words


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


_LOW = Column("low", Words("Lower end of the range", "範囲の下限"), "number", optional=True)
_HIGH = Column("high", Words("Upper end of the range", "範囲の上限"), "number", optional=True)
_VALUE = Column("value", Words("Value, in the unit beside it", "値(単位は隣の列)"), "number")
_UNIT = Column("unit", Words("Unit", "単位"))
_ESTIMATE = Column(
    "estimate",
    Words("e where its source estimated it", "出典による推計はe"),
    "choice",
    optional=True,
    choices=("e", "projection"),
)
_COMMODITY = Column(
    "element",
    Words("Element or commodity", "元素又は品目"),
    refers=("elements", "symbol"),
    also=("C_graphite", "REE", "REE_magnet"),
)
_STAGE = Column("stage", Words("Stage (mine, smelter, refinery)", "段階(鉱山・製錬・精製)"))

PRICES = Table(
    "prices",
    Words("Prices and costs", "価格・費用"),
    Words(
        "Metal prices are yearly averages as published. Payables, charges, prices of boards and the freight of 2024 "
        "are guesses: replace them with quotations.",
        "金属価格は公表された年平均。支払率、処理費、基板価格及び2024年の運賃は仮定値であり、見積りに置き換えること。",
    ),
    Price,
    (
        Column(
            "kind",
            Words("Kind", "種類"),
            "choice",
            choices=(
                "metal_price",
                "escrap_payable_pct",
                "smelter_terms",
                "scrap_price",
                "container_freight",
                "trade_cost",
                "wage",
            ),
        ),
        Column("item", Words("What is priced", "対象")),
        YEAR,
        _VALUE,
        _UNIT,
        _LOW,
        _HIGH,
        Column("basis", Words("Market and form", "市場・形態"), optional=True),
        _ESTIMATE,
    ),
    ("kind", "item", "year"),
)
EMISSIONS = Table(
    "emissions",
    Words("Emission factors", "排出係数"),
    Words(
        "Global warming potential (100 years) and energy of primary metals, secondary metals, transport (well to "
        "wheel), electricity and others. Secondary factors other than aluminium and copper are recalled.",
        "一次金属の温室効果(100年値)・エネルギー、二次金属、輸送(燃料の採掘から走行まで)、電力等の係数。"
        "アルミニウム・銅以外の二次金属の値は記憶による。",
    ),
    Emission,
    (
        Column(
            "category",
            Words("Category", "区分"),
            "choice",
            choices=(
                "primary_metal_gwp",
                "primary_metal_ced",
                "secondary_metal_gwp",
                "transport_wtw",
                "grid_intensity",
                "other",
            ),
        ),
        Column("item", Words("Material, means of transport or electricity", "材料・輸送手段・電力")),
        Column(
            "region", Words("Economy, or GLO for the world", "国・地域(GLOは世界)"), refers=ISO3.refers, also=("GLO",)
        ),
        _VALUE,
        _UNIT,
        _LOW,
        _HIGH,
        Column("year", Words("Year of the data", "データの年"), "integer", "year", optional=True),
        NOTE_EN,
    ),
    ("category", "item", "region"),
)
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
        _UNIT,
        _ESTIMATE,
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
        _UNIT,
        NOTE_EN,
    ),
    ("element", "year", "variable"),
)
