"""Taking in what was said elsewhere: at once after an act, and by the housekeeper where that failed. What was said on
another node is taken in by the copy that `exchange.received` brought.

What waits is a projection (the edges of the books), so an act that came through the API with a key of its own sets it
going too. Each taking in is a transaction of its own, said by the node; its nonce follows from act and track, so that
trying again never says it twice.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from meguri.consent import acts, models
from meguri.consent.case import record
from meguri.consent.states import DossierState
from meguri.consent.tracks import taken_in
from meguri.journal import peers
from meguri.journal import services as journal
from meguri.journal.projections import books, relations
from meguri.journal.subject import bare, split
from meguri.kit import clock
from meguri.kit.problems import MeguriError

log = logging.getLogger(__name__)
AT_ONCE = 500
Taker = Callable[[str, str, str], bool]
_TAKERS: dict[str, Taker] = {}
Order = Callable[[Iterable[int]], Mapping[str, int]]
_orders: list[Order] = []


def takes(prefix: str, taker: Taker) -> None:
    """Let a room take acts in on its subjects: ``taker(act, subject, source)`` says whether it did, where the state of
    `source` shows the act.
    """
    _TAKERS[prefix] = taker


def order(found: Order) -> Order:
    """Let a room say in which order acts were said that one act of this node, by its number, brought together."""
    _orders.append(found)
    return found


def waiting(acts_said: Iterable[str] | None = None) -> list[relations.Link]:
    """Acts that wait to be taken in on subjects of this node, in the order in which they were said: of those named, or
    of the whole record (some at a time). `by` is the subject that shows the act.
    """
    found = relations.unanswered(models.AWAITS, models.TAKEN, sources=acts_said, most=AT_ONCE)
    together = [number for number, count in Counter(one.number for one in found).items() if count > 1]
    place: dict[str, int] = {}
    for told in _orders if together else ():
        place |= told(together)
    return sorted(found, key=lambda one: (one.number, place.get(one.source, 0)))


def take_in_all(acts_said: Iterable[str] | None = None) -> int:
    """Take in all that waits; returns how much it was. What cannot be taken in is logged and tried again later."""
    said = 0
    while found := waiting(acts_said):
        done = sum(_TAKERS[split(one.target)[0]](one.source, one.target, one.by) for one in found)
        said += done
        if not done or acts_said is not None:
            break
    return said


def _take_in(act: str, subject: str, source: str) -> bool:
    """Take an act in on a track. Logged and left for later where that is refused."""
    try:
        # One instant for what follows and for the act: a millisecond later other clocks would follow.
        at = clock.parse(clock.stamp(clock.now()))
        body = draft(act, subject, source, at)
        if body is None:
            return False
        journal.say(journal.NODE_ORGANISATION, "consent.take_in", body, claimed=at, nonce=acts.taking(act, subject))
    except MeguriError as error:
        log.warning("%s was not taken in: %s", act[:16], ", ".join(one.code for one in error.problems))
        return False
    return True


def draft(act: str, subject: str, source: str, at: datetime) -> acts.TakeInNotice | None:
    """What the node would say at an instant to take an act in on a track; None where it was taken in or nothing shows
    it.
    """
    where, _, key = split(subject)[1].partition("/")
    shows = books.load([source])[source]
    on = taken_in.shown(shows, act)
    case = bare(split(source)[1]) if isinstance(shows, DossierState) else str(getattr(shows, "case", ""))
    if not on or not case:
        return None
    found = record.case(case)
    asked = found.ask(key)
    track = record.track(subject)
    if asked is None or (track is not None and any(point.of == act for point in track.points)):
        return None
    change, opening = taken_in.reckoned(found, asked, track, on, at, found.home, peers.here())
    return acts.TakeInNotice(
        case=found.id,
        home=found.home,
        track=key,
        of=act,
        on=on,
        source=source,
        change=change,
        opening=opening,
        movement=where if where != found.id else "",
    )


takes("track", _take_in)
