"""What a movement is: its document and course at the exporter's, its arrival at the facility's.

The two are written by different organisations. Masses are integer grams, instants UTC; organisations are named by
their subject, lots, cases, facilities and events by bare id.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from meguri.kit.words import Text
from meguri.procedure.states import Course, CourseChange

Allowed = Literal["consent", "annex_vii", "declaration", "not_controlled", "domestic"]
Basis = Literal["assay", "prior", "declared", "umpire", "exchanged", "one-sided", "on-file"]
How = Literal["weighed", "counted", "calculated", "estimated", "declared"]
RECEIPT = {True: "receive", False: "refuse"}
"""What a receipt is in the tables: where anything was taken, and where nothing was."""
RECOVERY = {True: "recover", False: "recover_part"}
"""What a certificate is in the tables: where it is the last that is needed, and where more is to come."""
REVOCATION = {True: "revoke", False: "revoke_part"}
"""What a revocation is in the tables: where no certificate is left in force, and where some are."""


class Begins(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the first act on a movement or an arrival brings: the table, the digest of its file, what follows."""

    table: str
    digest: str
    change: CourseChange


class MassBasis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a mass came to be known; one of which nothing is said was declared.

    A weighing names its facility's `instrument` (bare id) and repeats of it what its limit of error follows from: kind
    and class (`grade`) of the table, the verification interval in milligrams, the last day of its verification. Where
    the net mass is gross less tare, `tare_g` is the second pass. `errors_mg` are the greatest errors of its passes in
    service, in milligrams, as the table gave them when it was told. `pieces` counts what was counted, 0 for nothing.
    """

    how: How = "declared"
    instrument: str = ""
    kind: str = ""
    grade: str = ""
    interval_mg: int = 0
    verified_until: date | None = None
    ticket: Text = ""
    tare_g: int = 0
    errors_mg: tuple[int, ...] = ()
    pieces: int = 0


DECLARED = MassBasis()


class LotMass(msgspec.Struct, frozen=True):
    """A lot and how much of it, in grams."""

    lot: str
    grams: int


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """An element's content: an estimate in parts per billion by mass, its standard deviation, and where it is from."""

    element: str
    ppb: int
    sd_ppb: int
    basis: Basis
    source: Text
    confidence: str


class Consigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot as a movement's document has it: how much of it, in grams, and what its sender says of it.

    A receipt is held against this, so that it needs nothing else of the sender's record.
    """

    lot: str
    grams: int
    origin: str = ""
    label: Text = ""
    mix: str = ""
    contents: tuple[Content, ...] = ()
    basis: MassBasis = DECLARED


class Permission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What allows a movement: the consents of a case; an information document (Annex VII) or a declaration, by its
    number; a verdict that the goods are not controlled; or a note within one economy.

    `verdict` is the digest of the verdict that says so, where there is no case.
    """

    kind: Allowed
    case: str = ""
    verdict: str = ""
    number: Text = ""


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """A lot as the facility weighed it on arrival, and whether it took it.

    What is taken over a border `becomes` a lot of the receiver, made of what the sender's says of itself. Of a lot that
    is taken, `refused_g` of what was weighed may be refused: that part is the sender's lot `part` from then on. What
    did not come is `missing` and weighs nothing. `basis` says how the receiver knows the mass, `sent_basis` how the
    sender did, `agreed_g` which weighing the sender has agreed to beforehand, `tolerance_ppm` what is assumed of a mass
    that nobody weighed, in millionths.
    """

    lot: str
    received_g: int
    accepted: bool
    reason: Text = ""
    refused_g: int = 0
    part: str = ""
    missing: bool = False
    agreed_g: int | None = None
    tolerance_ppm: int = 5000
    basis: MassBasis = DECLARED
    sent_basis: MassBasis = DECLARED
    sent_g: int = 0
    becomes: str = ""
    stream: str = ""
    origin: str = ""
    label: Text = ""
    mix: str = ""
    contents: tuple[Content, ...] = ()

    @property
    def accepted_g(self) -> int:
        """What of it was taken, in grams as weighed."""
        return self.received_g - self.refused_g if self.accepted else 0

    @property
    def turned_away_g(self) -> int:
        """What of it was refused, in grams as weighed; a lot that is missing was not refused."""
        return self.refused_g if self.accepted else self.received_g


class CountedUse(msgspec.Struct, frozen=True, order=True):
    """A licence with a limited quantity, and in which period (`registry.states.period_of`) a movement counts on it."""

    licence: str
    period: str


class Made(msgspec.Struct, frozen=True):
    """A lot of recovered material that a certificate speaks of: ``element`` is a symbol such as Au."""

    lot: str
    element: str
    grams: int


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """That something was recovered: its number, the event that made the metals, the day, the act.

    `treated_g` are grams accepted under the movement that it counts as treated, `contamination_g` of them were found to
    be something else. `revoked_at` is when it was revoked, for `reasons`; `successor` is the paper that replaces it.
    """

    number: str
    event: str
    lots: tuple[str, ...]
    made: tuple[Made, ...]
    recovered_on: date
    at: datetime
    act: str
    paper: str = ""
    treated_g: int = 0
    contamination_g: int = 0
    residues: tuple[str, ...] = ()
    replaces: str = ""
    successor: str = ""
    revoked_at: datetime | None = None
    reasons: tuple[str, ...] = ()


class MovementState(msgspec.Struct, frozen=True, kw_only=True):
    """One shipment, with what its document says. `km` is the length of the chosen leg; `carrier` who has it now.

    What arrived is taken in from the facility: `bags`, `received_at`. `there` is the node of the facility, which keeps
    the arrival, empty where it is the movement's own. `licences` prove the facts of its own verdict that are `proved`,
    where it has one; `carrier_licences` are those of who carries it; `uses` are those among all of them on whose
    quantity it counts.
    """

    permission: Permission
    serial: int
    exporter: str
    importer: str
    operator: str
    facility: str
    origin: str
    destination: str
    lots: tuple[Consigned, ...]
    stream: str
    carrier: str
    conveyance: Text
    port_from: str
    port_to: str
    ports_via: tuple[str, ...]
    km: float
    km_source: str
    planned_on: date
    planned_at: datetime
    planned_by: str
    course: Course
    clearances: tuple[str, ...] = ()
    packages: int = 0
    packaging: str = ""
    departed_at: datetime | None = None
    departed_by: str = ""
    carried_back_by: str = ""
    received_at: datetime | None = None
    recovered_at: datetime | None = None
    bags: tuple[Bag, ...] = ()
    ended_at: datetime | None = None
    reason: Text = ""
    there: str = ""
    licences: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    carrier_licences: tuple[str, ...] = ()
    uses: tuple[CountedUse, ...] = ()

    @property
    def case(self) -> str:
        """The case under which it moves, empty where another permission allows it."""
        return self.permission.case

    @property
    def status(self) -> str:
        """Where it stands in its table."""
        return self.course.state

    @property
    def grams(self) -> int:
        """What is shipped, in grams."""
        return sum(lot.grams for lot in self.lots)

    @property
    def accepted_g(self) -> int:
        """What the facility took, in grams as it weighed them."""
        return sum(bag.accepted_g for bag in self.bags)

    @property
    def going_back(self) -> frozenset[str]:
        """The lots that can go back: all but those that did not arrive."""
        return frozenset(lot.lot for lot in self.lots) - {bag.lot for bag in self.bags if bag.missing}

    @property
    def parties(self) -> tuple[str, ...]:
        """Exporter, importer and operator, each once."""
        return tuple(dict.fromkeys((self.exporter, self.importer, self.operator)))


class ArrivalState(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a movement, written by the facility: its weighing, and the certificates of recovery.

    `home` is the node that keeps the movement, empty where it is the arrival's own.
    """

    movement: str
    case: str
    operator: str
    facility: str
    event: str
    bags: tuple[Bag, ...]
    received_at: datetime
    course: Course
    certificates: tuple[Certificate, ...] = ()
    home: str = ""

    @property
    def accepted(self) -> tuple[Bag, ...]:
        """The bags that were taken."""
        return tuple(bag for bag in self.bags if bag.accepted)

    @property
    def accepted_g(self) -> int:
        """What was taken, in grams."""
        return sum(bag.accepted_g for bag in self.accepted)

    @property
    def taken_lots(self) -> tuple[str, ...]:
        """The receiver's own lots that were taken."""
        return tuple(bag.becomes or bag.lot for bag in self.accepted)

    @property
    def in_force(self) -> tuple[Certificate, ...]:
        """The certificates that are not revoked."""
        return tuple(one for one in self.certificates if one.revoked_at is None)

    @property
    def certified(self) -> frozenset[str]:
        """Lots of which a certificate speaks by name."""
        return frozenset(lot for certificate in self.in_force for lot in certificate.lots)

    @property
    def certified_g(self) -> int:
        """Grams of metals that the certificates speak of."""
        return sum(made.grams for certificate in self.in_force for made in certificate.made)

    @property
    def treated_g(self) -> int:
        """Grams that were accepted and are certified as treated."""
        return sum(certificate.treated_g for certificate in self.in_force)

    @property
    def open_g(self) -> int:
        """Grams that were accepted and are not certified as treated."""
        return self.accepted_g - self.treated_g

    def paper(self, name: str) -> Certificate | None:
        """The certificate of that name."""
        return next((one for one in self.certificates if name and one.paper == name), None)

    @property
    def last_said(self) -> tuple[str, str]:
        """The newest act on it: its id, and what the tables call it."""
        point = self.course.points[-1]
        return point.act, f"arrival.{point.transition}"
