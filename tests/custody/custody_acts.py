"""Every kind of act that changes lots, with what goes before it: custody's own, and those of movements."""

from __future__ import annotations

from datetime import date

import assay_cast
from cast import (
    BLANK,
    EXPORTER,
    NOTHING,
    NOW,
    PENANG,
    SMELTER,
    bag,
    case,
    collect,
    consigned,
    custody_only,
    depart,
    dispatch,
    organisation,
    told,
    transform,
)
from msgspec.structs import replace

from meguri.custody import acts
from meguri.movement import acts as moving
from meguri.movement.states import ArrivalState, Bag, Content, LotMass, Made, Permission
from memory_record import Told

KG = 1000
BOARDS = "circuit-boards"
COPPER = Content(element="Cu", ppb=200_000_000, sd_ppb=5, basis="assay", source="s", confidence="sourced")
BAGS = ("BAG1", 500 * KG), ("BAG2", 500 * KG)


def boards(record):
    """1,000 kg of boards in Penang's yard, with all that can be said of them."""
    collect(record, PENANG, "B", 1000 * KG, BOARDS, label="Week 3", mix="mixed-small-it", contents=(COPPER,))


def sold(record):
    boards(record)
    dispatch(record, PENANG, "S1", EXPORTER, ("B", 1000 * KG))


def in_store(record):
    """Two bags of 500 kg in the exporter's yard."""
    record.states[EXPORTER] = organisation("MYS", "exporter", "dismantler")
    for name, grams in BAGS:
        collect(record, EXPORTER, name, grams, BOARDS, label=f"Label {name}", mix="mixed-small-it", contents=(COPPER,))


def planned(record):
    """Both bags are promised to movement M1."""
    in_store(record)
    case(record, *BAGS)
    for name, _ in BAGS:
        record.states[f"lot:{name}"] = replace(record.states[f"lot:{name}"], promised_to="M1")


def shipped(record):
    planned(record)
    depart(record, "DEP", *BAGS)


def arriving(record, *bags):
    """Bags as the facility's service describes them: the first is taken, the second refused, where none are given."""
    given = bags or (bag("BAG1", 499 * KG), bag("BAG2", 500 * KG, False, "wet"))
    return tuple(told(record, one) for one in given)


def weigh(record):
    body = moving.ReceiveMovement(
        movement="M1", case="C1", sender=EXPORTER, event="REC", facility="smelter", economy="JPN",
        bags=arriving(record), begins=NOTHING,
    )  # fmt: skip
    return custody_only(record, SMELTER, "movement.receive", body)


def take_in(record, *bags):
    body = moving.TakeInArrival(
        movement="M1", case="C1", of="f" * 64, on="arrival.receive", change=BLANK, bags=arriving(record, *bags)
    )
    return custody_only(record, "organisation:node", "movement.take_in", body)


def plan(record, *lots, **changes):
    fields = {
        "movement": "M1", "permission": Permission(kind="consent", case="C1"), "serial": 1, "importer": SMELTER,
        "operator": SMELTER, "facility": "smelter", "origin": "MYS", "destination": "JPN", "stream": BOARDS,
        "lots": tuple(consigned(record, *lot) for lot in lots), "carrier": "organisation:carrier",
        "planned_on": NOW.date(), "begins": NOTHING,
    }  # fmt: skip
    return custody_only(record, EXPORTER, "movement.plan", moving.Plan(**fields | changes))


def change(record, lots, dropped):
    body = moving.Change(
        movement="M1", case="C1", lots=tuple(consigned(record, *lot) for lot in lots), dropped=dropped,
        carrier="organisation:carrier", planned_on=NOW.date(), change=BLANK,
    )  # fmt: skip
    return custody_only(record, EXPORTER, "movement.change", body)


def cancel(record):
    body = moving.Cancel(movement="M1", case="C1", lots=("BAG1", "BAG2"), reason="No ship", change=BLANK)
    return custody_only(record, EXPORTER, "movement.cancel", body)


def send_back(record, *lots):
    body = moving.Return(
        movement="M1", case="C1", event="BACK", lots=tuple(LotMass(*lot) for lot in lots),
        carrier="organisation:carrier", reason="Wet", change=BLANK,
    )  # fmt: skip
    return custody_only(record, EXPORTER, "movement.return", body)


def refused_whole(record):
    """Both bags lie refused at the other side."""
    shipped(record)
    take_in(record, *(bag(name, grams, False, "wet") for name, grams in BAGS))


def going_back(record):
    refused_whole(record)
    send_back(record, *BAGS)


def take_back(record):
    bags = bag("BAG1", 500 * KG), bag("BAG2", 498 * KG)
    body = moving.TakeBack(
        movement="M1", case="C1", event="HOME", facility="exporter", economy="MYS", bags=bags, change=BLANK
    )
    return custody_only(record, EXPORTER, "movement.take_back", body)


def melted(record):
    """What was taken is melted: gold, and slag."""
    shipped(record)
    weigh(record)
    taken = Bag(lot="BAG1", received_g=499 * KG, accepted=True, becomes="J-BAG1", sent_g=500 * KG)
    record.states["arrival:M1"] = ArrivalState(
        movement="M1", case="C1", operator=SMELTER, facility="smelter", event="REC", bags=(taken,), received_at=NOW,
        course=record.states["movement:M1"].course,
    )  # fmt: skip
    made = [("AU", "element:Au", 100), ("SLAG", "slag", 400 * KG)]
    transform(record, SMELTER, "SM", "smelting", [("J-BAG1", 499 * KG)], made, loss_g=99 * KG - 100, loss_reason="gas")


def certify(record):
    body = moving.Recover(
        case="C1", movement="M1", event="SM", made=(Made("AU", "Au", 100),), certificate="1", lots=("J-BAG1",),
        recovered_on=NOW.date(), change=BLANK, paper="P1", facility="smelter", treated_g=499 * KG,
    )  # fmt: skip
    return custody_only(record, SMELTER, "movement.recover", body)


PAIR = {"seller": assay_cast.found(), "buyer": assay_cast.found(cu=204_000_000, au=152_000)}


def sampled(record):
    assay_cast.sold(record)
    assay_cast.draw(record)


def in_dispute(record):
    assay_cast.exchanged(buyer=assay_cast.found(au=183_000), record=record)


def say(record, actor, kind, body):
    return record.say(actor, f"custody.{kind}", body, rooms=("meguri.custody",))


def enter(record):
    """Penang enters its platform scale."""
    body = acts.EnterInstrument(
        instrument="I1", facility="penang", economy="MYS", name="Platform", kind="scale", grade="III",
        interval_mg=500 * KG, most_g=1500 * KG, verified_until=date(2026, 6, 30), number="7",
    )  # fmt: skip
    return say(record, PENANG, "instrument", body)


def sorted_out(record):
    """A part of the boards was sorted into another lot."""
    boards(record)
    transform(record, PENANG, "E", "sorting", [("B", 400 * KG)], [("N", BOARDS, 400 * KG)])


ACTS = {
    "collect": (lambda record: None, lambda record: collect(record, PENANG, "A", 7)),
    "transform": (
        boards,
        lambda record: transform(record, PENANG, "E", "sorting", [("B", 400 * KG)], [("N", BOARDS, 400 * KG)]),
    ),
    "dispatch": (boards, lambda record: dispatch(record, PENANG, "S1", EXPORTER, ("B", 1000 * KG))),
    "receive": (
        sold,
        lambda record: say(
            record,
            EXPORTER,
            "receive",
            acts.Receive(event="R1", facility="exporter", economy="MYS", bags=(bag("B", 999 * KG),)),
        ),
    ),
    "agree": (sold, lambda record: say(record, PENANG, "agree", acts.Agree(lots=(LotMass("B", 900 * KG),)))),
    "correct": (
        boards,
        lambda record: say(
            record,
            PENANG,
            "correct",
            acts.Correct(event="K1", lot="B", was_g=1000 * KG, grams=996 * KG, reason="typo", corrects="E-B"),
        ),
    ),
    "instrument": (lambda record: None, enter),
    "declare_wrong": (
        sorted_out,
        lambda record: say(
            record,
            PENANG,
            "declare_wrong",
            acts.DeclareWrong(events=("E",), lots=("B", "N"), why="did_not_occur", reason="Entered twice"),
        ),
    ),
    "plan": (in_store, lambda record: plan(record, *BAGS)),
    "change": (planned, lambda record: change(record, BAGS[:1], ("BAG2",))),
    "cancel": (planned, cancel),
    "depart": (planned, lambda record: depart(record, "DEP", *BAGS)),
    "weigh": (shipped, weigh),
    "take_in": (shipped, take_in),
    "return": (refused_whole, lambda record: send_back(record, *BAGS)),
    "take_back": (going_back, take_back),
    "recover": (melted, certify),
    "sample": (assay_cast.sold, assay_cast.draw),
    "assay": (sampled, lambda record: assay_cast.lay(record, "buyer")),
    "exchange": (assay_cast.laid, lambda record: assay_cast.exchange(record, PAIR)),
    "umpire": (in_dispute, lambda record: assay_cast.judge(record, assay_cast.found(au=170_000))),
    "settle": (lambda record: assay_cast.exchanged(record=record), assay_cast.settle),
}


def act(record, name):
    """One of the acts, not said yet."""
    return Told(record, *ACTS[name], ("meguri.custody",))
