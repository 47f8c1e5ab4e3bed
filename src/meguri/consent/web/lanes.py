"""The tracks of a case against time: one lane for each authority, places in per cent of the width.

Reckons places only; ``consent/lane.html`` writes them. Places in per cent let a lane be as wide as the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from meguri.consent.shipments import ShipmentMark
from meguri.consent.states import TrackState, WholeCase
from meguri.kit.words import Words, plain
from meguri.procedure import tables
from meguri.procedure.states import Due

LEAST = timedelta(days=30)
FEWEST_TICKS = 3


@dataclass(frozen=True)
class ActMark:
    """An act, at its place; `words` say what it was."""

    x: float
    words: Words
    at: datetime
    tone: str


@dataclass(frozen=True)
class ClockBar:
    """A stretch of time: a clock up to its due instant, or a hold.

    A clock without effect in law is `assumed`; `over` has run out; `spent` was stopped by an act before or after.
    """

    x: float
    width: float
    words: Words
    assumed: bool
    over: bool
    spent: bool = False

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + self.width


@dataclass(frozen=True)
class TrackLane:
    """One track (or the movements) on the time axis; `since` is where it comes into sight."""

    key: str
    since: float | None
    until: float
    marks: tuple[ActMark, ...]
    clocks: tuple[ClockBar, ...]


@dataclass(frozen=True)
class MonthTick:
    """A first of a month (or year) on the axis."""

    x: float
    day: datetime
    year: bool


@dataclass(frozen=True)
class Timeline:
    """All lanes, the axis, today, and the holds that lie across."""

    lanes: tuple[TrackLane, ...]
    ticks: tuple[MonthTick, ...]
    today: float
    holds: tuple[ClockBar, ...]


class TimeScale:
    """From instants to per cent of the width."""

    def __init__(self, instants: Iterable[datetime]) -> None:
        known = sorted(instants)
        first, last = known[0], max(known[-1], known[0] + LEAST)
        margin = (last - first) * 0.04
        self.first, self.last = first - margin, last + margin * 2

    def at(self, instant: datetime) -> float:
        """The place of an instant, kept within the axis."""
        share = (instant - self.first) / (self.last - self.first)
        return round(min(max(share, 0.0), 1.0) * 100, 2)


def draw(case: WholeCase, shipped: Sequence[ShipmentMark], now: datetime, zone: str = "UTC") -> Timeline:
    """Lay out a case as it stands at an instant, with what happened to its movements; months of the zone are ticked."""
    instants = [case.notified_at, now]
    for track in case.tracks:
        instants += [point.at for point in track.points]
        instants += [due.due_at for due in (*track.dues, *track.spent)]
    instants += [hold.since for hold in case.holds]
    instants += [one.at for one in shipped]
    scale = TimeScale(instants)
    end = case.completed_at or case.retracted_at or now
    return Timeline(
        lanes=tuple(_lane(track, scale, now, end) for track in case.tracks) + _shipping(shipped, scale, end),
        ticks=_ticks(scale, zone),
        today=scale.at(now),
        holds=tuple(
            ClockBar(
                x=scale.at(hold.since),
                width=scale.at(hold.released_at or now) - scale.at(hold.since),
                words=plain(hold.reason),
                assumed=True,
                over=hold.released_at is not None,
            )
            for hold in case.holds
        ),
    )


def _lane(track: TrackState, scale: TimeScale, now: datetime, end: datetime) -> TrackLane:
    words, moves = tables.states(), tables.transitions()
    marks = []
    for point in track.points:
        said, state = moves.get(point.transition), words.get(point.to)
        standing = state.standing if state else "open"
        # What was taken in has a name of its own where somebody said it to this authority; a lapse is what it brought.
        named = said is not None and point.transition != "lapse"
        marks.append(
            ActMark(
                x=scale.at(point.at),
                words=said.words if said and named else state.words if state else plain(point.to),
                at=point.at,
                tone={"granted": "good", "refused": "stop"}.get(standing, "note"),
            )
        )
    return TrackLane(
        key=track.key,
        since=scale.at(track.visible_since) if track.visible_since else None,
        until=scale.at(end),
        marks=tuple(marks) if track.visible else (),
        clocks=(
            *(_bar(due, scale, now, spent=True) for due in track.spent),
            *(_bar(due, scale, now) for due in track.dues),
        ),
    )


def _bar(due: Due, scale: TimeScale, now: datetime, spent: bool = False) -> ClockBar:
    start = scale.at(due.started_at)
    return ClockBar(
        x=start,
        width=max(scale.at(due.due_at) - start, 0.5),
        words=plain(due.due_on.isoformat()),
        assumed=not due.legal,
        over=now >= due.due_at and not spent,
        spent=spent,
    )


def _shipping(shipped: Sequence[ShipmentMark], scale: TimeScale, end: datetime) -> tuple[TrackLane, ...]:
    if not shipped:
        return ()
    marks = tuple(ActMark(x=scale.at(one.at), words=one.words, at=one.at, tone=one.tone) for one in shipped)
    return (TrackLane(key="", since=min(mark.x for mark in marks), until=scale.at(end), marks=marks, clocks=()),)


def _ticks(scale: TimeScale, zone: str) -> tuple[MonthTick, ...]:
    place = ZoneInfo(zone)
    local = scale.first.astimezone(place)
    year, month = local.year, local.month
    found: list[MonthTick] = []
    while True:
        month += 1
        if month > 12:
            year, month = year + 1, 1
        start = datetime(year, month, 1, tzinfo=place)
        if start.astimezone(UTC) > scale.last:
            break
        found.append(MonthTick(x=scale.at(start), day=start, year=month == 1))
    every = max(1, len(found) // 8)
    return tuple(tick for n, tick in enumerate(found) if n % every == 0)
