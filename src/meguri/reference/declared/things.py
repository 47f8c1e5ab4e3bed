"""Tables of what: equipment, elements, streams, composition, yields."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference import rows
from meguri.reference.declared.columns import ELEMENT, ITEM, NAME, NOTE, SHARE, STREAM, UNU_KEY, UNU_KEY_OR_NOT
from meguri.reference.reader import Column, FactTable

UNU_KEYS = FactTable(
    "unu-keys",
    Words("UNU-KEYs"),
    Words(
        "The 54 kinds of equipment of the E-waste Statistics Guidelines.",
    ),
    rows.UnuKey,
    (
        Column("unu_key", Words("UNU-KEY, four digits")),
        NAME,
        Column("eu6", Words("EU category, 1 to 6")),
        Column("eu6_name", Words("Name of the EU category"), words="shared"),
        Column("eu10", Words("Former EU category, 1 to 10")),
        Column("introduced", Words("Year of introduction"), "integer", "year", low=1900, high=2100),
        Column("unit_weight_kg", Words("Mean mass of a piece"), "number", "kg", low=0),
        Column("hs6", Words("HS six-digit codes"), "list", optional=True),
    ),
    ("unu_key",),
)
ELEMENTS = FactTable(
    "elements",
    Words("Elements"),
    Words(
        "Elements that the program names, and the order of the thirty that contained metals are held in.",
    ),
    rows.Element,
    (
        Column("symbol", Words("Symbol")),
        NAME,
        Column("atomic_number", Words("Atomic number"), "integer", low=1, high=118),
        Column("atomic_weight", Words("Standard atomic weight"), "number", "g/mol", low=1),
        Column(
            "vector",
            Words("Place in the vector"),
            "integer",
            optional=True,
            low=1,
            high=30,
        ),
    ),
    ("symbol",),
)
COMPOSITION = FactTable(
    "composition",
    Words("Composition"),
    Words(
        "What devices are made of, and which elements their fractions hold. Most boards but those of phones and "
        "routers are recalled, not measured.",
    ),
    rows.Composition,
    (
        Column(
            "level",
            Words("Level"),
            "choice",
            choices=("device_to_fraction", "fraction_to_element"),
        ),
        Column("item", Words("Device or fraction")),
        UNU_KEY_OR_NOT,
        Column("component", Words("Fraction or element in it")),
        Column("value", Words("Content, in the unit beside it"), "number", low=0),
        Column("unit", Words("Unit"), "choice", choices=("share", "wt%", "mg/kg")),
        NOTE,
    ),
    ("level", "item", "component"),
    sums="share",
    sums_by=("level", "item"),
)
RECOVERY = FactTable(
    "recovery",
    Words("Yields"),
    Words(
        "The share of each element that a route recovers. Shredding was measured; gold in the smelter and batteries "
        "are operators' statements; the rest is an assumption set.",
    ),
    rows.Recovery,
    (
        Column("route", Words("Route of treatment")),
        Column("stage", Words("Stage"), "choice", choices=("preprocessing", "end-processing", "whole-chain")),
        ELEMENT,
        Column("yield_share", Words("Share of the input recovered"), "share", "1"),
        Column("low", Words("Lower end of the range"), "share", "1"),
        Column("high", Words("Upper end of the range"), "share", "1"),
        NOTE,
    ),
    ("route", "element"),
)
SMELTER_CONSTRAINTS = FactTable(
    "smelter-constraints",
    Words("Smelter constraints"),
    Words(
        "From where a smelter charges a penalty or refuses a lot: an order of magnitude, no single document at hand.",
    ),
    rows.SmelterConstraint,
    (
        Column("parameter", Words("What is limited")),
        Column("unit", Words("Unit"), "choice", choices=("mg/kg", "wt%", "pieces", "mm")),
        Column("penalty_above", Words("Penalty above, in the row's unit"), "number", low=0),
        Column("reject_above", Words("Refused above, in the row's unit"), "number", low=0),
        NOTE,
    ),
    ("parameter",),
)
STREAMS = FactTable(
    "streams",
    Words("Streams"),
    Words("The kinds of material in which questions are asked."),
    rows.Stream,
    (
        Column("stream", Words("Slug")),
        NAME,
        Column(
            "kind",
            Words("Family"),
            "choice",
            choices=("fraction", "equipment", "battery", "vehicle", "metal", "residue"),
        ),
    ),
    ("stream",),
)
DEVICE_MIXES = FactTable(
    "device-mixes",
    Words("Device mixes"),
    Words(
        "Declared mixes of devices by mass: assumptions, to be replaced by a yard's own record.",
    ),
    rows.MixShare,
    (Column("mix", Words("Name of the mix")), ITEM, UNU_KEY, SHARE),
    ("mix", "item"),
    sums="share",
    sums_by=("mix",),
)
SEPARATION = FactTable(
    "separation",
    Words("Separation by dismantling"),
    Words(
        "Which stream each component of a device goes to when it is taken apart by hand. A row for a device replaces "
        "the rows for any device (*); what no row claims is loss.",
    ),
    rows.Separation,
    (
        Column("item", Words("Device, or * for any")),
        Column("component", Words("Component of the device")),
        Column("stream", Words("Stream it becomes, or loss")),
        SHARE,
    ),
    ("item", "component", "stream"),
    sums="share",
    sums_by=("item", "component"),
)
STREAM_BASIS = FactTable(
    "stream-basis",
    Words("What stands for a stream"),
    Words(
        "Which rows of the composition table stand for a stream until an assay is at hand.",
    ),
    rows.StreamBasis,
    (
        STREAM,
        ITEM,
        Column("weight", Words("Weight among the stream's items"), "number", "1", low=0),
        NOTE,
    ),
    ("stream", "item"),
)
