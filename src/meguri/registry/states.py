"""What the record knows about organisations, facilities and licences."""

from __future__ import annotations

from datetime import datetime

import msgspec

from meguri.kit.words import Text, Words, given


class RoleSpan(msgspec.Struct, frozen=True):
    """A role held from an instant on, until an instant (exclusive) where it has ended."""

    role: str
    since: datetime
    until: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Whether the span covers the instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


class OrganisationState(msgspec.Struct, frozen=True, kw_only=True):
    """A company or an authority. `authority` is the law's slug where it is one; closing is final."""

    names: dict[str, Text]
    economy: str
    admitted_on: datetime
    roles: tuple[RoleSpan, ...] = ()
    authority: str = ""
    closed_on: datetime | None = None

    @property
    def name(self) -> Words:
        """The name, said in the reader's language where it was given in it."""
        return given(self.names)


class FacilityState(msgspec.Struct, frozen=True, kw_only=True):
    """A place where an organisation works. `lat` and `lon` in degrees, `port` a UN/LOCODE, `operations` such as R4."""

    organisation: str
    names: dict[str, Text]
    economy: str
    lat: float
    lon: float
    port: str = ""
    operations: tuple[str, ...] = ()

    @property
    def name(self) -> Words:
        """The name, said in the reader's language where it was given in it."""
        return given(self.names)


class LicenceState(msgspec.Struct, frozen=True, kw_only=True):
    """A licence or certificate of an organisation or facility; `until` is exclusive, None where it does not lapse."""

    holder: str
    kind: str
    number: Text
    since: datetime
    until: datetime | None = None
    issued_by: str = ""
    suspended: bool = False
    reason: Text = ""

    def holds(self, instant: datetime) -> bool:
        """Whether the licence can be relied on at the instant, as far as the record knows now."""
        return not self.suspended and self.since <= instant and (self.until is None or instant < self.until)
