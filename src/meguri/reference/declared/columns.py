"""Columns that several tables share."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.reader import Column

LAT = Column("lat", Words("Latitude"), "number", "°", low=-90, high=90)
LON = Column("lon", Words("Longitude"), "number", "°", low=-180, high=180)
NAME = Column("name", Words("Name"), words=True)
NAME_OWN = Column("name_own", Words("Name in its country's own language"), optional=True)
NOTE = Column("note", Words("Remark"), optional=True, words="shared")
WORLD_TOO = Column("iso3", Words("Economy, or WLD for the world"), refers=("economies", "iso3"), also=("WLD",))
ISO3 = Column("iso3", Words("Economy"), refers=("economies", "iso3"))
UNU_KEY = Column("unu_key", Words("UNU-KEY of the equipment"), refers=("unu-keys", "unu_key"))
UNU_KEY_OR_NOT = Column(
    "unu_key",
    Words("UNU-KEY"),
    optional=True,
    refers=("unu-keys", "unu_key"),
)
ELEMENT = Column("element", Words("Element"), refers=("elements", "symbol"))
STREAM = Column("stream", Words("Stream, the kind of material"), refers=("streams", "stream"))
ITEM = Column("item", Words("Item of the composition table"), refers=("composition", "item"))
SHARE = Column("share", Words("Share of the mass"), "share", "1")
YEAR = Column("year", Words("Year"), "integer", "year", low=1900, high=2100)
VALUE = Column("value", Words("Value, in the unit beside it"), "number")
UNIT = Column("unit", Words("Unit"))
ESTIMATE = Column(
    "estimate",
    Words("e where its source estimated it"),
    "choice",
    optional=True,
    choices=("e", "projection"),
)
