"""What the kit's pages are told by rooms above the kit: terms, names of economies."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.util import find_spec

from meguri.kit.web import economies, glossary, links
from meguri.kit.words import Words


def connect() -> None:
    """Hand over the functions; tables are read when a page first needs them."""
    glossary.use(terms)
    economies.use(economy_names)
    if find_spec("meguri.reference.web"):
        links.add(Words("The facts, table by table", "基礎データ一覧"), "/facts/")
    if find_spec("meguri.journal.web"):
        links.add(Words("The journal", "記録簿"), "/journal/")


def terms() -> Iterable[Mapping[str, str]]:
    """The rows of the law's table of terms; none while the table is not there."""
    table = resources.files("meguri.law") / "tables" / "terms.csv"
    if not table.is_file():
        return []
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


def economy_names() -> Mapping[str, Words]:
    """Names by ISO 3166 alpha-3 code, with the European Union, which is a Party in its own right."""
    table = resources.files("meguri.reference") / "tables" / "economies.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {
        "EUE": Words("European Union", "欧州連合"),
        **{row["iso3"]: Words(row["name_en"], row["name_ja"]) for row in rows},
    }
