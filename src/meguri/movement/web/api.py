"""The endpoint of a movement, for those who may see it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from meguri.consent.case import record as consent
from meguri.kit import clock
from meguri.kit.people.identity import ANYONE, Reader
from meguri.kit.web.requests.describing import answers
from meguri.movement import record
from meguri.movement.states import ArrivalState, MovementState
from meguri.movement.web import buttons

router = Router()


class MovementOffer(msgspec.Struct, frozen=True):
    """What the caller's organisation may say of a movement now; `closed` says why not, where it may not yet."""

    transition: str
    fields: list[str]
    closed: str | None


class MovementRecord(msgspec.Struct, frozen=True):
    """A movement, its arrival, and what may be said of it."""

    movement: str
    status: str
    open: list[MovementOffer]
    state: MovementState
    arrival: ArrivalState | None


@router.get(
    "/movements/{movement}",
    summary="A movement as it stands, with what came of it",
    operation_id="movement",
    openapi_extra=answers(MovementRecord),
)
def movement(request: HttpRequest, movement: str) -> dict[str, Any]:
    """The movement, its arrival, and what the reader's organisation may say of them now.

    `held` says what of that on which it rests does not stand now.
    """
    reader: Reader = getattr(request, "reader", ANYONE)
    keeper, state = record.kept(movement, reader)
    arrival = record.arrival_of(movement, state, keeper)
    return {
        "movement": movement,
        "status": state.status,
        "held": [
            {"code": one.code, "says": one.say(), "params": {name: str(value) for name, value in one.params.items()}}
            for one in buttons.held(state, consent.case(state.case) if state.case else None, clock.now())
        ],
        "open": [
            {
                "transition": offer.row.transition,
                "fields": list(offer.fields),
                "closed": offer.closed.say() if offer.closed else None,
            }
            for offer in buttons.offers(state, arrival, reader.organisation or "", clock.now(), keeper)
        ],
        "state": msgspec.to_builtins(state),
        "arrival": msgspec.to_builtins(arrival) if arrival else None,
    }
