"""Balance and trace on random lawful histories, against sums and fractions reckoned another way."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from cast import (
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
    receive,
    transform,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.balance import ledger
from meguri.custody.states import EventState, LotState
from meguri.custody.trace import flow, shares
from meguri.custody.vocabulary import tolerances
from meguri.kit.problems import MeguriError, Refused
from tests_support import use_clock


@pytest.fixture(autouse=True, scope="module")
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


def parts_of(record):
    lots = {name[4:]: s for name, s in record.states.items() if isinstance(s, LotState)}
    events = {name[6:]: s for name, s in record.states.items() if isinstance(s, EventState)}
    return lots, events


def held(record, who):
    lots, _ = parts_of(record)
    return sorted(name for name, s in lots.items() if s.holder == who and s.status == "held")


HOLDERS = (PENANG, SELANGOR, EXPORTER)


def one_step(record, draw, count):
    """One random act; a refusal leaves the record as it was."""
    kind = draw(st.sampled_from(["collect", "transform", "transform", "send", "arrive", "correct"]))
    who = draw(st.sampled_from(HOLDERS))
    mine = held(record, who)
    if kind == "collect":
        collect(record, who, f"L{count}", draw(st.integers(1, 10**7)))
    elif kind == "transform" and mine:
        names = draw(st.lists(st.sampled_from(mine), min_size=1, max_size=4, unique=True))
        lots, _ = parts_of(record)
        inputs = [(name, draw(st.integers(1, lots[name].mass_g))) for name in names]
        before = sum(grams for _, grams in inputs)
        most = tolerances()["sorting"].most_g(before)
        difference = draw(st.integers(-most, most))
        loss = draw(st.integers(0, max(0, before + difference - 1)))
        rest = before + difference - loss
        cut = draw(st.integers(0, rest - 1)) if rest > 1 else 0
        masses = [grams for grams in (cut, rest - cut) if grams]
        outputs = [(f"O{count}-{i}", "circuit-boards", grams) for i, grams in enumerate(masses)]
        transform(
            record,
            who,
            f"T{count}",
            "sorting",
            inputs,
            outputs,
            loss_g=loss,
            loss_reason="dust",
            difference_g=difference,
        )
    elif kind == "send" and mine:
        lots, _ = parts_of(record)
        name = draw(st.sampled_from(mine))
        dispatch(record, who, f"S{count}", draw(st.sampled_from(HOLDERS)), (name, lots[name].mass_g))
    elif kind == "arrive":
        lots, _ = parts_of(record)
        coming = sorted(name for name, s in lots.items() if s.bound_for == who)
        if coming:
            mass = lots[coming[0]].mass_g
            most = tolerances()["receiving"].most_g(mass)
            accepted = draw(st.booleans())
            receive(record, who, f"R{count}", bag(coming[0], mass + draw(st.integers(-most, most)), accepted, "wet"))
    elif kind == "correct" and mine:
        lots, _ = parts_of(record)
        mass = lots[mine[0]].mass_g
        record.say(
            who,
            "custody.correct",
            acts.Correct(
                event=f"K{count}",
                lot=mine[0],
                was_g=mass,
                grams=max(1, mass + draw(st.integers(-5, 5))),
                reason="typo",
                corrects="E",
            ),
        )


@st.composite
def histories(draw):
    record = cast()
    for who in HOLDERS:
        state = record.states[who]
        spans = tuple(replace(state.roles[0], role=role) for role in ("dismantler", "exporter"))
        record.states[who] = replace(state, roles=spans)
    for count in range(draw(st.integers(1, 25))):
        try:
            one_step(record, draw, count)
        except MeguriError:
            continue
    return record


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_a_lawful_history_closes_to_the_gram(record):
    lots, events = parts_of(record)
    found = ledger.balance(events.values(), lots)
    assert found.closure_g == 0
    assert found.closed, found
    for state in lots.values():
        assert state.mass_g >= 0
        assert state.made_g + state.adjusted_g == state.used_g + state.mass_g


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.data())
def test_shares_add_up_exactly_and_agree_with_fractions(record, data):
    lots, events = parts_of(record)
    if not lots:
        return
    name = data.draw(st.sampled_from(sorted(lots)))
    up = shares.trace(name, lots, events)
    assert sum(share.grams for share in up.shares) == up.grams
    assert all(share.grams >= 0 for share in up.shares)
    exact = shares_by_fractions(name, lots, events)
    assert {s: pytest.approx(float(v), abs=1e-9) for s, v in exact.items()} == up.sources()
    down = shares.trace(name, lots, events, down=True)
    assert sum(share.grams for share in down.shares) == lots[name].made_g
    assert all(share.grams >= 0 for share in down.shares)


def shares_by_fractions(name, lots, events):
    """The same attribution, recursively and exactly."""
    event = events[lots[name].made_by]
    if event.type != "transformation":
        return {name: Fraction(1)}
    shares = {}
    for part in event.inputs:
        for source, share in shares_by_fractions(part.lot, lots, events).items():
            shares[source] = shares.get(source, 0) + share * Fraction(part.grams, event.input_g)
    return shares


def test_what_does_not_close_is_found_and_stands_on_top():
    record = cast()
    collect(record, PENANG, "L1", 1000)
    collect(record, SELANGOR, "L2", 1000)
    lots, events = parts_of(record)
    lots["L1"] = replace(lots["L1"], mass_g=999)
    found = ledger.balance(events.values(), lots)
    assert (found.closure_g, found.closed) == (1, False)
    assert found.wrong[0].lot == "L1"
    assert found.sites[0].closure_g == 1


def test_a_lot_in_the_wrong_place_does_not_close():
    record = cast()
    collect(record, PENANG, "L1", 1000)
    lots, events = parts_of(record)
    lots["L1"] = replace(lots["L1"], facility="selangor")
    found = ledger.balance(events.values(), lots)
    assert found.closure_g == 0
    assert not found.closed


def walk():
    """Two yards, a blend, four bags of which one is refused, a melt: the story in small."""
    record = cast()
    collect(record, PENANG, "LP", 7_000_000)
    collect(record, SELANGOR, "LS", 5_000_000)
    transform(
        record,
        PENANG,
        "DP",
        "dismantling",
        [("LP", 7_000_000)],
        [("BP", "circuit-boards", 700_000), ("SP", "steel-scrap", 6_290_000)],
        loss_g=10_000,
        loss_reason="dust",
    )
    transform(
        record,
        SELANGOR,
        "DS",
        "dismantling",
        [("LS", 5_000_000)],
        [("BS", "circuit-boards", 500_000), ("SS", "steel-scrap", 4_500_000)],
    )
    dispatch(record, PENANG, "S1", EXPORTER, ("BP", 700_000))
    dispatch(record, SELANGOR, "S2", EXPORTER, ("BS", 500_000))
    receive(record, EXPORTER, "R1", bag("BP", 700_000), bag("BS", 500_000))
    transform(
        record, EXPORTER, "BL", "blending", [("BP", 700_000), ("BS", 500_000)], [("B", "circuit-boards", 1_200_000)]
    )
    bags = [(f"BAG{n}", 300_000) for n in range(4)]
    transform(record, EXPORTER, "PK", "packing", [("B", 1_200_000)], [(n, "circuit-boards", g) for n, g in bags])
    case(record, *bags)
    depart(record, "DEP", *bags)
    arrive(record, "REC", *(bag(n, 298_800, n != "BAG3", "wet") for n, _ in bags))
    transform(
        record,
        SMELTER,
        "SM",
        "smelting",
        [(f"J-{n}", 298_800) for n, _ in bags[:3]],
        [("AU", "element:Au", 180), ("CU", "element:Cu", 180_000), ("SL", "slag", 500_000)],
        loss_g=896_400 - 680_180,
        loss_reason="off-gas",
    )
    return record


def test_gold_goes_back_to_both_yards_in_their_shares():
    lots, events = parts_of(walk())
    found = shares.trace("AU", lots, events)
    assert found.sources() == {"LP": pytest.approx(7 / 12), "LS": pytest.approx(5 / 12)}
    assert {share.lot: share.grams for share in found.shares} == {"LP": 105, "LS": 75}
    assert found.nodes[0].lot == "AU"


def test_a_yards_lot_goes_forward_to_metal_stock_and_losses():
    lots, events = parts_of(walk())
    found = shares.trace("LP", lots, events, down=True)
    grams = {(share.kind, share.lot or share.event): share.grams for share in found.shares}
    assert grams["stock", "SP"] == 6_290_000
    assert grams["loss", "DP"] == 10_000
    assert grams["stock", "AU"] == 105
    assert grams["stock", "BAG3"] == round(298_800 * 7 / 12)
    assert sum(grams.values()) == 7_000_000


def test_the_story_closes_and_says_what_became_of_gold():
    record = walk()
    lots, events = parts_of(record)
    contents = {f"J-BAG{n}": {"Au": (0.0002, 0.00005)} for n in range(3)}
    found = ledger.balance(events.values(), lots, contents)
    assert found.closed
    assert found.difference_g == -4 * 1200
    sites = {line.name: line for line in found.sites}
    assert (sites["refused"].stock_g, sites["in transit"].stock_g) == (298_800, 0)
    gold = next(line for line in found.elements if line.element == "Au")
    assert (gold.recovered_g, gold.stock_g) == (180, 180)
    assert gold.contained_g == pytest.approx(896_400 * 0.0002)


def test_metal_is_recovered_by_melting_and_not_again_by_blending_it():
    record = walk()
    transform(record, SMELTER, "BM", "blending", [("AU", 100)], [("AU2", "element:Au", 100)])
    lots, events = parts_of(record)
    lots["BOUGHT"] = replace(lots["AU"], mass_g=7, stream="element:Pd")
    lines = {line.element: line for line in ledger.balance(events.values(), lots).elements}
    assert (lines["Au"].recovered_g, lines["Au"].stock_g) == (180, 180)
    assert (lines["Pd"].recovered_g, lines["Pd"].stock_g, lines["Pd"].contained_g) == (0, 7, 0.0)
    assert lines["Au"].unaccounted_g == -180


def test_errors_of_one_figure_on_file_are_added_and_not_averaged():
    lots, events = parts_of(walk())
    contents = {f"J-BAG{n}": {"Au": (0.0002, 0.00005)} for n in range(3)}
    gold = next(line for line in ledger.balance(events.values(), lots, contents).elements if line.element == "Au")
    assert gold.sd_g == pytest.approx(896_400 * 0.00005)


def test_a_circle_is_refused():
    graph = flow.rows(2, np.array([0, 1]), np.array([1, 0]), np.array([1.0, 1.0]))
    with pytest.raises(Refused) as caught:
        flow.spread(graph, 0, 1.0, np.zeros((2, 1)))
    assert caught.value.problems[0].code == "cycle"


def test_ways_of_unlike_length_meet_before_they_are_divided():
    """0 to 3 directly and through 1 and 2: what arrives late is divided with the rest."""
    graph = flow.rows(5, np.array([0, 0, 1, 2, 3]), np.array([1, 3, 2, 3, 4]), np.ones(5))
    found = flow.spread(graph, 0, 8.0, np.zeros((5, 1)))
    assert found.amount.tolist() == [8, 4, 4, 8, 8]
    assert found.level.tolist() == [0, 1, 2, 3, 4]
