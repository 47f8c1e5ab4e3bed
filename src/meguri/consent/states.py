"""What a case and a movement are: values that folds make and pages read. Masses are integer grams, instants UTC.

Organisations are named by their subject (``organisation:mys-doe``), because that is what actors are; cases, movements,
lots, facilities and events by their bare id.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from meguri import law
from meguri.kit.words import Text
from meguri.law.decisions import Capacity, DayKind, Form

FreeDay = Literal["holiday", "weekend", "closure"]
TrackStanding = Literal["waiting", "open", "granted", "refused", "noted", "ended"]
Outcome = Literal["consent", "consent_with_conditions", "object", "tacit", "withdrawn"]
MovementStatus = Literal["planned", "departed", "received", "recovered", "returned"]


class LotMass(msgspec.Struct, frozen=True):
    """A lot and how much of it, in grams."""

    lot: str
    grams: int


class Moved(msgspec.Struct, frozen=True):
    """A day that was not counted, or on which a period could not end, and why; a holiday's name is its calendar's."""

    day: date
    why: FreeDay


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that runs on a track, reckoned once, when it was started, and then kept. What it is called, what follows
    from silence and on which ground stands in its `table`, or with the `rule` that sets its days.

    `due_on` is the last day in the authority's own zone, `due_at` the first instant after it. `moved_by` are the
    holidays and weekends that put the day off, `counted_on` is the day without them. `legal` is false for a service
    target, which has no effect in law. `then` is the transition that the clock says when nothing was done; empty where
    nothing follows from silence. A clock that `bars` is a waiting time: nothing departs before its end.
    """

    clock: str
    from_event: str
    started_at: datetime
    due_at: datetime
    due_on: date
    days: int
    day_kind: DayKind
    zone: str
    calendar: str
    legal: bool
    counted_on: date
    table: str = ""
    rule: str = ""
    then: str = ""
    bars: bool = False
    moved_by: tuple[Moved, ...] = ()


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """An act on a track: when it counts, what it was, where it led, by whom, and its act id."""

    at: datetime
    transition: str
    to: str
    actor: str
    act: str
    text: Text = ""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority decided: in which form, from when to when it holds, on which conditions."""

    outcome: Outcome
    at: datetime
    act: str
    valid_from: date | None = None
    valid_until: date | None = None
    conditions: tuple[Text, ...] = ()
    reason: Text = ""
    reference: Text = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One authority's part in a case.

    `key` is ``authority/capacity``. `table` names the procedure table that rules it, `state` its state there and
    `standing` what that state amounts to. Without the tracks that are `needed` nothing moves. `dues` are the clocks
    that run, `spent` those that were stopped by an act or ran out.
    Before `visible_since` the authority does not see the case. `days` and `day_kind` are the verdict's own clock,
    `rule` the rule of law that asks for the track.
    """

    key: str
    authority: str
    economy: str
    capacity: Capacity
    procedure: str
    form: Form
    table: str
    state: str
    standing: TrackStanding
    needed: bool
    visible_since: datetime | None = None
    days: int | None = None
    day_kind: DayKind = "none"
    rule: str = ""
    dues: tuple[Due, ...] = ()
    spent: tuple[Due, ...] = ()
    decision: Decision | None = None
    points: tuple[Point, ...] = ()

    @property
    def organisation(self) -> str:
        """The subject of the authority, as actors are named."""
        return f"organisation:{self.authority}"

    def due(self) -> Due | None:
        """The running clock that ends first, or None."""
        return min(self.dues, key=lambda due: due.due_at, default=None)


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A stop across all tracks, beside their states: a prohibition, a lapsed guarantee, a suspended licence."""

    id: str
    by: str
    reason: Text
    since: datetime
    released_at: datetime | None = None


class MovementLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a case needs to know of each of its movements."""

    movement: str
    serial: int
    status: MovementStatus
    grams: int
    accepted_g: int = 0
    carrier: str = ""


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """One notification and all that follows. Its standing is derived from the tracks (`procedure.standing`)."""

    number: str
    exporter: str
    importer: str
    operator: str
    facility: str
    origin: str
    destination: str
    stream: str
    description: Text
    operation: str
    codes: tuple[str, ...]
    total_g: int
    shipments: int
    period_from: date
    period_to: date
    multiple: bool
    verdict: law.Decision
    notified_at: datetime
    tracks: tuple[Track, ...]
    via: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    movements: tuple[MovementLine, ...] = ()
    completed_at: datetime | None = None

    def track(self, key: str) -> Track | None:
        """The track of that key, or None."""
        return next((track for track in self.tracks if track.key == key), None)

    @property
    def moved_g(self) -> int:
        """Grams already promised to movements that were not returned unopened."""
        return sum(line.grams for line in self.movements if line.status != "returned")

    @property
    def held_up_by(self) -> tuple[Hold, ...]:
        """Holds that still stand."""
        return tuple(hold for hold in self.holds if hold.released_at is None)


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """A lot as the facility weighed it on arrival, and whether it took it."""

    lot: str
    received_g: int
    accepted: bool
    reason: Text = ""


class Made(msgspec.Struct, frozen=True):
    """A lot of recovered material that a certificate speaks of: ``element`` is a symbol such as Au."""

    lot: str
    element: str
    grams: int


class MovementState(msgspec.Struct, frozen=True, kw_only=True):
    """One shipment under a case, with what its movement document says. `km` is the distance of the chosen leg."""

    case: str
    serial: int
    exporter: str
    importer: str
    operator: str
    lots: tuple[LotMass, ...]
    stream: str
    carrier: str
    conveyance: Text
    port_from: str
    port_to: str
    ports_via: tuple[str, ...]
    km: float
    km_source: str
    planned_on: date
    opened_at: datetime
    packages: int = 0
    packaging: str = ""
    status: MovementStatus = "planned"
    departed_at: datetime | None = None
    departed_by: str = ""
    received_at: datetime | None = None
    bags: tuple[Bag, ...] = ()
    certified_at: datetime | None = None
    certificate: str = ""
    made: tuple[Made, ...] = ()

    @property
    def grams(self) -> int:
        """What is shipped, in grams."""
        return sum(lot.grams for lot in self.lots)

    @property
    def accepted_g(self) -> int:
        """What the facility took, in grams as it weighed them."""
        return sum(bag.received_g for bag in self.bags if bag.accepted)
