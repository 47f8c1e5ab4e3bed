"""What a file is, is told by its bytes: each type is taken, and each that lies is refused with the reason."""

from __future__ import annotations

import io
import itertools

import openpyxl
import pytest
from files import GOOD, JPEG, PDF, TEXT, TIFF, XL, ZIPPED, archive, ods, png, xlsx

from meguri.kit.problems import Refused
from meguri.papers import looking

NAMES = {one: f"paper.{ends[0]}" for one, ends in looking.TYPES.items()}


def code(content, name):
    with pytest.raises(Refused) as refused:
        looking.looked(content, name)
    assert refused.value.problems[0].say()
    return refused.value.problems[0].code


def test_each_type_has_a_file_here():
    assert set(GOOD) == set(looking.TYPES)


@pytest.mark.parametrize("kind", GOOD)
def test_each_type_is_taken_by_each_of_its_names(kind):
    for ends in looking.TYPES[kind]:
        assert looking.looked(GOOD[kind], f"x.{ends.upper()}") == looking.Looked(kind, f"x.{ends.upper()}")
    assert looking.looked(GOOD[kind], "").name == NAMES[kind]
    assert looking.looked(GOOD[kind], "scan").name == f"scan.{looking.TYPES[kind][0]}"


@pytest.mark.parametrize(("kind", "other"), list(itertools.permutations(GOOD, 2)))
def test_a_name_of_another_type_is_refused(kind, other):
    assert code(GOOD[kind], NAMES[other]) == "name"


@pytest.mark.parametrize("kind", [one for one in GOOD if one != "text/plain"])
def test_none_of_them_goes_on_after_its_end_or_stops_before_it(kind):
    good = GOOD[kind]
    for more in (ZIPPED, b"<html><script>", b"MZ" + b"\0" * 40):
        if kind != "image/tiff" or more == ZIPPED:
            assert code(good + more, NAMES[kind]) in ("structure", "active", "type"), more[:5]
    if kind != "application/pdf":
        for most in range(1, len(good), max(1, len(good) // 40)):
            code(good[:most], NAMES[kind])


LYING = {
    "empty": (b"", "a.txt", "empty"),
    "a program": (b"MZ\x90\0\3\0", "a.pdf", "type"),
    "an old office": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", "type"),
    "an archive": (ZIPPED, "a.xlsx", "type"),
    "a page": (b"<!DOCTYPE html><script>alert(1)</script>", "a.txt", "active"),
    "a drawing": (b"<svg xmlns='x' onload='alert(1)'/>", "a.txt", "active"),
    "a script": (b"#!/bin/sh\nrm -r /\n", "a.txt", "active"),
    "rich text": (b"{\\rtf1 a}", "a.txt", "active"),
    "nul in text": (b"a\0b", "a.txt", "type"),
    "latin text": ("Gerät".encode("latin-1"), "a.txt", "type"),
    "a text that is also PDF": (b"a\n%PDF-1.4\n", "a.txt", "structure"),
    "PDF with a script": (PDF.replace(b"/Root", b"/S /JavaScript /Root"), "a.pdf", "active"),
    "PDF with an escaped script": (PDF.replace(b"/Root", b"/S /Java#53cript /Root"), "a.pdf", "active"),
    "PDF that starts programs": (PDF.replace(b"/Root", b"/S/Launch/Root"), "a.pdf", "active"),
    "PDF with files": (PDF.replace(b"/Root", b"/EmbeddedFile /Root"), "a.pdf", "active"),
    "PDF with a password": (PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root"), "a.pdf", "encrypted"),
    "PDF of no version": (PDF.replace(b"1.4", b"9.x"), "a.pdf", "structure"),
    "PNG with PDF in it": (png(more=b"%PDF-1.4"), "a.png", "structure"),
    "PNG with PDF in a text": (png(more=b"\0\0\0\x08tEXt%PDF-1.4" + b"\x8c\x97\x9b\x95"), "a.png", "structure"),
    "PNG with a wrong sum": (png(wrong=1), "a.png", "structure"),
    "PNG without end": (png(width=2**31 - 1), "a.png", "pixels"),
    "JPEG without a scan": (JPEG[:20] + b"\xff\xd9", "a.jpg", "structure"),
    "TIFF that goes in a circle": (TIFF[:-4] + b"\x08\0\0\0", "a.tif", "structure"),
    "TIFF without an image": (b"II*\0\x08\0\0\0\1\0" + b"\0" * 16, "a.tif", "structure"),
    "XLSX with macros": (xlsx(**{"xl/vbaProject.bin": b"x"}), "a.xlsx", "active"),
    "XLSX that says so": (xlsx(XL + b"macroEnabled"), "a.xlsx", "active"),
    "XLSX of another office": (xlsx(b"<Types/>"), "a.xlsx", "structure"),
    "XLSX with entities": (xlsx(b"<!ENTITY a 'b'>" + XL), "a.xlsx", "structure"),
    "XLSX with other files": (xlsx(**{"xl/embeddings/a.bin": b"x"}), "a.xlsx", "active"),
    "XLSX that leaves its folder": (xlsx(**{"../a": b"x"}), "a.xlsx", "structure"),
    "XLSX with a comment": (xlsx(comment=b"GIF89a"), "a.xlsx", "structure"),
    "XLSX after something": (b"PK\3\4" + b"x" * 40 + xlsx(), "a.xlsx", "structure"),
    "ODS of another kind": (ods("application/zip"), "a.ods", "structure"),
    "ODS with a password": (ods(manifest=b"<encryption-data/>"), "a.ods", "encrypted"),
    "ODS with macros": (ods(**{"Basic/a.xml": b"x"}), "a.ods", "active"),
    "too many parts": (xlsx(**{f"xl/{n}": b"" for n in range(1001)}), "a.xlsx", "unpacked"),
}


@pytest.mark.parametrize("name", LYING)
def test_what_lies_is_refused(name):
    content, called, right = LYING[name]
    assert code(content, called) == right


def test_a_locked_part_is_seen():
    locked = bytearray(xlsx())
    for mark, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        locked[locked.find(mark) + at] |= 1
    assert code(bytes(locked), "a.xlsx") == "encrypted"


def test_a_workbook_of_a_library_and_several_images_one_after_the_other_are_taken():
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    assert looking.looked(out.getvalue(), "a.xlsx").type == looking.XLSX
    assert looking.looked(JPEG + JPEG, "a.jpeg").type == "image/jpeg"
    assert looking.looked(TEXT, "a.csv").type == "text/plain"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/a.txt", "a.txt"),
        ("C:\\x\\a.txt", "a.txt"),
        ("a\0\r\nb\u202e.txt", "a b .txt"),
        ("x" * 900 + ".txt", None),
    ],
)
def test_a_name_is_the_last_part_of_what_is_given(given, kept):
    name = looking.looked(TEXT, given).name
    assert name == kept if kept else (len(name) <= 200 and name.endswith(".txt"))


def test_an_archive_is_read_without_an_error_of_its_library():
    """Whatever bytes of it are turned over: taken, or refused with a reason."""
    good = archive({"[Content_Types].xml": XL, "xl/workbook.xml": b"<workbook/>"})
    for at in range(4, len(good)):
        bad = bytearray(good)
        bad[at] ^= 0xFF
        try:
            looking.looked(bytes(bad), "a.xlsx")
        except Refused:
            continue
