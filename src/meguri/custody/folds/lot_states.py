"""What folds share: putting down events, lots that arise and lots that leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from meguri.custody.states import EventState, Finding, LotState
from meguri.journal.act import Entry
from meguri.journal.world import World


def share_of(seen_g: int, grams: int, of_g: int) -> int:
    """How many of these grams rest on a second weighing where `seen_g` of `of_g` do; rounded down, never above them."""
    return min(grams, seen_g * grams // of_g) if of_g else 0


def reweighed(state: LotState, grams: int) -> tuple[Finding, ...]:
    """What stands against a lot once it weighs otherwise: that it is more than its event is likely to have given."""
    others = tuple(one for one in state.findings if one.why != "more-metal")
    if state.limit is None or grams + state.used_g <= state.limit.likely_g:
        return others
    return (*others, Finding("more-metal", element=state.limit.element))


def happened(entry: Entry) -> datetime:
    """When it happened: as the clock at the place said, where the act says so."""
    told = entry.act.body.get("happened", "")
    return datetime.fromisoformat(told).astimezone(UTC) if told else entry.at


def put_event(world: World, entry: Entry, id: str, **fields: Any) -> None:
    """Put down what happened, by whom and when."""
    state = EventState(actor=entry.act.actor, at=entry.at, act=entry.id, number=entry.number, **fields)
    world.put(f"event:{id}", state)


def arise(
    world: World,
    entry: Entry,
    id: str,
    *,
    stream: str,
    grams: int,
    origin: str,
    economy: str,
    facility: str,
    event: str,
    holder: str = "",
    **more: Any,
) -> None:
    """A lot is there from now on: made by an event, held by who says so, where nobody else is named."""
    state = LotState(
        stream=stream,
        mass_g=grams,
        made_g=grams,
        holder=holder or entry.act.actor,
        origin=origin,
        economy=economy,
        made_by=event,
        made_at=entry.at,
        last_at=happened(entry),
        facility=facility,
        **more,
    )
    world.put(f"lot:{id}", state)


def leave(world: World, entry: Entry, id: str, state: LotState, **fields: Any) -> None:
    """A lot leaves its facility; earlier agreements no longer count."""
    fields = {
        "status": "in_transit",
        "facility": "",
        "left": state.facility,
        "moves": (*state.moves, entry.number),
        "last_at": happened(entry),
        "agreed_g": None,
        "movement": "",
        "case": "",
        "promised_to": "",
        "crosses": "",
        **fields,
    }
    world.put(f"lot:{id}", replace(state, **fields))
