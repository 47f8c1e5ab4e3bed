"""A site's figures as the record has them: which balances they make, what is left out, and who stands out."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from meguri import materials
from meguri.custody import services
from meguri.custody.reconciliation import bench, commands, measured, recorded, sites, yields
from meguri.custody.states import EventState, LotState
from meguri.kit.problems import Refused
from meguri.movement.states import Bag, Content, LotMass
from meguri.registry import services as registry
from tests_support import use_clock

NOW = datetime(2026, 2, 1, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def year():
    return bench.Year(500)


def alter(year, event, **changes):
    other = bench.Year(0)
    other.events = year.events | {event: replace(year.events[event], **changes)}
    other.lots = year.lots
    return other


def test_an_honest_year_fits(year):
    found = year.reconciled()
    assert found.masses.result.fits
    assert [part.element for part in found.elements] == list(bench.ELEMENTS)
    assert all(part.result.fits and not part.left_out for part in found.elements)
    # Two receipts, a blend and two melts of a turn for masses; elements are not measured again on arrival.
    assert (found.masses.result.degrees, found.elements[0].result.degrees) == (500, 300)


def test_a_wrong_scale_on_arrival_stands_out(year):
    """Half a tonne too much on a lot of twenty: what was sent and what was blended both say so."""
    event = year.events["R3-1"]
    (sent,), (taken,) = event.inputs, event.outputs
    more = (LotMass(taken.lot, taken.grams + 500_000),)
    wrong = alter(year, "R3-1", outputs=more, difference_g=more[0].grams - sent.grams)
    blend = wrong.events["E3-b"]
    inputs = tuple(LotMass(part.lot, more[0].grams) if part.lot == taken.lot else part for part in blend.inputs)
    wrong.events["E3-b"] = replace(blend, inputs=inputs)
    found = wrong.reconciled().masses.result
    assert not found.fits
    (suspicion,) = found.suspicions
    assert not suspicion.alone
    assert [name.split()[0] for name in suspicion.candidates] == [taken.lot]
    assert found.suspect_flows(1)[0].name == suspicion.candidates[0]
    # The measured figure is shown as it was measured.
    assert found.suspect_flows(1)[0].measured == taken.grams + 500_000


def test_metal_that_leaves_unseen_stands_out(year):
    """Half of the matte is gone between two melts; a tenth would not show, where each lot is known to 5 %."""
    event = year.events["E7-f"]
    less = tuple(LotMass(part.lot, part.grams // 2) for part in event.outputs)
    found = alter(year, "E7-f", outputs=less).reconciled()
    gold = next(part.result for part in found.elements if part.element == "Au")
    assert not gold.fits
    assert {"E7-f"} <= set(gold.suspicions[0].nodes)


def test_what_was_not_measured_is_left_out_and_said(year):
    """Slag without an assay: the melt's elements cannot be balanced; its masses can."""
    other = bench.Year(0)
    other.events = year.events
    other.lots = year.lots | {"S2": replace(year.lots["S2"], contents=())}
    found = other.reconciled()
    assert found.masses.result.degrees == 500
    assert all(part.left_out == (("E2-m", "S2"),) for part in found.elements)
    assert {part.result.degrees for part in found.elements} == {299}


def test_figures_on_file_are_no_measurements(year):
    other = bench.Year(0)
    other.events = year.events
    other.lots = {
        name: replace(state, contents=tuple(replace(one, basis="declared") for one in state.contents))
        for name, state in year.lots.items()
    }
    assert measured.assayed(other.lots) == ()
    assert all(part.result is None for part in other.reconciled().elements)


def test_what_passes_unmeasured_between_two_makes_them_one(year):
    other = bench.Year(0)
    other.events = year.events
    other.lots = year.lots | {"M4": replace(year.lots["M4"], contents=())}
    found = other.reconciled()
    assert {part.result.degrees for part in found.elements} == {299}
    assert all(not part.left_out for part in found.elements)


def test_a_loss_by_reckoning_is_no_weighing(year):
    event = year.events["E1-m"]
    found = alter(year, "E1-m", loss_by="yields").reconciled().masses
    assert found.left_out == (("E1-m", "loss"),)
    assert event.loss_g > 0


def lot(stream, grams, basis="exchanged", source="sample:S", sd=57_000, ppb=1_000_000, supplier="organisation:yard"):
    contents = (Content(element="Au", ppb=ppb, sd_ppb=sd, basis=basis, source=source, confidence="sourced"),)
    return LotState(
        stream=stream, mass_g=0, made_g=grams, holder="organisation:smelter", origin="JPN", economy="JPN",
        made_by="E", made_at=NOW, previous=supplier, contents=contents if not stream.startswith("element") else (),
    )  # fmt: skip


def melts(count, claim, **content):
    """So many melts of a tonne of boards with a kilogram of gold each, of which `claim` times what is due comes out."""
    due = materials.yields_on_file()["Au"].share
    events, lots = [], {}
    for turn in range(count):
        source = content.get("source", f"sample:{turn}")
        lots[f"B{turn}"] = lot("circuit-boards", 1_000_000, **{**content, "source": source})
        lots[f"G{turn}"] = lot("element:Au", 1000)
        events.append(
            EventState(
                type="transformation", step="smelting", actor="organisation:smelter", at=NOW, act="a", number=turn + 1,
                inputs=(LotMass(f"B{turn}", 1_000_000),), outputs=(LotMass(f"G{turn}", round(1000 * due * claim)),),
            )
        )  # fmt: skip
    return events, lots


@pytest.fixture
def no_spread(monkeypatch):
    """Yields without a range, so that only the assays' errors count."""
    monkeypatch.setattr(yields, "RANGE", math.inf)


@pytest.mark.parametrize(("count", "bound"), [(1, 0.171), (10, 0.0541), (50, 0.0242)])
def test_with_an_assay_for_each_lot_a_steady_claim_shows_the_sooner_the_more_there_are(no_spread, count, bound):
    for more, flagged in ((bound * 0.97, False), (bound * 1.03, True)):
        (found,) = yields.tests(*melts(count, 1 + more))
        assert found.flagged is flagged
        assert found.assayed == 1.0
        (found,) = yields.tests(*melts(count, 1 - more))
        assert found.flagged is flagged


@pytest.mark.parametrize("count", [1, 10, 50])
def test_with_a_figure_on_file_four_fifths_too_much_pass_however_many_lots(no_spread, count):
    on_file = {"basis": "on-file", "source": "on file: circuit-boards", "sd": 263_000}
    (found,) = yields.tests(*melts(count, 1.78, **on_file))
    assert not found.flagged
    assert found.assayed == 0.0
    (found,) = yields.tests(*melts(count, 1.80, **on_file))
    assert found.flagged


def test_yields_are_tested_by_smelter_supplier_and_quarter():
    events, lots = melts(4, 1.0)
    lots["B1"] = replace(lots["B1"], previous="organisation:other")
    events[2] = replace(events[2], at=datetime(2026, 5, 1, tzinfo=UTC))
    events[3] = replace(events[3], actor="organisation:third")
    found = {one.key for one in yields.tests(events, lots)}
    assert {(key.smelter[13:], key.supplier[13:], key.quarter) for key in found} == {
        ("smelter", "yard", "2026-Q1"),
        ("smelter", "other", "2026-Q1"),
        ("smelter", "yard", "2026-Q2"),
        ("third", "yard", "2026-Q1"),
    }


def test_one_melt_of_two_suppliers_is_divided_by_what_their_lots_contained():
    events, lots = melts(1, 1.0)
    lots["P"] = lot("circuit-boards", 1_000_000, ppb=3_000_000, supplier="organisation:other")
    event = replace(events[0], inputs=(*events[0].inputs, LotMass("P", 1_000_000)))
    found = {one.key.supplier: one.recovered_g for one in yields.tests([event], lots)}
    assert found["organisation:other"] == pytest.approx(3 * found["organisation:yard"])


def test_every_assumption_says_where_it_is_from():
    assert {one.confidence for one in measured.assumed().values()} <= {"memory", "derived"}
    assert all(one.source for one in measured.assumed().values())


def test_the_json_tells_measured_beside_reconciled(year):
    told = json.loads(json.dumps(commands.as_json(year.reconciled(), 3)))
    assert told["fits"] is True
    assert (told["site"], told["from"], told["to"], told["events"]) == ("works", "2026-01-01", "2026-12-31", 500)
    assert set(told["elements"]) == set(bench.ELEMENTS)
    gold = told["elements"]["Au"]
    assert len(gold["flows"]) == 3
    assert set(gold["flows"][0]) == {"flow", "from", "to", "measured_g", "u_g", "reconciled_g", "z"}
    assert set(gold["global"]) == {"gamma", "degrees", "limit"}


@pytest.mark.django_db
def test_a_site_on_record_is_reconciled():
    use_clock(lambda: NOW)
    try:
        for name, role in (("yard", "dismantler"), ("works", "smelter")):
            registry.admit(name, {"en": name.title()}, "JPN", (role,))
            registry.site(name, {"en": name}, "JPN", 34.4, 133.9, operations=("R4",), facility=name)
            registry.grant(f"facility:{name}", "facility-permit", "P-1", NOW)
        lot = services.collect("organisation:yard", "yard", "circuit-boards", 1_000_000)
        services.dispatch("organisation:yard", [lot], "organisation:works")
        services.receive("organisation:works", "works", [Bag(lot=lot, received_g=999_000, accepted=True)])
        services.smelt(
            "organisation:works", [lot], outputs={"element:Cu": 150_000, "slag": 600_000}, loss_g=249_000,
            loss_reason="gas",
        )  # fmt: skip
        found = recorded.reconciled("works", date(2026, 2, 1), date(2026, 2, 1))
        assert found.events == 2
        assert found.masses.result.degrees == 2
        assert found.masses.result.fits
        assert found.elements == ()
        assert {one.key.element for one in found.yields} == {"Cu"}
        assert recorded.reconciled("works", date(2026, 2, 2), date(2026, 2, 2)).events == 0
        assert recorded.reconciled("works", date(2026, 2, 1), date(2026, 2, 1), most=1).events == 1
    finally:
        use_clock(None)


def test_no_day_is_refused():
    with pytest.raises(Refused):
        commands.day("1 January", "/from")


def test_an_empty_site_says_nothing():
    found = sites.of_events("works", date(2026, 1, 1), date(2026, 1, 1), {}, {})
    assert found.masses.result is None
    assert commands.as_json(found)["fits"] is True
