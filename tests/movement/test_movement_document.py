"""What the movement document says: every field of every block, as what it is and what stands there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from movement_sheet import ARRIVAL, AT, BAGS, CARRIER, CASE, EXPORTER, MOVEMENT, SAID, VERDICT, course, document
from msgspec.structs import replace

from meguri.kit.grams import THIN_SPACE
from meguri.movement.document import SignedAct
from meguri.movement.states import Bag, Certificate, LotMass, Made, Permission
from meguri.procedure.states import CoursePoint

SECOND, THIRD = "organisation:lorry", "organisation:barge"
SERVICE = ("Signed", "by the service, for a person signed in")
AN_ACT = ("Electronic act", "0000000000000000, 2025-11-19 03:00 UTC")


def plain(text):
    return text.replace(THIN_SPACE, " ")


def fields(found, id):
    return [(field.label.en, plain(field.value.en)) for field in found.block(id).fields]


BLOCKS = {
    "1": [("Number", "MY-2025-C1234-56789")],
    "2": [("Number", "1 / 2")],
    "3": [("Name", "Straits Exports"), ("Country or economy", "Malaysia")],
    "4": [("Name", "Inland Trading"), ("Country or economy", "Japan")],
    "5": [("Mass", "1 235.567 kg"), ("Lots", "2")],
    "6": [("Shipped", "2025-11-19"), ("Planned", "2025-11-20")],
    "7": [("Type", "5. Bag"), ("Packages", "2")],
    "8a": [
        ("Name", "Lines # $ \\ [x]"),
        ("Country or economy", "Japan"),
        ("Means of transport", "Ship"),
        ("Date of transfer", "2025-11-19"),
        AN_ACT,
        SERVICE,
    ],
    "8b": [("Name", "–")],
    "8c": [("Name", "–")],
    "9": [("Name", "Straits Exports"), ("Country or economy", "Malaysia")],
    "10": [("Name", "Works"), ("Country or economy", "Japan")],
    "11": [("Operation", "R4 recycling of metals and metal compounds")],
    "12": [("Designation", "Circuit boards"), ("Composition", "Boards, solder, connectors")],
    "13": [("Characteristic", "2. Solid")],
    "14": [("Codes", "Y49")],
    "16": [
        ("Route", "Port Klang (MYPKG) → Singapore (SGSIN) → Takamatsu (JPTAK)"),
        (
            "Distance",
            "5,432 km (searoute 1.6 (Apache-2.0) over its own network of shipping lanes; ports from the table of "
            "ports)",
        ),
        ("DOE", "Consent in writing (○ general Basel procedure)"),
        (
            "MOEJ",
            "Consent with conditions, 2025-11-10 to 2026-11-09; condition: Each bag is sampled (○ general Basel "
            "procedure)",
        ),
    ],
    "17": [("Received", "–")],
    "18": [("Date", "2025-12-03"), ("Accepted", "1 229.629 kg"), ("Refused", "B2: 0.998 kg, Wet"), AN_ACT, SERVICE],
    "19": [("Certificate", "R-1"), ("Recovered", "Au 0.300 kg"), ("Electronic act", "c, 2025-11-19 03:00 UTC")],
    "20": [("Stamp", "–")],
    "21": [("Stamp", "–")],
    "22": [("Stamp", "–")],
}  # fmt: skip
ARRIVED = replace(ARRIVAL, received_at=AT + timedelta(days=14))
DOCUMENT = document(movement=replace(MOVEMENT, planned_on=date(2025, 11, 20)), arrival=ARRIVED)


@pytest.mark.parametrize("id", BLOCKS)
def test_what_stands_in_each_block(id):
    assert fields(DOCUMENT, id) == BLOCKS[id]


def test_the_exporter_declares_under_a_case_and_without_one():
    planned = {**SAID, "movement.plan": SignedAct("p" * 64, AT, "held")}
    first, act, signed = fields(document(said=planned), "15")
    assert first[0] == "Declaration"
    assert first[1].endswith("all consents are held.")
    assert act == ("Electronic act", "pppppppppppppppp, 2025-11-19 03:00 UTC")
    assert signed == ("Signed", "own key")
    first, signature = fields(document(case=None), "15")
    assert first[1].endswith("is named in block 16.")
    assert signature == ("Signature", "–")


def test_its_head():
    found = DOCUMENT
    assert (found.number, found.serial, found.on, found.status.en, found.demonstration) == (
        "MY-2025-C1234-56789", 1, date(2025, 11, 19), "Recovered", False,
    )  # fmt: skip
    later = {**SAID, "movement.receive": SignedAct("r", AT + timedelta(days=20)), "movement.plan": SignedAct("p", AT)}
    assert document(said=later).on == date(2025, 12, 9)
    assert document(said={}, movement=replace(MOVEMENT, planned_at=AT - timedelta(days=3))).on == date(2025, 11, 16)
    assert document(demonstration=True).demonstration


def test_its_list_of_lots():
    taken = (*BAGS, Bag(lot="B3", received_g=5, accepted=True, sent_g=6))
    lots = (*MOVEMENT.lots, LotMass("B3", 6), LotMass("B4", 7))
    found = document(movement=replace(MOVEMENT, lots=lots), arrival=replace(ARRIVAL, bags=taken)).bags
    assert [(bag.lot, plain(bag.sent), plain(bag.received), bag.outcome.en) for bag in found] == [
        ("B1", "1 234.567", "1 229.629", "accepted as lot J1"),
        ("B2", "1.000", "0.998", "refused: Wet"),
        ("B3", "0.006", "0.005", "accepted"),
        ("B4", "0.007", "–", "–"),
    ]  # fmt: skip
    assert [bag.received for bag in document(arrival=None).bags] == ["–", "–"]


# What is not known.


def test_what_is_not_there_is_a_dash_beside_its_label():
    bare = replace(
        MOVEMENT, conveyance="", packaging="", packages=0, port_from="", port_to="", ports_via=(), km=0.0,
        departed_at=None, departed_by="", carrier="",
    )  # fmt: skip
    found = document(
        movement=bare, arrival=None, said={}, case=replace(CASE, operation="", description="", codes=(), tracks=())
    )
    assert fields(found, "7") == [("Type", "–"), ("Packages", "0")]
    assert fields(found, "6")[0] == ("Shipped", "–")
    assert fields(found, "8a") == [
        ("Name", "–"), ("Means of transport", "–"), ("Date of transfer", "–"), ("Signature", "–"),
    ]  # fmt: skip
    assert fields(found, "11") == [("Operation", "–")]
    assert fields(found, "12")[1] == ("Composition", "–")
    assert fields(found, "14") == [("Codes", "–")]
    assert fields(found, "16") == [("Route", "–"), ("Distance", "–")]
    assert fields(found, "18") == [("Date", "–"), ("Accepted", "–"), ("Refused", "–"), ("Signature", "–")]
    assert fields(found, "19") == [("Certificate", "–"), ("Recovered", "–"), ("Signature", "–")]
    assert fields(document(arrival=replace(ARRIVAL, bags=BAGS[:1])), "18")[2] == ("Refused", "–")


def test_what_is_in_no_table_is_shown_as_it_is():
    strange = replace(MOVEMENT, packaging="crate", port_to="XXYYY", stream="moon-dust", importer="organisation:unknown")
    found = document(movement=strange, case=replace(CASE, operation="R99"))
    assert fields(found, "4") == [("Name", "–")]
    assert fields(found, "7")[0] == ("Type", "crate")
    assert fields(found, "11") == [("Operation", "R99")]
    assert fields(found, "12")[0] == ("Designation", "moon-dust")
    assert fields(found, "13") == fields(document(movement=replace(MOVEMENT, stream="no-stream")), "13")
    assert fields(found, "16")[0] == ("Route", "Port Klang (MYPKG) → Singapore (SGSIN) → XXYYY")


# Consents.


def test_a_consent_without_both_days_names_none():
    import_track = CASE.tracks[1]
    for days in ({"valid_from": None}, {"valid_until": None}):
        decided = replace(import_track, decision=replace(import_track.decision, conditions=(), **days))
        case = replace(CASE, tracks=(decided,))
        assert fields(document(case=case), "16")[2:] == [
            ("MOEJ", "Consent with conditions (○ general Basel procedure)")
        ]


# Carriers.


def handed_over(*points, **more):
    told = tuple(
        CoursePoint(at=AT + timedelta(days=day), transition=transition, to="under_way", actor=who, act=f"{day:064x}")
        for day, transition, who in points
    )
    return replace(
        MOVEMENT, course=replace(course("movement@1/movement", "under_way", "under_way"), points=told), **more
    )


def names(found, id):
    return [value for label, value in fields(found, id) if label == "Name"]


def test_carriers_stand_one_after_another_and_the_last_box_takes_all_that_follow():
    chain = [(1, "hand_over", CARRIER), (2, "hand_over", SECOND), (3, "hand_over", THIRD)]
    found = document(movement=handed_over(*chain, carrier="organisation:train"))
    first = fields(found, "8a")
    assert first[0] == ("Name", "Lines # $ \\ [x]")
    assert first[3:] == [("Date of transfer", "2025-11-19"), AN_ACT, SERVICE]
    assert fields(found, "8b") == [
        ("Name", "lorry"), ("Country or economy", "–"), ("Date of transfer", "2025-11-20"),
        ("Electronic act", "0000000000000000, 2025-11-20 03:00 UTC"),
    ]  # fmt: skip
    assert names(found, "8c") == ["barge", "train"]
    dates = [value for label, value in fields(found, "8c") if label == "Date of transfer"]
    assert dates == ["2025-11-21", "2025-11-22"]
    assert fields(found, "8c")[-1] == ("Electronic act", "0000000000000000, 2025-11-22 03:00 UTC")


def test_a_carrier_signs_the_departure_that_it_said_itself():
    found = document(movement=handed_over((1, "hand_over", CARRIER), carrier=SECOND, departed_by=EXPORTER))
    assert fields(found, "8a")[-1] == ("Signature", "–")
    assert names(found, "8b") == ["lorry"]


@pytest.mark.parametrize(
    ("points", "more", "there"),
    [
        ([(5, "return", EXPORTER)], {"departed_by": CARRIER}, ["Lines # $ \\ [x]"]),
        ([(5, "return", EXPORTER)], {"departed_by": EXPORTER}, ["–"]),
        ([(1, "hand_over", CARRIER), (5, "return", EXPORTER)], {"departed_by": CARRIER}, ["Lines # $ \\ [x]"]),
    ],
)
def test_of_what_was_sent_back_the_carriers_of_the_way_there_are_told(points, more, there):
    found = document(movement=handed_over(*points, carrier=SECOND, **more))
    assert names(found, "8a") == there
    assert names(found, "8b") == ["–"]


# Certificates.


def test_certificates_stand_one_after_another_each_with_its_act():
    second = Certificate(
        number="R-1.2", event="E", lots=("J2",), made=(Made("CU1", "Cu", 5000), Made("AG1", "Ag", 70)),
        recovered_on=date(2025, 12, 9), at=AT + timedelta(days=9), act="d" * 64,
    )  # fmt: skip
    third = replace(second, number="R-1.3", made=(), act="e" * 64)
    said = {**SAID, "movement.recover": SignedAct("d" * 64, AT + timedelta(days=9), "held")}
    found = document(arrival=replace(ARRIVAL, certificates=(*ARRIVAL.certificates, second, third)), said=said)
    assert fields(found, "19") == [
        ("Certificate", "R-1"),
        ("Recovered", "Au 0.300 kg"),
        ("Electronic act", "c, 2025-11-19 03:00 UTC"),
        ("Certificate", "R-1.2"),
        ("Recovered", "Cu 5.000 kg, Ag 0.070 kg"),
        ("Electronic act", "dddddddddddddddd, 2025-11-28 03:00 UTC"),
        ("Signed", "own key"),
        ("Certificate", "R-1.3"),
        ("Recovered", "–"),
        ("Electronic act", "eeeeeeeeeeeeeeee, 2025-11-28 03:00 UTC"),
    ]


# Without a case.


def without_case(kind, verdict=None, **more):
    scrap = replace(MOVEMENT, permission=Permission(kind=kind, number="VII-7"), stream="steel-scrap")
    return document(case=None, movement=scrap, number="VII-7", verdict=verdict, **more)


def test_without_a_case_it_says_what_lets_it_move():
    asked = replace(VERDICT.question, operation="R4")
    green = replace(
        VERDICT, verdict="allowed_green", law="0123456789abcdef", codes=("basel:B1010", "oecd:GA1"), question=asked
    )
    found = without_case("annex_vii", green)
    assert found.block("1").title.en == "Number of the document"
    assert fields(found, "1") == [("Number", "VII-7"), ("Moves on", "Information document (Annex VII)")]
    assert fields(found, "2") == [("Number", "1 / 1")]
    assert fields(found, "11") == BLOCKS["11"]
    assert fields(found, "12") == [("Designation", "Clean steel scrap"), ("Composition", "–")]
    assert fields(found, "14") == [("Codes", "B1010 · GA1")]
    assert fields(found, "16")[2:] == [
        ("Verdict", "Allowed without prior consent (green), asked for 2025-10-01"),
        ("Law on file", "0123456789ab"),
    ]
    assert fields(without_case("annex_vii", replace(green, verdict="strange")), "16")[2] == (
        "Verdict",
        "strange, asked for 2025-10-01",
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("domestic", "Note within one economy"),
        ("declaration", "Declaration of the exporter"),
        ("not_controlled", "Verdict: not controlled"),
    ],
)
def test_without_a_verdict_it_says_on_what_it_moves(kind, words):
    found = without_case(kind)
    assert fields(found, "16")[2:] == [("Moves on", words)]
    assert fields(found, "1")[1] == ("Moves on", words)
    assert fields(found, "14") == [("Codes", "–")]
    assert fields(found, "11") == [("Operation", "–")]
