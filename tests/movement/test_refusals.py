"""Every act on a movement, told as it should be and then with one thing changed: what is refused, and where."""

from __future__ import annotations

from datetime import date, timedelta

import movement_acts
import pytest
from consent_cast import (
    CARRIER,
    CASE,
    EXPORTER,
    IMPORTER,
    KG,
    NODE,
    SMELTER,
    STRANGER,
    depart,
    movement,
    on,
    plan,
)
from movement_acts import ACTS, LOTS, SECOND_CARRIER, planned, send_back, step, under_way
from msgspec.structs import replace

from meguri.consent.acts import taking
from meguri.consent.states import AskedAuthority, TrackState
from meguri.kit.problems import Conflict, MeguriError, NotAllowed, NotFound, Refused
from meguri.movement.states import Consigned, LotMass, Made
from meguri.procedure.states import Course


@pytest.fixture
def told(record):
    return lambda name: movement_acts.told(record, name)


@pytest.mark.parametrize("name", ACTS)
def test_as_it_should_be_it_is_taken(told, name):
    assert told(name).say().act.kind == f"movement.{name}"


# The node, which takes in, does not close.
@pytest.mark.parametrize("name", sorted(set(ACTS) - {"take_in"}))
def test_a_closed_organisation_says_nothing_of_a_movement(told, name):
    one = told(name)
    assert one.act.actor != NODE
    state = one.record.states[one.act.actor]
    one.record.states[one.act.actor] = replace(state, closed_on=on("2025-01-01"))
    assert ("/actor", "closed") in one.refused(NotAllowed)


@pytest.mark.parametrize("name", [name for name in ACTS if name not in ("plan", "take_in")])
def test_for_others_there_is_no_such_movement(told, name):
    one = told(name)
    assert one.refused(NotFound, actor=STRANGER) == [("/body/movement", "no-movement")]
    assert one.refused(NotFound, movement="M9") == [("/body/movement", "no-movement")]


@pytest.mark.parametrize("name", [name for name in ACTS if name not in ("plan", "step")])
def test_a_movement_is_of_one_case(told, name):
    one = told(name)
    one.record.states["account:C2"] = one.record.states[f"account:{CASE}"]
    assert one.refused(Refused, case="C2") == [("/body/case", "case")]


@pytest.mark.parametrize("name", ACTS)
def test_what_follows_is_what_the_table_says(told, name):
    """Its sender reckoned it on another state, or made it up."""
    one = told(name)
    field = "begins" if hasattr(one.body, "begins") else "change"
    changed = replace(one.body.change, round=9) if field == "change" else replace(one.body.begins, table="another")
    assert one.refused(Conflict, **{field: changed}) == [("/body/change", "changes")]


@pytest.mark.parametrize("name", ["change", "cancel", "return", "take_back"])
def test_what_is_the_exporters_to_say_is_said_by_nobody_else(told, name):
    one = told(name)
    for actor in (IMPORTER, SMELTER, CARRIER):
        one.refused((NotAllowed, Conflict), actor=actor)


# Planning and changing.


@pytest.mark.parametrize(
    "changes",
    [
        {"importer": STRANGER},
        {"operator": IMPORTER},
        {"facility": "yard"},
        {"origin": "SGP"},
        {"destination": "KOR"},
    ],
)
def test_parties_and_route_are_those_of_the_case(told, changes):
    assert told("plan").refused(Refused, **changes) == [("/body", "parties")]


@pytest.mark.parametrize(
    ("kind", "changes", "found"),
    [
        (Refused, {"there": "meguri.jpn"}, ("/body/there", "there")),
        (Refused, {"port_from": "MYXXX"}, ("/port_from", "port")),
        (Refused, {"ports_via": ("SGSIN", "SGXXX")}, ("/ports_via/1", "port")),
        (Refused, {"port_to": "JPXXX"}, ("/port_to", "port")),
        (Conflict, {"stream": "cables"}, ("/stream", "stream")),
        (Conflict, {"serial": 2}, ("/serial", "serial")),
        (Conflict, {"lots": (Consigned(lot="B1", grams=12_000 * KG + 1),)}, ("/lots", "quantity")),
        (Conflict, {"planned_on": date(2025, 9, 30)}, ("/planned_on", "period")),
        (Conflict, {"planned_on": date(2025, 11, 9)}, ("/planned_on", "validity")),
        (Conflict, {"port_from": "JPTAK"}, ("/port_from", "port")),
        (Conflict, {"port_to": "MYPKG"}, ("/port_to", "port")),
        (Conflict, {"ports_via": ("MYPEN", "SGSIN")}, ("/ports_via/1", "transit")),
    ],
)
def test_a_plan_stays_within_what_was_consented_to(told, kind, changes, found):
    assert found in told("plan").refused(kind, **changes)


def test_a_case_keeps_its_own_verdict(told):
    one = told("plan")
    (verdict,) = (state for name, state in one.record.states.items() if name.startswith("verdict:"))
    assert one.refused(Refused, verdict=verdict.decision) == [("/body/verdict", "verdict")]


@pytest.mark.parametrize("name", ["plan", "change", "cancel"])
def test_who_is_no_exporter_any_more_plans_nothing_and_still_ends_what_it_began(told, name):
    one = told(name)
    one.alter(EXPORTER, roles=())
    if name == "plan":
        assert one.refused(NotAllowed) == [("/actor", "role")]
    else:
        one.say()


def test_all_notified_shipments_can_be_opened_and_no_more(told):
    one = told("plan")
    one.alter(f"account:{CASE}", shipments=1)
    one.say()
    one.alter(f"account:{CASE}", shipments=2)
    assert one.refused(Conflict, movement="M2", serial=2) == [("/serial", "shipments")]


def test_a_plan_rests_on_all_that_its_case_rests_on(told):
    one = told("plan")
    for rests in (one.body.rests_on[1:], one.body.rests_on[:-1]):
        one.refused(MeguriError, rests_on=rests)
    assert one.refused(Refused, clearances=(f"track:{CASE}/x",)) == [("/body/clearances", "clearances")]
    one.say()
    assert one.refused(Conflict)[0][1] == "exists"


@pytest.mark.parametrize("name", ["plan", "change", "return"])
def test_only_an_able_carrier_carries(told, name):
    one = told(name)
    assert one.refused(Refused, carrier="organisation:nobody") == [("/carrier", "unknown")]
    assert one.refused(Refused, carrier=STRANGER) == [("/carrier", "role")]
    one.record.states[CARRIER] = replace(one.record.states[CARRIER], closed_on=on("2025-01-01"))
    assert one.refused(Refused) == [("/carrier", "closed")]


def test_a_change_names_what_stays_behind_and_takes_no_more_than_is_left(told):
    one = told("change")
    assert one.body.dropped == ("B2",)
    for dropped in ((), ("B1", "B2"), ("B1",)):
        assert one.refused(Refused, dropped=dropped) == [("/dropped", "dropped")]
    assert one.refused(Refused, lots=(), dropped=("B1", "B2"))[0] == ("/lots", "required")
    too_much = (LotMass("B1", 12_000 * KG + 1),)
    assert [code for _, code in one.refused(Conflict, lots=too_much)] == ["quantity"]
    one.say(lots=(LotMass("B1", 12_000 * KG),), carrier=SECOND_CARRIER, planned_on=date(2025, 11, 20))
    assert (movement(one.record).carrier, movement(one.record).grams) == (SECOND_CARRIER, 12_000 * KG)
    assert one.record.states[f"account:{CASE}"].promised_g == 12_000 * KG


def test_a_change_stays_within_the_period(told):
    assert "period" in {code for _, code in told("change").refused(Conflict, planned_on=date(2026, 10, 1))}


def test_calling_off_has_a_reason_and_frees_every_lot(told):
    one = told("cancel")
    assert one.refused(Refused, reason=" ")[0][1] == "required"
    for lots in ((), ("B1",), ("B1", "B2", "B3")):
        assert one.refused(Refused, lots=lots) == [("/lots", "lots")]
    one.say()
    account = one.record.states[f"account:{CASE}"]
    assert (account.promised_g, account.shipments, account.open) == (0, 0, 0)
    assert movement(one.record).ended_at == on("2025-11-18", 5)


# Under way.


def test_steps_are_those_that_are_no_acts_of_their_own(told):
    one = told("step")
    for transition in ("depart", "receive", "return", "cancel", "nonsense"):
        assert one.refused(Refused, transition=transition) == [("/transition", "transition")]
    assert one.refused(Refused, text=" ") == [("/text", "required")]
    assert one.refused(Refused, to=SECOND_CARRIER) == [("/to", "carrier")]


def test_a_handing_over_names_an_able_carrier(record):
    under_way(record)
    for to, code in (("", "required"), (STRANGER, "role"), ("organisation:nobody", "unknown")):
        with pytest.raises(Refused) as caught:
            step(record, "hand_over", CARRIER, "2025-11-25", to=to)
        assert caught.value.problems[0].code == code
    record.states[SECOND_CARRIER] = record.states[CARRIER]
    step(record, "hand_over", CARRIER, "2025-11-25", to=SECOND_CARRIER)
    assert movement(record).carrier == SECOND_CARRIER
    with pytest.raises(NotFound):
        step(record, "hand_over", CARRIER, "2025-11-26", to=CARRIER)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lots": (LotMass("B1", 5 * KG),)}, "lots"),
        ({"lots": (LotMass("B1", 5 * KG), LotMass("B2", 4 * KG), LotMass("B3", 1))}, "lot"),
        ({"lots": (LotMass("B1", 5 * KG), LotMass("B2", 4 * KG - 1))}, "lot"),
        ({"lots": (LotMass("B1", 5 * KG), LotMass("B3", 4 * KG))}, "lot"),
        ({"carrier": SECOND_CARRIER}, "carrier"),
        ({"departed_on": date(2025, 11, 20)}, "day"),
    ],
)
def test_what_leaves_is_what_the_document_says(told, changes, code):
    assert code in {found for _, found in told("depart").refused(Conflict, **changes)}


def test_a_consignment_may_slip_by_three_days(record):
    planned(record)
    with pytest.raises(Conflict) as caught:
        depart(record, *LOTS, at=on("2025-11-23"))
    assert [problem.code for problem in caught.value.problems] == ["day-passed"]
    depart(record, *LOTS, at=on("2025-11-22"))


def test_the_carrier_that_lets_it_leave_is_one(told):
    one = told("depart")
    one.record.states[CARRIER] = replace(one.record.states[CARRIER], roles=())
    assert one.refused(NotAllowed) == [("/actor", "role")]
    assert one.refused(Refused, actor=EXPORTER) == [("/carrier", "role")]


def track_of(transition, standing, needed=True):
    """An authority's clearance of the movement itself, where it stands so."""
    asked = AskedAuthority(
        key="jpn-moej.clearance", authority="jpn-moej", economy="JPN", capacity="clearance", procedure="P",
        form="written", table="basel-pic@1/import", digest="", opens_on="movement.plan", needed=needed,
    )  # fmt: skip
    course = Course(table=asked.table, digest="", state=transition, standing=standing)
    return TrackState(case=CASE, movement="M1", asked=asked, parties=(EXPORTER, IMPORTER, SMELTER), course=course)


def test_nothing_leaves_before_its_own_clearance_is_in(told):
    one = told("depart")
    name = "track:M1/jpn-moej.clearance"
    one.alter("movement:M1", clearances=(name,))
    listed = {"rests_on": tuple(sorted((*one.body.rests_on, name)))}
    assert one.refused(Conflict, **listed) == [("/movement", "clearance")]
    one.record.states[name] = track_of("received", "open")
    assert one.refused(Conflict, **listed) == [("/movement", "clearance")]
    for track in (track_of("consented", "granted"), track_of("received", "open", needed=False)):
        one.record.states[name] = track
        one.say(**listed)
        one.alter("movement:M1", course=replace(movement(one.record).course, state="planned", standing="open"))


# Arriving.


def test_an_arrival_is_of_what_was_sent_to_where_it_was_sent(told):
    one = told("receive")
    assert one.refused(Refused, sender=STRANGER) == [("/body/sender", "sender")]
    assert one.refused(Refused, facility="yard") == [("/body/facility", "facility")]
    assert one.refused(Refused, economy="KOR") == [("/body/facility", "facility")]
    assert one.refused(NotAllowed, actor=IMPORTER)
    left = movement(one.record).departed_at
    assert one.refused(Conflict, claimed=left - timedelta(seconds=1)) == [("/claimed", "order")]


def test_what_goes_to_another_node_is_not_received_here(told):
    one = told("receive")
    one.alter("movement:M1", there="meguri.jpn")
    assert one.refused(Refused) == [("/body/movement", "there")]
    one.alter("movement:M1", there="test")
    one.say()


def test_bags_are_those_that_left_with_masses_that_can_be(told):
    one = told("receive")
    first, second = one.body.bags

    def found(*bags):
        return one.refused(Refused, bags=bags)

    assert found(first) == [("/bags", "bags")]
    assert found(first, first) == [("/bags", "bags")]
    assert found(first, replace(second, received_g=0)) == [("/bags/1/received_g", "mass")]
    assert found(first, replace(second, received_g=-1, accepted=False, reason="x")) == [("/bags/1/received_g", "mass")]
    assert found(first, replace(second, received_g=10**13 + 1)) == [("/bags/1/received_g", "mass")]
    assert found(first, replace(second, accepted=False, becomes="", reason=" ")) == [("/bags/1/reason", "required")]
    one.say(bags=(first, replace(second, accepted=False, becomes="", reason="never came", received_g=0)))
    with pytest.raises(Conflict, match="received already"):
        one.say()


def test_what_has_not_left_or_goes_back_is_not_received(record, told):
    one = told("receive")
    one.record.states["movement:M1"] = replace(movement(one.record), course=movement_planned(record))
    assert one.refused(Conflict) == [("/body/movement", "status")]


def movement_planned(record):
    plan(record, ("B9", KG), at=on("2025-11-18"))
    return movement(record, "M2").course


def test_the_node_takes_in_what_the_arrival_shows_once(told):
    one = told("take_in")
    assert one.refused(NotAllowed, actor=SMELTER)
    assert one.refused(Refused, nonce="another") == [("/nonce", "nonce-form")]
    other = "0" * 64
    assert one.refused(Conflict, of=other, nonce=taking(other, "movement:M1")) == [("/body/of", "unproven")]
    assert one.refused(Conflict, on="arrival.refuse") == [("/body/of", "unproven")]
    assert one.refused(Refused, bags=one.body.bags[:1]) == [("/body/bags", "bags")]
    assert one.refused(Refused, bags=()) == [("/body/bags", "bags")]
    one.say()
    assert (movement(one.record).status, movement(one.record).accepted_g) == ("received", 9 * KG)
    assert movement(one.record).bags == one.body.bags
    assert one.refused(Conflict) == [("/body/of", "taken")]


def test_the_arrival_is_taken_in_from_where_it_is_kept_in_its_order(told):
    one = told("take_in")
    one.record.states["arrival:M1@meguri.jpn"] = one.record.states["arrival:M1"]
    assert one.refused(Refused, there="meguri.jpn") == [("/body/there", "there")]
    assert one.refused(Refused, event="E7") == [("/body/event", "event")]
    one.alter("movement:M1", there="meguri.jpn")
    assert one.refused(Refused) == [("/body/there", "there")]
    assert one.refused(Refused, there="meguri.jpn") == [("/body/event", "event")]
    one.say(there="meguri.jpn", event="E7")


def test_what_an_arrival_says_first_is_taken_in_first(told):
    one = told("take_in")
    arrival = one.record.states["arrival:M1"]
    earlier = replace(arrival.course.points[0], act="e" * 64)
    one.alter("arrival:M1", course=replace(arrival.course, points=(earlier, *arrival.course.points)))
    assert one.refused(Conflict) == [("/body/of", "order")]
    one.alter("arrival:M1", course=replace(arrival.course, points=(*arrival.course.points, earlier)))
    one.say()


@pytest.mark.parametrize("subject", ["movement:M1", "arrival:M1"])
def test_a_movement_and_its_arrival_are_there_to_be_taken_in(told, subject):
    one = told("take_in")
    del one.record.states[subject]
    assert one.refused(Conflict) == [("/body/movement", "unknown-subject")]


# Going back.


def test_all_of_it_goes_back_for_a_reason(told):
    one = told("return")
    assert one.refused(Refused, reason="")[0][1] == "required"
    for lots in ((), one.body.lots[:1], (*one.body.lots, LotMass("B3", 1))):
        assert one.refused(Refused, lots=lots) == [("/lots", "lots")]
    one.say()
    state = movement(one.record)
    assert (state.status, state.carried_back_by, state.reason) == ("returning", CARRIER, "Refused")
    assert one.record.states[f"account:{CASE}"].promised_g == 0


def test_a_movement_recalled_on_its_way_gives_back_what_was_promised_once(record):
    under_way(record)
    assert record.states[f"account:{CASE}"].promised_g == 9 * KG
    send_back(record)
    account = record.states[f"account:{CASE}"]
    assert (account.promised_g, account.at_sea, account.shipments) == (0, 0, 0)


def test_what_comes_back_is_weighed_whole_at_ones_own_facility(told):
    one = told("take_back")
    for facility, economy in (("plant", "JPN"), ("nowhere", "MYS"), ("yard", "JPN")):
        assert one.refused(NotFound, facility=facility, economy=economy) == [("/body/facility", "unknown-facility")]
    for bags in ((), one.body.bags[:1]):
        assert one.refused(Refused, bags=bags) == [("/bags", "bags")]
    one.say()
    assert movement(one.record).ended_at == on("2025-12-20")


# Recovering.


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"lots": ("J-B1", "J-B2", "J-B2")}, ("/lots", "lots")),
        ({"lots": ("J-B1", "J-B2", "B1")}, ("/lots", "lots")),
        ({"made": ()}, ("/made", "required")),
        ({"made": (Made("AU", "Au", 0), Made("CU", "Cu", 1))}, ("/made", "required")),
        ({"made": (Made("CU", "Cu", 9 * KG + 1),)}, ("/made", "quantity")),
        ({"treated_g": 0}, ("/treated_g", "treated")),
        ({"treated_g": 9 * KG + 1}, ("/treated_g", "treated")),
        ({"contamination_g": -1}, ("/contamination_g", "contamination")),
        ({"contamination_g": 9 * KG + 1}, ("/contamination_g", "contamination")),
        ({"replaces": "P0"}, ("/replaces", "replaces")),
        ({"recovered_on": date(2025, 12, 2)}, ("/recovered_on", "order")),
        ({"recovered_on": date(2025, 12, 23)}, ("/recovered_on", "future")),
    ],
)
def test_a_certificate_is_of_what_was_taken_and_of_its_days(told, changes, found):
    one = told("recover")
    assert found in one.refused((Refused, Conflict), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"made": (Made("CU", "Cu", 9 * KG),)},
        {"recovered_on": date(2025, 12, 3)},
        {"recovered_on": date(2025, 12, 22)},
        {"made": (Made("CU", "Cu", 1),)},
    ],
)
def test_the_last_that_may_be_certified(told, changes):
    one = told("recover")
    one.say(**changes)
    (certificate,) = one.record.states["arrival:M1"].certificates
    assert (certificate.number, certificate.lots) == ("R1", ("J-B1", "J-B2"))
    assert certificate.made == changes.get("made", one.body.made)


def test_nothing_is_certified_before_it_came_nor_by_another(told):
    one = told("recover")
    assert one.refused(NotAllowed, actor=IMPORTER)
    del one.record.states["arrival:M1"]
    assert one.refused(Conflict) == [("/body/movement", "status")]
