"""What each act on a movement leaves on record, field by field."""

from __future__ import annotations

from datetime import date

import movement_acts
import pytest
from consent_cast import CARRIER, CASE, EXPORTER, IMPORTER, KG, NODE, ROOMS, SMELTER, on, receive
from movement_acts import REFUSED, SECOND_CARRIER, TAKEN, received, refused_whole, send_back, step, under_way
from msgspec.structs import replace

from meguri import law
from meguri.consent.acts import verdict_digest
from meguri.consent.states import VerdictState
from meguri.movement import acts, course, states
from meguri.movement.holding import resting
from meguri.movement.states import (
    ArrivalState,
    Begins,
    Certificate,
    Consigned,
    Made,
    MovementState,
    Permission,
)
from meguri.procedure.states import Course, CoursePoint
from meguri.registry.states import LicenceState
from memory_record import Told

MOVEMENT, ARRIVAL, ACCOUNT = "movement:M1", "arrival:M1", f"account:{CASE}"


@pytest.fixture
def told(record):
    return lambda name: movement_acts.told(record, name)


def begun(begins: Begins, entry, transition):
    """The course that the first act brings."""
    change = begins.change
    point = CoursePoint(at=entry.at, transition=transition, to=change.to, actor=entry.act.actor, act=entry.id)
    return Course(
        table=begins.table, digest=begins.digest, state=change.to, standing=change.standing, dues=change.dues,
        points=(point,),
    )  # fmt: skip


def moved(state, body, entry, transition, of=""):
    """The movement with its course led on by a step, and nothing else changed."""
    follows = body.change
    point = CoursePoint(at=entry.at, transition=transition, to=follows.to, actor=entry.act.actor, act=entry.id, of=of)
    after = replace(state.course, state=follows.to, standing=follows.standing, points=(*state.course.points, point))
    return replace(state, course=after)


def counted(before, **by):
    """The account of the case, with what an act added to it."""
    account = before[ACCOUNT]
    return {ACCOUNT: replace(account, **{name: getattr(account, name) + number for name, number in by.items()})}


def wrote(one, **changes):
    """An act that is said, the states before it, its entry, and what it wrote."""
    before = dict(one.record.states)
    return one, before, *one.written(**changes)


def test_a_plan_keeps_its_whole_document(told):
    lots = (Consigned(lot="B1", grams=5 * KG, origin="MYS", label="Week 3", mix="mixed-small-it"),)
    document = {
        "conveyance": "MV Meguri 12", "packages": 40, "packaging": "bags", "lots": lots, "km": 5512.0,
        "ports_via": ("MYPEN",),
    }  # fmt: skip
    one, before, entry, found = wrote(told("plan"), **document)
    assert found == {
        MOVEMENT: MovementState(
            permission=Permission(kind="consent", case=CASE),
            serial=1,
            exporter=EXPORTER,
            importer=IMPORTER,
            operator=SMELTER,
            facility="plant",
            origin="MYS",
            destination="JPN",
            stream="circuit-boards",
            carrier=CARRIER,
            port_from="MYPKG",
            port_to="JPTAK",
            km_source="searoute-1.6",
            planned_on=date(2025, 11, 19),
            planned_at=entry.at,
            planned_by=entry.id,
            course=begun(one.body.begins, entry, "plan"),
            **document,
        )
    } | counted(before, next_serial=1, shipments=1, open=1, promised_g=5 * KG)


def test_without_a_case_a_plan_keeps_its_verdict_and_counts_nowhere(record):
    question = law.Question.parse(
        on="2025-10-01", stream="steel-scrap", origin="MYS", destination="JPN", operation="R4"
    )
    verdict = law.decision(law.verdict(question))
    at = on("2025-10-01")
    body = acts.Plan(
        movement="M1", permission=Permission(kind="not_controlled", verdict=verdict_digest(verdict), number="7"),
        serial=1, importer=IMPORTER, operator=SMELTER, facility="plant", origin="MYS", destination="JPN",
        lots=(Consigned(lot="B1", grams=KG),), stream="steel-scrap", carrier=CARRIER, planned_on=date(2025, 10, 2),
        port_from="MYPKG", port_to="JPTAK", verdict=verdict, licences=("ruling",),
        begins=course.begins("movement", "plan", "MYS", at),
    )  # fmt: skip
    record.states["licence:ruling"] = LicenceState(
        holder=EXPORTER, kind="movement-ruling", number="DOE 7", since=on("2025-01-01"), until=on("2026-01-01"),
        issued_by="mys-doe",
    )  # fmt: skip
    record.say(EXPORTER, "movement.plan", body, at, ROOMS)
    assert record.states[MOVEMENT].licences == ("ruling",)
    assert record.states[f"verdict:{verdict_digest(verdict)}"] == VerdictState(verdict)
    assert record.states[MOVEMENT].permission == body.permission
    assert not [name for name in record.states if name.startswith("account:")]


def test_a_change_keeps_all_that_it_says(told):
    changes = {
        "carrier": SECOND_CARRIER, "planned_on": date(2025, 11, 25), "conveyance": "MV Other", "packages": 7,
        "packaging": "drums", "reason": "The ship does not sail",
    }  # fmt: skip
    one, before, entry, found = wrote(told("change"), **changes)
    after = moved(before[MOVEMENT], one.body, entry, "change")
    assert found == {
        MOVEMENT: replace(after, lots=one.body.lots, **changes),
    } | counted(before, promised_g=-4 * KG)
    assert [part.lot for part in found[MOVEMENT].lots] == ["B1"]


def test_what_is_called_off_has_ended_for_its_reason(told):
    one, before, entry, found = wrote(told("cancel"))
    after = moved(before[MOVEMENT], one.body, entry, "cancel")
    assert found == {MOVEMENT: replace(after, ended_at=entry.at, reason="The ship does not sail")} | counted(
        before, shipments=-1, open=-1, promised_g=-9 * KG
    )


def test_a_step_changes_the_course_alone_and_a_handing_over_the_carrier(told):
    one, before, entry, found = wrote(told("step"))
    assert found == {MOVEMENT: moved(before[MOVEMENT], one.body, entry, "miss")}
    found_again = step(one.record, "find", EXPORTER, "2025-11-26")
    step(one.record, "hand_over", CARRIER, "2025-11-27", to=SECOND_CARRIER)
    state = one.record.states[MOVEMENT]
    assert (state.carrier, [point.transition for point in state.course.points]) == (
        SECOND_CARRIER,
        ["plan", "depart", "miss", "find", "hand_over"],
    )
    assert state.course.points[3].act == found_again.id


def test_a_departure_says_when_and_by_whom(told):
    one, before, entry, found = wrote(told("depart"))
    after = moved(before[MOVEMENT], one.body, entry, "depart")
    assert found == {MOVEMENT: replace(after, departed_at=entry.at, departed_by=CARRIER)} | counted(
        before, at_sea=1, left=1
    )


@pytest.mark.parametrize("accepted", [True, False])
def test_an_arrival_keeps_its_weighing_and_writes_nothing_of_its_senders(record, accepted):
    bags = TAKEN if accepted else REFUSED
    one = Told(record, under_way, lambda record: receive(record, *bags, take=False), ROOMS)
    entry, found = one.written()
    assert found == {
        ARRIVAL: ArrivalState(
            movement="M1",
            case=CASE,
            operator=SMELTER,
            facility="plant",
            event="E2-M1",
            bags=one.body.bags,
            received_at=entry.at,
            course=begun(one.body.begins, entry, "receive" if accepted else "refuse"),
        )
    }


def taking(record, act):
    """The node takes in what the facility said last."""
    return Told(record, act, movement_acts.take_in, ROOMS)


def test_what_was_received_counts_as_it_was_weighed(record):
    part = ({**TAKEN[0], "received_g": 4 * KG}, {**TAKEN[1], "accepted": False, "reason": "Wet"})

    def arrived(record):
        under_way(record)
        receive(record, *part, take=False)

    one, before, entry, found = wrote(taking(record, arrived))
    after = moved(before[MOVEMENT], one.body, entry, "arrival.receive", one.body.of)
    assert entry.act.actor == NODE
    assert found == {MOVEMENT: replace(after, bags=one.body.bags, received_at=entry.at)} | counted(
        before, at_sea=-1, accepted_g=4 * KG
    )


def test_what_was_refused_whole_gives_back_what_was_promised(record):
    def arrived(record):
        under_way(record)
        receive(record, *REFUSED, take=False)

    one, before, entry, found = wrote(taking(record, arrived))
    after = moved(before[MOVEMENT], one.body, entry, "arrival.refuse", one.body.of)
    assert found == {MOVEMENT: replace(after, bags=one.body.bags, received_at=entry.at)} | counted(
        before, shipments=-1, open=-1, promised_g=-9 * KG, at_sea=-1
    )


def certify(record, lots, at="2025-12-22"):
    """The facility certifies; nobody has taken it in yet."""
    state = record.states[ARRIVAL]
    treated = sum(bag.received_g for bag in state.accepted if bag.becomes in lots)
    transition = states.RECOVERY[treated == state.open_g]
    body = acts.Recover(
        movement="M1", case=CASE, certificate=f"R-{lots[0]}", event="E3", lots=lots, made=(Made("AU", "Au", 5),),
        recovered_on=date(2025, 12, 15),
        change=course.arrival_follows(state, course.arrival_row(state, transition, SMELTER, on(at)), on(at)),
        paper=f"P-{lots[0]}", facility="plant", treated_g=treated,
        rests_on=resting.on_arrival(record.states["movement:M1"], record.states[f"case:{CASE}"]),
    )  # fmt: skip
    return record.say(SMELTER, "movement.recover", body, claimed=on(at), rooms=ROOMS)


def test_certificates_stand_one_after_the_other(record):
    received(record)
    for lots, transition in ((("J-B1",), "recover_part"), (("J-B2",), "recover")):
        before = dict(record.states)
        entry = certify(record, lots)
        changed = {name: state for name, state in record.states.items() if before.get(name) != state}
        state, after = before[ARRIVAL], changed.pop(ARRIVAL)
        certificate = Certificate(
            number=f"R-{lots[0]}", event="E3", lots=lots, made=(Made("AU", "Au", 5),),
            recovered_on=date(2025, 12, 15), at=entry.at, act=entry.id, paper=f"P-{lots[0]}",
            treated_g=entry.act.body["treated_g"],
        )  # fmt: skip
        assert changed == {}
        assert after.certificates == (*state.certificates, certificate)
        assert after.course.points[-1] == CoursePoint(
            at=entry.at, transition=transition, to=after.course.state, actor=SMELTER, act=entry.id
        )
        assert replace(after, certificates=(), course=state.course) == replace(state, certificates=())
        assert after.last_said == (entry.id, f"arrival.{transition}")
    assert (after.certified, after.certified_g) == (frozenset({"J-B1", "J-B2"}), 10)


def test_a_recovery_of_part_leaves_the_movement_open_and_of_all_ends_it(record):
    def part(record):
        received(record)
        certify(record, ("J-B1",))

    one, before, entry, found = wrote(taking(record, part))
    assert found == {MOVEMENT: moved(before[MOVEMENT], one.body, entry, "arrival.recover_part", one.body.of)}
    certify(record, ("J-B2",))
    whole = taking(record, lambda record: None)
    one, before, entry, found = wrote(whole)
    after = moved(before[MOVEMENT], one.body, entry, "arrival.recover", one.body.of)
    assert found == {MOVEMENT: replace(after, recovered_at=entry.at, ended_at=entry.at)} | counted(before, open=-1)


@pytest.mark.parametrize("arrived", [True, False])
def test_what_goes_back_says_by_whom_and_why_and_frees_what_was_promised_once(record, arrived):
    one = Told(record, refused_whole if arrived else under_way, send_back, ROOMS)
    one.record.states[SECOND_CARRIER] = one.record.states[CARRIER]
    one, before, entry, found = wrote(one, carrier=SECOND_CARRIER, reason="Recalled")
    after = moved(before[MOVEMENT], one.body, entry, "return")
    given_back = {} if arrived else counted(before, shipments=-1, open=-1, promised_g=-9 * KG, at_sea=-1)
    assert found == {MOVEMENT: replace(after, carried_back_by=SECOND_CARRIER, reason="Recalled")} | given_back


def test_what_came_back_has_ended(told):
    one, before, entry, found = wrote(told("take_back"))
    after = moved(before[MOVEMENT], one.body, entry, "take_back")
    assert found == {MOVEMENT: replace(after, ended_at=entry.at)}
