"""Tables of where: economies, ports, facilities."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference import rows
from meguri.reference.columns import ISO3, LAT, LON, NAME_EN, NAME_JA, NOTE_EN, NOTE_JA, WORLD_TOO, YEAR
from meguri.reference.reader import Column, Table

ECONOMIES = Table(
    "economies",
    Words("Economies", "国・地域"),
    Words(
        "States and other economies with rules of their own, and the European Union. "
        "Naming an economy says nothing about its status.",
        "独自の規則を持つ国・地域及び欧州連合。掲載は法的地位に関する見解を示すものではない。",
    ),
    rows.Economy,
    (
        Column("iso3", Words("ISO 3166-1 alpha-3 code", "ISO 3166-1 alpha-3 コード")),
        Column("alpha2", Words("ISO 3166-1 alpha-2 code", "ISO 3166-1 alpha-2 コード")),
        NAME_EN,
        NAME_JA,
        Column("zone", Words("IANA time zone of the capital", "首都の時間帯(IANA)")),
        LAT,
        LON,
    ),
    ("iso3",),
)
PORTS = Table(
    "ports",
    Words("Ports", "港"),
    Words("Sea ports between which legs are computed.", "航路距離を計算する海港。"),
    rows.Port,
    (
        Column("unlocode", Words("UN/LOCODE", "UN/LOCODE")),
        NAME_EN,
        NAME_JA,
        ISO3,
        LAT,
        LON,
        NOTE_EN,
        NOTE_JA,
    ),
    ("unlocode",),
)
FACILITIES = Table(
    "facilities",
    Words("Facilities", "施設"),
    Words(
        "Real smelters and treatment plants, for orientation. No licence has been checked; plants in ASEAN are marked "
        "“licence to be verified”. A capacity often covers all secondary feeds, not e-scrap alone.",
        "実在する製錬所・処理施設(参考)。許可は未確認であり、ASEAN域内の施設は「許可の確認を要する」と表示する。"
        "能力は二次原料全体の値であることが多い。",
    ),
    rows.Facility,
    (
        Column("id", Words("Short name in addresses", "識別名")),
        NAME_EN,
        NAME_JA,
        Column("operator", Words("Operator", "事業者")),
        ISO3,
        LAT,
        LON,
        Column("kind", Words("Kind of plant", "施設の種類")),
        Column(
            "capacity_t_y",
            Words("Capacity for recycled feed", "二次原料の処理能力"),
            "number",
            "t/y",
            optional=True,
            low=0,
        ),
        Column("capacity_basis_en", Words("What the capacity counts", "能力の根拠"), optional=True),
        Column("metals", Words("Metals recovered", "回収金属"), "list", optional=True),
        Column(
            "port",
            Words("Nearest listed port", "最寄りの収載港"),
            optional=True,
            refers=("ports", "unlocode"),
        ),
        Column(
            "licence",
            Words("What is known of the licence", "許可の確認状況"),
            "choice",
            choices=("to-verify", "not-checked"),
        ),
        Column("place_source", Words("Where the position comes from", "位置の出典")),
        Column("place_confidence", Words("How far to trust the position", "位置の信頼度"), "confidence"),
        NOTE_EN,
    ),
    ("id",),
)
FACILITY_TOTALS = Table(
    "facility-totals",
    Words("Totals of several facilities", "施設の合計値"),
    Words(
        "Group capacities and counts of licensed plants. They overlap with the facilities: never add the two.",
        "企業グループの能力及び許可施設数。施設表と重複するため合算してはならない。",
    ),
    rows.FacilityTotal,
    (
        Column("id", Words("Short name in addresses", "識別名")),
        NAME_EN,
        NAME_JA,
        ISO3,
        Column("value", Words("Value, in the unit beside it", "値(単位は隣の列)"), "number", low=0),
        Column("unit", Words("Unit", "単位"), "choice", choices=("t/y", "count")),
        NOTE_EN,
    ),
    ("id",),
)
POPULATION = Table(
    "population",
    Words("Population", "人口"),
    Words(
        "People on 1 July, every five years from 1980 to 2050. Years that the e-waste series implies are derived from "
        "it; the others are recalled from the medium variant of the UN's projections of 2024.",
        "1980~2050年の5年ごとの人口(7月1日)。電気電子機器廃棄物の経年値から逆算できる年は計算値、"
        "その他は国連2024年推計(中位)の記憶による。",
    ),
    rows.Population,
    (
        WORLD_TOO,
        YEAR,
        Column("population_million", Words("People", "人口"), "number", "million", low=0),
    ),
    ("iso3", "year"),
)
