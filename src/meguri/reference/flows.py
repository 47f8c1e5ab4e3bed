"""Tables of what was placed on the market, what is in use, and what became waste."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.columns import ISO3, NOTE_EN, UNU_KEY, WORLD_TOO, YEAR
from meguri.reference.reader import Column, Table
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
    legislation: str
    instrument: str
    epr: str
    method: str


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
    how_to_use: str


PLACED_ON_MARKET = Table(
    "placed-on-market",
    Words("Placed on the market", "上市量"),
    Words(
        "Apparent consumption of the EU-28 by country and UNU-KEY, 1995 to 2015, raw: with gaps and outliers, before "
        "any correction.",
        "EU28の国・UNU-KEY別見掛消費量(1995~2015年)。補正前の値で、欠測及び外れ値を含む。",
    ),
    PlacedOnMarket,
    (
        UNU_KEY,
        YEAR,
        ISO3,
        Column("pom_kg", Words("Mass placed on the market", "上市質量"), "number", "kg"),
        Column("pom_units", Words("Pieces placed on the market", "上市台数"), "number", "pieces"),
        Column("basis", Words("How it was obtained", "算定方法")),
    ),
    ("unu_key", "year", "iso3"),
)
UK_STOCKFLOW = Table(
    "uk-stockflow",
    Words("Stocks and flows of the United Kingdom", "英国のストック・フロー"),
    Words(
        "Inflow, and the outflow and stock that a published model drew from it, 2008 to 2020, with the Weibull life of "
        "each series. The model takes the density at the middle of the year and does not conserve mass exactly. "
        "Inflows are production plus imports less exports and may be negative.",
        "英国の投入量と、公表モデルによる排出量・ストック(2008~2020年)、各系列のワイブル分布。"
        "年央の密度を用いるため質量は厳密には保存されない。投入量は生産+輸入-輸出であり負になり得る。",
    ),
    UkStockflow,
    (
        UNU_KEY,
        YEAR,
        Column("unit", Words("Unit of the flows", "フローの単位"), "choice", choices=("tonnes", "units")),
        Column("inflow", Words("Inflow, in the unit beside it", "投入量(単位は隣の列)"), "number"),
        Column("outflow_model", Words("Outflow of the model", "排出量(モデル値)"), "number"),
        Column("stock_model", Words("Stock of the model", "ストック(モデル値)"), "number"),
        ISO3,
        Column("weibull_shape", Words("Weibull shape", "ワイブル形状パラメータ"), "number", "1", low=0.1, high=20),
        Column("weibull_scale_yr", Words("Weibull scale", "ワイブル尺度パラメータ"), "number", "yr", low=0.1),
    ),
    ("unu_key", "year", "unit"),
)
WEEE_GENERATED_EU = Table(
    "weee-generated-eu",
    Words("Waste equipment generated in the EU", "EUの廃電気電子機器発生量"),
    Words(
        "What Statistics Netherlands' model gives per country of the EU-28, all kinds together; projected after 2014.",
        "オランダ統計局モデルによるEU28の国別発生量(全機器合計)。2014年より後は推計。",
    ),
    WeeeGenerated,
    (
        ISO3,
        YEAR,
        Column("weee_generated_t", Words("Waste equipment generated", "発生量"), "number", "t", low=0),
    ),
    ("iso3", "year"),
)
EWASTE_SERIES = Table(
    "ewaste-series",
    Words("E-waste by year", "電気電子機器廃棄物の経年値"),
    Words(
        "E-waste generated per head and in total, 2000 to 2021, for 25 economies; projected from 2017 on.",
        "25か国・地域の1人当たり及び総発生量(2000~2021年)。2017年以降は推計。",
    ),
    EwasteYear,
    (
        ISO3,
        YEAR,
        Column("ewaste_kg_per_cap", Words("E-waste generated per head", "1人当たり発生量"), "number", "kg", low=0),
        Column("ewaste_kt", Words("E-waste generated", "発生量"), "number", "kt", low=0),
        Column(
            "implied_population_million",
            Words("Population that the two imply", "両者から逆算した人口"),
            "number",
            "million",
            low=0,
        ),
        NOTE_EN,
    ),
    ("iso3", "year"),
)
EWASTE_BY_COUNTRY = Table(
    "ewaste-by-country",
    Words("E-waste by economy and edition", "国・地域別の電気電子機器廃棄物"),
    Words(
        "What editions of the global statistics and national bodies say of single years. Scopes differ between "
        "editions: national figures may count households only.",
        "国際統計の各版及び各国機関による単年の値。版により範囲が異なり、国内統計は家庭系のみの場合がある。",
    ),
    EwasteByCountry,
    (
        WORLD_TOO,
        YEAR,
        Column("edition", Words("Edition or body", "版又は機関")),
        Column("ewaste_generated_kt", Words("E-waste generated", "発生量"), "number", "kt", optional=True, low=0),
        Column(
            "ewaste_kg_per_cap",
            Words("E-waste generated per head", "1人当たり発生量"),
            "number",
            "kg",
            optional=True,
            low=0,
        ),
        Column(
            "formally_collected_kt", Words("Formally collected", "公式回収量"), "number", "kt", optional=True, low=0
        ),
        Column(
            "collected_data_year",
            Words("Year of the collection figure", "回収量の年"),
            "integer",
            "year",
            optional=True,
        ),
        Column("pom_kt", Words("Placed on the market", "上市量"), "number", "kt", optional=True, low=0),
        Column("legislation", Words("Whether there is a law", "法令の有無"), optional=True),
        Column("instrument", Words("The law", "法令"), optional=True),
        Column("epr", Words("Extended producer responsibility", "拡大生産者責任"), optional=True),
        Column("method", Words("How the figure was obtained", "算定方法"), optional=True),
    ),
    ("iso3", "year", "edition"),
)
ELV = Table(
    "elv",
    Words("Vehicles", "自動車"),
    Words(
        "Vehicles sold, in use, exported used and taken back at the end of life. Japan's take-back was read; its "
        "yearly sales and exports are mostly recalled. Registers count dormant vehicles. Rows of months or half years "
        "are parts of a year.",
        "新車販売、保有、中古車輸出、使用済自動車引取りの台数。日本の引取台数は出典で確認、販売・輸出の多くは記憶による。"
        "登録台数は休眠車両を含む。月・半期の行は年の一部である。",
    ),
    Elv,
    (
        Column(
            "iso3",
            Words("Economy or group", "国・地域又はその集まり"),
            refers=ISO3.refers,
            also=("ASEAN", "ASIA20", "MULTI"),
        ),
        Column(
            "year", Words("Year, fiscal year (FY) or part of one, as published", "年・年度(FY)又はその一部(原典どおり)")
        ),
        Column("variable", Words("What is counted", "項目")),
        Column("value", Words("Value, in the unit beside it", "値(単位は隣の列)"), "number", low=0),
        Column("unit", Words("Unit", "単位")),
        NOTE_EN,
    ),
    ("iso3", "year", "variable"),
)
PUBLISHED = Table(
    "published",
    Words("Published results", "公表された結果"),
    Words(
        "Results that others published, to compare ours with. Two targets of Japan for 2030 stand side by side: "
        "e-scrap processed, and recycled raw materials doubled. They differ in kind and are never merged.",
        "比較に用いる公表値。日本の2030年目標は「e-スクラップ処理量」と「リサイクル原料処理量の倍増」の二つで、"
        "対象が異なるため統合しない。",
    ),
    Published,
    (
        Column("topic", Words("Topic", "主題")),
        Column("scope", Words("Where, or which plant", "対象")),
        Column("year", Words("Year, as published", "年(原典どおり)")),
        Column("quantity", Words("Quantity", "量")),
        Column("value", Words("Value, in the unit beside it", "値(単位は隣の列)"), "number"),
        Column("unit", Words("Unit", "単位")),
        Column("how_to_use", Words("Use", "用途"), optional=True),
    ),
    ("topic", "scope", "year", "quantity"),
)
