"""What is certified is reserved: each movement's share of a charge, every gram once, until all is treated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import NOW, SMELTER, transform
from certified_cast import BOARDS, KG, certify, lot, melt, revoke, smelter, taken
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.certificates import evidence, reserving, shares
from meguri.custody.certificates.states import TreatedState
from meguri.custody.states import Belonging, LotState
from meguri.kit.problems import Conflict, MeguriError, Refused
from meguri.movement.states import Content
from meguri.registry.states import Capacity, LicenceState, Scope, ScopeSpan


@pytest.fixture
def record():
    return smelter()


@pytest.fixture
def charge(record):
    """60 kg of one movement, 30 kg of another and 10 kg of none in one charge: 10.001 kg of copper."""
    taken(record, "M1", A=60 * KG)
    taken(record, "M2", B=30 * KG)
    record.states["lot:C"] = replace(lot(record, "A"), mass_g=10 * KG, made_g=10 * KG, of=(), movement="")
    melt(record, "SM", [("A", 60 * KG), ("B", 30 * KG), ("C", 10 * KG)], ("CU", "element:Cu", 10_001), ("S", "slag", 5))
    return record


def why(kind, *arguments, **more):
    with pytest.raises(kind) as caught:
        certify(*arguments, **more)
    return caught.value.problems[0].code


def arrival(record, movement="M1"):
    return record.states[f"arrival:{movement}"]


def test_a_charge_is_shared_by_what_each_brought(charge):
    # 10,001 g over 60 : 30 : 10 is 6,000.6, 3,000.3 and 1,000.1: the gram that is left goes to the largest remainder.
    assert lot(charge, "CU").of == (Belonging("", 1000, True), Belonging("M1", 6001, True), Belonging("M2", 3000, True))
    assert charge.states["event:SM"].of == (Belonging("M1", 60 * KG, True), Belonging("M2", 30 * KG, True))
    assert lot(charge, "A").of == ()


def test_nobody_certifies_more_than_its_share(charge):
    assert why(Conflict, charge, "M1", "SM", ("CU", "Cu", 6002)) == "certified"
    certify(charge, "M1", "SM", ("CU", "Cu", 6000))
    assert (arrival(charge).treated_g, arrival(charge).open_g) == (60 * KG, 0)
    # One gram is left of its share, and all that had gone in is counted: a further certificate counts none of it again.
    assert why(Conflict, charge, "M1", "SM", ("CU", "Cu", 2), paper="P2") == "certified"
    assert why(Refused, charge, "M1", "SM", ("CU", "Cu", 1), paper="P2", treated_g=60 * KG) == "treated"
    certify(charge, "M1", "SM", ("CU", "Cu", 1), paper="P2")
    assert why(Conflict, charge, "M2", "SM", ("CU", "Cu", 3001), paper="P3") == "certified"
    certify(charge, "M2", "SM", ("CU", "Cu", 3000), paper="P3")
    assert reserving.reserved_g(lot(charge, "CU")) == 9001


def test_a_consignment_melted_in_two_charges_is_certified_in_two(record):
    taken(record, "M1", A=100 * KG)
    melt(record, "S1", [("A", 40 * KG)], ("CU1", "element:Cu", 8000))
    melt(record, "S2", [("A", 60 * KG)], ("CU2", "element:Cu", 12000))
    certify(record, "M1", "S1", ("CU1", "Cu", 8000))
    assert (arrival(record).treated_g, arrival(record).course.points[-1].transition) == (40 * KG, "recover_part")
    certify(record, "M1", "S2", ("CU2", "Cu", 12000), paper="P2")
    assert (arrival(record).open_g, arrival(record).course.points[-1].transition) == (0, "recover")
    first, second = record.states["certificate:P1"], record.states["certificate:P2"]
    assert (first.sent_g, first.received_g, first.treated_g, first.done_g) == (100_010, 100_000, 40_000, 40_000)
    assert (first.whole, second.whole, second.done_g) == (False, True, 100_000)


def test_nine_bags_of_which_one_is_melted_are_recovered_in_part(record):
    # 109.535 of 985.815 kg: 11.1 per cent, and the certificate says so.
    taken(record, "M1", B1=109_535, B2=876_280)
    melt(record, "S1", [("B1", 109_535)], ("AU", "element:Au", 20))
    certify(record, "M1", "S1", ("AU", "Au", 20))
    paper = record.states["certificate:P1"]
    assert (paper.treated_g, paper.received_g, paper.whole) == (109_535, 985_815, False)
    assert arrival(record).course.points[-1].transition == "recover_part"


def test_what_is_blended_packed_or_sorted_first_is_followed(record):
    taken(record, "M1", A=70 * KG)
    taken(record, "M2", B=30 * KG)
    transform(record, SMELTER, "MIX", "blending", [("A", 70 * KG), ("B", 30 * KG)], [("X", BOARDS, 100 * KG)])
    assert lot(record, "X").of == (Belonging("M1", 70 * KG), Belonging("M2", 30 * KG))
    # Nothing that is carried is lost: dust, and what sorting takes out.
    made = [("Y", BOARDS, 60 * KG), ("Z", "plastics-from-e-waste", 35 * KG)]
    transform(record, SMELTER, "SORT", "sorting", [("X", 100 * KG)], made, loss_g=5 * KG, loss_reason="dust")
    for movement, grams in (("M1", 70 * KG), ("M2", 30 * KG)):
        assert reserving.left_g(lot(record, "Y"), movement) + reserving.left_g(lot(record, "Z"), movement) == grams
    melt(record, "SM", [("Y", 60 * KG)], ("CU", "element:Cu", 10 * KG))
    certify(record, "M1", "SM", ("CU", "Cu", 7 * KG))
    assert 0 < arrival(record).open_g == reserving.left_g(lot(record, "Z"), "M1")
    certify(record, "M1", "SM", paper="P2", residues=["Z"])
    assert arrival(record).open_g == 0


def test_slag_that_is_melted_again_gives_metal_and_is_treated_once(record):
    taken(record, "M1", A=100 * KG)
    melt(record, "S1", [("A", 100 * KG)], ("CU1", "element:Cu", 10 * KG), ("SL", "slag", 80 * KG))
    slag = Content(element="Cu", ppb=10_000_000, sd_ppb=10_000, basis="assay", source="lab", confidence="sourced")
    melt(record, "S2", [("SL", 80 * KG)], ("CU2", "element:Cu", 500), assayed=(slag,))
    certify(record, "M1", "S1", ("CU1", "Cu", 10 * KG))
    assert why(Refused, record, "M1", "S2", ("CU2", "Cu", 500), paper="P2", treated_g=80 * KG) == "treated"
    assert record.states["event:S2"].of == (Belonging("M1", 0, True),)
    certify(record, "M1", "S2", ("CU2", "Cu", 500), paper="P2")


def test_metal_of_metal_is_no_recovery(record):
    taken(record, "M1", A=100 * KG)
    melt(record, "S1", [("A", 100 * KG)], ("CU1", "element:Cu", 10 * KG))
    melt(record, "S2", [("CU1", 10 * KG)], ("CU2", "element:Cu", 10 * KG))
    assert why(Refused, record, "M1", "S2", ("CU2", "Cu", 1)) == "event"
    certify(record, "M1", "S1", ("CU1", "Cu", 10 * KG))


def test_a_revoked_certificate_gives_back_what_it_reserved_and_is_replaced(charge):
    certify(charge, "M1", "SM", ("CU", "Cu", 6001))
    with pytest.raises(Refused):
        revoke(charge, "M1", "P1", "S")
    revoke(charge, "M1", "P1", "CU", reasons=("wrong_amount", "contamination"))
    old = charge.states["certificate:P1"]
    assert (old.reasons, old.successor) == (("wrong_amount", "contamination"), "")
    assert (reserving.reserved_g(lot(charge, "CU")), arrival(charge).treated_g) == (0, 0)
    assert charge.states["treated:smelter"].grams == {}
    certify(charge, "M1", "SM", ("CU", "Cu", 5900), paper="P2", replaces="P1", contamination_g=500)
    assert charge.states["certificate:P1"].successor == "P2" == arrival(charge).certificates[0].successor
    assert (charge.states["certificate:P2"].contamination_g, arrival(charge).treated_g) == (500, 60 * KG)
    # A name that was given is not given again.
    assert why(Conflict, charge, "M2", "SM", ("CU", "Cu", 1), paper="P1") == "exists"


def test_what_a_residue_carried_is_open_again_unless_it_was_used(record):
    taken(record, "M1", A=100 * KG, B=10 * KG)
    melt(record, "S1", [("A", 100 * KG)], ("CU", "element:Cu", 10 * KG))
    certify(record, "M1", "S1", ("CU", "Cu", 10 * KG), residues=["B"])
    assert (arrival(record).open_g, lot(record, "B").of) == (0, (Belonging("M1", 10 * KG, True),))
    revoke(record, "M1", "P1", "CU", "B")
    assert (arrival(record).open_g, lot(record, "B").of) == (110 * KG, (Belonging("M1", 10 * KG),))
    certify(record, "M1", "S1", ("CU", "Cu", 10 * KG), residues=["B"], paper="P2")
    transform(record, SMELTER, "PACK", "packing", [("B", 10 * KG)], [("B2", BOARDS, 10 * KG)])
    with pytest.raises(Conflict) as caught:
        revoke(record, "M1", "P2", "CU", "B")
    assert caught.value.problems[0].code == "relied-on"


def test_no_certificate_before_the_fact_or_elsewhere(charge):
    assert why(Refused, charge, "M1", "SM", ("CU", "Cu", 1), recovered_on=NOW.date() - timedelta(days=1)) == "before"
    charge.states["event:SM"] = replace(charge.states["event:SM"], facility="elsewhere")
    assert why(Refused, charge, "M1", "SM", ("CU", "Cu", 1)) == "site"


def licence(grams=None, per="", **more):
    scopes = (ScopeSpan(NOW - timedelta(days=99), Scope(grams=grams, per=per)),)
    since = NOW - timedelta(days=99)
    return LicenceState(holder=SMELTER, kind="facility-permit", number="L", since=since, scopes=scopes, **more)


def test_no_certificate_outside_the_licence(charge):
    rests = {"rests_on": ("facility:smelter", "licence:L", SMELTER)}
    charge.states["licence:L"] = licence(until=NOW)
    assert why(Conflict, charge, "M1", "SM", ("CU", "Cu", 1), **rests) == "licence-over"
    charge.states["licence:L"] = licence(60 * KG - 1, "month")
    assert why(Conflict, charge, "M1", "SM", ("CU", "Cu", 1), **rests) == "capacity"
    charge.states["licence:L"] = licence(60 * KG, "year")
    certify(charge, "M1", "SM", ("CU", "Cu", 1), **rests)
    assert charge.states["treated:smelter"].grams == {"2025": 60 * KG, "2025-10": 60 * KG}
    assert why(Conflict, charge, "M2", "SM", ("CU", "Cu", 1), paper="P2", **rests) == "capacity"


def test_no_certificate_of_a_site_that_was_closed_or_above_its_capacity(charge):
    site = charge.states["facility:smelter"]
    charge.states["facility:smelter"] = replace(site, closed_on=NOW)
    assert why(Conflict, charge, "M1", "SM", ("CU", "Cu", 1), rests_on=("facility:smelter",)) == "closed"
    charge.states["facility:smelter"] = replace(site, capacity=(Capacity(50 * KG, "R4"), Capacity(9_999, "R3")))
    assert why(Conflict, charge, "M1", "SM", ("CU", "Cu", 1)) == "capacity"
    charge.states["facility:smelter"] = replace(site, capacity=(Capacity(60 * KG),))
    charge.states["treated:smelter"] = TreatedState({"2024": 60 * KG})
    certify(charge, "M1", "SM", ("CU", "Cu", 1))


def test_a_correction_leaves_what_is_certified(charge):
    certify(charge, "M1", "SM", ("CU", "Cu", 6001))

    def correct(grams, event):
        body = acts.Correct(event=event, lot="CU", was_g=10_001, grams=grams, reason="typing", corrects="SM")
        charge.say(SMELTER, "custody.correct", body, rooms=("meguri.custody",))

    with pytest.raises(MeguriError) as caught:
        correct(6000, "K")
    assert "certified" in {problem.code for problem in caught.value.problems}
    correct(9990, "K")
    # The other movement's share is of what is there after the correction.
    assert reserving.share_g(lot(charge, "CU"), "M2") == 2997
    assert why(Conflict, charge, "M2", "SM", ("CU", "Cu", 2998), paper="P2") == "certified"


def test_the_paper_says_on_what_its_grams_rest(charge):
    certify(charge, "M1", "SM", ("CU", "Cu", 6001))
    assert [one.evidence for one in charge.states["certificate:P1"].made] == ["declared"]
    state = lot(charge, "CU")
    content = {"element": "Cu", "ppb": 999_000_000, "sd_ppb": 1_000_000, "source": "x", "confidence": "derived"}
    # An assay of which no settled sample is on record is its holder's word.
    told = {"umpire": "umpire", "exchanged": "exchanged", "one-sided": "one_sided", "assay": "declared"}
    for basis, right in (told | {"declared": "declared", "on-file": "on_file", "prior": "on_file"}).items():
        assert evidence.standing(replace(state, contents=(Content(basis=basis, **content),)))[0] == right
    assert {name for name, one in evidence.classes().items() if one.claims} == {"umpire", "exchanged", "one_sided"}


def test_what_was_reckoned_is_as_sure_as_the_weakest_figure(record):
    taken(record, "M1", A=100 * KG)
    content = {"element": "Cu", "ppb": 200_000_000, "sd_ppb": 20_000_000, "source": "x", "confidence": "derived"}
    given = replace(lot(record, "A"), contents=(Content(basis="one-sided", **content),))
    assert evidence.when_made([(given, 1)], "element:Cu", (), "yields") == ("one_sided", 100_000_000)
    assert evidence.when_made([(given, 1), (lot(record, "A"), 1)], "element:Cu", (), "yields")[0] == "on_file"
    assert evidence.when_made([(given, 1)], "slag", (), "yields") == ("", 0)
    assert evidence.when_made([(given, 1)], "element:Cu", (), "") == ("declared", 0)


def boards(grams, of):
    return LotState(
        stream=BOARDS, mass_g=grams, made_g=grams, holder="organisation:x", origin="MYS", economy="JPN", made_by="E",
        made_at=NOW, of=of,
    )  # fmt: skip


carried = st.lists(
    st.tuples(st.sampled_from(["", "M1", "M2", "M3"]), st.integers(1, 10**7)), max_size=4, unique_by=lambda one: one[0]
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**7), carried, st.integers(1, 100)), min_size=1, max_size=5),
    st.lists(st.integers(1, 10**7), min_size=1, max_size=4),
    st.booleans(),
)
def test_every_carried_gram_is_somewhere_once(lots, outputs, recovers):
    parts = []
    for grams, of, per_cent in lots:
        own = tuple(Belonging(*one) for one in of) if any(name for name, _ in of) else ()
        parts.append((boards(grams, own), max(1, grams * per_cent // 100)))
    streams = ["element:Cu" if recovers else BOARDS, *[BOARDS] * (len(outputs) - 1)]
    found = shares.through(parts, list(zip(streams, outputs, strict=True)))
    for name in ("M1", "M2", "M3"):
        before = sum(part.grams for state, _ in parts for part in state.of if part.movement == name)
        kept = sum(part.grams for row in found.left for part in row if part.movement == name)
        if recovers:
            gone = sum(part.grams for part in found.event if part.movement == name)
        else:
            gone = sum(part.grams for row in found.outputs for part in row if part.movement == name)
        assert before == kept + gone
    if recovers and any(state.of for state, _ in parts):
        for grams, row in zip(outputs, found.outputs, strict=True):
            assert sum(part.grams for part in row) in (grams, 0)
    assert all(part.grams >= 0 for row in (*found.left, *found.outputs) for part in row)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["M1", "M2"]), st.integers(-5, 7000), st.booleans()), max_size=12))
def test_no_gram_is_certified_twice_whatever_is_asked(asked):
    record = smelter()
    taken(record, "M1", A=60 * KG)
    taken(record, "M2", B=30 * KG)
    melt(record, "SM", [("A", 60 * KG), ("B", 30 * KG)], ("CU", "element:Cu", 10_001))
    for number, (movement, grams, takes_back) in enumerate(asked):
        standing = arrival(record, movement).in_force
        try:
            if takes_back and standing:
                revoke(record, movement, standing[0].paper, "CU")
            else:
                certify(record, movement, "SM", ("CU", "Cu", grams), paper=f"P{number}")
        except MeguriError:
            pass
        state = lot(record, "CU")
        assert reserving.reserved_g(state) <= reserving.made_g(state)
        for name in ("M1", "M2"):
            assert reserving.reserved_g(state, name) <= reserving.share_g(state, name)
            assert arrival(record, name).treated_g <= arrival(record, name).accepted_g
            assert reserving.reserved_g(state, name) == arrival(record, name).certified_g
