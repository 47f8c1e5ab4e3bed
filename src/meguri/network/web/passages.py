"""The straits and canals that sea legs name, in both languages."""

from __future__ import annotations

from meguri.kit.words import Words

PASSAGES = {
    "babalmandab": Words("Bab el-Mandeb", "バブ・エル・マンデブ海峡"),
    "bering": Words("Bering Strait", "ベーリング海峡"),
    "bosporus": Words("Bosporus", "ボスポラス海峡"),
    "chili": Words("Cape Horn and Strait of Magellan", "ホーン岬・マゼラン海峡"),
    "gibraltar": Words("Strait of Gibraltar", "ジブラルタル海峡"),
    "malacca": Words("Strait of Malacca", "マラッカ海峡"),
    "northwest": Words("Northwest Passage", "北西航路"),
    "ormuz": Words("Strait of Hormuz", "ホルムズ海峡"),
    "panama": Words("Panama Canal", "パナマ運河"),
    "south_africa": Words("Cape of Good Hope", "喜望峰"),
    "suez": Words("Suez Canal", "スエズ運河"),
    "sunda": Words("Sunda Strait", "スンダ海峡"),
}


def named(passage: str) -> Words:
    """The name of a passage; the word itself where it has none here."""
    return PASSAGES.get(passage, Words(passage))
