"""What a reader can do on a case now: steps from the tables, holds, guarantees, the next movement, an end of it.

What cannot be done now but belongs to the reader is shown closed, with the reason that the record would give.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from meguri import law
from meguri.consent import services
from meguri.consent.case import permission
from meguri.consent.case import standing as standings
from meguri.consent.states import WholeCase
from meguri.consent.tracks import grounds, open_steps
from meguri.consent.tracks.authorities import table_of
from meguri.consent.web import wording
from meguri.kit.people.identity import Reader
from meguri.kit.problems import N_, Problem
from meguri.kit.words import Words
from meguri.law.citing import citation
from meguri.procedure import clocks, tables
from meguri.registry import services as registry

GRAVE = ("object", "refuse", "withdraw")


@dataclass(frozen=True)
class Door:
    """Something that belongs to the reader: open, or closed for the reasons given."""

    closed: tuple[Problem, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it can be done now."""
        return not self.closed


@dataclass(frozen=True)
class StepForm:
    """A step of a table with all that its form needs; `name` names the form, `next` are asked after it."""

    offer: open_steps.OpenStep
    name: str
    open: bool
    words: Words
    authority: Words
    general: bool
    next: tuple[str, ...]
    since: str
    until: str
    grave: bool
    on_paper: bool = False

    @property
    def ground(self) -> Words:
        """What the table cites for the step."""
        return citation(self.offer.row.citation)


@dataclass(frozen=True)
class Acts:
    """All that a reader can do on a case; a door is None where it is not theirs."""

    steps: tuple[StepForm, ...] = ()
    holds: tuple[dict[str, Any], ...] = ()
    hold: Door | None = None
    plan: Door | None = None
    complete: Door | None = None
    retract: Door | None = None
    guarantee: Door | None = None
    rest: tuple[str, ...] = ()
    organisations: frozenset[str] = field(default_factory=frozenset)

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        doors = (self.hold, self.plan, self.complete, self.retract, self.guarantee)
        return bool(self.steps or self.rest or any(door is not None for door in doors))


def of(case: WholeCase, reader: Reader, now: datetime, form: str = "") -> Acts:
    """What the reader's organisation can do on the case; the form that was sent is open, else the first."""
    me = reader.organisation or ""
    found = standings.of(case, now)
    offers = open_steps.offers(case, me, now)
    steps = tuple(_step(offer, form, n == 0, now, me) for n, offer in enumerate(offers))
    holds = tuple({"hold": hold, "mine": hold.by == me} for hold in found.holds)
    named = frozenset({who for step in steps for who in step.next} | {hold.by for hold in found.holds})
    if case.completed_at is not None or case.retracted_at is not None:
        return Acts(holds=holds, organisations=named)
    exporter = me == case.exporter
    sees = any(me in track.speakers and track.visible_since for track in case.tracks)
    return Acts(
        steps=steps,
        holds=holds,
        hold=Door() if sees else None,
        plan=_plan(case, now) if exporter else None,
        complete=_complete(case) if me in (case.exporter, case.operator) else None,
        retract=_retract(case) if exporter else None,
        guarantee=Door() if exporter else None,
        rest=_rest(case, now) if exporter else (),
        organisations=named,
    )


def form_of(transition: str, track: str) -> str:
    """The name of the form of a step, as ids of fields can be: ``ask-mys-doe-export``."""
    return f"{transition}-{track.replace('.', '-').replace('/', '-')}"


def _step(offer: open_steps.OpenStep, form: str, first: bool, now: datetime, me: str) -> StepForm:
    track, row = offer.track, offer.row
    today = clocks.local(now, law.office(track.authority, track.economy).zone)
    name = form_of(row.transition, track.key)
    return StepForm(
        offer=offer,
        name=name,
        open=form == name or (not form and first),
        words=tables.transitions()[row.transition].words,
        authority=wording.authority(track.authority),
        general=grounds.general(track.asked),
        next=offer.next,
        since=today.isoformat(),
        until=clocks.months_later(today, table_of(track.asked).validity_months).isoformat(),
        grave=row.transition in GRAVE,
        on_paper=row.role == "authority" and me == track.clerk and me != track.organisation,
    )


def _plan(case: WholeCase, now: datetime) -> Door | None:
    """The next movement; none is left where all notified shipments are promised."""
    if case.account.shipments >= case.shipments:
        return None
    return Door(tuple(permission.of(case, now)))


def _complete(case: WholeCase) -> Door | None:
    account = case.account
    if not account.left:
        return None
    if not account.open:
        return Door()
    text = N_("{count} movements are not over; the case is completed after its last recovery.")
    return Door((Problem(text, "", "under-way", {"count": account.open}),))


def _retract(case: WholeCase) -> Door:
    account = case.account
    if account.left:
        text = N_("A movement has left under this case; the notification can no longer be taken back.")
        return Door((Problem(text, "/transition", "under-way"),))
    if account.open:
        text = N_("{count} planned movements stand under this case; cancel them first.")
        return Door((Problem(text, "/transition", "planned", {"count": account.open}),))
    return Door()


def _rest(case: WholeCase, now: datetime) -> tuple[str, ...]:
    """The licences on which the case could rest from now on, where they are others than those that it names."""
    able = services.relied_on(case.verdict, case.importer, case.operator, case.facility, now)
    if set(able) == set(case.licences) or len(able) < len(case.licences):
        return ()
    return able if all(one.holds(now) for one in registry.licences_by_id(able).values()) else ()
