"""What each act leaves on record of lots and of events, field by field."""

from __future__ import annotations

import custody_acts
import pytest
from cast import EXPORTER, NOW, PENANG, SMELTER, bag, cast
from custody_acts import BAGS, BOARDS, COPPER, KG
from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.certificates.states import CertifiedMetal, TreatedState
from meguri.custody.states import Belonging, ElementsOfEvent, EventState, LotState, MassLimit, Reserved
from meguri.custody.substance import account
from meguri.movement.states import LotMass
from tests_support import use_clock


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.fixture
def said():
    """Says an act: the states before it, what it wrote, and the event that it should have put down."""

    def say(name, **changes):
        record = cast()
        one = custody_acts.act(record, name)
        before = dict(record.states)
        entry, found = one.written(**changes)

        def event(**fields):
            return EventState(actor=entry.act.actor, at=NOW, act=entry.id, number=entry.number, **fields)

        return before, found, event

    return say


def masses(*parts):
    return tuple(LotMass(*part) for part in parts)


def test_a_collection(said):
    told = {"place": "Municipal", "label": "Week 3", "mix": "mixed-small-it", "contents": (COPPER,)}
    _, found, event = said("collect", **told)
    assert found == {
        "lot:A": LotState(
            stream="mixed-small-e-waste",
            mass_g=7,
            made_g=7,
            holder=PENANG,
            origin="MYS",
            economy="MYS",
            made_by="E-A",
            made_at=NOW,
            last_at=NOW,
            facility="penang",
            **told,
        ),
        "event:E-A": event(
            type="object", step="collecting", outputs=masses(("A", 7)), facility="penang", economy="MYS"
        ),
    }


def test_a_transformation(said):
    made = acts.Output(lot="N", stream=BOARDS, grams=396 * KG, label="Sorted", contents=(COPPER,))
    told = {"difference_g": KG, "loss_g": 5 * KG, "loss_reason": "dust", "loss_by": "yields"}
    # 80 kg of copper went in; three standard uncertainties of both weighings above that is the most of such boards.
    limit = MassLimit(404_874, 403_249, "Cu")
    follows = ElementsOfEvent(limits=(limit,))
    before, found, event = said("transform", outputs=(made,), elements=follows, **told)
    assert found == {
        "lot:B": replace(before["lot:B"], mass_g=600 * KG, used_g=400 * KG, last_at=NOW),
        "lot:N": LotState(
            stream=BOARDS,
            mass_g=396 * KG,
            made_g=396 * KG,
            holder=PENANG,
            origin="MYS",
            economy="MYS",
            made_by="E",
            made_at=NOW,
            last_at=NOW,
            facility="penang",
            label="Sorted",
            contents=(COPPER,),
            limit=limit,
        ),
        "event:E": event(
            type="transformation",
            step="sorting",
            inputs=masses(("B", 400 * KG)),
            outputs=masses(("N", 396 * KG)),
            facility="penang",
            economy="MYS",
            **told,
        ),
    }


def test_a_lot_that_was_used_before_is_used_up(said):
    record = cast()
    one = custody_acts.act(record, "transform")
    one.say()
    outputs = (acts.Output(lot="N2", stream=BOARDS, grams=600 * KG, contents=(COPPER,)),)
    whole = {"inputs": masses(("B", 600 * KG)), "outputs": outputs}
    whole["elements"] = account.follows("sorting", [("B", record.states["lot:B"], 600 * KG)], outputs)
    before = record.states["lot:B"]
    _, found = one.written(event="E2", **whole)
    assert found["lot:B"] == replace(before, mass_g=0, used_g=1000 * KG, status="consumed")


def left(state, **more):
    """A lot that has left its facility: what was agreed, promised or said of an earlier journey counts no more."""
    return replace(
        state, **{"status": "in_transit", "facility": "", "agreed_g": None, "movement": "", "case": "",
                  "promised_to": "", "left": state.facility, "last_at": NOW} | more,
    )  # fmt: skip


def test_a_sale(said):
    before, found, event = said("dispatch")
    whole = masses(("B", 1000 * KG))
    assert found == {
        "lot:B": left(before["lot:B"], bound_for=EXPORTER),
        "event:S1": event(type="object", step="dispatching", inputs=whole, outputs=whole, economy="MYS", to=EXPORTER),
    }


def test_what_an_earlier_journey_left_on_a_lot_ends_when_it_leaves_again():
    record = cast()
    one = custody_acts.act(record, "dispatch")
    one.alter("lot:B", agreed_g=5, movement="M0", case="C0")
    before = record.states["lot:B"]
    _, found = one.written()
    assert found["lot:B"] == left(before, bound_for=EXPORTER)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_receipt(said, accepted):
    one = bag("B", 999 * KG) if accepted else bag("B", 999 * KG, False, "wet")
    before, found, event = said("receive", bags=(one,))
    after = replace(
        before["lot:B"], mass_g=999 * KG, adjusted_g=-KG, bound_for="", agreed_g=None, seen_g=999 * KG, last_at=NOW,
        first_g=999 * KG, weighed_by=EXPORTER, counterparty=PENANG,
    )  # fmt: skip
    if accepted:
        after = replace(after, status="held", facility="exporter", holder=EXPORTER, previous=PENANG)
    else:
        after = replace(after, status="refused", facility="")
    assert found == {
        "lot:B": after,
        "event:R1": event(
            type="object",
            step="receiving",
            inputs=masses(("B", 1000 * KG)),
            outputs=masses(("B", 999 * KG)),
            difference_g=-KG,
            facility="exporter",
            economy="MYS",
            refused=() if accepted else ("B",),
            reason="" if accepted else "B: wet",
        ),
    }


def test_an_agreement(said):
    before, found, _ = said("agree")
    assert found == {"lot:B": replace(before["lot:B"], agreed_g=900 * KG)}


def test_a_correction():
    record = cast()
    one = custody_acts.act(record, "correct")
    one.alter("lot:B", adjusted_g=3, agreed_g=996 * KG)
    before, made = record.states["lot:B"], record.states["event:E-B"]
    entry, found = one.written()
    assert found == {
        "lot:B": replace(
            before, mass_g=996 * KG, adjusted_g=3 - 4 * KG, agreed_g=None, first_g=1000 * KG, corrected=1, last_at=NOW
        ),
        "event:E-B": replace(made, corrected_g=-4 * KG),
        "event:K1": EventState(
            type="object",
            step="correcting",
            actor=PENANG,
            at=NOW,
            act=entry.id,
            number=entry.number,
            inputs=masses(("B", 1000 * KG)),
            outputs=masses(("B", 996 * KG)),
            difference_g=-4 * KG,
            facility="penang",
            economy="MYS",
            reason="typo",
            corrects="E-B",
        ),
    }


# In a movement.


@pytest.mark.parametrize(
    ("name", "promised"),
    [
        ("plan", {"BAG1": "M1", "BAG2": "M1"}),
        ("change", {"BAG1": "M1", "BAG2": ""}),
        ("cancel", {"BAG1": "", "BAG2": ""}),
    ],
)
def test_lots_are_promised_to_the_movement_that_they_are_planned_for(said, name, promised):
    before, found, _ = said(name)
    expected = {f"lot:{lot}": replace(before[f"lot:{lot}"], promised_to=to) for lot, to in promised.items()}
    assert {**before, **found} == {**before, **expected}


def test_a_departure(said):
    before, found, event = said("depart")
    journey = {"case": "C1", "movement": "M1"}
    assert found == {
        **{f"lot:{lot}": left(before[f"lot:{lot}"], bound_for=SMELTER, **journey) for lot, _ in BAGS},
        "event:DEP": event(
            type="object", step="departing", inputs=masses(*BAGS), outputs=masses(*BAGS), economy="MYS", to=SMELTER,
            **journey,
        ),
    }  # fmt: skip


def test_a_weighing_at_the_facility(said):
    _, found, event = said("weigh")
    assert found == {
        "lot:J-BAG1": LotState(
            stream=BOARDS,
            mass_g=499 * KG,
            made_g=499 * KG,
            holder=SMELTER,
            origin="MYS",
            economy="JPN",
            made_by="REC",
            made_at=NOW,
            last_at=NOW,
            weighed_by=SMELTER,
            counterparty=EXPORTER,
            facility="smelter",
            previous=EXPORTER,
            came_from="BAG1",
            seen_g=499 * KG,
            case="C1",
            movement="M1",
            of=(Belonging("M1", 499 * KG),),
            label="Label BAG1",
            mix="mixed-small-it",
            contents=(COPPER,),
        ),
        "event:REC": event(
            type="object",
            step="receiving",
            inputs=masses(*BAGS),
            outputs=masses(("J-BAG1", 499 * KG), ("BAG2", 500 * KG)),
            difference_g=-KG,
            refused=("BAG2",),
            reason="BAG2: wet",
            facility="smelter",
            economy="JPN",
            to=EXPORTER,
            case="C1",
            movement="M1",
        ),
    }


DELIVERED = {"mass_g": 0, "used_g": 500 * KG, "status": "delivered", "bound_for": "", "agreed_g": None}
LYING = {
    "status": "refused", "bound_for": "", "economy": "JPN", "facility": "", "agreed_g": None, "last_at": NOW,
    "weighed_by": SMELTER, "counterparty": EXPORTER,
}  # fmt: skip


def test_what_was_weighed_there_is_delivered_or_lies_refused_here(said):
    before, found, _ = said("take_in")
    assert found == {
        "lot:BAG1": replace(before["lot:BAG1"], **DELIVERED),
        "lot:BAG2": replace(before["lot:BAG2"], seen_g=500 * KG, first_g=500 * KG, **LYING),
    }


def test_what_was_weighed_on_another_node_is_an_event_here():
    """The lots have left this node's account; the difference of what was taken is the other side's."""
    record = cast()
    one = custody_acts.act(record, "take_in")
    one.alter("movement:M1", there="meguri.jpn")
    first, second = one.body.bags
    before = dict(record.states)
    entry, found = one.written(there="meguri.jpn", event="EV", bags=(first, replace(second, received_g=498 * KG)))
    assert found == {
        "lot:BAG1": replace(before["lot:BAG1"], **DELIVERED),
        "lot:BAG2": replace(
            before["lot:BAG2"], mass_g=498 * KG, adjusted_g=-2 * KG, seen_g=498 * KG, first_g=498 * KG, **LYING
        ),
        "event:EV": EventState(
            type="object",
            step="receiving",
            actor="organisation:node",
            at=NOW,
            act=entry.id,
            number=entry.number,
            inputs=masses(*BAGS),
            outputs=masses(("J-BAG1@meguri.jpn", 499 * KG), ("BAG2", 498 * KG)),
            difference_g=-2 * KG,
            refused=("BAG2",),
            reason="BAG2: wet",
            economy="JPN",
            to=SMELTER,
            case="C1",
            movement="M1",
        ),
    }


def test_going_back(said):
    before, found, event = said("return")
    journey = {"case": "C1", "movement": "M1"}
    assert found == {
        **{f"lot:{lot}": left(before[f"lot:{lot}"], bound_for=EXPORTER, **journey) for lot, _ in BAGS},
        "event:BACK": event(
            type="object", step="departing", inputs=masses(*BAGS), outputs=masses(*BAGS), economy="JPN", to=EXPORTER,
            reason="Wet", **journey,
        ),
    }  # fmt: skip


def test_coming_back(said):
    before, found, event = said("take_back")
    home = {"status": "held", "economy": "MYS", "facility": "exporter", "bound_for": "", "previous": EXPORTER}
    home |= {"last_at": NOW, "weighed_by": EXPORTER, "counterparty": SMELTER}
    assert found == {
        "lot:BAG1": replace(before["lot:BAG1"], first_g=500 * KG, **home),
        "lot:BAG2": replace(
            before["lot:BAG2"], mass_g=498 * KG, adjusted_g=-2 * KG, seen_g=498 * KG, first_g=498 * KG, **home
        ),
        "event:HOME": event(
            type="object",
            step="receiving",
            inputs=masses(*BAGS),
            outputs=masses(("BAG1", 500 * KG), ("BAG2", 498 * KG)),
            difference_g=-2 * KG,
            facility="exporter",
            economy="MYS",
            case="C1",
            movement="M1",
        ),
    }


def test_a_certificate_reserves_what_it_names_and_counts_what_was_treated(said):
    before, found, _ = said("recover")
    paper = found.pop("certificate:P1")
    assert found == {
        "lot:AU": replace(before["lot:AU"], certified=(Reserved("P1", "M1", 100),)),
        "treated:smelter": TreatedState({"2025": 499 * KG, "2025-10": 499 * KG}),
    }
    assert paper.made == (CertifiedMetal("AU", "Au", 100, "declared"),)
    assert (paper.sent_g, paper.received_g, paper.treated_g, paper.done_g) == (500 * KG, 499 * KG, 499 * KG, 499 * KG)
