"""The registry's kinds of act: what is said of organisations, their roles and places, and of licences.

Organisations, and holders of licences, are named by their subject (``organisation:mys-doe``, ``facility:7Q2``);
facilities, licences and applications by their bare id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text
from meguri.procedure.states import CourseChange
from meguri.registry.states import Address, Capacity, CheckAnswer, Contact, Identifier, LicenceBegins, Scope, Wanted


class Admit(msgspec.Struct, frozen=True, kw_only=True):
    """Admit an organisation. `names` are by language code, English among them.

    `authority` is the law's slug where it is a competent authority.
    """

    organisation: str
    names: dict[str, Text]
    economy: str
    authority: str = ""
    roles: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()


class Describe(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation is called, its numbers, where and how it is reached: all of it, in the place of before.

    `dropped` are its numbers of before that are no longer its own.
    """

    organisation: str
    names: dict[str, Text]
    identifiers: tuple[Identifier, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dropped: tuple[Identifier, ...] = ()


class Assign(msgspec.Struct, frozen=True, kw_only=True):
    """Give a role from an instant on, or end it at `until`."""

    organisation: str
    role: str
    since: datetime | None = None
    until: datetime | None = None


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Put a facility of an organisation on record; degrees (WGS 84), port by UN/LOCODE."""

    facility: str
    organisation: str
    names: dict[str, Text]
    economy: str
    lat: float
    lon: float
    port: str = ""
    operations: tuple[str, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    address: Address | None = None


class Alter(msgspec.Struct, frozen=True, kw_only=True):
    """What a facility is called, does and can take: all of it, in the place of before; or that it has closed."""

    facility: str
    organisation: str
    names: dict[str, Text]
    operations: tuple[str, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    address: Address | None = None
    closed: bool = False
    reason: Text = ""


class Apply(msgspec.Struct, frozen=True, kw_only=True):
    """A holder applies to an authority (`issued_by`, its slug) for a licence. `begins` is what its procedure makes."""

    licence: str
    holder: str
    kind: str
    issued_by: str
    begins: LicenceBegins
    scope: Scope = Scope()
    until: datetime | None = None
    text: Text = ""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Grant a licence, or take down one that was granted elsewhere; `issued_by` is an authority's slug.

    `stands`: it holds on after its end until a renewal that was asked for is decided, as the law of its kind has it. It
    has `begins` where nothing was applied for on record, else `change`: what follows for the application.
    """

    licence: str
    holder: str
    kind: str
    number: Text
    since: datetime
    until: datetime | None = None
    issued_by: str = ""
    scope: Scope = Scope()
    stands: bool = False
    begins: LicenceBegins | None = None
    change: CourseChange | None = None


class StepOfLicence(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a licence's procedure, such as ``suspend`` or ``renew``; `holder` is who holds it before.

    `scope` is the new one where it is varied or renewed, `until` the new end where it is renewed (or asked to be), `to`
    the next holder where it is transferred, `closed` the organisation whose closing lets it be transferred.
    """

    licence: str
    holder: str
    transition: str
    change: CourseChange
    text: Text = ""
    scope: Scope | None = None
    until: datetime | None = None
    to: str = ""
    closed: str = ""


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation ends its part; others may go on with what it left."""

    organisation: str
    reason: Text = ""


class Decide(msgspec.Struct, frozen=True, kw_only=True):
    """Operator or authority decides what somebody applied for: to be admitted, or for further roles.

    `organisation` is who was admitted, or who asked for roles; empty where a stranger was refused.
    """

    application: str
    wanted: Wanted
    applied_on: datetime
    granted: bool
    organisation: str = ""
    reason: Text = ""


class CheckFacility(msgspec.Struct, frozen=True, kw_only=True):
    """Questions of a scheme answered for a facility, in the place of what the same organisation answered before.

    They count until the end of the day `until`, there.
    """

    facility: str
    scheme: str
    answers: tuple[CheckAnswer, ...]
    until: date


def identifier_subject(one: Identifier) -> str:
    """The subject that says whose a number is; empty for numbers of registers that have no scheme of their own."""
    return f"identifier:{one.scheme}.{one.number}" if isinstance(one, Identifier) and one.scheme != "own" else ""


def _with_numbers(body: Admit | Describe) -> list[str]:
    numbers = (*body.identifiers, *(body.dropped if isinstance(body, Describe) else ()))
    return [body.organisation, *filter(None, map(identifier_subject, numbers))]


def _licence(body: Apply) -> list[str]:
    return [f"licence:{body.licence}"]


def _granted(body: Grant) -> list[str]:
    return [f"licence:{body.licence}", body.holder]


def _stepped(body: StepOfLicence) -> list[str]:
    return [f"licence:{body.licence}", *([body.to] if body.to else [])]


def _parties(act: Act, body: StepOfLicence) -> Iterable[str]:
    return {body.holder, body.closed} - {"", body.to}


ADMIT = define(Kind("registry.admit", 1, Admit, _with_numbers, "public"))
DESCRIBE = define(Kind("registry.describe", 1, Describe, _with_numbers, "public"))
ASSIGN = define(Kind("registry.assign", 1, Assign, lambda b: [b.organisation], "public"))
SITE = define(
    Kind("registry.site", 1, Site, lambda b: [f"facility:{b.facility}"], "public", lambda a, b: [b.organisation])
)
ALTER = define(
    Kind("registry.alter", 1, Alter, lambda b: [f"facility:{b.facility}"], "public", lambda a, b: [b.organisation])
)
APPLY = define(Kind("registry.apply", 1, Apply, _licence, "public", lambda a, b: [b.holder]))
GRANT = define(Kind("registry.grant", 1, Grant, _granted, "public"))
STEP = define(Kind("registry.step", 1, StepOfLicence, _stepped, "public", _parties))
CHECK = define(
    Kind(
        "registry.check",
        1,
        CheckFacility,
        lambda b: [f"check:{b.facility}.{b.scheme}"],
        "public",
        lambda a, b: [f"facility:{b.facility}"],
    )
)
CLOSE = define(Kind("registry.close", 1, Close, lambda b: [b.organisation], "public"))
DECIDE = define(
    Kind(
        "registry.decide",
        1,
        Decide,
        lambda b: [f"application:{b.application}"],
        "parties",
        lambda a, b: [b.organisation] if b.organisation else [],
    )
)
