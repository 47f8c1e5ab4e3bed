"""Tables of where: economies, ports, facilities."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference import rows
from meguri.reference.declared.columns import ISO3, LAT, LON, NAME, NAME_OWN, NOTE, WORLD_TOO, YEAR
from meguri.reference.reader import Column, FactTable

ECONOMIES = FactTable(
    "economies",
    Words("Economies"),
    Words(
        "States and other economies with rules of their own, and the European Union. "
        "Naming an economy says nothing about its status.",
    ),
    rows.Economy,
    (
        Column("iso3", Words("ISO 3166-1 alpha-3 code")),
        Column("alpha2", Words("ISO 3166-1 alpha-2 code")),
        NAME,
        Column("zone", Words("IANA time zone of the capital")),
        LAT,
        LON,
    ),
    ("iso3",),
)
PORTS = FactTable(
    "ports",
    Words("Ports"),
    Words("Sea ports between which legs are computed."),
    rows.Port,
    (
        Column("unlocode", Words("UN/LOCODE")),
        NAME,
        NAME_OWN,
        ISO3,
        LAT,
        LON,
        NOTE,
    ),
    ("unlocode",),
)
FACILITIES = FactTable(
    "facilities",
    Words("Facilities"),
    Words(
        "Real smelters and treatment plants, for orientation. No licence has been checked; plants in ASEAN are marked "
        "“licence to be verified”. A capacity often covers all secondary feeds, not e-scrap alone.",
    ),
    rows.KnownFacility,
    (
        Column("id", Words("Short name in addresses")),
        NAME,
        NAME_OWN,
        Column("operator", Words("Operator")),
        ISO3,
        LAT,
        LON,
        Column("kind", Words("Kind of plant")),
        Column(
            "capacity_t_y",
            Words("Capacity for recycled feed"),
            "number",
            "t/y",
            optional=True,
            low=0,
        ),
        Column("capacity_basis", Words("What the capacity counts"), optional=True, words="shared"),
        Column("metals", Words("Metals recovered"), "list", optional=True),
        Column(
            "port",
            Words("Nearest listed port"),
            optional=True,
            refers=("ports", "unlocode"),
        ),
        Column(
            "licence",
            Words("What is known of the licence"),
            "choice",
            choices=("to-verify", "not-checked"),
        ),
        Column("place_source", Words("Where the position comes from"), words="shared"),
        Column("place_confidence", Words("How far to trust the position"), "confidence"),
        NOTE,
    ),
    ("id",),
)
FACILITY_TOTALS = FactTable(
    "facility-totals",
    Words("Totals of several facilities"),
    Words(
        "Group capacities and counts of licensed plants. They overlap with the facilities: never add the two.",
    ),
    rows.FacilityTotal,
    (
        Column("id", Words("Short name in addresses")),
        NAME,
        ISO3,
        Column("value", Words("Value, in the unit beside it"), "number", low=0),
        Column("unit", Words("Unit"), "choice", choices=("t/y", "count")),
        NOTE,
    ),
    ("id",),
)
POPULATION = FactTable(
    "population",
    Words("Population"),
    Words(
        "People on 1 July, every five years from 1980 to 2050. Years that the e-waste series implies are derived from "
        "it; the others are recalled from the medium variant of the UN's projections of 2024.",
    ),
    rows.Population,
    (
        WORLD_TOO,
        YEAR,
        Column("population_million", Words("People"), "number", "million", low=0),
    ),
    ("iso3", "year"),
)
