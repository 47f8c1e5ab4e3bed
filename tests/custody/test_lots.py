"""Lots: what may be done to them, and what each refusal says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cast import (
    DOE,
    EXPORTER,
    NOW,
    PENANG,
    SELANGOR,
    SMELTER,
    arrive,
    bag,
    case,
    cast,
    collect,
    depart,
    dispatch,
    readers,
    receive,
    transform,
)
from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.states import Content, Finding, LotState
from meguri.kit.problems import Conflict, MeguriError, NotAllowed, NotFound, Refused
from meguri.movement.states import LotMass
from tests_support import use_clock

KG = 1000


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def record():
    return cast()


def lot(record, name) -> LotState:
    return record.states[f"lot:{name}"]


def refused(kind, call, *arguments, **more):
    with pytest.raises(kind) as caught:
        call(*arguments, **more)
    return caught.value.problems[0]


def dismantled(record, who=PENANG, name="L1", boards=1000 * KG):
    collect(record, who, name, 7000 * KG)
    return transform(
        record,
        who,
        f"D-{name}",
        "dismantling",
        [(name, 7000 * KG)],
        [(f"{name}-boards", "circuit-boards", boards), (f"{name}-steel", "steel-scrap", 6990 * KG - boards)],
        loss_g=10 * KG,
        loss_reason="dust",
    )


def test_dismantling_uses_a_lot_up_and_makes_others(record):
    dismantled(record)
    used, boards = lot(record, "L1"), lot(record, "L1-boards")
    assert (used.mass_g, used.used_g, used.status) == (0, 7000 * KG, "consumed")
    assert (boards.mass_g, boards.holder, boards.origin, boards.made_by) == (1000 * KG, PENANG, "MYS", "D-L1")


@pytest.mark.parametrize("grams", [0, -1, 10**15])
def test_a_mass_that_cannot_be_is_refused(record, grams):
    assert refused(Refused, collect, record, PENANG, "L1", grams).pointer == "/body/grams"
    assert not record.entries


def test_only_who_has_the_role_takes_in(record):
    refused(NotAllowed, collect, record, EXPORTER, "L1", 5)


def test_an_unknown_stream_is_refused_with_the_nearest(record):
    problem = refused(Refused, collect, record, PENANG, "L1", 5, stream="mixed-small-ewaste")
    assert problem.pointer == "/body/stream"
    assert problem.params["nearest"] == "mixed-small-e-waste"


def test_contents_beyond_the_whole_are_refused(record):
    half = {"ppb": 600_000_000, "sd_ppb": 0, "basis": "assay", "source": "s", "confidence": "sourced"}
    contents = (Content(element="Cu", **half), Content(element="Fe", **half))
    assert refused(Refused, collect, record, PENANG, "L1", 5, contents=contents).pointer == "/body/contents"


def test_more_out_than_in_is_refused_beyond_tolerance_and_recorded_within(record):
    collect(record, PENANG, "L1", 1000 * KG)
    problem = refused(
        Refused,
        transform,
        record,
        PENANG,
        "E1",
        "dismantling",
        [("L1", 1000 * KG)],
        [("B", "circuit-boards", 1011 * KG)],
        difference_g=11 * KG,
    )
    said = problem.say()
    assert problem.code == "tolerance"
    assert "+1.10 %" in said
    assert "1.00 %" in said
    transform(
        record,
        PENANG,
        "E1",
        "dismantling",
        [("L1", 1000 * KG)],
        [("B", "circuit-boards", 1010 * KG)],
        difference_g=10 * KG,
    )
    assert record.states["event:E1"].difference_g == 10 * KG


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_transformation_closes_to_the_gram(record, difference):
    collect(record, PENANG, "L1", 1000)
    problem = refused(
        Refused,
        transform,
        record,
        PENANG,
        "E1",
        "dismantling",
        [("L1", 1000)],
        [("B", "circuit-boards", 1000)],
        difference_g=difference,
    )
    assert problem.code == "closure"


def test_a_loss_needs_its_reason(record):
    collect(record, PENANG, "L1", 1000)
    problem = refused(
        Refused,
        transform,
        record,
        PENANG,
        "E1",
        "dismantling",
        [("L1", 1000)],
        [("B", "circuit-boards", 900)],
        loss_g=100,
    )
    assert problem.pointer == "/body/loss_reason"


def test_a_lot_is_never_overdrawn(record):
    collect(record, PENANG, "L1", 1000)
    boards = [("B", "circuit-boards", 600)]
    transform(record, PENANG, "E1", "dismantling", [("L1", 600)], boards)
    refused(Conflict, transform, record, PENANG, "E2", "dismantling", [("L1", 600)], [("B2", "circuit-boards", 600)])
    refused(Refused, transform, record, PENANG, "E2", "dismantling", [("L1", 1001)], [("B2", "circuit-boards", 1001)])
    refused(
        Refused,
        transform,
        record,
        PENANG,
        "E2",
        "dismantling",
        [("L1", 200), ("L1", 200)],
        [("B2", "circuit-boards", 400)],
    )
    transform(record, PENANG, "E2", "dismantling", [("L1", 400)], [("B2", "circuit-boards", 400)])
    refused(Conflict, transform, record, PENANG, "E3", "dismantling", [("L1", 1)], [("B3", "circuit-boards", 1)])


def test_what_was_used_of_a_lot_is_added_up(record):
    collect(record, PENANG, "L1", 1000 * KG)
    for number, grams in ((1, 300 * KG), (2, 200 * KG)):
        made = [(f"B{number}", "circuit-boards", grams)]
        transform(record, PENANG, f"E{number}", "dismantling", [("L1", grams)], made)
    fix = acts.Correct(event="K1", lot="L1", was_g=500 * KG, grams=510 * KG, reason="scale", corrects="E-L1")
    problem = refused(Conflict, record.say, PENANG, "custody.correct", fix)
    assert (problem.params["mass"], problem.params["used"]) == ("500.000", "500.000")


def test_a_lot_cannot_become_itself(record):
    collect(record, PENANG, "L1", 1000)
    with pytest.raises(MeguriError):
        transform(record, PENANG, "E1", "sorting", [("L1", 1000)], [("L1", "circuit-boards", 1000)])


def test_somebody_elses_lot_is_not_found_rather_than_forbidden(record):
    collect(record, PENANG, "L1", 1000)
    theirs = refused(
        NotFound, transform, record, SELANGOR, "E1", "dismantling", [("L1", 1000)], [("B", "circuit-boards", 1000)]
    )
    absent = refused(
        NotFound, transform, record, SELANGOR, "E1", "dismantling", [("L9", 1000)], [("B", "circuit-boards", 1000)]
    )
    assert theirs.text == absent.text


def test_a_lot_is_not_used_before_it_arose(record):
    collect(record, PENANG, "L1", 1000)
    body = acts.Dispatch(event="S1", lots=(LotMass("L1", 1000),), to=EXPORTER, economy="MYS")
    with pytest.raises(Conflict) as caught:
        record.say(PENANG, "custody.dispatch", body, claimed=NOW - timedelta(seconds=1))
    assert caught.value.problems[0].code == "before"
    record.say(PENANG, "custody.dispatch", body, claimed=NOW)


def test_blending_keeps_the_stream(record):
    dismantled(record)
    problem = refused(
        Refused,
        transform,
        record,
        PENANG,
        "E1",
        "blending",
        [("L1-boards", 1000 * KG), ("L1-steel", 1000 * KG)],
        [("X", "circuit-boards", 2000 * KG)],
    )
    assert problem.code == "stream"


def sold(record):
    dismantled(record)
    dispatch(record, PENANG, "S1", EXPORTER, ("L1-boards", 1000 * KG))


def test_a_sale_and_its_weighing(record):
    sold(record)
    state = lot(record, "L1-boards")
    assert (state.status, state.holder, state.bound_for, state.facility) == ("in_transit", PENANG, EXPORTER, "")
    refused(Conflict, dispatch, record, PENANG, "S2", EXPORTER, ("L1-boards", 1000 * KG))
    receive(record, EXPORTER, "R1", bag("L1-boards", 1003 * KG))
    state = lot(record, "L1-boards")
    assert (state.status, state.holder, state.mass_g, state.adjusted_g) == ("held", EXPORTER, 1003 * KG, 3 * KG)
    assert record.states["event:R1"].difference_g == 3 * KG


def test_a_part_of_a_lot_is_not_sent(record):
    dismantled(record)
    assert refused(Refused, dispatch, record, PENANG, "S1", EXPORTER, ("L1-boards", 999 * KG)).code == "whole"


def test_waste_crosses_no_border_by_a_sale(record):
    dismantled(record)
    assert refused(Refused, dispatch, record, PENANG, "S1", SMELTER, ("L1-boards", 1000 * KG)).code == "border"


def test_beyond_tolerance_the_sender_agrees_afterwards(record):
    """The forklift goes on: what differs is recorded, and stands open until who sent it has agreed."""
    sold(record)
    receive(record, EXPORTER, "R1", bag("L1-boards", 980 * KG))
    found = lot(record, "L1-boards")
    assert (found.status, found.mass_g, found.findings) == ("held", 980 * KG, (Finding("difference"),))
    assert (found.counterparty, found.weighed_by) == (PENANG, EXPORTER)
    agree = acts.Agree(lots=(LotMass("L1-boards", 980 * KG),))
    refused(NotAllowed, record.say, EXPORTER, "custody.agree", agree)
    record.say(PENANG, "custody.agree", agree)
    assert not lot(record, "L1-boards").findings


def test_a_weighing_of_more_than_twice_is_a_wrong_unit_whoever_agreed(record):
    """Grams are recorded; a scale read in pounds or a list in kilograms is not agreed away."""
    sold(record)
    for grams in (2000 * KG + 1, 1000 * KG * 200):
        record.say(PENANG, "custody.agree", acts.Agree(lots=(LotMass("L1-boards", grams),)))
        with pytest.raises(Refused, match="unit"):
            receive(record, EXPORTER, "R1", bag("L1-boards", grams))
    record.say(PENANG, "custody.agree", acts.Agree(lots=(LotMass("L1-boards", 2000 * KG),)))
    receive(record, EXPORTER, "R1", bag("L1-boards", 2000 * KG))
    assert lot(record, "L1-boards").mass_g == 2000 * KG


def test_a_closed_counterparty_blocks_nobody(record):
    sold(record)
    record.states[PENANG] = replace(record.states[PENANG], closed_on=NOW)
    receive(record, EXPORTER, "R1", bag("L1-boards", 1000 * KG))
    collect(record, SELANGOR, "L2", 1000)


def test_an_authority_agrees_for_one_that_closed(record):
    sold(record)
    agree = acts.Agree(lots=(LotMass("L1-boards", 900 * KG),), instead_of=PENANG)
    refused(Refused, record.say, DOE, "custody.agree", agree)
    record.states[PENANG] = replace(record.states[PENANG], closed_on=NOW)
    refused(NotAllowed, record.say, EXPORTER, "custody.agree", agree)
    record.say(DOE, "custody.agree", agree)
    receive(record, EXPORTER, "R1", bag("L1-boards", 900 * KG))
    assert lot(record, "L1-boards").mass_g == 900 * KG


def test_a_refused_lot_stays_the_senders_who_takes_it_back(record):
    sold(record)
    assert refused(Refused, receive, record, EXPORTER, "R1", bag("L1-boards", 1000 * KG, False)).pointer.endswith(
        "reason"
    )
    receive(record, EXPORTER, "R1", bag("L1-boards", 1000 * KG, False, "wet"))
    assert (lot(record, "L1-boards").status, lot(record, "L1-boards").holder) == ("refused", PENANG)
    refused(NotFound, receive, record, EXPORTER, "R2", bag("L1-boards", 1000 * KG))
    receive(record, PENANG, "R2", bag("L1-boards", 1000 * KG))
    assert (lot(record, "L1-boards").status, lot(record, "L1-boards").facility) == ("held", "penang")


def test_a_weighing_is_corrected_while_nobody_relied_on_it(record):
    collect(record, PENANG, "L1", 1000)
    record.say(DOE, "custody.agree", acts.Agree(lots=(LotMass("L1", 1200),)))
    fix = {
        "event": "K1",
        "lot": "L1",
        "was_g": 1000,
        "grams": 1200,
        "reason": "scale read in pounds",
        "corrects": "E-L1",
    }
    record.say(PENANG, "custody.correct", acts.Correct(**fix))
    assert (lot(record, "L1").mass_g, lot(record, "L1").adjusted_g) == (1200, 200)
    refused(Conflict, record.say, PENANG, "custody.correct", acts.Correct(**{**fix, "event": "K2"}))
    transform(record, PENANG, "E1", "dismantling", [("L1", 600)], [("B", "circuit-boards", 600)])
    refused(Conflict, record.say, PENANG, "custody.correct", acts.Correct(**{**fix, "event": "K2", "was_g": 600}))


@pytest.fixture
def shipped(record):
    sold(record)
    receive(record, EXPORTER, "R1", bag("L1-boards", 1000 * KG))
    transform(
        record,
        EXPORTER,
        "P1",
        "packing",
        [("L1-boards", 1000 * KG)],
        [(f"BAG{n}", "circuit-boards", 250 * KG) for n in range(4)],
    )
    bags = [(f"BAG{n}", 250 * KG) for n in range(4)]
    case(record, *bags)
    depart(record, "DEP", *bags)
    return record


def test_a_departure_takes_lots_out_of_store_once(shipped):
    state = lot(shipped, "BAG0")
    assert (state.status, state.movement, state.holder, state.bound_for) == ("in_transit", "M1", EXPORTER, SMELTER)
    assert SMELTER in readers(shipped, "BAG0")
    assert PENANG not in readers(shipped, "BAG0")
    refused(Conflict, depart, shipped, "DEP2", ("BAG0", 250 * KG))
    refused(
        Conflict,
        transform,
        shipped,
        EXPORTER,
        "X",
        "packing",
        [("BAG0", 250 * KG)],
        [("Y", "circuit-boards", 250 * KG)],
    )


def test_what_the_exporter_does_not_hold_does_not_depart(record):
    dismantled(record)
    case(record, ("L1-boards", 1000 * KG))
    refused(NotAllowed, depart, record, "DEP", ("L1-boards", 1000 * KG))
    refused(NotFound, depart, record, "DEP", ("NONE", 1000 * KG))


def test_a_receipt_weighs_every_bag_and_may_refuse_one(shipped):
    bags = [bag(f"BAG{n}", 249 * KG) for n in range(3)]
    entry = arrive(shipped, "REC", *bags, bag("BAG3", 249 * KG, False, "wet"))
    assert entry.act.subjects == ("arrival:M1", "event:REC", "lot:J-BAG0", "lot:J-BAG1", "lot:J-BAG2")
    event = shipped.states["event:REC"]
    assert (event.difference_g, event.refused) == (-4 * KG, ("BAG3",))
    taken, sent = lot(shipped, "J-BAG0"), lot(shipped, "BAG0")
    assert (taken.holder, taken.economy, taken.mass_g, taken.came_from) == (SMELTER, "JPN", 249 * KG, "BAG0")
    assert (sent.holder, sent.status, sent.mass_g, sent.used_g) == (EXPORTER, "delivered", 0, 250 * KG)
    assert (lot(shipped, "BAG3").holder, lot(shipped, "BAG3").status) == (EXPORTER, "refused")
    refused(Conflict, arrive, shipped, "REC2", *bags, bag("BAG3", 249 * KG))


def test_a_receipt_beyond_tolerance_stands_open_for_the_exporter(shipped):
    """Of a movement too: on the receiver's lots, each until its sender has agreed, before or afterwards."""
    bags = [bag(f"BAG{n}", 240 * KG) for n in range(4)]
    shipped.say(EXPORTER, "custody.agree", acts.Agree(lots=(LotMass("BAG0", 240 * KG),)))
    arrive(shipped, "REC", *bags)
    taken = shipped.states["event:REC"].outputs
    assert [len(lot(shipped, part.lot).findings) for part in taken] == [0, 1, 1, 1]
    shipped.say(EXPORTER, "custody.agree", acts.Agree(lots=taken[1:]))
    assert not any(lot(shipped, part.lot).findings for part in taken)


def test_a_movements_lots_are_not_received_beside_it(shipped):
    assert refused(Refused, receive, shipped, SMELTER, "R9", bag("BAG0", 250 * KG)).code == "movement"


def test_a_receipt_changes_weights_alone(shipped):
    bags = [bag(f"BAG{n}", 249 * KG) for n in range(4)]
    assert refused(Refused, arrive, shipped, "REC", *bags, stream="element:Au").code == "becomes"
    assert refused(Refused, arrive, shipped, "REC", *bags, sent_g=1).code == "mass"
    assert refused(Refused, arrive, shipped, "REC", *bags, becomes="").code == "subject"


def test_metal_lies_with_its_smelter_until_a_certificate_names_it(shipped):
    arrive(shipped, "REC", *(bag(f"BAG{n}", 250 * KG) for n in range(4)))
    transform(
        shipped,
        SMELTER,
        "SM",
        "smelting",
        [(f"J-BAG{n}", 250 * KG) for n in range(4)],
        [("AU", "element:Au", 200), ("SLAG", "slag", 900 * KG)],
        loss_g=100 * KG - 200,
        loss_reason="off-gas",
    )
    assert readers(shipped, "AU") == {SMELTER}
    assert shipped.states["event:SM"].movement == "M1"
    assert refused(Refused, dispatch, shipped, SMELTER, "S9", PENANG, ("AU", 200)).code == "no-assay"
