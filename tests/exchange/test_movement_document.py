"""The PDF: both languages, its own fonts, the same bytes twice, whatever names it has to carry."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from meguri import law
from meguri.consent.states import AccountState, AskedAuthority, Case, TrackDecision, TrackState
from meguri.exchange.movement_document import FONTS, file_name, pdf
from meguri.kit.words import given
from meguri.law.decisions import Asked as Question
from meguri.movement import document as source
from meguri.movement.document import NamedParty, SignedAct
from meguri.movement.states import (
    ArrivalState,
    Bag,
    Certificate,
    LotMass,
    Made,
    MovementState,
    Permission,
)
from meguri.procedure.states import Course

AT = datetime(2025, 11, 19, 3, tzinfo=UTC)
EXPORTER, IMPORTER, SMELTER, CARRIER = (f"organisation:{name}" for name in ("e", "i", "s", "c"))
PARTIES = {
    EXPORTER: NamedParty(given({"en": "Straits Exports", "ja": "海峡輸出"}), "MYS"),
    IMPORTER: NamedParty(given({"en": "Inland Trading", "ja": "内海商事"}), "JPN"),
    SMELTER: NamedParty(given({"en": "Works", "ja": "製錬所"}), "JPN"),
    CARRIER: NamedParty(given({"en": "Lines # $ \\ [x]", "ja": "海運"}), "JPN"),
}


def track(authority, capacity, state, decision=None):
    return TrackState(
        case="C123456789",
        asked=AskedAuthority(
            key=f"{authority}.{capacity}", authority=authority, economy="MYS", capacity=capacity,
            procedure="BASEL/PIC", form="written", table=f"basel-pic@1/{capacity}", digest="", opens_on="notify",
            needed=True,
        ),
        parties=(EXPORTER, IMPORTER, SMELTER),
        course=course(f"basel-pic@1/{capacity}", state, "granted"),
        decision=decision,
    )  # fmt: skip


def course(table, state, standing):
    return Course(table=table, digest="", state=state, standing=standing)


VERDICT = law.Decision(
    question=Question(on="2025-10-01", stream="circuit-boards", origin="MYS", destination="JPN"),
    verdict="allowed_pic",
    status="decided",
    route="basel",
    hazardous=False,
    codes=("basel:Y49",),
    procedures=(),
    consents=(),
    papers=(),
    prohibitions=(),
    grounds=(),
    assumptions=(),
    law="digest",
)
CONDITION = "Each bag is sampled"
CASE = Case(
    id="C123456789", account=AccountState(), asked=(), verdict_digest="d", notified_by="a",
    number="MY-2025-C1234-56789", exporter=EXPORTER, importer=IMPORTER, operator=SMELTER, facility="works",
    origin="MYS", destination="JPN", stream="circuit-boards", description="Boards, solder, connectors",
    operation="R4", codes=("basel:Y49",), total_g=10**7, shipments=2, period_from=date(2025, 10, 1),
    period_to=date(2026, 9, 30), verdict=VERDICT, notified_at=AT,
    tracks=(
        track("mys-doe", "export", "consented"),
        track(
            "jpn-moej", "import", "consented_with_conditions",
            TrackDecision(outcome="consent_with_conditions", at=AT, act="a", valid_from=date(2025, 11, 10),
                     valid_until=date(2026, 11, 9), conditions=(CONDITION,)),
        ),
    ),
)  # fmt: skip
BAGS = (
    Bag(lot="B1", received_g=1_229_629, accepted=True, sent_g=1_234_567, becomes="J1"),
    Bag(lot="B2", received_g=998, accepted=False, reason="Wet", sent_g=1000),
)
MOVEMENT = MovementState(
    permission=Permission(kind="consent", case="C123456789"), serial=1, exporter=EXPORTER, importer=IMPORTER,
    operator=SMELTER, facility="works", origin="MYS", destination="JPN",
    lots=(LotMass("B1", 1_234_567), LotMass("B2", 1000)), stream="circuit-boards", carrier=CARRIER,
    conveyance="Ship", port_from="MYPKG", port_to="JPTAK", ports_via=("SGSIN",), km=5432.1, km_source="searoute-1.6",
    planned_on=date(2025, 11, 19), planned_at=AT, planned_by="a", packages=2, packaging="bag",
    course=course("movement@1/movement", "recovered", "done"), departed_at=AT, departed_by=CARRIER, received_at=AT,
    bags=BAGS,
)  # fmt: skip
ARRIVAL = ArrivalState(
    movement="M", case="C123456789", operator=SMELTER, facility="works", event="E", bags=BAGS, received_at=AT,
    course=course("movement@1/arrival", "recovered", "done"),
    certificates=(
        Certificate(
            number="R-1", event="E", lots=("J1",), made=(Made("AU1", "Au", 300),), recovered_on=date(2025, 12, 1),
            at=AT, act="c",
        ),
    ),
)  # fmt: skip
SAID = {
    kind: SignedAct(f"{n:064x}", AT, "attested") for n, kind in enumerate(("movement.depart", "movement.receive"), 1)
}


def document(case=CASE, movement=MOVEMENT, arrival=ARRIVAL, said=SAID, **more):
    fields = {"number": "MY-2025-C1234-56789", "verdict": None, "demonstration": False} | more
    return source.build(movement, arrival, case, PARTIES, said, PARTIES[SMELTER], **fields)


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
