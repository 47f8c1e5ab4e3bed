"""Every act on lots with one thing changed at a time is answered as ``one_thing_changed.json`` keeps it."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import custody_acts
import pytest
from cast import (
    DOE,
    EXPORTER,
    NOW,
    PENANG,
    SMELTER,
    bag,
    cast,
    collect,
    dispatch,
    elements_said,
    receive,
    transform,
)
from custody_acts import BOARDS, COPPER, KG, say
from msgspec.structs import replace

import altered
from meguri.custody import acts
from meguri.movement import acts as moving
from meguri.movement.states import Bag, Content, LotMass
from memory_record import Told
from tests_support import use_clock

KEPT = Path(__file__).with_name("one_thing_changed.json")


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def two(record):
    """Two lots of boards in one yard, the second with contents of its own."""
    collect(record, PENANG, "A", 600 * KG, BOARDS)
    collect(record, PENANG, "B", 400 * KG, BOARDS, contents=(COPPER,))


def blend(record):
    made = acts.Output(lot="M", stream=BOARDS, grams=1000 * KG - 1, label="Mixed", contents=(COPPER,))
    body = acts.Transform(
        event="E", step="blending", facility="penang", economy="MYS",
        inputs=(LotMass("A", 600 * KG), LotMass("B", 400 * KG)), outputs=(made,), difference_g=-1,
    )  # fmt: skip
    return record.say(PENANG, "custody.transform", elements_said(record, body))


FINE = Content(element="Au", ppb=999_900_000, sd_ppb=10_000, basis="assay", source="works", confidence="sourced")


def metal(record):
    """Gold, assayed, and slag, made by the smelter."""
    collect(record, PENANG, "B", 100 * KG, BOARDS)
    record.states["lot:B"] = replace(record.states["lot:B"], holder=SMELTER, facility="smelter", economy="JPN")
    transform(
        record, SMELTER, "SM", "smelting", [("B", 100 * KG)],
        [("AU", "element:Au", 15, FINE), ("SLAG", "slag", 80 * KG)], loss_g=20 * KG - 15, loss_reason="off-gas",
    )  # fmt: skip


def stock(record):
    """An authority weighs what lies at a yard, and explains nothing."""
    found = acts.FoundStock(lot="B", was_g=1000 * KG, grams=999 * KG, reason="Weighed again")
    body = acts.StockTake(
        event="T", facility="penang", economy="MYS", keeper=PENANG, since=date(2025, 1, 1), until=date(2025, 9, 30),
        found=(found,),
    )  # fmt: skip
    return record.say(DOE, "custody.stock_take", body)


def sold(record):
    custody_acts.sold(record)


def refused(record):
    """What was sent was refused and waits to be taken back."""
    sold(record)
    receive(record, EXPORTER, "R1", bag("B", 1000 * KG, False, "wet"))


def closed(record):
    """Who sent the lot has closed."""
    sold(record)
    record.states[PENANG] = replace(record.states[PENANG], closed_on=NOW)


def received(record):
    """Received as weighed; its sender has agreed to less."""
    sold(record)
    record.states["lot:B"] = replace(record.states["lot:B"], agreed_g=800 * KG)
    receive(record, EXPORTER, "R1", bag("B", 800 * KG))


def elsewhere(record):
    """Both bags are under way to another node's facility."""
    custody_acts.shipped(record)
    record.states["movement:M1"] = replace(record.states["movement:M1"], there="meguri.jpn")


def take_in_from(record):
    bags = custody_acts.arriving(record)
    body = moving.TakeInArrival(
        movement="M1", case="C1", of="f" * 64, on="arrival.receive", change=custody_acts.BLANK, bags=bags,
        there="meguri.jpn", event="E9",
    )  # fmt: skip
    return custody_acts.custody_only(record, "organisation:node", "movement.take_in", body)


def sent_from(record):
    """Another node's bags are under way to a facility here."""
    custody_acts.shipped(record)
    for name, _ in custody_acts.BAGS:
        del record.states[f"lot:{name}"]
    record.states["movement:M1@meguri.mys"] = record.states.pop("movement:M1")


def weigh_from(record):
    bags = tuple(
        Bag(lot=name, received_g=499 * KG, accepted=True, becomes=f"J-{name}", sent_g=500 * KG, stream=BOARDS,
            origin="MYS", label=f"Label {name}", mix="mixed-small-it", contents=(COPPER,))
        for name, _ in custody_acts.BAGS
    )  # fmt: skip
    body = moving.ReceiveMovement(
        movement="M1", case="C1", sender=EXPORTER, event="REC", facility="smelter", economy="JPN", bags=bags,
        begins=custody_acts.NOTHING, home="meguri.mys",
    )  # fmt: skip
    return custody_acts.custody_only(record, SMELTER, "movement.receive", body)


MORE = {
    "collect with all": (
        lambda record: None,
        lambda record: collect(
            record, PENANG, "A", 7, BOARDS, label="L", mix="mixed-small-it", place="P", contents=(COPPER,)
        ),
    ),
    "blend": (two, blend),
    "smelt": (
        lambda record: (
            collect(record, PENANG, "B", 100 * KG, BOARDS),
            record.states.update(
                {"lot:B": replace(record.states["lot:B"], holder=SMELTER, facility="smelter", economy="JPN")}
            ),
        ),
        lambda record: transform(
            record, SMELTER, "SM", "smelting", [("B", 100 * KG)],
            [("AU", "element:Au", 15), ("SLAG", "slag", 80 * KG)], loss_g=20 * KG - 15, loss_reason="off-gas",
        ),
    ),
    "dispatch metal abroad": (metal, lambda record: dispatch(record, SMELTER, "S", PENANG, ("AU", 15), number="AP-1")),
    "take stock": (custody_acts.boards, stock),
    "refuse": (sold, lambda record: receive(record, EXPORTER, "R1", bag("B", 1000 * KG, False, "wet"))),
    "take back what was refused": (refused, lambda record: receive(record, PENANG, "R2", bag("B", 1000 * KG))),
    "receive as agreed": (
        lambda record: (
            sold(record),
            record.states.update({"lot:B": replace(record.states["lot:B"], agreed_g=800 * KG)}),
        ),
        lambda record: receive(record, EXPORTER, "R1", bag("B", 800 * KG)),
    ),
    "agree in place of one that closed": (
        closed,
        lambda record: say(
            record, DOE, "agree", acts.Agree(lots=(LotMass("B", 900 * KG),), reason="Closed", instead_of=PENANG)
        ),
    ),
    "correct as agreed": (
        received,
        lambda record: say(
            record,
            EXPORTER,
            "correct",
            acts.Correct(event="K1", lot="B", was_g=800 * KG, grams=800 * KG + 1, reason="typo", corrects="E-B"),
        ),
    ),
    "take in from another node": (elsewhere, take_in_from),
    "weigh what another node sent": (sent_from, weigh_from),
}  # fmt: skip
TOLD = {
    **{name: partial(lambda name: custody_acts.act(cast(), name), name) for name in custody_acts.ACTS},
    **{name: partial(lambda acts: Told(cast(), *acts, ("meguri.custody",)), acts) for name, acts in MORE.items()},
}


@pytest.mark.parametrize("name", TOLD)
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, TOLD[name]()) == {}
