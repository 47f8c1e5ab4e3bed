"""The PDF: both languages, its own fonts, the same bytes twice, whatever names it has to carry."""

from __future__ import annotations

import io
import re

import pytest
from movement_sheet import AT, CONDITION, MOVEMENT, PARTIES, VERDICT, course, document
from msgspec.structs import replace
from pypdf import PdfReader

from meguri.exchange.movement_document import file_name, pdf
from meguri.exchange.printing import FONTS
from meguri.movement import document as source
from meguri.movement.states import Permission


@pytest.fixture(scope="module")
def made():
    return pdf(document())


def text(data):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


def test_both_languages_and_every_block_are_there(made):
    found = text(made)
    for title in source.titles().values():
        assert title.en in found
        assert title.say("ja").split("（")[0] in found
    for words in PARTIES.values():
        assert words.name.en in found
        assert words.name.say("ja") in found


def test_figures_route_consents_and_refusals_are_there(made):
    found = text(made)
    for piece in (
        "MY-2025-C1234-56789",
        "1 / 2",
        "1 235.567 kg",
        "1 229.629",
        "Wet",
        "Port Klang (MYPKG) → Singapore (SGSIN) → Takamatsu (JPTAK)",
        "高松（JPTAK）",
        "5,432 km",
        "2026-11-09",
        CONDITION,
        "Y49",
        "Au 0.300 kg",
        "基板屑",
    ):
        assert piece in found or piece.replace(" ", "\u00a0") in found, piece


def test_fonts_are_embedded_and_ours(made):
    names = set()
    for page in PdfReader(io.BytesIO(made)).pages:
        for font in page["/Resources"]["/Font"].values():
            for part in font.get_object()["/DescendantFonts"]:
                descriptor = part.get_object()["/FontDescriptor"]
                assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
                names.add(str(descriptor["/FontName"]).split("+")[-1])
    assert names
    assert all(name.startswith("BIZUDP") for name in names), names
    assert (FONTS / "OFL.txt").exists()


def test_it_says_that_it_is_pdf_a_2b_and_dates_itself_by_the_record(made):
    metadata = PdfReader(io.BytesIO(made))
    xmp = metadata.xmp_metadata
    assert b"<pdfaid:part>2</pdfaid:part>" in made or "pdfaid" in str(xmp.stream.get_data())
    assert "20251119" in str(metadata.metadata["/CreationDate"])


def test_the_same_record_gives_the_same_bytes_and_another_does_not(made):
    assert pdf(document()) == made
    assert pdf(document(movement=replace(MOVEMENT, packages=3))) != made


def test_before_it_leaves_the_later_blocks_are_empty():
    planned = replace(
        MOVEMENT, course=course("movement@1/movement", "planned", "open"), departed_at=None, departed_by="",
        received_at=None, bags=(),
    )  # fmt: skip
    found = document(movement=planned, arrival=None, said={})
    assert found.block("18").fields[0].value.en == "–"
    assert found.block("19").fields[0].value.en == "–"
    assert found.on == AT.date()
    assert b"%PDF" in pdf(found)[:8]


def test_without_a_case_it_says_which_verdict_lets_it_move_and_names_no_consent():
    scrap = replace(
        MOVEMENT, permission=Permission(kind="annex_vii", verdict="d", number="VII-7"), stream="steel-scrap"
    )
    free = replace(VERDICT, verdict="allowed_green", law="0123456789abcdef", codes=("basel:B1010",))
    found = document(case=None, movement=scrap, number="VII-7", verdict=free)
    said = text(pdf(found))
    assert "VII-7" in said
    assert "0123456789ab" in said
    assert "MOEJ" not in said
    assert "all consents are held" not in said


def test_a_demonstration_says_so():
    assert "nothing was shipped" in text(pdf(document(demonstration=True)))


def test_blocks_are_numbered_as_in_the_common_form():
    numbers = [block.id for block in document().blocks]
    assert numbers[:7] == ["1", "2", "3", "4", "5", "6", "7"]
    assert {n.rstrip("abc") for n in numbers} == {str(n) for n in range(1, 23)} == set(source.titles())
    assert [b.id for b in source.without_customs(document())][-1] == "19"
    with pytest.raises(KeyError):
        document().block("99")


def test_the_file_has_a_name_that_says_what_it_is():
    assert file_name(document()) == "movement-MY-2025-C1234-56789-1.pdf"
