"""What a case is made of: its dossier, its account, one track for each authority and capacity, replies, guarantees.

Each is written by one author. How a case stands is derived from its parts (`standing`), never stored. Organisations
are named by their subject (``organisation:mys-doe``), because that is what actors are; cases, facilities, licences and
movements by their bare id. Masses are integer grams, instants UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from meguri import law
from meguri.journal.subject import at
from meguri.kit.words import Text
from meguri.procedure.states import Course, CoursePoint, DayKind, Days, Due, Form, Outcome, Standing


class AskedAuthority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority that a case asks, in one capacity. `key` is ``mys-doe.export``.

    `table` names the procedure table that rules its track and `digest` the file it stands in; `opens_on` is the act
    that opens the track. Without the tracks that are `needed` nothing moves; those `per_movement` open with each
    movement. `days` and `day_kind` are the verdict's own clock, `rule` the rule of law that asks. `node` keeps the
    track, as the node of the dossier calls it; empty where that is the same.
    """

    key: str
    authority: str
    economy: str
    capacity: str
    procedure: str
    form: Form
    table: str
    digest: str
    opens_on: str
    needed: bool
    per_movement: bool = False
    days: int | None = None
    day_kind: DayKind = "none"
    rule: str = ""
    node: str = ""

    @property
    def clock(self) -> Days:
        """The verdict's own clock, as the engine takes it."""
        return Days(form=self.form, days=self.days, day_kind=self.day_kind, rule=self.rule)


class PaperTrack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An authority that is asked on paper, because nobody has admitted it: `clerk`, an organisation, enters what it
    says.
    """

    authority: str
    clerk: str


class Scan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The paper from which an authority's answer was entered: its reference, the day that stands on it, and the scan by
    name and SHA-256 in hexadecimal.
    """

    reference: Text
    dated: date
    name: Text
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """That an act was entered from paper, by whom, with the scan."""

    act: str
    by: str
    scan: Scan


class Listener(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another track of the case that takes a transition of this one in; `node` keeps it where this node does not."""

    transition: str
    track: str
    node: str = ""


class DossierState(msgspec.Struct, frozen=True, kw_only=True):
    """What the exporter notified: parties, waste, quantities, period, who is asked, and what the case rests on.

    `verdict_digest` names the verdict, which is kept once. `licences` and `guarantees` are those that the case rests on
    beside the consents; `proved` are the facts of the question that licences prove, all others are the exporter's word.
    `notified_by` and `retracted_by` are acts. `there` is the node of the facility, empty where it is the dossier's own.
    """

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
    verdict_digest: str
    notified_at: datetime
    notified_by: str
    asked: tuple[AskedAuthority, ...]
    via: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    guarantees: tuple[str, ...] = ()
    retracted_at: datetime | None = None
    retracted_by: str = ""
    completed_at: datetime | None = None
    there: str = ""
    on_paper: tuple[PaperTrack, ...] = ()

    def clerk(self, authority: str) -> str:
        """The organisation that enters an authority's answers from paper; empty where it says them itself."""
        return next((one.clerk for one in self.on_paper if one.authority == authority), "")

    def ask(self, key: str) -> AskedAuthority | None:
        """Who is asked under that key, or None."""
        return next((asked for asked in self.asked if asked.key == key), None)

    @property
    def parties(self) -> tuple[str, ...]:
        """Exporter, importer and operator, each once."""
        return tuple(dict.fromkeys((self.exporter, self.importer, self.operator)))

    def roles(self, actor: str) -> tuple[str, ...]:
        """The roles of the tables that an organisation has in the case as such."""
        held = (("exporter", self.exporter), ("importer", self.importer), ("operator", self.operator))
        return tuple(role for role, who in held if who == actor)


def node_of(asked: AskedAuthority, home: str = "", here: str = "") -> str:
    """The node that keeps an authority's track, as `here` calls it: empty where that is itself.

    `home` is the node that keeps the dossier, empty where that is `here`.
    """
    node = asked.node or home
    return "" if node == here else node


def track_name(asked: AskedAuthority, where: str, home: str = "", here: str = "") -> str:
    """The subject of an authority's track in a case, or in a movement, as `here` names it."""
    return at(f"track:{where}/{asked.key}", node_of(asked, home, here))


def parties_named(dossier: DossierState) -> tuple[str, ...]:
    """Those who have to stand for anything to move under the case: its parties and the facility, as subjects."""
    return (*dossier.parties, f"facility:{dossier.facility}")


def rested_on(dossier: DossierState) -> tuple[str, ...]:
    """What a case rests on beside consents and guarantees, as subjects: its licences, its parties, the facility."""
    return (*(f"licence:{id}" for id in dossier.licences), *parties_named(dossier))


def rests_on(
    case: str, dossier: DossierState, movement: str = "", *, home: str = "", here: str = ""
) -> tuple[str, ...]:
    """Everything that can forbid a movement under the case, as subjects in order, as the node `here` names them.

    Its tracks (those of the movement too, where one is named), its licences and guarantees, its parties and facility.
    Licences, organisations and facilities are known to all nodes under one name; tracks and guarantees are kept by a
    node each. `home` is that of the dossier.
    """
    tracks = [track_name(asked, case, home, here) for asked in dossier.asked if not asked.per_movement]
    if movement:
        tracks += [track_name(asked, movement, home, here) for asked in dossier.asked if asked.per_movement]
    guarantees = [at(f"guarantee:{guarantee}", home) for guarantee in dossier.guarantees]
    return tuple(sorted({*tracks, *guarantees, *rested_on(dossier)}))


class VerdictState(msgspec.Struct, frozen=True):
    """A verdict, kept once under its digest however many cases rest on it."""

    decision: law.Decision


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """What has been promised under a case: written by the acts of its movements, in bytes that do not grow.

    `next_serial` numbers the next movement. `shipments` and `promised_g` count what is not given back by cancelling,
    whole refusal or return; `at_sea` the movements under way, `open` those that are not over, `left` those that ever
    departed, `accepted_g` what facilities took. `most` shipments were notified, by the exporter.
    """

    exporter: str = ""
    operator: str = ""
    most: int = 0
    next_serial: int = 1
    shipments: int = 0
    promised_g: int = 0
    at_sea: int = 0
    open: int = 0
    left: int = 0
    accepted_g: int = 0


class TrackDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority decided: in which form, from when to when it holds, on which conditions."""

    outcome: Outcome
    at: datetime
    act: str
    valid_from: date | None = None
    valid_until: date | None = None
    conditions: tuple[Text, ...] = ()
    reason: Text = ""
    reference: Text = ""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A stop that an authority puts on the whole case, kept on its own track."""

    id: str
    by: str
    reason: Text
    since: datetime
    released_at: datetime | None = None


class TrackState(msgspec.Struct, frozen=True, kw_only=True):
    """One authority's part in a case (or in one movement of it), written by that authority and its node alone.

    `visible` is false where the track ended before the authority was told. `listeners` are the tracks that take its
    transitions in. `holds` are those of this authority. Where nobody has admitted it, `clerk` enters what it says on
    paper; `entered` are the acts that were.
    """

    case: str
    asked: AskedAuthority
    parties: tuple[str, str, str]
    course: Course
    movement: str = ""
    opened_at: datetime | None = None
    visible: bool = True
    decision: TrackDecision | None = None
    holds: tuple[Hold, ...] = ()
    listeners: tuple[Listener, ...] = ()
    clerk: str = ""
    entered: tuple[Entered, ...] = ()

    @property
    def key(self) -> str:
        """``mys-doe.export``."""
        return self.asked.key

    @property
    def authority(self) -> str:
        """The authority's slug."""
        return self.asked.authority

    @property
    def economy(self) -> str:
        """Its economy."""
        return self.asked.economy

    @property
    def capacity(self) -> str:
        """In which capacity it is asked."""
        return self.asked.capacity

    @property
    def procedure(self) -> str:
        """The procedure that the verdict calls for."""
        return self.asked.procedure

    @property
    def form(self) -> Form:
        """In which form it answers."""
        return self.asked.form

    @property
    def needed(self) -> bool:
        """Whether nothing moves without it."""
        return self.asked.needed

    @property
    def state(self) -> str:
        """Where it stands in its table."""
        return self.course.state

    @property
    def standing(self) -> Standing:
        """What that state amounts to."""
        return self.course.standing

    @property
    def dues(self) -> tuple[Due, ...]:
        """The clocks that run."""
        return self.course.dues

    @property
    def spent(self) -> tuple[Due, ...]:
        """The clocks that were stopped or ran out."""
        return self.course.spent

    @property
    def points(self) -> tuple[CoursePoint, ...]:
        """What was said on it."""
        return self.course.points

    @property
    def visible_since(self) -> datetime | None:
        """Since when the authority sees the case; None where it does not."""
        return self.opened_at if self.visible else None

    @property
    def organisation(self) -> str:
        """The subject of the authority, as actors are named."""
        return f"organisation:{self.authority}"

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who may say what the authority says: itself, and the clerk who enters it from paper."""
        return (self.organisation, self.clerk) if self.clerk else (self.organisation,)

    @property
    def held_by(self) -> tuple[Hold, ...]:
        """Holds that still stand."""
        return tuple(hold for hold in self.holds if hold.released_at is None)

    def due(self) -> Due | None:
        """The running clock that ends first, or None."""
        return min(self.dues, key=lambda due: due.due_at, default=None)


def unopened(case: str, asked: AskedAuthority, dossier: DossierState) -> TrackState:
    """The track of an authority that was not told yet, for pages and for what is still missing."""
    return TrackState(
        case=case,
        asked=asked,
        parties=(dossier.exporter, dossier.importer, dossier.operator),
        course=Course(table=asked.table, digest=asked.digest, state="waiting", standing="waiting"),
        visible=False,
    )


class ReplyState(msgspec.Struct, frozen=True, kw_only=True):
    """What exporter or importer said to one authority: an answer to its question, an application."""

    case: str
    track: str
    transition: str
    by: str
    at: datetime
    act: str
    text: Text = ""


class GuaranteeState(msgspec.Struct, frozen=True, kw_only=True):
    """A financial guarantee or insurance that a case rests on: from whom, how much, from when to when it covers."""

    case: str
    by: str
    issuer: Text
    amount: Text
    valid_from: date
    valid_until: date
    reference: Text = ""
    withdrawn_on: date | None = None

    def covers(self, day: date) -> bool:
        """Whether it covers a day."""
        return self.valid_from <= day <= self.valid_until and (self.withdrawn_on is None or day < self.withdrawn_on)


class WholeCase(DossierState, frozen=True, kw_only=True):
    """A dossier with all its parts, put together for reading. `home` keeps the dossier where this node does not;
    `elsewhere` are the tracks, by key, on which authorities act at another node; `resting` are the states of licences,
    organisations and facility on which the case rests, by subject.
    """

    id: str
    home: str = ""
    elsewhere: tuple[str, ...] = ()
    account: AccountState
    tracks: tuple[TrackState, ...]
    verdict: law.Decision
    resting: dict[str, Any] = {}

    def track(self, key: str) -> TrackState | None:
        """The track of that key, or None."""
        return next((track for track in self.tracks if track.key == key), None)

    @property
    def moved_g(self) -> int:
        """Grams promised to movements that were not cancelled, refused whole or sent back unopened."""
        return self.account.promised_g

    @property
    def holds(self) -> tuple[Hold, ...]:
        """All holds of all authorities, oldest first."""
        return tuple(sorted((hold for track in self.tracks for hold in track.holds), key=lambda hold: hold.since))

    @property
    def organisations(self) -> tuple[str, ...]:
        """Everybody who sees the case: its parties, and authorities that were told."""
        told = [who for track in self.tracks if track.visible_since is not None for who in track.speakers]
        return tuple(dict.fromkeys([*self.parties, *told]))


def tracks_of(
    case: str, dossier: DossierState, known: Mapping[str, TrackState | None], *, home: str = "", here: str = ""
) -> tuple[TrackState, ...]:
    """All tracks of a case in the order in which they are asked, those not opened yet too, out of those `known` by
    subject. KeyError never: what is not known was not opened.
    """
    found = []
    for asked in dossier.asked:
        if not asked.per_movement:
            track = known.get(track_name(asked, case, home, here)) or unopened(case, asked, dossier)
            found.append(track if not node_of(asked, home, here) else without_silence(track))
    return tuple(found)


def without_silence(track: TrackState) -> TrackState:
    """A track that another node keeps: the silence of the line is not that of the authority, so that its clocks bring
    nothing here before its node says so.
    """
    dues = tuple(replace(due, then="") for due in track.dues)
    return replace(track, course=replace(track.course, dues=dues)) if dues else track
