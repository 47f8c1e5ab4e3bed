"""The balance that the record keeps is the one that adding up the whole record anew comes to."""

from __future__ import annotations

import msgspec
import pytest
from cast import (
    BLANK,
    EXPORTER,
    NOW,
    PENANG,
    SMELTER,
    arrive,
    bag,
    case,
    cast,
    collect,
    custody_only,
    depart,
    transform,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from test_arithmetic import HOLDERS, held, one_step, parts_of

from meguri.custody import contents
from meguri.custody.balance import accounts
from meguri.custody.balance.ledger import balance, found_of
from meguri.custody.substance.account import known
from meguri.custody.vocabulary import tolerances
from meguri.journal.projections.sums import Additions
from meguri.kit.problems import MeguriError
from meguri.movement import acts as moving
from meguri.movement.states import Content, LotMass
from tests_support import use_clock


@pytest.fixture(autouse=True, scope="module")
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def kept(record):
    """Have the sums of a record kept as its acts are said; what they are is in the answer."""
    sums, say = Additions(), record.say

    def said(*given, **more):
        before = dict(record.states)
        entry = say(*given, **more)
        subjects = entry.act.subjects
        changed = {name for name in subjects if record.states.get(name) is not before.get(name)}
        for account, amount in accounts.added(changed, {name: before.get(name) for name in subjects}, record.states):
            sums.put(account, amount)
        return entry

    record.say = said
    return sums


def same(record, sums):
    """The balance read from sums equals the one added up; returns it."""
    lots, events = parts_of(record)
    given = {
        name: {element: (one.value, one.sd) for element, one in contents.of(state).items()}
        for name, state in lots.items()
    }
    wrong = accounts.apart(sums.amounts)
    read = accounts.balance_of(sums.amounts, {name: lots.get(name) for name in wrong})
    assert read == balance(events.values(), lots, given, found_of(events, lots))
    return read


def over_the_border(record, draw, sums):
    """Bags of a case cross and are weighed, some refused; what the smelter took it melts; the rest may go back."""
    ppb, sd_ppb = draw(st.integers(0, 10**6)), draw(st.integers(0, 10**5))
    stated = (Content(element="Au", ppb=ppb, sd_ppb=sd_ppb, basis="assay", source="lab", confidence="sourced"),)
    count = draw(st.integers(1, 4))
    bags = []
    for n in range(count):
        grams = draw(st.integers(10**3, 10**9))
        given = stated if draw(st.booleans()) else ()
        collect(record, EXPORTER, f"B{n}", grams, stream="circuit-boards", contents=given)
        bags.append((f"B{n}", grams))
    case(record, *bags)
    depart(record, "DEP", *bags)
    same(record, sums)
    if draw(st.booleans()):
        going_back(record, [LotMass(*one) for one in bags])
        same(record, sums)
        return
    weighed = [
        bag(name, max(1, grams + draw(st.integers(-1, 1)) * (tolerances()["receiving"].most_g(grams))), accepted, "wet")
        for (name, grams) in bags
        for accepted in [draw(st.integers(0, 3)) > 0]
    ]
    entry = arrive(record, "REC", *weighed, take=False)
    # Between the receipt and its being taken in, the sender's lots still say that they are under way.
    assert same(record, sums).wrong
    bags = msgspec.convert(entry.act.body, moving.ReceiveMovement).bags
    taken = moving.TakeInArrival(movement="M1", case="C1", of=entry.id, on="arrival.receive", change=BLANK, bags=bags)
    custody_only(record, "organisation:node", "movement.take_in", taken)
    assert same(record, sums).closed
    took = [(f"J-{one.lot}", one.received_g) for one in weighed if one.accepted]
    total = sum(grams for _, grams in took)
    if total:
        gold, copper = (
            min(most, contained(record, took, e)) for e, most in (("Au", total // 5000), ("Cu", total // 5))
        )
        outputs = [("AU", "element:Au", gold), ("CU", "element:Cu", copper), ("SL", "slag", total - gold - copper)]
        transform(record, SMELTER, "SM", "smelting", took, [one for one in outputs if one[2]])
        same(record, sums)
    refused = [LotMass(one.lot, one.received_g) for one in weighed if not one.accepted]
    if refused:
        going_back(record, refused)


def contained(record, took, element):
    """Whole grams of an element in what is taken of lots, as far as is on record."""
    return sum(grams * known(record.states[f"lot:{name}"], element).ppb for name, grams in took) // 10**9


def going_back(record, lots):
    body = moving.Return(
        movement="M1", case="C1", event="BACK", lots=tuple(lots), reason="wet", change=BLANK, carrier="x"
    )
    custody_only(record, EXPORTER, "movement.return", body)


@st.composite
def histories(draw):
    record = cast()
    for who in (*HOLDERS, SMELTER):
        state = record.states[who]
        spans = tuple(replace(state.roles[0], role=role) for role in ("dismantler", "exporter", "collector", "smelter"))
        record.states[who] = replace(state, roles=spans)
    sums = kept(record)
    for count in range(draw(st.integers(0, 12))):
        try:
            one_step(record, draw, count)
        except MeguriError:
            continue
        same(record, sums)
    if draw(st.booleans()):
        over_the_border(record, draw, sums)
    return record, sums


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_what_the_record_keeps_is_what_adding_up_comes_to(history):
    same(*history)


def test_a_lot_at_odds_with_its_events_is_named():
    record = cast()
    sums = kept(record)
    collect(record, PENANG, "L1", 1000)
    lots, _ = parts_of(record)
    changed = replace(lots["L1"], mass_g=999, facility="selangor")
    for account, amount in accounts.added({"lot:L1"}, {"lot:L1": lots["L1"]}, {"lot:L1": changed}):
        sums.put(account, amount)
    record.states["lot:L1"] = changed
    found = same(record, sums)
    assert [(row.lot, row.events_g, row.state_g) for row in found.wrong] == [("L1", 1000, 999)]
    assert not found.closed
    assert held(record, PENANG) == ["L1"]
