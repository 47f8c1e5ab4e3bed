"""The facts: complete, consistent, each with source and confidence; a table that is wrong is refused by line."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri import reference
from meguri.kit import catalogues
from meguri.kit.files.reading import TableError
from meguri.kit.language import extraction
from meguri.kit.problems import NotFound, Refused
from meguri.reference import TABLES, Confidence, weakest
from meguri.reference.reader import FOLDER, read

DOCS = Path(__file__).resolve().parents[2] / "docs" / "facts.md"


def test_every_table_reads_and_every_file_has_a_table() -> None:
    assert {table.path.name for table in TABLES.values()} == {path.name for path in FOLDER.glob("*.csv")}
    for name in TABLES:
        rows = reference.table_rows(name)
        assert rows
        assert all(row.source for row in rows)
        assert sum(reference.trust(name).values()) == len(rows)


def test_titles_and_meanings_stand_in_both_languages() -> None:
    for table in TABLES.values():
        for words in (table.title, table.about, *(column.meaning for column in table.columns)):
            assert words.en
            assert words.say("ja") != words.en or words.en in ("UNU-KEY", "UN/LOCODE", "UNU-KEYs")


def test_the_reference_network_is_whole() -> None:
    assert len(reference.ports()) == 73
    assert len(reference.unu_keys()) == 54
    assert len(reference.economies()) > 200
    assert len(reference.streams()) == 36
    assert {"JPN", "MYS", "USA", "THA", "IND", "TWN", "HKG", "EUE", "SGP"} <= set(reference.economies())
    assert reference.economies()["MYS"].name.say("ja") == "マレーシア"
    assert reference.ports()["MYPEN"].name.say("ja") == "ペナン"
    assert all(port.name.say("ja") != port.name.en for port in reference.ports().values())
    assert all(economy.name.say("ja") != economy.name.en for economy in reference.economies().values())
    assert all(len(economy.alpha2) == 2 for economy in reference.economies().values())


def test_time_zones_exist() -> None:
    known = available_timezones()
    if not known:
        pytest.skip("no time zone database on this machine")
    assert {economy.zone for economy in reference.economies().values()} <= known


def test_no_plant_in_asean_passes_as_licensed() -> None:
    asean = {"BRN", "IDN", "KHM", "LAO", "MMR", "MYS", "PHL", "SGP", "THA", "VNM"}
    plants = [plant for plant in reference.facilities().values() if plant.iso3 in asean]
    assert len(plants) >= 10
    for plant in plants:
        assert plant.licence_label.en == "Licence to be verified"
        assert plant.licence_label.say("ja") == "許可の確認を要する"
    assert not {plant.id for plant in reference.facilities().values()} & set(reference.facility_totals())


def test_yields_lie_within_their_range() -> None:
    for row in reference.recovery():
        assert row.low <= row.yield_share <= row.high, row


def test_the_vector_of_elements() -> None:
    order = reference.element_order()
    assert len(order) == len(set(order)) == 30
    assert set(order) <= set(reference.elements())


@pytest.mark.parametrize(
    ("word", "mark"),
    [
        ("sourced", "●"),
        ("primary_text", "●"),
        ("high", "●"),
        ("derived", "◐"),
        ("medium", "◐"),
        ("official_page_excerpt", "◐"),
        ("memory", "○"),
        ("low", "○"),
        ("missing", "○"),
    ],
)
def test_marks(word: str, mark: str) -> None:
    assert Confidence.of(word).mark == mark
    assert Confidence.of(word).label.say("ja") != Confidence.of(word).label.en


def test_an_unknown_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match="certain"):
        Confidence.of("certain")


def test_a_total_takes_the_weakest_of_what_carries_more_than_a_tenth() -> None:
    sure, recalled = Confidence.SOURCED, Confidence.MEMORY
    assert weakest([(90, sure), (10, recalled)]) is sure
    assert weakest([(89, sure), (11, recalled)]) is recalled
    assert weakest([(80, sure), *[(1, recalled)] * 20]) is recalled
    assert weakest([]) is Confidence.MISSING
    assert weakest([(0, sure)]) is Confidence.MISSING
    with pytest.raises(ValueError, match="zero or more"):
        weakest([(-1, sure)])


@given(st.lists(st.tuples(st.floats(0.001, 1e9), st.sampled_from(Confidence)), min_size=1, max_size=30))
def test_a_total_is_never_surer_than_its_parts(parts: list[tuple[float, Confidence]]) -> None:
    levels = [level for _, level in parts]
    assert min(levels) <= weakest(parts) <= max(levels)


def broken(tmp_path: Path, name: str, change: dict[str, str], line: int = 3) -> Path:
    """A copy of a table with cells of one line changed."""
    table = TABLES[name]
    with table.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for column, text in change.items():
        rows[line - 1][rows[0].index(column)] = text
    path = tmp_path / table.path.name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("ports", {"source": ""}, r"source is empty"),
        ("ports", {"confidence": ""}, r"confidence is empty"),
        ("ports", {"confidence": "certain"}, r"write sourced, derived, memory or missing"),
        ("ports", {"unlocode": "JPTYO"}, r"JPTYO stands already in line 2"),
        ("ports", {"lat": "north"}, r"not a number"),
        ("ports", {"lat": "nan"}, r"outside -90 to 90"),
        ("ports", {"lon": "181"}, r"outside -180 to 180"),
        ("ports", {"iso3": "JPM"}, r"not in economies; did you mean JPN"),
        ("composition", {"unit": "ppm"}, r"unit “ppm” is not known; write one of share, wt%, mg/kg"),
        ("composition", {"value": "0.99"}, r"add up to"),
        ("composition", {"value": "-0.1"}, r"outside 0"),
        ("recovery", {"yield_share": "1.2"}, r"outside 0 to 1"),
        ("device-mixes", {"share": "0.9"}, r"add up to"),
        ("unu-keys", {"introduced": "about 1990"}, r"not an integer"),
        ("ports", {"name_own": "横浜"}, r"name_own “横浜”: write a language and the text"),
    ],
)
def test_a_wrong_row_is_refused_with_file_and_line(
    tmp_path: Path, name: str, change: dict[str, str], words: str
) -> None:
    path = broken(tmp_path, name, change)

    def known(table: str, column: str) -> frozenset[str]:
        return frozenset(str(getattr(row, column)) for row in reference.table_rows(table))

    with pytest.raises(TableError, match=words) as caught:
        read(TABLES[name], known, path)
    assert re.match(rf"{re.escape(path.name)}, line \d+: ", str(caught.value))


def test_a_table_without_its_source_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "streams.csv"
    path.write_text("stream,name,kind,confidence\nx,x,metal,memory\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"streams.csv, line 1: .*missing: source"):
        read(TABLES["streams"], path=path)
    path.write_text("stream,name,kind,source,confidence\nx,x,x\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"line 2: 3 cells where 5 are expected"):
        read(TABLES["streams"], path=path)


def test_words_of_a_table_stand_in_its_catalogue_by_the_key_of_their_row() -> None:
    penang, tokyo = reference.ports()["MYPEN"].name, reference.ports()["JPTYO"].name
    assert (penang.context, penang.own) == ("reference/ports:MYPEN:name", ())
    assert tokyo.own == (("ja", "東京"),)
    rows = [row for row in reference.elv() if row.note.en == "trailers included"]
    assert rows[0].note.context == "reference/elv:note"
    assert rows[0].note.say("ja") == "被けん引車を含む"
    assert not next(row for row in reference.elv() if not row.note.en).note


def test_every_column_of_words_is_listed_for_its_catalogue() -> None:
    """The list says of each column what the table's description says: which it is, and what names its row."""
    listed = {(line.file, line.column, line.id) for line in extraction.listed(FOLDER.parent)}
    assert listed == {
        (f"tables/{table.path.name}", column.name, "" if column.words == "shared" else "+".join(table.key))
        for table in TABLES.values()
        for column in table.columns
        if column.words
    }


def test_names_of_one_country_in_its_own_language_are_those_of_its_catalogue() -> None:
    for row in (*reference.ports().values(), *reference.facilities().values()):
        assert bool(row.name.own) == (row.iso3 == "JPN"), row
        for language, text in row.name.own:
            assert catalogues.find(row.name.text, language, row.name.context) == text


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(Refused, match=r"MYPEN \(Penang\)"):
        reference.port("penang")
    with pytest.raises(Refused, match=r"MYS \(Malaysia\)"):
        reference.economy("MY")
    with pytest.raises(Refused, match=r"MYS \(Malaysia\)") as caught:
        reference.economy("マレイシア")
    assert "MYS(マレーシア)" in caught.value.problems[0].say("ja")
    with pytest.raises(Refused, match="alpha-3"):
        reference.economy("@@")
    with pytest.raises(NotFound, match="ports"):
        reference.table_rows("port")


def test_the_docs_list_every_table_column_and_unit() -> None:
    text = DOCS.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([a-z0-9-]+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert set(sections) == set(TABLES)
    for name, table in TABLES.items():
        listed = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]+) \|$", sections[name], re.M)
        assert [(column, unit.strip()) for column, unit, _ in listed] == [
            (column.name, column.unit) for column in table.own_columns
        ], name


def test_the_room_imports_without_django() -> None:
    code = "import sys, meguri.reference; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
