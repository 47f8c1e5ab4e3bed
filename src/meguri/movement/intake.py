"""Taking in, on the exporter's node, what facilities said of arrivals: at once, and by the housekeeper. An arrival of
another node is taken in by its copy.
"""

from __future__ import annotations

import logging
from datetime import datetime

from meguri.consent.acts import taking
from meguri.journal import services as journal
from meguri.journal.subject import split
from meguri.kit import clock, ids
from meguri.kit.problems import MeguriError
from meguri.movement import acts, course, record

log = logging.getLogger(__name__)


def take_in(act: str, subject: str, source: str) -> bool:
    """Take an act on an arrival in on its movement. Logged and left for later where that is refused."""
    try:
        # One instant for what follows and for the act.
        at = clock.parse(clock.stamp(clock.now()))
        body = draft(act, split(subject)[1], at)
        if body is None:
            return False
        journal.say(journal.NODE_ORGANISATION, "movement.take_in", body, claimed=at, nonce=taking(act, subject))
    except MeguriError as error:
        log.warning("%s was not taken in: %s", act[:16], ", ".join(one.code for one in error.problems))
        return False
    return True


def draft(act: str, movement: str, at: datetime) -> acts.TakeInArrival | None:
    """What the node would say at an instant; None where it was taken in, or the arrival does not show the act."""
    state = record.movement(movement)
    arrival = record.arrival_of(movement, state)
    if arrival is None or any(point.of == act for point in state.course.points):
        return None
    on = next((f"arrival.{point.transition}" for point in arrival.course.points if point.act == act), "")
    if not on:
        return None
    weighed = on in ("arrival.receive", "arrival.refuse")
    return acts.TakeInArrival(
        movement=movement,
        case=state.case,
        of=act,
        on=on,
        change=course.taken(state, on, at),
        bags=arrival.bags if weighed else (),
        there=state.there,
        event=ids.new() if weighed and state.there else "",
        freed=tuple(sorted({one.licence for one in state.uses})) if on == "arrival.refuse" else (),
    )
