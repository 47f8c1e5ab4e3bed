"""Taking in what was said elsewhere: at once after an act, and by the housekeeper where that failed.

What waits is a projection (the edges of the books), so an act that came through the API with a key of its own sets it
going too. Each taking in is a transaction of its own, said by the node; its nonce follows from act and track, so that
trying again never says it twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from meguri.consent import acts, models, reading, taking
from meguri.journal import relations
from meguri.journal import services as journal
from meguri.kit import clock
from meguri.kit.problems import MeguriError

log = logging.getLogger(__name__)
AT_ONCE = 500
Taker = Callable[[str, str], bool]
_TAKERS: dict[str, Taker] = {}


def takes(prefix: str, taker: Taker) -> None:
    """Let a room take acts in on its subjects: ``taker(act, subject)`` says whether it did."""
    _TAKERS[prefix] = taker


def waiting(acts_said: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """Acts that wait to be taken in, with the tracks: of those named, or of the whole record (some at a time)."""
    return relations.unanswered(models.AWAITS, models.TAKEN, sources=acts_said, most=AT_ONCE)


def take_in_all(acts_said: Iterable[str] | None = None) -> int:
    """Take in all that waits; returns how much it was. What cannot be taken in is logged and tried again later."""
    said = 0
    while found := waiting(acts_said):
        done = sum(_TAKERS[track.partition(":")[0]](act, track) for act, track in found)
        said += done
        if not done or acts_said is not None:
            break
    return said


def _take_in(act: str, subject: str) -> bool:
    """Take an act in on a track. Logged and left for later where that is refused."""
    try:
        body = draft(act, subject)
        if body is None:
            return False
        at = clock.parse(clock.stamp(clock.now()))
        journal.say(journal.NODE_ORGANISATION, "consent.take_in", body, claimed=at, nonce=acts.taking(act, subject))
    except MeguriError as error:
        log.warning("%s was not taken in on %s: %s", act[:16], subject, error)
        return False
    return True


def draft(act: str, subject: str) -> acts.TakeIn | None:
    """What the node would say now to take an act in on a track; None where it was taken in or nothing shows it."""
    where, _, key = subject.partition(":")[2].partition("/")
    entry = journal.entry(act)
    case = entry.act.body["case"]
    movement = where if where != case else ""
    dossier = reading.dossier(case)
    asked = dossier.ask(key)
    track = reading.track(subject)
    if asked is None or (track is not None and any(point.of == act for point in track.points)):
        return None
    source, on = proof(entry.act.kind, entry.act.subjects, entry.act.body)
    change, opening = taking.reckoned(dossier, asked, track, on, clock.parse(clock.stamp(clock.now())))
    return acts.TakeIn(
        case=case, track=key, of=act, on=on, source=source, change=change, opening=opening, movement=movement
    )


def proof(kind: str, subjects: tuple[str, ...], body: dict[str, object]) -> tuple[str, str]:
    """The subject whose state proves an act, and what the tables call it."""
    if kind in ("consent.notify", "consent.retract"):
        return f"case:{body['case']}", kind.partition(".")[2]
    source = subjects[0]
    if kind == "consent.reply":
        return source, str(body["transition"])
    if kind in ("consent.step", "consent.lapse"):
        capacity = str(body["track"]).rpartition(".")[2]
        return source, f"{capacity}.{body['transition']}"
    return next(name for name in subjects if name.startswith("movement:")), kind


takes("track", _take_in)
