"""What the record knows about organisations, facilities and licences."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from meguri.kit.words import Text, Words, given
from meguri.procedure.states import Course, CourseChange

Per = Literal["", "day", "month", "year", "term"]


class RoleSpan(msgspec.Struct, frozen=True):
    """A role held from an instant on, until an instant (exclusive) where it has ended."""

    role: str
    since: datetime
    until: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Whether the span covers the instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


class Identifier(msgspec.Struct, frozen=True):
    """A number under which a State or a register knows an organisation; `scheme` is one of ``identifier_schemes``."""

    scheme: str
    number: Text


class NumberState(msgspec.Struct, frozen=True):
    """Whose a number of a scheme is; empty where it is nobody's any more."""

    organisation: str


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail reaches an organisation or a facility, as it is written there."""

    street: Text
    place: Text = ""
    postcode: Text = ""
    economy: str = ""


class Contact(msgspec.Struct, frozen=True):
    """How an office is reached. An office, not a person: what is on record stays."""

    kind: Literal["mail", "telephone", "web"]
    value: Text


class Capacity(msgspec.Struct, frozen=True):
    """How much a facility can take a year by one operation (empty: by all), in grams."""

    grams: int
    operation: str = ""


class GrantedLicence(msgspec.Struct, frozen=True):
    """A licence that its holder was granted, or took over, and of which kind; whether it holds, its own state says."""

    licence: str
    kind: str


class OrganisationState(msgspec.Struct, frozen=True, kw_only=True):
    """A company or an authority. `authority` is the law's slug where it is one; closing is final. `granted` are all
    licences that it ever held: who rests on it cannot leave one out.
    """

    names: dict[str, Text]
    economy: str
    admitted_on: datetime
    roles: tuple[RoleSpan, ...] = ()
    authority: str = ""
    closed_on: datetime | None = None
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    granted: tuple[GrantedLicence, ...] = ()

    @property
    def name(self) -> Words:
        """The name, said in the reader's language where it was given in it."""
        return given(self.names)


class FacilityState(msgspec.Struct, frozen=True, kw_only=True):
    """A place where an organisation works. `lat` and `lon` in degrees, `port` a UN/LOCODE, `operations` such as R4;
    `granted` are all licences that it ever held.
    """

    organisation: str
    names: dict[str, Text]
    economy: str
    lat: float
    lon: float
    port: str = ""
    operations: tuple[str, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    address: Address | None = None
    closed_on: datetime | None = None
    granted: tuple[GrantedLicence, ...] = ()

    @property
    def name(self) -> Words:
        """The name, said in the reader's language where it was given in it."""
        return given(self.names)


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a licence is for. A part that is empty does not limit it; `grams` are those of one period (`per`).

    `streams` are those of the law's table, `codes` are written ``scheme:code``. Conditions are in the issuer's words.
    """

    operations: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    grams: int | None = None
    per: Per = ""
    conditions: tuple[Text, ...] = ()


class LicenceBegins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the first act on a licence brings: the procedure's table, the digest of its file, what follows."""

    table: str
    digest: str
    change: CourseChange


class ScopeSpan(msgspec.Struct, frozen=True):
    """A scope and the instant from which it counts, until the next one."""

    since: datetime
    scope: Scope


class Pause(msgspec.Struct, frozen=True):
    """A suspension: nothing rests on the licence from `since` on, until it was resumed."""

    since: datetime
    until: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        """Whether it lasts at the instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


GRANTED = Course(table="", digest="", state="granted", standing="granted")
"""Of a licence that was granted, where nothing else is said of its way."""


class LicenceState(msgspec.Struct, frozen=True, kw_only=True):
    """A licence or certificate of an organisation or facility; `until` is exclusive, None where it does not lapse.

    `course` is its way through the procedure of licences. `since` is None until it is granted. `over_on` is when it was
    revoked, given up or declared lapsed. `stands_while_asked`: the law lets it stand on after `until` where its renewal
    was asked for in time (`renewal_asked`). `reason` is what the last step gave as its reason. `held_before` are those
    from whom it was transferred.
    """

    holder: str
    kind: str
    course: Course = GRANTED
    number: Text = ""
    since: datetime | None = None
    until: datetime | None = None
    issued_by: str = ""
    suspended: bool = False
    reason: Text = ""
    scopes: tuple[ScopeSpan, ...] = ()
    wanted: Scope = Scope()
    wanted_until: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    over_on: datetime | None = None
    renewal_asked: datetime | None = None
    stands_while_asked: bool = False
    held_before: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """What it is for, as the record knows now; where it is applied for, what was asked."""
        return self.scopes[-1].scope if self.scopes else self.wanted

    def scope_at(self, instant: datetime) -> Scope:
        """What it was for at the instant."""
        return next((span.scope for span in reversed(self.scopes) if span.since <= instant), self.scope)

    def ran_out(self, instant: datetime) -> bool:
        """Whether its time is over; one whose renewal was asked for in time may stand until that is decided."""
        if self.until is None or instant < self.until:
            return False
        return not (self.stands_while_asked and self.course.state == "renewal_asked")

    def holds(self, instant: datetime) -> bool:
        """Whether the licence can be relied on at the instant, as far as the record knows now."""
        if self.suspended or self.since is None or instant < self.since or self.ran_out(instant):
            return False
        if self.over_on is not None and self.over_on <= instant:
            return False
        return not any(pause.covers(instant) for pause in self.pauses)


class LicenceUseState(msgspec.Struct, frozen=True, kw_only=True):
    """How much was planned under a licence whose quantity is limited, in grams by period: ``2026``, ``2026-03``,
    ``2026-03-05`` or ``term``. What was called off, refused whole or called back is taken off again.
    """

    grams: dict[str, int]


def period_of(per: Per, day: date) -> str:
    """The calendar's day, month or year in which a day lies, or the whole term: what a quantity `per` is counted by."""
    return {"day": day.isoformat(), "month": f"{day:%Y-%m}", "year": f"{day:%Y}"}.get(per, "term")


class CheckAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody found of one question of a scheme, and what shows it: a paper's name, number or digest."""

    check: str
    answer: Literal["yes", "no", "not_applicable"]
    evidence: Text = ""


class CheckSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What one organisation answered, when, and the last day for which it counts."""

    by: str
    at: datetime
    until: date
    answers: tuple[CheckAnswer, ...]


class CheckState(msgspec.Struct, frozen=True, kw_only=True):
    """A facility's answers to the questions of one scheme: the last of each organisation that answered."""

    facility: str
    scheme: str
    said: tuple[CheckSaid, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody applied for: to be admitted, or (an organisation on record) for further roles."""

    names: dict[str, Text]
    economy: str
    organisation: str = ""
    roles: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    message: Text = ""


class ApplicationState(msgspec.Struct, frozen=True, kw_only=True):
    """What was applied for, by whom it was decided, how and why."""

    wanted: Wanted
    applied_on: datetime
    decided_on: datetime
    decided_by: str
    granted: bool
    organisation: str = ""
    reason: Text = ""
