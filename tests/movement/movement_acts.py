"""Every kind of act on a movement as the record takes it, with what goes before it."""

from __future__ import annotations

from consent_cast import (
    CARRIER,
    CASE,
    EXPORTER,
    KG,
    ROOMS,
    cancel,
    certify,
    change,
    depart,
    follows,
    on,
    plan,
    receive,
    take_in_arrival,
    to_consent,
    waiting,
)

from meguri.movement import acts
from meguri.movement.states import Bag, LotMass
from meguri.registry.states import FacilityState, OrganisationState, RoleSpan
from memory_record import Told

LOTS = ("B1", 5 * KG), ("B2", 4 * KG)
SECOND_CARRIER = "organisation:lorry"
TAKEN = (
    {"lot": "B1", "received_g": 5 * KG, "accepted": True},
    {"lot": "B2", "received_g": 4 * KG, "accepted": True},
)
REFUSED = tuple({**bag, "accepted": False, "reason": "Wet"} for bag in TAKEN)


def planned(record):
    to_consent(record)
    plan(record, *LOTS)


def under_way(record):
    planned(record)
    depart(record, *LOTS)


def refused_whole(record):
    under_way(record)
    receive(record, *REFUSED)


def step(record, transition, actor, at="2025-11-18", text="Because", **more):
    body = acts.MovementStep(
        movement="M1", transition=transition, text=text, change=follows(record, transition, actor, on(at, 5)), **more
    )
    return record.say(actor, "movement.step", body, claimed=on(at, 5), rooms=ROOMS)


def send_back(record):
    at = on("2025-12-10")
    body = acts.Return(
        movement="M1", case=CASE, event="E4", lots=tuple(LotMass(*lot) for lot in LOTS), carrier=CARRIER,
        reason="Refused", change=follows(record, "return", EXPORTER, at),
    )  # fmt: skip
    return record.say(EXPORTER, "movement.return", body, claimed=at, rooms=ROOMS)


def take_back(record):
    at = on("2025-12-20")
    body = acts.TakeBack(
        movement="M1", case=CASE, event="E5", facility="yard", economy="MYS",
        bags=tuple(Bag(lot=lot, sent_g=grams, received_g=grams, accepted=True) for lot, grams in LOTS),
        change=follows(record, "take_back", EXPORTER, at),
    )  # fmt: skip
    return record.say(EXPORTER, "movement.take_back", body, claimed=at, rooms=ROOMS)


def arrived(record):
    under_way(record)
    receive(record, *TAKEN, take=False)


def take_in(record):
    ((act, subject),) = waiting(record)
    return take_in_arrival(record, act, subject, on("2025-12-03", 5))


def received(record):
    under_way(record)
    receive(record, *TAKEN)


def sent_back(record):
    refused_whole(record)
    send_back(record)


ACTS = {
    "plan": (to_consent, lambda record: plan(record, *LOTS)),
    "change": (planned, lambda record: change(record, LOTS[0])),
    "cancel": (planned, cancel),
    "step": (under_way, lambda record: step(record, "miss", EXPORTER, "2025-11-25")),
    "depart": (planned, lambda record: depart(record, *LOTS)),
    "receive": (under_way, lambda record: receive(record, *TAKEN, take=False)),
    "take_in": (arrived, take_in),
    "return": (refused_whole, send_back),
    "take_back": (sent_back, take_back),
    "recover": (received, lambda record: certify(record, ("AU", "Au", 5), ("CU", "Cu", 995))),
}


def told(record, name):
    """One of the acts, for a record that knows a yard of the exporter and a second carrier."""
    record.states["facility:yard"] = FacilityState(
        organisation=EXPORTER, names={"en": "Yard"}, economy="MYS", lat=5.0, lon=100.0
    )
    record.states[SECOND_CARRIER] = OrganisationState(
        names={"en": "Lorry"}, economy="MYS", admitted_on=on("2020-01-01"),
        roles=(RoleSpan("carrier", on("2020-01-01")),),
    )  # fmt: skip
    return Told(record, *ACTS[name], ROOMS)
