"""Guard by guard: what custody refuses, with the place that is wrong, and the last that it still takes."""

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
    custody_only,
    depart,
    dispatch,
    organisation,
    readers,
    receive,
    told,
    transform,
)
from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.states import Finding, LotState
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.movement import acts as moving
from meguri.movement import course
from meguri.movement.states import ArrivalState, Content, LotMass, Made
from tests_support import use_clock

KG = 1000
BOARDS = "circuit-boards"
NOBODY = "organisation:nobody"
OPERATOR = "organisation:operator"


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def record():
    return cast()


@pytest.fixture
def boards(record):
    """1,000 kg of boards in Penang's yard, and as much of another kind."""
    collect(record, PENANG, "B", 1000 * KG, BOARDS)
    collect(record, PENANG, "S", 1000 * KG, "steel-scrap")
    return record


@pytest.fixture
def sold(boards):
    dispatch(boards, PENANG, "S1", EXPORTER, ("B", 1000 * KG))
    return boards


@pytest.fixture
def shipped(record):
    """Two bags of 500 kg, under way from the exporter to the smelter in movement M1."""
    record.states[EXPORTER] = organisation("MYS", "exporter", "dismantler")
    for name in ("BAG1", "BAG2"):
        collect(record, EXPORTER, name, 500 * KG, BOARDS)
    case(record, ("BAG1", 500 * KG), ("BAG2", 500 * KG))
    depart(record, "DEP", ("BAG1", 500 * KG), ("BAG2", 500 * KG))
    return record


def lot(record, name) -> LotState:
    return record.states[f"lot:{name}"]


def refused(kind, record, call, *arguments, **more):
    before = dict(record.states)
    with pytest.raises(kind) as caught:
        call(record, *arguments, **more)
    assert record.states == before
    problem = caught.value.problems[0]
    return problem.pointer, problem.code


def content(element, ppb, sd=0):
    return Content(element=element, ppb=ppb, sd_ppb=sd, basis="assay", source="s", confidence="sourced")


# Names.


@pytest.mark.parametrize("id", ["", "x" * 101, "a b", "a:b", "a/b", "ä", "٣"])
def test_new_things_have_names_of_plain_letters_digits_and_hyphens(boards, id):
    assert refused(Refused, boards, collect, PENANG, id, 5) == ("/body/lot", "subject")
    made = [("N", BOARDS, KG)]
    assert refused(Refused, boards, transform, PENANG, id, "sorting", [("B", KG)], made)[0] == "/body/event"
    made = [("N", BOARDS, KG), (id, BOARDS, KG)]
    assert (
        refused(Refused, boards, transform, PENANG, "E", "sorting", [("B", 2 * KG)], made)[0] == "/body/outputs/1/lot"
    )
    assert refused(Refused, boards, dispatch, PENANG, id, EXPORTER, ("B", 1000 * KG))[0] == "/body/event"


def test_a_name_may_have_a_hundred_characters(boards):
    transform(boards, PENANG, "y" * 100, "sorting", [("B", KG)], [("x" * 97 + "-_.", BOARDS, KG)])
    fields = {"event": "y" * 101, "lot": "N", "stream": BOARDS, "grams": 5, "facility": "penang", "economy": "MYS"}
    with pytest.raises(Refused) as caught:
        boards.say(PENANG, "custody.collect", acts.Collect(**fields))
    assert caught.value.problems[0].pointer == "/body/event"


def test_a_name_is_given_once(sold):
    assert refused(Conflict, sold, collect, PENANG, "S", 5) == ("/body/lot", "exists")
    transform(sold, PENANG, "E", "sorting", [("S", KG)], [("N", "steel-scrap", KG)])
    again = [("N", "steel-scrap", KG)]
    assert refused(Conflict, sold, transform, PENANG, "E2", "sorting", [("S", KG)], again)[0] == "/body/outputs/0/lot"
    other = [("N2", "steel-scrap", KG)]
    assert refused(Conflict, sold, transform, PENANG, "E", "sorting", [("S", KG)], other) == ("/body/event", "exists")
    assert refused(Conflict, sold, dispatch, PENANG, "E", EXPORTER, ("S", 999 * KG)) == ("/body/event", "exists")
    assert refused(Conflict, sold, receive, EXPORTER, "E", bag("B", 1000 * KG)) == ("/body/event", "exists")
    assert refused(Conflict, sold, correct, "S", 999 * KG, event="E") == ("/body/event", "exists")


# Masses.


def test_a_lot_has_a_gram_at_least_and_a_hundred_thousand_tonnes_at_most(record):
    collect(record, PENANG, "A", 1)
    collect(record, PENANG, "C", 10**11)
    for grams in (0, 10**11 + 1):
        assert refused(Refused, record, collect, PENANG, "D", grams) == ("/body/grams", "mass")


@pytest.mark.parametrize(
    ("contents", "right"),
    [
        ((content("Cu", 300_000_000), content("Fe", 700_000_000)), True),
        ((content("Cu", 300_000_000), content("Fe", 700_000_001)), False),
        ((content("Cu", 0),), True),
        ((content("Cu", -1),), False),
        ((content("Cu", 1, -1),), False),
        ((content("Cu", 1), content("Cu", 1)), False),
    ],
)
def test_contents_are_given_once_each_and_are_no_more_than_the_whole(record, contents, right):
    if right:
        collect(record, PENANG, "A", 5, contents=contents)
        assert lot(record, "A").contents == contents
        return
    assert refused(Refused, record, collect, PENANG, "A", 5, contents=contents)[1] == "content"
    collect(record, PENANG, "A", 5, BOARDS)
    body = acts.Transform(
        event="E", step="sorting", facility="penang", economy="MYS", inputs=(LotMass("A", 5),),
        outputs=(acts.Output(lot="N", stream=BOARDS, grams=5, contents=contents),),
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        record.say(PENANG, "custody.transform", body)
    assert caught.value.problems[0].pointer.startswith("/body/outputs/0/contents")


# Places.


def test_one_works_in_ones_own_facility_where_it_lies(boards):
    def at(record, facility, economy):
        body = acts.Collect(event="E", lot="N", stream=BOARDS, grams=5, facility=facility, economy=economy)
        return record.say(PENANG, "custody.collect", body)

    for facility in ("selangor", "nowhere"):
        assert refused(NotFound, boards, at, facility, "MYS") == ("/body/facility", "unknown-facility")
    assert refused(Refused, boards, at, "penang", "JPN") == ("/body/economy", "economy")


def test_what_lies_elsewhere_is_not_worked_on_here(boards):
    boards.states["facility:penang-2"] = boards.states["facility:penang"]
    body = acts.Transform(
        event="E", step="sorting", facility="penang-2", economy="MYS", inputs=(LotMass("B", KG),),
        outputs=(acts.Output(lot="N", stream=BOARDS, grams=KG),),
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        boards.say(PENANG, "custody.transform", body)
    assert (caught.value.problems[0].pointer, caught.value.problems[0].code) == ("/body/inputs/0/lot", "facility")


# Taking apart, sorting, blending, melting.


@pytest.mark.parametrize("step", ["collecting", "dispatching", "melting"])
def test_only_steps_that_change_lots_change_lots(boards, step):
    made = [("N", BOARDS, KG)]
    assert refused(Refused, boards, transform, PENANG, "E", step, [("B", KG)], made) == ("/body/step", "step")


def test_a_step_is_for_those_with_its_role(sold):
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG))
    made = [("N", BOARDS, KG)]
    assert refused(NotAllowed, sold, transform, EXPORTER, "E", "smelting", [("B", KG)], made) == ("/actor", "role")
    assert refused(NotAllowed, sold, transform, EXPORTER, "E", "dismantling", [("B", KG)], made) == ("/actor", "role")
    transform(sold, EXPORTER, "E", "sorting", [("B", KG)], made)


def test_something_goes_in_and_something_comes_out(boards):
    assert refused(Refused, boards, transform, PENANG, "E", "sorting", [("B", KG)], []) == ("/body/outputs", "empty")
    made = [("N", BOARDS, KG)]
    assert refused(Refused, boards, transform, PENANG, "E", "sorting", [], made) == ("/body/inputs", "empty")


def test_a_lot_stands_once_on_either_side(boards):
    made = [("N", BOARDS, KG), ("N", BOARDS, KG)]
    assert refused(Refused, boards, transform, PENANG, "E", "sorting", [("B", 2 * KG)], made)[1] == "twice"
    made = [("B", BOARDS, KG)]
    assert refused(Refused, boards, transform, PENANG, "E", "sorting", [("B", KG)], made)[1] == "twice"


@pytest.mark.parametrize(
    ("made", "place"),
    [
        ([("N", BOARDS, 0), ("N2", BOARDS, KG)], "/body/outputs/0/grams"),
        ([("N", BOARDS, KG), ("N2", "no-stream", KG)], "/body/outputs/1/stream"),
    ],
)
def test_what_comes_out_has_a_mass_and_a_known_stream(boards, made, place):
    assert refused(Refused, boards, transform, PENANG, "E", "sorting", [("B", KG)], made)[0] == place


def test_packing_and_blending_keep_the_stream_and_sorting_does_not(boards):
    made = [("N", "steel-scrap", KG)]
    for step in ("blending", "packing"):
        assert refused(Refused, boards, transform, PENANG, "E", step, [("B", KG)], made)[1] == "stream"
    made = [("N", "circuit-boards-low-grade", KG - 30), ("N2", "steel-scrap", 30)]
    transform(boards, PENANG, "E", "sorting", [("B", KG)], made)


@pytest.mark.parametrize("grams", [0, -1])
def test_nothing_is_not_taken(boards, grams):
    made = [("N", BOARDS, KG)]
    taken = [("B", KG), ("S", grams)]
    assert refused(Refused, boards, transform, PENANG, "E", "sorting", taken, made)[0] == "/body/inputs/1/grams"


def test_all_that_is_left_may_be_taken_and_not_a_gram_more(boards):
    transform(boards, PENANG, "E", "sorting", [("B", 400 * KG)], [("N", BOARDS, 400 * KG)])
    made = [("N2", BOARDS, 600 * KG + 1)]
    assert refused(Conflict, boards, transform, PENANG, "E2", "sorting", [("B", 600 * KG + 1)], made) == (
        "/body/inputs/0/grams",
        "overdrawn",
    )
    made = [("N2", BOARDS, 1000 * KG)]
    assert refused(Conflict, boards, transform, PENANG, "E2", "sorting", [("B", 1000 * KG)], made)[1] == "overdrawn"
    made = [("N2", BOARDS, 1000 * KG + 1)]
    assert refused(Refused, boards, transform, PENANG, "E2", "sorting", [("B", 1000 * KG + 1)], made)[1] == "overdrawn"
    transform(boards, PENANG, "E2", "sorting", [("B", 600 * KG)], [("N2", BOARDS, 600 * KG)])
    assert (lot(boards, "B").status, lot(boards, "B").mass_g) == ("consumed", 0)


def test_what_a_lot_ever_had_is_what_it_was_weighed_at_last(boards):
    """More than that was never there; as much was there once."""
    correct(boards, "B", 996 * KG)
    transform(boards, PENANG, "E", "sorting", [("B", 400 * KG)], [("N", BOARDS, 400 * KG)])
    for grams, kind in ((996 * KG, Conflict), (996 * KG + 1, Refused)):
        made = [("N2", BOARDS, grams)]
        assert refused(kind, boards, transform, PENANG, "E2", "sorting", [("B", grams)], made)[1] == "overdrawn"


def test_a_gain_is_a_difference_and_a_loss_has_its_reason(boards):
    def sort(record, out, **more):
        return transform(record, PENANG, f"E{out}", "sorting", [("B", 100 * KG)], [(f"N{out}", BOARDS, out)], **more)

    assert refused(Refused, boards, sort, 101 * KG, loss_g=-KG, loss_reason="x") == ("/body/loss_g", "mass")
    assert refused(Refused, boards, sort, 99 * KG, loss_g=KG, loss_reason="  ") == ("/body/loss_reason", "reason")
    sort(boards, 99 * KG, loss_g=KG, loss_by="bill")
    sort(boards, 98 * KG, loss_g=2 * KG, loss_reason="dust")
    event = boards.states[f"event:E{98 * KG}"]
    assert (event.loss_g, event.loss_reason, event.difference_g) == (2 * KG, "dust", 0)
    assert boards.states[f"event:E{99 * KG}"].loss_by == "bill"


@pytest.mark.parametrize(("difference", "place"), [(501, "/body/outputs"), (-501, "/body/loss_g")])
def test_sorting_is_exact_to_half_a_per_cent_either_way(boards, difference, place):
    def sort(record, name, difference):
        made = [(name, BOARDS, 100 * KG + difference)]
        return transform(record, PENANG, f"E{name}", "sorting", [("B", 100 * KG)], made, difference_g=difference)

    assert refused(Refused, boards, sort, "N", difference) == (place, "tolerance")
    within = difference - 1 if difference > 0 else difference + 1
    sort(boards, "N", within)
    assert lot(boards, "N").mass_g == 100 * KG + within


def test_the_differences_remedy_says_what_to_do(boards):
    for difference, remedy in ((600, "take what else went in"), (-600, "declare what is missing")):
        made = [("N", BOARDS, 100 * KG + difference)]
        with pytest.raises(Refused, match=remedy) as caught:
            transform(boards, PENANG, "E", "sorting", [("B", 100 * KG)], made, difference_g=difference)
        assert f"{difference / 1000:+.2f} %" in caught.value.problems[0].say()


def test_what_one_had_is_said_to_be_anothers_and_what_one_never_had_is_not_found(sold):
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG))
    made = [("N", BOARDS, KG)]
    assert refused(NotAllowed, sold, transform, PENANG, "E", "sorting", [("B", KG)], made) == (
        "/body/inputs/0/lot",
        "holder",
    )
    assert refused(NotFound, sold, transform, SELANGOR, "E", "sorting", [("B", KG)], made)[1] == "unknown-lot"


# Selling.


@pytest.mark.parametrize("to", [NOBODY, PENANG, "exporter", "facility:exporter", ""])
def test_one_sells_to_another_on_record(boards, to):
    assert refused(Refused, boards, dispatch, PENANG, "S1", to, ("B", 1000 * KG)) == ("/body/to", "receiver")


def test_one_sells_something_once_as_a_whole_to_who_is_open(boards):
    assert refused(Refused, boards, dispatch, PENANG, "S1", EXPORTER) == ("/body/lots", "empty")
    twice = ("B", 1000 * KG), ("B", 1000 * KG)
    assert refused(Refused, boards, dispatch, PENANG, "S1", EXPORTER, *twice) == ("/body/lots/1/lot", "twice")
    for grams, code in ((999 * KG, "whole"), (1001 * KG, "overdrawn"), (0, "mass")):
        assert refused(Refused, boards, dispatch, PENANG, "S1", EXPORTER, ("B", grams)) == (
            "/body/lots/0/grams",
            code,
        )
    assert refused(NotFound, boards, dispatch, SELANGOR, "S1", EXPORTER, ("B", 1000 * KG))[0] == "/body/lots/0/lot"
    boards.states[EXPORTER] = replace(boards.states[EXPORTER], closed_on=NOW)
    assert refused(Refused, boards, dispatch, PENANG, "S1", EXPORTER, ("B", 1000 * KG)) == ("/body/to", "closed")
    boards.states[PENANG] = replace(boards.states[PENANG], closed_on=NOW)
    assert refused(NotAllowed, boards, dispatch, PENANG, "S1", SELANGOR, ("B", 1000 * KG)) == ("/actor", "closed")


def test_the_economy_of_a_sale_is_that_of_the_lots(boards):
    body = acts.Dispatch(event="S1", lots=(LotMass("B", 1000 * KG),), to=EXPORTER, economy="JPN")
    with pytest.raises(Refused) as caught:
        boards.say(PENANG, "custody.dispatch", body)
    assert caught.value.problems[0].code == "economy"


def test_a_sale_is_seen_by_both_and_ends_what_was_agreed(sold):
    state = lot(sold, "B")
    assert (state.bound_for, state.status) == (EXPORTER, "in_transit")
    assert readers(sold, "B") == {PENANG, EXPORTER}
    sold.say(PENANG, "custody.agree", acts.Agree(lots=(LotMass("B", 990 * KG),)))
    assert lot(sold, "B").agreed_g == 990 * KG
    receive(sold, EXPORTER, "R1", bag("B", 990 * KG))
    sold.say(PENANG, "custody.agree", acts.Agree(lots=(LotMass("B", 980 * KG),)))
    dispatch(sold, EXPORTER, "S2", SELANGOR, ("B", 990 * KG))
    assert lot(sold, "B").agreed_g is None
    assert sold.states["event:S2"].to == SELANGOR
    assert sold.states["event:S2"].economy == "MYS"


# Receiving.


def test_a_receipt_names_each_lot_once_with_its_mass_or_the_reason_of_its_refusal(sold):
    assert refused(Refused, sold, receive, EXPORTER, "R1") == ("/body/bags", "empty")
    twice = bag("B", 1000 * KG), bag("B", 1000 * KG)
    assert refused(Refused, sold, receive, EXPORTER, "R1", *twice) == ("/body/bags/1/lot", "twice")
    assert refused(Refused, sold, receive, EXPORTER, "R1", bag("B", 0)) == ("/body/bags/0/received_g", "mass")
    assert refused(Refused, sold, receive, EXPORTER, "R1", bag("B", -1, False, "x"))[1] == "mass"
    assert refused(Refused, sold, receive, EXPORTER, "R1", bag("B", KG, False, " ")) == (
        "/body/bags/0/reason",
        "reason",
    )
    assert refused(NotFound, sold, receive, EXPORTER, "R1", bag("NONE", KG)) == ("/body/bags/0/lot", "unknown-lot")


def test_only_the_addressee_receives(sold):
    assert refused(Conflict, sold, receive, PENANG, "R1", bag("B", 1000 * KG)) == ("/body/bags/0/lot", "not-sent")
    assert refused(NotFound, sold, receive, SELANGOR, "R1", bag("B", 1000 * KG)) == ("/body/bags/0/lot", "unknown-lot")
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG))
    assert refused(Conflict, sold, receive, EXPORTER, "R2", bag("B", 1000 * KG)) == ("/body/bags/0/lot", "not-sent")
    sold.states[EXPORTER] = replace(sold.states[EXPORTER], closed_on=NOW)
    assert refused(NotAllowed, sold, receive, EXPORTER, "R2", bag("B", 1000 * KG)) == ("/actor", "closed")


def test_what_never_came_is_refused_with_nothing(sold):
    sold.say(PENANG, "custody.agree", acts.Agree(lots=(LotMass("B", 0),)))
    receive(sold, EXPORTER, "R1", bag("B", 0, False, "never came"))
    state = lot(sold, "B")
    assert (state.status, state.mass_g, state.adjusted_g, state.holder) == ("consumed", 0, -1000 * KG, PENANG)
    event = sold.states["event:R1"]
    assert (event.difference_g, event.refused, event.reason) == (-1000 * KG, ("B",), "B: never came")


def test_who_takes_back_what_was_refused_accepts_it(sold):
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG, False, "wet"))
    state = lot(sold, "B")
    assert (state.status, state.facility, state.bound_for, state.previous) == ("refused", "", "", "")
    assert refused(NotFound, sold, receive, SELANGOR, "R2", bag("B", 1000 * KG))[1] == "unknown-lot"
    again = bag("B", 1000 * KG, False, "wet")
    assert refused(Refused, sold, receive, PENANG, "R2", again) == ("/body/bags/0/accepted", "accepted")
    receive(sold, PENANG, "R2", bag("B", 1000 * KG))
    assert (lot(sold, "B").holder, lot(sold, "B").facility) == (PENANG, "penang")


def test_a_lot_that_arrived_says_who_had_it_before(sold):
    receive(sold, EXPORTER, "R1", bag("B", 1001 * KG))
    state = lot(sold, "B")
    assert (state.holder, state.previous, state.facility, state.adjusted_g) == (EXPORTER, PENANG, "exporter", KG)
    assert state.bound_for == ""
    event = sold.states["event:R1"]
    assert (event.facility, event.economy, event.refused, event.reason) == ("exporter", "MYS", (), "")
    assert (event.input_g, event.output_g) == (1000 * KG, 1001 * KG)


def test_waste_is_not_received_in_another_economy_and_metal_is(record):
    record.states["facility:penang-jp"] = replace(record.states["facility:penang"], economy="JPN")
    for name in ("W", "M"):
        collect(record, SELANGOR, name, KG, BOARDS)
        dispatch(record, SELANGOR, f"S-{name}", PENANG, (name, KG))
    record.states["lot:M"] = replace(record.states["lot:M"], stream="element:Cu", crosses="JPN")

    def abroad(record, name):
        body = acts.Receive(event=f"R-{name}", bags=(bag(name, KG),), facility="penang-jp", economy="JPN")
        return record.say(PENANG, "custody.receive", body)

    assert refused(Refused, record, abroad, "W") == ("/body/bags/0/lot", "border")
    abroad(record, "M")
    assert lot(record, "M").economy == "JPN"


@pytest.mark.parametrize("grams", [5_001, -5_001])
def test_a_receipt_is_exact_to_half_a_per_cent_and_beyond_it_stands_open(sold, grams):
    """Where nobody names an instrument, the assumed tolerance holds; what is beyond is on record all the same."""
    dispatch(sold, PENANG, "S2", EXPORTER, ("S", 1000 * KG))
    nearer = grams - 1 if grams > 0 else grams + 1
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG + nearer))
    receive(sold, EXPORTER, "R2", bag("S", 1000 * KG + grams))
    assert (lot(sold, "B").mass_g, lot(sold, "B").findings) == (1000 * KG + nearer, ())
    assert (lot(sold, "S").mass_g, lot(sold, "S").findings) == (1000 * KG + grams, (Finding("difference"),))


def test_every_lot_that_differs_is_agreed(sold):
    """To a weighing before it is recorded or afterwards, each lot by itself, with the very mass."""
    dispatch(sold, PENANG, "S2", EXPORTER, ("S", 1000 * KG))
    bags = bag("B", 900 * KG), bag("S", 900 * KG)
    sold.say(PENANG, "custody.agree", acts.Agree(lots=(LotMass("B", 900 * KG),)))
    receive(sold, EXPORTER, "R1", *bags)
    assert (lot(sold, "B").findings, lot(sold, "S").findings) == ((), (Finding("difference"),))
    agree(sold, PENANG, ("S", 900 * KG + 1))
    assert lot(sold, "S").findings
    agree(sold, PENANG, ("S", 900 * KG))
    assert not lot(sold, "S").findings


# Agreeing.


def agree(record, actor, *lots, **more):
    return record.say(actor, "custody.agree", acts.Agree(lots=tuple(LotMass(*one) for one in lots), **more))


def test_the_counterparty_agrees_to_masses_that_can_be(sold):
    assert refused(Refused, sold, agree, PENANG) == ("/body/lots", "empty")
    assert refused(Refused, sold, agree, PENANG, ("B", 1), ("B", 1)) == ("/body/lots/1/lot", "twice")
    assert refused(Refused, sold, agree, PENANG, ("B", -1)) == ("/body/lots/0/grams", "mass")
    assert refused(NotFound, sold, agree, PENANG, ("NONE", 1)) == ("/body/lots/0/lot", "unknown-lot")
    assert refused(NotAllowed, sold, agree, EXPORTER, ("B", 1)) == ("/body/lots/0/lot", "counterparty")
    assert refused(NotFound, sold, agree, SELANGOR, ("B", 1)) == ("/body/lots/0/lot", "unknown-lot")
    assert refused(NotAllowed, sold, agree, NOBODY, ("B", 1)) == ("/actor", "not-admitted")
    agree(sold, PENANG, ("B", 0))
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG))
    agree(sold, PENANG, ("B", 1))
    assert refused(NotAllowed, sold, agree, EXPORTER, ("B", 1))[1] == "counterparty"
    sold.states[PENANG] = replace(sold.states[PENANG], closed_on=NOW)
    assert refused(NotAllowed, sold, agree, PENANG, ("B", 1)) == ("/actor", "closed")


def test_somebody_stands_in_for_who_has_closed_and_nobody_else(sold):
    one = ("B", 900 * KG)
    for name in ("penang", "facility:penang"):
        assert refused(Refused, sold, agree, DOE, one, instead_of=name) == ("/body/instead_of", "subject")
    assert refused(Refused, sold, agree, DOE, one, instead_of=PENANG) == ("/body/instead_of", "open")
    assert refused(Refused, sold, agree, "organisation:node", one, instead_of=PENANG) == ("/body/instead_of", "open")
    assert refused(Conflict, sold, agree, DOE, one, instead_of=NOBODY) == ("/body/instead_of", "unknown-subject")
    sold.states[PENANG] = replace(sold.states[PENANG], closed_on=NOW)
    sold.states["organisation:moej"] = organisation("JPN", "authority")
    sold.states[OPERATOR] = organisation("JPN", "operator")
    assert refused(Refused, sold, agree, "organisation:moej", one, instead_of=PENANG) == (
        "/body/instead_of",
        "economy",
    )
    assert refused(NotAllowed, sold, agree, SELANGOR, one, instead_of=PENANG) == ("/actor", "role")
    for who in (OPERATOR, "organisation:node", DOE):
        agree(sold, who, one, instead_of=PENANG)
    sold.states[SELANGOR] = replace(sold.states[SELANGOR], closed_on=NOW)
    assert refused(NotFound, sold, agree, DOE, one, instead_of=SELANGOR) == ("/body/lots/0/lot", "unknown-lot")


# Correcting.


def correct(record, name, grams, event="K1", actor=PENANG, was=1000 * KG, reason="typo", **more):
    body = acts.Correct(event=event, lot=name, was_g=was, grams=grams, reason=reason, corrects="E-B")
    return record.say(actor, "custody.correct", body, **more)


def test_a_correction_says_of_what_from_what_and_why(boards):
    assert refused(Refused, boards, correct, "B", 999 * KG, reason=" ") == ("/body/reason", "reason")
    assert refused(Refused, boards, correct, "B", 0) == ("/body/grams", "mass")
    assert refused(Conflict, boards, correct, "B", 999 * KG, was=999 * KG) == ("/body/was_g", "relied-on")
    assert refused(NotFound, boards, correct, "NONE", 999 * KG) == ("/body/lot", "unknown-lot")
    assert refused(NotFound, boards, correct, "B", 999 * KG, actor=SELANGOR) == ("/body/lot", "unknown-lot")
    assert refused(Conflict, boards, correct, "B", 999 * KG, claimed=NOW - timedelta(days=1))[1] == "before"
    assert refused(Refused, boards, correct, "B", 400 * KG) == ("/body/grams", "tolerance")
    agree(boards, DOE, ("B", 400 * KG))
    correct(boards, "B", 400 * KG)
    event = boards.states["event:K1"]
    assert (event.difference_g, event.input_g, event.output_g) == (-600 * KG, 1000 * KG, 400 * KG)
    assert (event.facility, event.economy, event.reason, event.corrects) == ("penang", "MYS", "typo", "E-B")
    assert (lot(boards, "B").mass_g, lot(boards, "B").adjusted_g) == (400 * KG, -600 * KG)


def test_a_lot_that_is_under_way_or_used_is_not_corrected(sold):
    assert refused(Conflict, sold, correct, "B", 999 * KG) == ("/body/lot", "in_transit")
    transform(sold, PENANG, "E", "sorting", [("S", KG)], [("N", "steel-scrap", KG)])
    assert refused(Conflict, sold, correct, "S", 990 * KG, was=999 * KG) == ("/body/was_g", "relied-on")
    sold.states[PENANG] = replace(sold.states[PENANG], closed_on=NOW)
    assert refused(NotAllowed, sold, correct, "S", 990 * KG) == ("/actor", "closed")


def test_what_was_bought_is_corrected_within_tolerance_or_with_its_senders_word(sold):
    receive(sold, EXPORTER, "R1", bag("B", 1000 * KG))
    for grams in (994_999, 1_005_001):
        assert refused(Refused, sold, correct, "B", grams, actor=EXPORTER) == ("/body/grams", "tolerance")
    correct(sold, "B", 995 * KG, actor=EXPORTER)
    agree(sold, PENANG, ("B", 900 * KG))
    assert refused(Refused, sold, correct, "B", 901 * KG, event="K2", actor=EXPORTER, was=995 * KG)[1] == "tolerance"
    correct(sold, "B", 900 * KG, event="K2", actor=EXPORTER, was=995 * KG)
    assert (lot(sold, "B").agreed_g, lot(sold, "B").adjusted_g) == (None, -100 * KG)


# Under a case.


def test_a_departure_names_whole_lots_of_the_exporter_that_lie_in_its_store(shipped):
    collect(shipped, EXPORTER, "NEW", KG, BOARDS)
    assert refused(Refused, shipped, depart, "DEP2") == ("/body/lots", "empty")
    assert refused(Refused, shipped, depart, "DEP2", ("NEW", KG), ("NEW", KG)) == ("/body/lots/1/lot", "twice")
    assert refused(Refused, shipped, depart, "DEP2", ("NEW", KG - 1)) == ("/body/lots/0/grams", "whole")
    assert refused(Conflict, shipped, depart, "DEP", ("NEW", KG)) == ("/body/event", "exists")
    assert refused(Conflict, shipped, depart, "DEP2", ("BAG1", 500 * KG)) == ("/body/lots/0/lot", "in_transit")
    shipped.states["lot:NEW"] = replace(lot(shipped, "NEW"), economy="SGP")
    assert refused(Refused, shipped, depart, "DEP2", ("NEW", KG)) == ("/body/lots/0/lot", "economy")


def test_what_departed_lies_in_its_movement_and_its_case(shipped):
    state = lot(shipped, "BAG1")
    assert readers(shipped, "BAG1") == {EXPORTER, SMELTER, "movement:M1", "case:C1"}
    assert (state.case, state.movement, state.facility, state.bound_for) == ("C1", "M1", "", SMELTER)
    event = shipped.states["event:DEP"]
    assert (event.to, event.case, event.movement, event.economy) == (SMELTER, "C1", "M1", "MYS")
    assert event.input_g == event.output_g == 1000 * KG


def test_a_movements_receipt_is_of_its_own_lots(shipped):
    bags = bag("BAG1", 500 * KG), bag("BAG2", 500 * KG)
    collect(shipped, EXPORTER, "NEW", KG, BOARDS)
    assert refused(Conflict, shipped, arrive, "REC", *bags, bag("NEW", KG)) == ("/body/bags/2/lot", "not-sent")
    assert refused(Conflict, shipped, arrive, "DEP", *bags) == ("/body/event", "exists")
    arrive(shipped, "REC", *bags)
    event = shipped.states["event:REC"]
    assert (event.facility, event.economy, event.case, event.movement) == ("smelter", "JPN", "C1", "M1")
    assert (lot(shipped, "J-BAG1").facility, lot(shipped, "J-BAG1").previous) == ("smelter", EXPORTER)
    assert (lot(shipped, "BAG1").status, lot(shipped, "BAG1").mass_g) == ("delivered", 0)
    collect(shipped, EXPORTER, "NEW2", KG, BOARDS)
    assert refused(Conflict, shipped, arrive, "REC2", bag("NEW2", KG)) == ("/body/bags/0/lot", "not-sent")


def test_a_movements_refused_bag_lies_where_the_facility_is_and_is_taken_back(shipped):
    arrive(shipped, "REC", bag("BAG1", 500 * KG), bag("BAG2", 500 * KG, False, "wet"))
    state = lot(shipped, "BAG2")
    assert (state.economy, state.facility, state.holder, state.status) == ("JPN", "", EXPORTER, "refused")
    receive(shipped, EXPORTER, "BACK", bag("BAG2", 500 * KG))
    state = lot(shipped, "BAG2")
    assert (state.economy, state.facility, state.status) == ("MYS", "exporter", "held")


def melted(record):
    arrive(record, "REC", bag("BAG1", 500 * KG), bag("BAG2", 500 * KG, False, "wet"))
    taken = told(record, bag("BAG1", 500 * KG), sent_g=500 * KG, stream=BOARDS, origin="MYS")
    record.states["arrival:M1"] = ArrivalState(
        movement="M1", case="C1", operator=SMELTER, facility="smelter", event="REC", bags=(taken,), received_at=NOW,
        course=record.states["movement:M1"].course,
    )  # fmt: skip
    made = [("AU", "element:Au", 100), ("SLAG", "slag", 400 * KG)]
    lost = 100 * KG - 100
    transform(record, SMELTER, "SM", "smelting", [("J-BAG1", 500 * KG)], made, loss_g=lost, loss_reason="gas")


def certify(record, *made, event="SM", actor=SMELTER, lots=("J-BAG1",), paper="P1", **more):
    body = moving.Recover(
        case="C1", movement="M1", event=event, made=tuple(Made(*one) for one in made), certificate="1", lots=lots,
        **{"recovered_on": NOW.date(), "facility": "smelter", "treated_g": 500 * KG, **more},
        change=course.BLANK, paper=paper,
    )  # fmt: skip
    return custody_only(record, actor, "movement.recover", body)


def test_a_certificate_says_what_came_out_of_what_the_movement_brought(shipped):
    melted(shipped)
    collect(shipped, PENANG, "CU", 100, "copper-granules")
    shipped.states["lot:CU"] = replace(shipped.states["lot:CU"], stream="element:Cu")
    assert refused(Refused, shipped, certify, ("AU", "Au", 100), event="NONE") == ("/body/event", "event")
    assert refused(Refused, shipped, certify, ("AU", "Au", 100), event="REC") == ("/body/event", "event")
    assert refused(Refused, shipped, certify, ("AU", "Au", 100), actor=EXPORTER) == ("/body/event", "event")
    assert refused(Refused, shipped, certify, ("AU", "Cu", 100)) == ("/body/made/0/lot", "made")
    assert refused(Refused, shipped, certify, ("AU", "Au", 100), ("CU", "Cu", 100)) == ("/body/made/1/lot", "made")
    assert refused(NotFound, shipped, certify, ("NONE", "Au", 100)) == ("/body/made/0/lot", "unknown-lot")
    for grams in (0, 101):
        assert refused(Conflict, shipped, certify, ("AU", "Au", grams)) == ("/body/made/0/grams", "certified")
    certify(shipped, ("AU", "Au", 100))


def test_a_melt_of_other_things_certifies_nothing_of_the_movement(shipped):
    melted(shipped)
    shipped.states[SMELTER] = organisation("JPN", "smelter", "collector")
    collect(shipped, SMELTER, "OTHER", KG, BOARDS)
    transform(shipped, SMELTER, "SM2", "smelting", [("OTHER", KG)], [("CU", "element:Cu", 200), ("S", "slag", 800)])
    assert refused(Refused, shipped, certify, ("CU", "Cu", 200), event="SM2") == ("/body/lots", "event")
    assert refused(Refused, shipped, certify, ("AU", "Au", 100), lots=("J-BAG1", "OTHER"))[1] == "event"
    assert refused(Refused, shipped, certify, ("AU", "Au", 100), lots=())[1] == "event"


# What a transformation leaves on record.


def test_what_comes_of_lots_under_a_case_says_so_and_where_it_arose(shipped):
    melted(shipped)
    event = shipped.states["event:SM"]
    assert (event.case, event.movement, event.facility, event.economy, event.step) == (
        "C1",
        "M1",
        "smelter",
        "JPN",
        "smelting",
    )
    gold = lot(shipped, "AU")
    assert (gold.origin, gold.economy, gold.facility, gold.made_by, gold.made_at) == (
        "JPN",
        "JPN",
        "smelter",
        "SM",
        NOW,
    )
    assert readers(shipped, "AU") == {SMELTER}
    assert (event.actor, event.at, event.number) == (SMELTER, NOW, len(shipped.entries))
    assert event.act == shipped.entries[-1].id


def test_a_collection_keeps_what_was_said_of_it(record):
    more = {"mix": "mixed-small-it", "place": "Municipal", "label": "Week 3", "contents": (content("Cu", 5),)}
    collect(record, PENANG, "A", 7, **more)
    state = lot(record, "A")
    assert {name: getattr(state, name) for name in more} == more
    assert (state.origin, state.economy, state.facility) == ("MYS", "MYS", "penang")
    assert readers(record, "A") == {PENANG}
    assert (state.made_g, state.mass_g, state.made_at, state.made_by) == (7, 7, NOW, "E-A")
    event = record.states["event:E-A"]
    assert (event.step, event.facility, event.economy, event.output_g, event.input_g) == (
        "collecting",
        "penang",
        "MYS",
        7,
        0,
    )
