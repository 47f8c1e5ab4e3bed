"""Tables of what: equipment, elements, streams, composition, yields."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference import rows
from meguri.reference.columns import ELEMENT, ITEM, NAME_EN, NAME_JA, NOTE_EN, SHARE, STREAM, UNU_KEY, UNU_KEY_OR_NOT
from meguri.reference.reader import Column, Table

UNU_KEYS = Table(
    "unu-keys",
    Words("UNU-KEYs", "UNU-KEY"),
    Words(
        "The 54 kinds of equipment of the E-waste Statistics Guidelines.",
        "電気電子機器廃棄物統計ガイドラインの54機器区分。",
    ),
    rows.UnuKey,
    (
        Column("unu_key", Words("UNU-KEY, four digits", "UNU-KEY(4桁)")),
        NAME_EN,
        NAME_JA,
        Column("eu6", Words("EU category, 1 to 6", "EU区分(1~6)")),
        Column("eu6_name_en", Words("Name of the EU category", "EU区分名")),
        Column("eu10", Words("Former EU category, 1 to 10", "旧EU区分(1~10)")),
        Column("introduced", Words("Year of introduction", "導入年"), "integer", "year", low=1900, high=2100),
        Column("unit_weight_kg", Words("Mean mass of a piece", "1台当たり平均質量"), "number", "kg", low=0),
        Column("hs6", Words("HS six-digit codes", "HS6桁コード"), "list", optional=True),
    ),
    ("unu_key",),
)
ELEMENTS = Table(
    "elements",
    Words("Elements", "元素"),
    Words(
        "Elements that the program names, and the order of the thirty that contained metals are held in.",
        "本システムで扱う元素と、含有金属ベクトル(30元素)の並び順。",
    ),
    rows.Element,
    (
        Column("symbol", Words("Symbol", "元素記号")),
        NAME_EN,
        NAME_JA,
        Column("atomic_number", Words("Atomic number", "原子番号"), "integer", low=1, high=118),
        Column("atomic_weight", Words("Standard atomic weight", "標準原子量"), "number", "g/mol", low=1),
        Column(
            "vector",
            Words("Place in the vector", "ベクトル内の位置"),
            "integer",
            optional=True,
            low=1,
            high=30,
        ),
    ),
    ("symbol",),
)
COMPOSITION = Table(
    "composition",
    Words("Composition", "組成"),
    Words(
        "What devices are made of, and which elements their fractions hold. Most boards but those of phones and "
        "routers are recalled, not measured.",
        "機器の構成部材と、部材に含まれる元素。携帯電話・ルータ以外の基板の値の多くは記憶によるもので測定値ではない。",
    ),
    rows.Composition,
    (
        Column(
            "level",
            Words("Level", "階層"),
            "choice",
            choices=("device_to_fraction", "fraction_to_element"),
        ),
        Column("item", Words("Device or fraction", "機器又は部材")),
        UNU_KEY_OR_NOT,
        Column("component", Words("Fraction or element in it", "含まれる部材又は元素")),
        Column("value", Words("Content, in the unit beside it", "含有量(単位は隣の列)"), "number", low=0),
        Column("unit", Words("Unit", "単位"), "choice", choices=("share", "wt%", "mg/kg")),
        NOTE_EN,
    ),
    ("level", "item", "component"),
    sums="share",
    sums_by=("level", "item"),
)
RECOVERY = Table(
    "recovery",
    Words("Yields", "回収率"),
    Words(
        "The share of each element that a route recovers. Shredding was measured; gold in the smelter and batteries "
        "are operators' statements; the rest is an assumption set.",
        "処理経路別の元素回収率。破砕選別は実測、製錬所の金と電池は事業者公表値、その他は仮定値。",
    ),
    rows.Recovery,
    (
        Column("route", Words("Route of treatment", "処理経路")),
        Column("stage", Words("Stage", "段階"), "choice", choices=("preprocessing", "end-processing", "whole-chain")),
        ELEMENT,
        Column("yield_share", Words("Share of the input recovered", "投入量に対する回収割合"), "share", "1"),
        Column("low", Words("Lower end of the range", "範囲の下限"), "share", "1"),
        Column("high", Words("Upper end of the range", "範囲の上限"), "share", "1"),
        NOTE_EN,
    ),
    ("route", "element"),
)
SMELTER_CONSTRAINTS = Table(
    "smelter-constraints",
    Words("Smelter constraints", "製錬所の受入制約"),
    Words(
        "From where a smelter charges a penalty or refuses a lot: an order of magnitude, no single document at hand.",
        "製錬所がペナルティを課す、又は受入れを拒む目安。根拠となる単一の文書はない。",
    ),
    rows.SmelterConstraint,
    (
        Column("parameter", Words("What is limited", "制約の対象")),
        Column("unit", Words("Unit", "単位"), "choice", choices=("mg/kg", "wt%", "pieces", "mm")),
        Column("penalty_above", Words("Penalty above, in the row's unit", "ペナルティの閾値"), "number", low=0),
        Column("reject_above", Words("Refused above, in the row's unit", "受入拒否の閾値"), "number", low=0),
        NOTE_EN,
    ),
    ("parameter",),
)
STREAMS = Table(
    "streams",
    Words("Streams", "品目(ストリーム)"),
    Words("The kinds of material in which questions are asked.", "照会に用いる品目の種類。"),
    rows.Stream,
    (
        Column("stream", Words("Slug", "識別名")),
        NAME_EN,
        NAME_JA,
        Column(
            "kind",
            Words("Family", "分類"),
            "choice",
            choices=("fraction", "equipment", "battery", "vehicle", "metal", "residue"),
        ),
    ),
    ("stream",),
)
DEVICE_MIXES = Table(
    "device-mixes",
    Words("Device mixes", "機器の混合比"),
    Words(
        "Declared mixes of devices by mass: assumptions, to be replaced by a yard's own record.",
        "機器の質量混合比(仮定)。事業者の記録があれば置き換える。",
    ),
    rows.MixShare,
    (Column("mix", Words("Name of the mix", "混合の名称")), ITEM, UNU_KEY, SHARE),
    ("mix", "item"),
    sums="share",
    sums_by=("mix",),
)
SEPARATION = Table(
    "separation",
    Words("Separation by dismantling", "解体による分離"),
    Words(
        "Which stream each component of a device goes to when it is taken apart by hand. A row for a device replaces "
        "the rows for any device (*); what no row claims is loss.",
        "手解体で各部材がどの品目になるか。機器別の行は全機器(*)の行に優先し、どの行にも属さない分は損失とする。",
    ),
    rows.Separation,
    (
        Column("item", Words("Device, or * for any", "機器(*は全機器)")),
        Column("component", Words("Component of the device", "機器の部材")),
        Column("stream", Words("Stream it becomes, or loss", "分離先の品目又は損失(loss)")),
        SHARE,
    ),
    ("item", "component", "stream"),
    sums="share",
    sums_by=("item", "component"),
)
STREAM_BASIS = Table(
    "stream-basis",
    Words("What stands for a stream", "品目の組成の根拠"),
    Words(
        "Which rows of the composition table stand for a stream until an assay is at hand.",
        "分析値が得られるまで、品目の組成として用いる組成表の行。",
    ),
    rows.StreamBasis,
    (
        STREAM,
        ITEM,
        Column("weight", Words("Weight among the stream's items", "品目内の重み"), "number", "1", low=0),
        NOTE_EN,
    ),
    ("stream", "item"),
)
