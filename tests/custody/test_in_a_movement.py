"""Lots in a movement: each act as it should be and then with one thing changed, what is refused, and where."""

from __future__ import annotations

import custody_acts
import pytest
from cast import EXPORTER, NOW, PENANG, SELANGOR, SMELTER, bag, cast
from custody_acts import BAGS, COPPER, KG
from msgspec.structs import replace

from meguri.custody.substance import crossing
from meguri.journal.subject import at as at_node
from meguri.kit.problems import Conflict, NotAllowed, NotFound, Refused
from meguri.movement.states import LotMass, MassBasis
from tests_support import use_clock


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def told():
    return lambda name: custody_acts.act(cast(), name)


@pytest.mark.parametrize("name", custody_acts.ACTS)
def test_as_it_should_be_it_is_taken(told, name):
    assert told(name).say()


# Planned, changed, leaving.


@pytest.mark.parametrize("name", ["plan", "change", "depart"])
@pytest.mark.parametrize(
    ("kind", "altered", "found"),
    [
        (NotAllowed, {"holder": PENANG}, ("/body/lots/0/lot", "holder")),
        (Conflict, {"status": "in_transit"}, ("/body/lots/0/lot", "in_transit")),
        (Conflict, {"status": "refused"}, ("/body/lots/0/lot", "refused")),
        (Refused, {"mass_g": 501 * KG}, ("/body/lots/0/grams", "whole")),
        (Conflict, {"mass_g": 499 * KG}, ("/body/lots/0/grams", "overdrawn")),
        (Conflict, {"promised_to": "M9"}, ("/body/lots/0/lot", "promised")),
        (Refused, {"economy": "SGP"}, ("/body/lots/0/lot", "economy")),
        (Refused, {"stream": "steel-scrap"}, ("/body/lots/0/lot", "stream")),
    ],
)
def test_what_travels_is_the_exporters_whole_and_of_the_material(told, name, kind, altered, found):
    one = told(name)
    one.alter("lot:BAG1", **altered)
    assert one.refused(kind) == [found]


@pytest.mark.parametrize("name", ["plan", "change", "depart"])
def test_lots_are_named_once_and_are_on_record(told, name):
    one = told(name)
    first = one.body.lots[0]
    assert one.refused(Refused, lots=()) == [("/body/lots", "empty")]
    assert one.refused(Refused, lots=(first, first)) == [("/body/lots/1/lot", "twice")]
    absent = replace(first, lot="NONE")
    assert one.refused(NotFound, lots=(first, absent)) == [("/body/lots/1/lot", "unknown-lot")]


@pytest.mark.parametrize("name", ["change", "depart"])
def test_the_movement_is_on_record(told, name):
    one = told(name)
    del one.record.states["movement:M1"]
    assert one.refused(Conflict) == [("/body/movement", "unknown-subject")]


@pytest.mark.parametrize("name", ["plan", "change"])
@pytest.mark.parametrize("said", [{"origin": "SGP"}, {"label": "Gold"}, {"mix": ""}, {"contents": ()}])
def test_a_document_says_of_its_lots_what_the_record_says(told, name, said):
    one = told(name)
    first, *rest = one.body.lots
    assert one.refused(Refused, lots=(replace(first, **said), *rest)) == [("/body/lots/0", "described")]


def test_the_second_lot_is_looked_at_like_the_first(told):
    one = told("plan")
    first, second = one.body.lots
    assert one.refused(Refused, lots=(first, replace(second, label="Gold"))) == [("/body/lots/1", "described")]


@pytest.mark.parametrize("name", ["depart", "weigh", "return", "take_back"])
def test_events_have_names_of_their_own(told, name):
    one = told(name)
    assert one.refused(Refused, event="a b") == [("/body/event", "subject")]
    assert one.refused(Conflict, event="E-BAG1") == [("/body/event", "exists")]


# Weighed at the facility.


@pytest.mark.parametrize("altered", [{"movement": "M2"}, {"movement": ""}, {"status": "held"}, {"status": "delivered"}])
def test_what_is_weighed_is_under_way_in_this_movement(told, altered):
    one = told("weigh")
    one.alter("lot:BAG2", **altered)
    assert one.refused(Conflict) == [("/body/bags/1/lot", "not-sent")]


def test_what_is_weighed_is_in_the_document(told):
    one = told("weigh")
    movement = one.record.states["movement:M1"]
    one.alter("movement:M1", lots=movement.lots[:1])
    assert one.refused(Conflict) == [("/body/bags/1/lot", "not-sent")]
    del one.record.states["lot:BAG1"]
    assert one.refused(NotFound) == [("/body/bags/0/lot", "unknown-lot")]


def test_another_nodes_lots_are_weighed_by_their_document_alone(told):
    one = told("weigh")
    home = "meguri.mys"
    one.record.states[at_node("movement:M1", home)] = one.record.states.pop("movement:M1")
    for lot, _ in BAGS:
        del one.record.states[f"lot:{lot}"]
    one.say(home=home)
    assert one.record.states["lot:J-BAG1"].came_from == "BAG1@meguri.mys"
    event = one.record.states["event:REC"]
    assert [part.lot for part in event.inputs] == ["BAG1@meguri.mys", "BAG2@meguri.mys"]
    assert [part.lot for part in event.outputs] == ["J-BAG1", "BAG2@meguri.mys"]
    assert (event.difference_g, event.refused) == (-KG, ("BAG2@meguri.mys",))


@pytest.mark.parametrize(
    ("place", "changes", "found"),
    [
        (0, {"sent_g": 499 * KG}, ("/body/bags/0/sent_g", "mass")),
        (1, {"sent_g": 501 * KG}, ("/body/bags/1/sent_g", "mass")),
        (1, {"becomes": "J-BAG2"}, ("/body/bags/1/becomes", "becomes")),
        (0, {"becomes": ""}, ("/body/bags/0/becomes", "subject")),
        (0, {"stream": "steel-scrap"}, ("/body/bags/0/becomes", "becomes")),
        (0, {"origin": "JPN"}, ("/body/bags/0/becomes", "becomes")),
        (0, {"label": "Gold"}, ("/body/bags/0/becomes", "becomes")),
        (0, {"mix": ""}, ("/body/bags/0/becomes", "becomes")),
        (0, {"contents": (replace(COPPER, ppb=1),)}, ("/body/bags/0/becomes", "becomes")),
        (0, {"received_g": 0}, ("/body/bags/0/received_g", "mass")),
        (1, {"reason": " "}, ("/body/bags/1/reason", "reason")),
        (0, {"sent_basis": MassBasis(how="estimated")}, ("/body/bags/0/sent_basis", "sent")),
        (0, {"agreed_g": 499 * KG}, ("/body/bags/0/sent_basis", "sent")),
    ],
)
def test_a_receipt_changes_the_weight_of_a_lot_alone(told, place, changes, found):
    one = told("weigh")
    bags = list(one.body.bags)
    bags[place] = replace(bags[place], **changes)
    assert one.refused(Refused, bags=tuple(bags))[0] == found


def test_what_a_lot_becomes_is_new(told):
    one = told("weigh")
    one.record.states["lot:J-BAG1"] = one.record.states["lot:BAG1"]
    assert one.refused(Conflict) == [("/body/bags/0/becomes", "exists")]


@pytest.mark.parametrize(("agreed", "found"), [(None, ["difference"]), (401 * KG, ["difference"]), (400 * KG, [])])
def test_beyond_tolerance_a_receipt_stands_open_unless_the_sender_has_agreed(told, agreed, found):
    one = told("weigh")
    first, second = one.body.bags
    one.alter("lot:BAG1", agreed_g=agreed)
    one.say(bags=(replace(first, received_g=400 * KG, agreed_g=agreed), second))
    assert [finding.why for finding in one.record.states["lot:J-BAG1"].findings] == found


def test_twice_the_mass_is_another_unit_whoever_agreed(told):
    one = told("weigh")
    first, second = one.body.bags
    for lot in ("BAG1", "BAG2"):
        one.alter(f"lot:{lot}", agreed_g=1001 * KG)
    first, second = (replace(bag, agreed_g=1001 * KG) for bag in (first, second))
    heavier = (replace(first, received_g=1001 * KG), replace(second, received_g=1001 * KG))
    with pytest.raises(Refused, match="Check the unit"):
        one.say(bags=heavier)
    one.say(bags=tuple(replace(bag, received_g=1000 * KG) for bag in heavier))


# Taken in on the exporter's node.


def test_an_event_of_another_nodes_weighing_has_a_name_of_its_own(told):
    one = told("take_in")
    one.alter("movement:M1", there="meguri.jpn")
    assert one.refused(Refused, event="a b") == [("/body/event", "subject")]
    assert one.refused(Conflict, event="DEP") == [("/body/event", "exists")]


# Going back.


@pytest.mark.parametrize(
    ("kind", "altered", "found"),
    [
        (Conflict, {"holder": SMELTER}, ("/body/lots/1/lot", "refused")),
        (Conflict, {"status": "held"}, ("/body/lots/1/lot", "held")),
        (Conflict, {"status": "delivered"}, ("/body/lots/1/lot", "delivered")),
        (Refused, {"mass_g": 501 * KG}, ("/body/lots/1/grams", "whole")),
    ],
)
def test_what_goes_back_is_the_exporters_and_was_refused_or_is_under_way(told, kind, altered, found):
    one = told("return")
    one.alter("lot:BAG2", **altered)
    assert one.refused(kind) == [found]


def test_what_is_under_way_may_be_recalled(told):
    one = told("return")
    assert one.refused(NotFound, lots=(LotMass("NONE", 1),)) == [("/body/lots/0/lot", "unknown-lot")]
    one.alter("lot:BAG1", status="in_transit")
    one.say()


@pytest.mark.parametrize(
    "altered", [{"movement": "M2"}, {"status": "refused"}, {"bound_for": SMELTER}, {"status": "held"}]
)
def test_what_is_taken_back_is_on_its_way_back_in_this_movement(told, altered):
    one = told("take_back")
    one.alter("lot:BAG2", **altered)
    assert one.refused(Conflict) == [("/body/bags/1/lot", "not-sent")]


def test_what_is_taken_back_is_accepted_and_weighed(told):
    one = told("take_back")
    first, second = one.body.bags
    again = replace(second, accepted=False, reason="wet")
    assert one.refused(Refused, bags=(first, again)) == [("/body/bags/1/accepted", "accepted")]
    part = replace(second, refused_g=KG, part="P", reason="wet")
    assert one.refused(Refused, bags=(first, part)) == [("/body/bags/1/accepted", "accepted")]
    assert one.refused(Refused, bags=()) == [("/body/bags", "empty")]
    assert one.refused(Refused, bags=(first, first)) == [("/body/bags/1/lot", "twice")]
    assert one.refused(NotFound, bags=(first, bag("NONE", 1))) == [("/body/bags/1/lot", "unknown-lot")]
    one.say(bags=(first, replace(second, received_g=400 * KG)))
    assert [finding.why for finding in one.record.states["lot:BAG2"].findings] == ["difference"]


# Meanwhile.


WORKED_ON = [("dispatch", "/body/lots/0/lot"), ("transform", "/body/inputs/0/lot"), ("correct", "/body/lot")]


@pytest.mark.parametrize(("name", "pointer"), WORKED_ON)
def test_what_is_promised_to_a_movement_is_not_sold_worked_on_or_corrected(told, name, pointer):
    one = told(name)
    one.alter("lot:B", promised_to="M1")
    assert one.refused(Conflict) == [(pointer, "promised")]


@pytest.mark.parametrize("status", ["in_transit", "refused", "consumed", "delivered"])
@pytest.mark.parametrize(("name", "pointer"), WORKED_ON)
def test_what_is_not_in_store_is_not_sold_worked_on_or_corrected(told, status, name, pointer):
    one = told(name)
    one.alter("lot:B", status=status)
    assert one.refused(Conflict) == [(pointer, status)]


@pytest.mark.parametrize(("name", "pointer"), WORKED_ON)
def test_who_held_or_awaits_a_lot_is_told_so_and_others_find_none(told, name, pointer):
    one = told(name)
    for known in ({"previous": PENANG}, {"previous": "", "bound_for": PENANG}):
        one.alter("lot:B", holder=SELANGOR, **known)
        assert one.refused(NotAllowed) == [(pointer, "holder")]
    one.alter("lot:B", bound_for=EXPORTER)
    assert one.refused(NotFound) == [(pointer, "unknown-lot")]


@pytest.mark.parametrize("name", ["collect", "transform", "dispatch", "receive", "agree", "correct"])
def test_a_closed_organisation_says_nothing_of_lots(told, name):
    one = told(name)
    one.alter(one.act.actor, closed_on=NOW)
    assert one.refused(NotAllowed) == [("/actor", "closed")]


def test_lots_in_a_movement_are_received_there(told):
    one = told("receive")
    one.alter("lot:B", movement="M1")
    assert one.refused(Refused) == [("/body/bags/0/lot", "movement")]
    one.alter("lot:B", movement="", economy="SGP")
    assert one.refused(Refused) == [("/body/bags/0/lot", "border")]


def test_waste_crosses_a_border_in_a_movement_alone(told):
    one = told("dispatch")
    assert one.refused(Refused, to=SMELTER) == [("/body/to", "border")]
    one.alter("lot:B", stream="steel-scrap")
    assert one.refused(Refused, to=SMELTER) == [("/body/to", "border")]
    verdict = crossing.asked({"B": one.record.states["lot:B"]}, "JPN")
    assert verdict.status == "needs_ruling"
    assert one.refused(Refused, to=SMELTER, verdict=verdict)[0] == ("/body/to", "border")
