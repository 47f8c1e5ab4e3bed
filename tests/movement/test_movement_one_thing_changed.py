"""Every act on a movement with one thing changed at a time is answered as ``one_thing_changed.json`` keeps it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

import movement_acts
import pytest
import test_without_case as without_case
from consent_cast import CARRIER, EXPORTER, NOW, ROOMS, cast, certify, on, plan, receive, take_in_arrival
from movement_acts import LOTS, REFUSED, SECOND_CARRIER, TAKEN, step
from msgspec.structs import replace

import altered
from meguri.movement import acts, course
from meguri.movement.holding import resting
from meguri.movement.states import LotMass
from meguri.registry.states import FacilityState

KEPT = Path(__file__).with_name("one_thing_changed.json")


def yard(record):
    record.states["facility:yard"] = FacilityState(
        organisation=EXPORTER, names={"en": "Yard"}, economy="MYS", lat=5.0, lon=100.0
    )
    record.states["licence:ruling"] = without_case.RULING


def without(body):
    """A movement that needs no case, planned."""

    def before(record):
        yard(record)
        without_case.say(record, body)

    return before


def depart_without(record):
    at = without_case.AT + timedelta(days=1)
    state = record.states["movement:M1"]
    change = course.follows(state, course.row(state, "depart", CARRIER, at), at)
    body = acts.Depart(
        movement="M1", case="", event="E1", lots=tuple(LotMass(lot.lot, lot.grams) for lot in state.lots),
        carrier=CARRIER, departed_on=at.date(), change=change,
        rests_on=resting.own(state),
    )  # fmt: skip
    return record.say(CARRIER, "movement.depart", body, claimed=at, rooms=ROOMS)


def missing(record):
    movement_acts.under_way(record)
    step(record, "miss", EXPORTER, "2025-11-25")


def refused(record):
    movement_acts.under_way(record)
    receive(record, *REFUSED, take=False)


def certify_half(record):
    return certify(record, ("AU", "Au", 5), ("CU", "Cu", 995), lots=("J-B1",))


def half_certified(record):
    movement_acts.received(record)
    certify_half(record)


def elsewhere(record):
    """The movement goes to another node, whose arrival is known as a copy."""
    movement_acts.arrived(record)
    record.states["movement:M1"] = replace(record.states["movement:M1"], there="meguri.jpn")
    record.states["arrival:M1@meguri.jpn"] = record.states.pop("arrival:M1")


def take_in_from(record):
    arrival = record.states["arrival:M1@meguri.jpn"]
    record.states["arrival:M1"] = arrival
    entry = take_in_arrival(
        record, arrival.course.points[0].act, "movement:M1", on("2025-12-03", 5), there="meguri.jpn", event="E9"
    )
    del record.states["arrival:M1"]
    return entry


MORE = {
    "plan over ports": (
        movement_acts.to_consent,
        lambda record: plan(
            record, *LOTS, ports_via=("MYPEN", "MYTPP"), conveyance="Ship", packages=4, packaging="bag"
        ),
    ),
    "plan on a verdict": (yard, lambda record: without_case.say(record, without_case.plan_of())),
    "plan within an economy": (yard, lambda record: without_case.say(record, without_case.domestic())),
    "depart on a verdict": (without(without_case.plan_of()), depart_without),
    "depart within an economy": (without(without_case.domestic()), depart_without),
    "hand over": (
        movement_acts.under_way,
        lambda record: step(record, "hand_over", CARRIER, "2025-11-27", to=SECOND_CARRIER),
    ),
    "find": (missing, lambda record: step(record, "find", EXPORTER, "2025-11-26")),
    "refuse": (movement_acts.under_way, lambda record: receive(record, *REFUSED, take=False)),
    "take one of two": (movement_acts.under_way, lambda record: receive(record, TAKEN[0], REFUSED[1], take=False)),
    "take in a refusal": (refused, movement_acts.take_in),
    "take in from another node": (elsewhere, take_in_from),
    "recover half": (movement_acts.received, certify_half),
    "recover the other half": (
        half_certified,
        lambda record: certify(record, ("CU", "Cu", 995), lots=("J-B2",), at="2025-12-23"),
    ),
}


def made(name):
    """One of the acts for a record that has not heard it."""
    if name in movement_acts.ACTS:
        return movement_acts.told(cast(), name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(movement_acts.ACTS, name, MORE[name])
        return movement_acts.told(cast(), name)


TOLD = {name: partial(made, name) for name in (*movement_acts.ACTS, *MORE)}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.usefixtures("record")
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, TOLD[name]()) == {}


__all__ = ["NOW"]
