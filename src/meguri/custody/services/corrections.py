"""The door for what was told wrong: events are taken back with all that was built on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from meguri.custody import acts, record
from meguri.custody.states import EventState, WrongWhy
from meguri.journal import services as journal
from meguri.kit.problems import N_, refuse


def built_on(event: str) -> tuple[str, ...]:
    """An event and all that used, moved or corrected what it made, last first. A few queries a level."""
    found: dict[str, EventState] = {}
    wanted = {event}
    while wanted:
        known = record.events(wanted)
        found |= known
        told = [state for state in known.values() if state.step != "correcting"]
        made = {part.lot for state in told for part in state.outputs}
        made |= {part.lot for state in told for part in state.parted}
        later = record.used_in(made)
        for names in record.moved_in(made).values():
            later |= set(names)
        first = min((state.number for state in known.values()), default=0)
        fresh = record.events(later - set(found))
        wanted = {name for name, state in fresh.items() if state.number > first and not state.wrong_by}
    return tuple(sorted(found, key=lambda name: -found[name].number))


def declare_wrong(
    actor: str,
    event: str,
    reason: str,
    *,
    why: WrongWhy = "incorrect_data",
    corrective: Sequence[str] = (),
    claimed: datetime | None = None,
    person: str = "",
) -> tuple[str, ...]:
    """Take an event back with all that was built on it; returns the events that are wrong now, last first.

    Refused where any of them is somebody else's, or somebody else relies on it.
    """
    events = built_on(event)
    if not events:
        raise refuse(N_("There is no event {event} of yours on record."), "/event", "event", event=event)
    states = record.events(events)
    lots = {part.lot for state in states.values() for part in (*state.inputs, *state.outputs)}
    body = acts.DeclareWrong(
        events=events, lots=tuple(sorted(lots)), why=why, reason=reason, corrective=tuple(corrective)
    )
    journal.say(actor, "custody.declare_wrong", body, claimed=claimed, person=person)
    return events
