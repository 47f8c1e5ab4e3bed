"""Spreadsheets that people bring: what is read, what is refused, and what a file may cost."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from meguri.kit.problems import Refused
from meguri.kit.sheets import described, importing, template, workbook
from meguri.kit.sheets.described import SheetColumn, SheetForm
from meguri.kit.words import Words

BOXES = SheetForm(
    "boxes",
    Words("Boxes"),
    (
        SheetColumn("box", Words("Name"), described.text(10), True),
        SheetColumn("mass", Words("Mass"), described.number(Decimal(0), Decimal(100)), right=Words("In kilograms.")),
        SheetColumn("packed", Words("Packed on"), described.day),
        SheetColumn("kinds", Words("Kinds"), described.several(described.choice(lambda: ["glass", "metal"]))),
        SheetColumn("open", Words("Open"), described.yes),
    ),
    {"/body/box": "box", "/body/kinds": "kinds", "/body/kinds/0": "open"},
)
HEAD = ["box", "mass", "packed", "kinds", "open"]


def xlsx(*sheets):
    book = Workbook()
    book.remove(book.active)
    for title, *rows in sheets:
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rows(content, name="f.xlsx", sheets=(BOXES,), columns=None):
    return list(importing.read(content, name, sheets, columns))


def faults(content, name="f.xlsx"):
    return [(one.cell, one.problem.code) for row in rows(content, name) for one in row.faults]


def refused(content, name="f.xlsx"):
    with pytest.raises(Refused) as caught:
        rows(content, name)
    return caught.value.problems[0].code


def test_cells_are_read_as_their_columns_say():
    written = ["A", 5.25, datetime(2025, 10, 1), "glass; METAL", "yes"]
    plain = "box,mass,packed,kinds,open\nA,5.25,2025-10-01,glass; METAL,yes\n"
    for content, name in ((xlsx(("boxes", HEAD, written)), "f.xlsx"), (plain.encode(), "boxes.csv")):
        (row,) = rows(content, name)
        assert row.values == {
            "box": "A", "mass": Decimal("5.25"), "packed": date(2025, 10, 1), "kinds": ("glass", "metal"), "open": True,
        }  # fmt: skip
        assert (row.number, row.faults) == (2, ())


@pytest.mark.parametrize(
    ("row", "cell", "code"),
    [
        (["", 1], "A2", "required"),
        (["x" * 11], "A2", "length"),
        (["A", "five"], "B2", "number"),
        (["A", -1], "B2", "range"),
        (["A", 101], "B2", "range"),
        (["A", "=1+1"], "B2", "formula"),
        (["A", 1, "1 October"], "C2", "date"),
        (["A", 1, "1025-10-01"], "C2", "date"),
        (["A", 1, None, "glas"], "D2", "unknown-word"),
        (["A", 1, None, ";".join(["glass"] * 51)], "D2", "many"),
        (["A", 1, None, None, "perhaps"], "E2", "yes-no"),
    ],
)
def test_what_is_wrong_is_told_by_its_cell(row, cell, code):
    assert faults(xlsx(("boxes", HEAD, row))) == [(cell, code)]
    text = ",".join(HEAD) + "\n" + ",".join(str(one) if one is not None else "" for one in row) + "\n"
    assert faults(text.encode(), "f.csv") == [(cell, code)]


def test_all_faults_of_a_row_are_told_and_the_others_are_read():
    content = xlsx(("boxes", HEAD, ["", "x"], ["B", 1], [], ["C", "y"]))
    assert faults(content) == [("A2", "required"), ("B2", "number"), ("B5", "number")]
    assert [row.values.get("box") for row in rows(content)] == [None, "B", "C"]
    (fault, *_) = [one for row in rows(content) for one in row.faults if one.cell == "B2"]
    assert fault.to_json("en") == {
        "sheet": "boxes", "cell": "B2", "code": "number", "detail": "“x” is no number. Write it like 5.25.",
        "right": "In kilograms.",
    }  # fmt: skip


def test_columns_are_found_by_name_by_words_and_by_what_was_mapped():
    theirs = ["Extra", "Our boxes", "MASS *", "packed"]
    content = xlsx(("Boxes", theirs, [1, "A", 2, None]))
    assert faults(content) == [("A1", "column")]
    mapped = {"boxes": {"box": "Our boxes"}}
    (row,) = rows(content, columns=mapped)
    assert (row.values["box"], row.values["mass"]) == ("A", 2)
    (head,) = importing.heads(content, "f", [BOXES], mapped)
    assert (head.unknown, head.missing) == (("Extra",), ())
    assert row.fault("mass", None).cell == "C2"


def test_a_problem_finds_its_column_by_the_longest_pointer():
    assert [BOXES.column_of(at) for at in ("/body/kinds/1", "/body/kinds/0", "/body/boxes", "")] == [
        "kinds", "open", "", "",
    ]  # fmt: skip


def test_sheets_come_in_the_order_in_which_they_are_described_and_others_are_passed_over():
    second = SheetForm("lids", Words("Lids"), (SheetColumn("lid", Words("Lid"), described.text(), True),))
    content = xlsx(("lids", ["lid"], ["L"]), ("notes", ["anything"], ["x"]), ("boxes", HEAD, ["A"]))
    assert [row.sheet.name for row in rows(content, sheets=(BOXES, second))] == ["boxes", "lids"]


def test_a_csv_is_the_sheet_whose_columns_it_has():
    second = SheetForm("lids", Words("Lids"), (SheetColumn("lid", Words("Lid"), described.text(), True),))
    assert [row.sheet.name for row in rows(b"lid\nL\n", "x.csv", (BOXES, second))] == ["lids"]
    assert [row.values["box"] for row in rows(b"box;mass\nA;1\n", "x.csv", (BOXES, second))] == ["A"]


def test_the_template_is_read_back_and_says_how_cells_are_written():
    content = template.written([BOXES], "en")
    assert rows(content) == []
    (head,) = importing.heads(content, "f", [BOXES])
    assert list(head.theirs) == HEAD
    notes = list(load_workbook(io.BytesIO(content))["README"].iter_rows(values_only=True))
    assert ("boxes", "mass", "Mass", "In kilograms.", None) in [tuple(one or None for one in row) for row in notes]


def archive(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


def repacked(content, name, text):
    """The file with one part more, or another in its place."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for part in old.namelist():
            if part != name:
                made.writestr(part, old.read(part))
        made.writestr(name, text)
    return file.getvalue()


GOOD = xlsx(("boxes", HEAD, ["A", 1]))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (workbook.MOST_BYTES + 1), "size"),
        (b"\xd0\xcf\x11\xe0 an old Excel", "type"),
        (b"PK\x03\x04 cut off", "type"),
        (archive(**{"xl/other.xml": "<a/>"}), "type"),
        (archive(**{f"{n}.xml": "<a/>" for n in range(workbook.MOST_PARTS + 1)}), "unpacked"),
        (archive(**{"xl/workbook.xml": "<a/>", "xl/bomb.xml": "0" * 3_000_000}), "unpacked"),
        (repacked(GOOD, "xl/vbaProject.bin", "x"), "active"),
        (repacked(GOOD, "xl/externalLinks/externalLink1.xml", "<a/>"), "active"),
        (repacked(GOOD, "../evil.xml", "<a/>"), "active"),
        (repacked(GOOD, "xl/sharedStrings.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'), "type"),
        (repacked(GOOD, "xl/sharedStrings.xml", "<a/>".encode("utf-16")), "type"),
        (repacked(GOOD, "xl/worksheets/sheet1.xml", "<a><b>"), "type"),
        ("Größe".encode("latin-1"), "type"),
        (b'box\n"x', "type"),
    ],
)
def test_what_a_file_is_is_looked_at_and_what_it_costs_is_bounded(content, code):
    assert refused(content) == code


def test_a_sheet_has_at_most_so_many_rows(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    assert len(rows(xlsx(("boxes", HEAD, ["A"], ["B"])))) == 2
    assert refused(xlsx(("boxes", HEAD, ["A"], ["B"], ["C"]))) == "rows"
    assert refused(b"box\nA\nB\nC\n", "f.csv") == "rows"


def test_rows_are_read_as_they_are_asked_for():
    """The first row is there long before the last is read."""
    content = xlsx(("boxes", HEAD, *([f"B{n}", 1] for n in range(5000))))
    assert next(importing.read(content, "f", [BOXES])).values["box"] == "B0"
