"""The kinds of act of this room. Other rooms may guard and fold them too: lots obey departures and receipts.

What follows from a step (states, clocks, who sees the case from now on) is reckoned by the author with the procedure
table and carried in the body; the guard checks it against the table, and the fold needs nothing but the act.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from meguri import law
from meguri.consent.states import Bag, Due, LotMass, Made, Outcome, Track, TrackStanding
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text


class Notify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter notifies: opens `case` with the verdict, which holds its question, and the tracks it calls for.

    `licences` are those of importer, facility and operator on which facts of the question rest.
    """

    case: str
    number: str
    exporter: str
    importer: str
    operator: str
    facility: str
    description: Text
    total_g: int
    shipments: int
    period_from: date
    period_to: date
    verdict: law.Decision
    tracks: tuple[Track, ...]
    licences: tuple[str, ...] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step does to one track: its new state, whether its authority sees the case from now on, its clocks."""

    track: str
    to: str
    standing: TrackStanding
    visible: bool
    dues: tuple[Due, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A transition of one track, and all that the table says follows from it.

    `text` is what is asked, answered or the reason of an objection; conditions and validity belong to consents.
    `outcome` is set where the step decides the track.
    """

    case: str
    track: str
    transition: str
    changes: tuple[Change, ...]
    outcome: Outcome | None = None
    text: Text = ""
    conditions: tuple[Text, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    reference: Text = ""


class PutHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority stops everything under a case, whatever the states of the tracks."""

    case: str
    hold: str
    reason: Text


class ReleaseHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The authority that put a hold releases it."""

    case: str
    hold: str
    reason: Text = ""


class OpenMovement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The exporter opens a movement with its document: what is to be shipped, by whom, from port to port."""

    case: str
    movement: str
    serial: int
    lots: tuple[LotMass, ...]
    stream: str
    carrier: str
    port_from: str
    port_to: str
    km: float
    km_source: str
    planned_on: date
    ports_via: tuple[str, ...] = ()
    conveyance: Text = ""
    packages: int = 0
    packaging: str = ""


class Depart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The consignment leaves, on the day and in the zone claimed. `event` is the event that custody keeps of it."""

    case: str
    movement: str
    event: str
    lots: tuple[LotMass, ...]
    carrier: str
    departed_on: date
    place: Text = ""


class Receive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility weighs each lot and takes or refuses it. `event` is the event that custody keeps of it."""

    case: str
    movement: str
    event: str
    bags: tuple[Bag, ...]
    place: Text = ""


class Certify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facility certifies that recovery is completed: which lots it made, in which event of custody."""

    case: str
    movement: str
    certificate: str
    event: str
    made: tuple[Made, ...]
    recovered_on: date


class Complete(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exporter or facility closes the case after its last movement was recovered."""

    case: str


def _case(body: Notify | Step | PutHold | ReleaseHold | Complete) -> list[str]:
    return [f"case:{body.case}"]


def _movement(body: OpenMovement | Certify) -> list[str]:
    return [f"case:{body.case}", f"movement:{body.movement}"]


def _departure(body: Depart) -> list[str]:
    return [*_consignment(body), *(f"lot:{part.lot}" for part in body.lots)]


def _receipt(body: Receive) -> list[str]:
    return [*_consignment(body), *(f"lot:{bag.lot}" for bag in body.bags)]


def _consignment(body: Depart | Receive) -> list[str]:
    return [f"case:{body.case}", f"movement:{body.movement}", f"event:{body.event}"]


def _parties(act: Act, body: Notify) -> Iterable[str]:
    licences = [f"licence:{licence}" for licence in body.licences]
    return [body.exporter, body.importer, body.operator, f"facility:{body.facility}", *licences]


def _to_be_shipped(act: Act, body: OpenMovement) -> Iterable[str]:
    return [body.carrier, *(f"lot:{part.lot}" for part in body.lots)]


def _certified(act: Act, body: Certify) -> Iterable[str]:
    return [f"event:{body.event}", *(f"lot:{made.lot}" for made in body.made)]


define(Kind(name="consent.notify", version=1, body=Notify, subjects=_case, reads=_parties))
define(Kind(name="consent.step", version=1, body=Step, subjects=_case))
define(Kind(name="consent.lapse", version=1, body=Step, subjects=_case))
define(Kind(name="consent.hold", version=1, body=PutHold, subjects=_case))
define(Kind(name="consent.release", version=1, body=ReleaseHold, subjects=_case))
define(Kind(name="consent.open_movement", version=1, body=OpenMovement, subjects=_movement, reads=_to_be_shipped))
define(Kind(name="consent.depart", version=1, body=Depart, subjects=_departure))
define(Kind(name="consent.receive", version=1, body=Receive, subjects=_receipt))
define(Kind(name="consent.certify", version=1, body=Certify, subjects=_movement, reads=_certified))
define(Kind(name="consent.complete", version=1, body=Complete, subjects=_case))
