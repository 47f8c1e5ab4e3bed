"""Lots that a smelter took under movements, and certificates of what it made of them, for tests of custody."""

from __future__ import annotations

from cast import BLANK, NOW, SMELTER, cast

from meguri.custody import acts
from meguri.custody.certificates import reserving
from meguri.custody.states import Belonging, LotState
from meguri.movement import acts as moving
from meguri.movement import course
from meguri.movement.states import ArrivalState, Bag, LotMass, Made
from meguri.procedure.states import Course

KG = 1000
BOARDS = "circuit-boards"


def taken(record, movement, **lots):
    """The smelter took these lots (grams by name) under a movement."""
    bags = tuple(
        Bag(lot=f"S-{lot}", received_g=grams, accepted=True, becomes=lot, sent_g=grams + 10)
        for lot, grams in lots.items()
    )
    begun = course.begins("arrival", "receive", "JPN", NOW)
    record.states[f"arrival:{movement}"] = ArrivalState(
        movement=movement, case="", operator=SMELTER, facility="smelter", event=f"R-{movement}", bags=bags,
        received_at=NOW, course=Course(table=begun.table, digest=begun.digest, state="received", standing="there"),
    )  # fmt: skip
    for lot, grams in lots.items():
        record.states[f"lot:{lot}"] = LotState(
            stream=BOARDS, mass_g=grams, made_g=grams, holder=SMELTER, origin="MYS", economy="JPN",
            made_by=f"R-{movement}", made_at=NOW, facility="smelter", movement=movement,
            of=(Belonging(movement, grams),),
        )  # fmt: skip


def smelter():
    """A record with the smelter, and nothing taken yet."""
    return cast()


def melt(record, event, inputs, *made):
    """Lots (name, grams) become lots (name, stream, grams); what is missing is lost. What metal can come out of what,
    and what may be lost, is looked at elsewhere.
    """
    rest = sum(grams for _, grams in inputs) - sum(grams for _, _, grams in made)
    body = acts.Transform(
        event=event,
        step="smelting",
        facility="smelter",
        economy="JPN",
        inputs=tuple(LotMass(*part) for part in inputs),
        outputs=tuple(acts.Output(lot=name, stream=stream, grams=grams) for name, stream, grams in made),
        loss_g=rest,
        loss_reason="gas",
    )
    rooms = ("meguri.custody.guards.store", "meguri.custody.folds")
    return record.say(SMELTER, "custody.transform", body, rooms=rooms)


def lot(record, name):
    return record.states[f"lot:{name}"]


def certify(record, movement, event, *made, paper="P1", residues=(), **more):
    """Certify these (lot, element, grams), with all else as it is right."""
    arrival, happened = record.states[f"arrival:{movement}"], record.states[f"event:{event}"]
    went = {part.lot for part in happened.inputs}
    again = any(one.event == event for one in arrival.in_force)
    kept = [lot(record, name) for name in residues]
    given = {
        "certificate": f"N-{paper}",
        "lots": tuple(name for name in arrival.taken_lots if name in went),
        "recovered_on": NOW.date(),
        "facility": "smelter",
        "treated_g": reserving.counted(happened, movement, kept, again),
        **more,
    }
    body = moving.Recover(
        movement=movement, case="", event=event, made=tuple(Made(*one) for one in made), change=BLANK, paper=paper,
        residues=tuple(residues), **given,
    )  # fmt: skip
    return record.say(SMELTER, "movement.recover", body, rooms=("meguri.custody", "meguri.movement.folds"))


def revoke(record, movement, paper, *lots, reasons=("wrong_amount",), **more):
    body = moving.Revoke(
        movement=movement, case="", paper=paper, lots=lots, reasons=reasons, change=BLANK,
        **{"facility": "smelter", **more},
    )  # fmt: skip
    return record.say(SMELTER, "movement.revoke", body, rooms=("meguri.custody", "meguri.movement.folds"))
