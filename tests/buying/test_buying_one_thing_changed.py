"""Every act of a buying point with one thing changed at a time is answered as ``one_thing_changed.json`` keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
import pytest

import altered
from meguri.buying import acts, folds, guards, numbers  # noqa: F401
from meguri.custody import acts as custody
from meguri.registry.states import FacilityState, OrganisationState, RoleSpan
from memory_record import Record, Told
from tests_support import use_clock

KEPT = Path(__file__).with_name("one_thing_changed.json")
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
YARD, OTHER, DOE, MOEJ = (f"organisation:{name}" for name in ("yard", "other", "mys-doe", "jpn-moej"))
ONE, TWO = (f"yard.{numbers.checked(digits)}" for digits in ("1234", "5678"))
PRICE = {"price": "0" * 64}


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def cast():
    record = Record(NOW)
    for who, economy, role in (
        (YARD, "MYS", "collector"),
        (OTHER, "MYS", "dismantler"),
        (DOE, "MYS", "authority"),
        (MOEJ, "JPN", "authority"),
    ):
        record.states[who] = OrganisationState(
            names={"en": "X"},
            economy=economy,
            admitted_on=NOW,
            roles=(RoleSpan(role, datetime(2020, 1, 1, tzinfo=UTC)),),
        )
    for name in ("yard", "other"):
        record.states[f"facility:{name}"] = FacilityState(
            organisation=f"organisation:{name}", names={"en": name}, economy="MYS", lat=5.0, lon=100.0
        )
    return record


def register(record, collector=ONE):
    return record.say(YARD, "buying.register", acts.Register(collector=collector))


def taken_in(record):
    register(record)
    register(record, TWO)
    for lot in ("A", "B"):
        body = custody.Collect(event=f"E-{lot}", lot=lot, stream="cables", grams=2500, facility="yard", economy="MYS")
        record.say(YARD, "custody.collect", body)


def buy(record):
    body = acts.Buy(collector=ONE, lot="A", event="E-A", stream="cables", grams=2500, facility="yard")
    return record.say(YARD, "buying.buy", body, private=PRICE)


def meet(record, demand="whole", by=YARD):
    return record.say(by, "buying.meet", acts.Meet(collector=ONE, demand=demand))


def at_step_two(record):
    register(record)
    for demand in ("whole", "fair-price", "member", "code", "training"):
        meet(record, demand)


def lose(record):
    body = acts.Lose(
        collector=ONE, step=2, forbidden="burning-cables", demands=("member", "code", "training"), text="Seen"
    )
    return record.say(YARD, "buying.lose", body)


MADE = {
    "register": (lambda record: None, register),
    "buy": (taken_in, buy),
    "meet": (register, meet),
    "meet by an authority": (register, lambda record: meet(record, by=DOE)),
    "lose": (at_step_two, lose),
}
TOLD = {name: partial(lambda made: Told(cast(), *made), made) for name, made in MADE.items()}


@pytest.mark.parametrize("name", TOLD)
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, TOLD[name]()) == {}


def test_a_price_has_to_stand_beside_the_act():
    told = TOLD["buy"]()
    told.act = msgspec.structs.replace(told.act, private={})
    with pytest.raises(Exception, match="price"):
        told.say()


def test_what_is_bought_once_is_not_bought_again():
    record = cast()
    taken_in(record)
    buy(record)
    with pytest.raises(Exception, match="on record"):
        buy(record)
