"""Columns that several tables share."""

from __future__ import annotations

from meguri.kit.words import Words
from meguri.reference.reader import Column

LAT = Column("lat", Words("Latitude", "緯度"), "number", "°", low=-90, high=90)
LON = Column("lon", Words("Longitude", "経度"), "number", "°", low=-180, high=180)
NAME_EN = Column("name_en", Words("Name in English", "英語名"))
NAME_JA = Column("name_ja", Words("Name in Japanese", "日本語名"))
NOTE_EN = Column("note_en", Words("Remark", "備考"), optional=True)
NOTE_JA = Column("note_ja", Words("Remark in Japanese", "備考(日本語)"), optional=True)
WORLD_TOO = Column(
    "iso3", Words("Economy, or WLD for the world", "国・地域(WLDは世界)"), refers=("economies", "iso3"), also=("WLD",)
)
ISO3 = Column("iso3", Words("Economy", "国・地域"), refers=("economies", "iso3"))
UNU_KEY = Column("unu_key", Words("UNU-KEY of the equipment", "機器のUNU-KEY"), refers=("unu-keys", "unu_key"))
UNU_KEY_OR_NOT = Column(
    "unu_key",
    Words("UNU-KEY", "UNU-KEY"),
    optional=True,
    refers=("unu-keys", "unu_key"),
)
ELEMENT = Column("element", Words("Element", "元素"), refers=("elements", "symbol"))
STREAM = Column("stream", Words("Stream, the kind of material", "品目(ストリーム)"), refers=("streams", "stream"))
ITEM = Column("item", Words("Item of the composition table", "組成表の対象"), refers=("composition", "item"))
SHARE = Column("share", Words("Share of the mass", "質量割合"), "share", "1")
YEAR = Column("year", Words("Year", "年"), "integer", "year", low=1900, high=2100)
VALUE = Column("value", Words("Value, in the unit beside it", "値(単位は隣の列)"), "number")
UNIT = Column("unit", Words("Unit", "単位"))
ESTIMATE = Column(
    "estimate",
    Words("e where its source estimated it", "出典による推計はe"),
    "choice",
    optional=True,
    choices=("e", "projection"),
)
