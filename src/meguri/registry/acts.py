"""The registry's kinds of act: what is said when somebody is admitted, given a role, a place or a licence.

Organisations, and holders of licences, are named by their subject (``organisation:mys-doe``, ``facility:7Q2``);
facilities and licences by their bare id.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text


class Admit(msgspec.Struct, frozen=True, kw_only=True):
    """Admit an organisation. `names` are by language code, English among them.

    `authority` is the law's slug where it is a competent authority.
    """

    organisation: str
    names: dict[str, Text]
    economy: str
    authority: str = ""
    roles: tuple[str, ...] = ()


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


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Grant (or take down) a licence of an organisation or facility; `issued_by` is an authority's slug."""

    licence: str
    holder: str
    kind: str
    number: Text
    since: datetime
    until: datetime | None = None
    issued_by: str = ""


class Suspend(msgspec.Struct, frozen=True, kw_only=True):
    """Suspend a licence, or lift the suspension."""

    licence: str
    suspended: bool
    reason: Text


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation ends its part; others may go on with what it left."""

    organisation: str
    reason: Text = ""


ADMIT = define(Kind("registry.admit", 1, Admit, lambda b: [b.organisation], "public"))
ASSIGN = define(Kind("registry.assign", 1, Assign, lambda b: [b.organisation], "public"))
SITE = define(
    Kind("registry.site", 1, Site, lambda b: [f"facility:{b.facility}"], "public", lambda a, b: [b.organisation])
)
GRANT = define(Kind("registry.grant", 1, Grant, lambda b: [f"licence:{b.licence}"], "public", lambda a, b: [b.holder]))
SUSPEND = define(Kind("registry.suspend", 1, Suspend, lambda b: [f"licence:{b.licence}"], "public"))
CLOSE = define(Kind("registry.close", 1, Close, lambda b: [b.organisation], "public"))
