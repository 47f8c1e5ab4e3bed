"""What the record knows of lots and of the events that made, used and moved them.

Masses are integer grams. Organisations are named by their subject, lots, events, facilities and movements by bare id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal, NamedTuple

import msgspec

from meguri.custody.vocabulary import EventType
from meguri.journal.subject import home
from meguri.kit.words import Text
from meguri.movement.states import DECLARED, Content, LotMass, MassBasis

LossBy = Literal["", "bill", "yields"]
WrongWhy = Literal["did_not_occur", "incorrect_data"]
Status = Literal["held", "in_transit", "refused", "missing", "consumed", "delivered", "wrong"]


class Finding(NamedTuple):
    """What stands against one of the answers of the balance, until it is settled.

    `why` is a word of `tables/findings.csv`, which says to which answer it belongs; `lot` and `element` name what it
    concerns (empty: the lot or event on which it stands, and no element).
    """

    why: str
    lot: str = ""
    element: str = ""


UNASSAYED = ("declared", "prior", "on-file")
"""On what a content rests that nobody has found by an assay."""
AGREED = frozenset({"difference", "difference-sum", "pieces"})
"""The findings that a counterparty settles by agreeing."""


class Belonging(NamedTuple):
    """How much of a lot, or of what went into an event, is of a movement (empty: of none).

    Until something was recovered from it, `grams` are those that were accepted under the movement. From then on it is
    `treated`, and they are the movement's share of the lot's mass as it was made.
    """

    movement: str
    grams: int
    treated: bool = False


class Reserved(NamedTuple):
    """Grams of a lot that a certificate speaks of, and the movement for which."""

    certificate: str
    movement: str
    grams: int


class Booking(NamedTuple):
    """Grams that were booked to an account of recycled content; of the lot it names, where it stands on an event."""

    account: str
    grams: int
    lot: str = ""


class LotClaim(NamedTuple):
    """Grams of a lot of which recycled content is claimed, and by which model."""

    claim: str
    grams: int
    model: str


class Loss(msgspec.Struct, frozen=True):
    """A part of what was lost: its kind (`substance/tables/losses.csv`), its grams, and how they are known."""

    kind: str
    grams: int
    basis: Literal["weighed", "calculated", "estimated", "declared"] = "estimated"


class MassLimit(msgspec.Struct, frozen=True, order=True):
    """How much a lot that was made can weigh before more of an element would have come out of its event than went in:
    beyond `most_g` grams that is refused, beyond `likely_g` it is flagged. `element` is the one that bounds it.
    """

    most_g: int
    likely_g: int
    element: str


class ElementsOfEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What follows for elements from a transformation, by the tables of the day on which it was told: how much each
    output can weigh (in the order of the outputs), and what stands against the metal. Of a finding on an output `lot`
    names it. `spread_g` is the standard uncertainty of its weighings, where some of the loss is nobody's.
    """

    limits: tuple[MassLimit | None, ...] = ()
    findings: tuple[Finding, ...] = ()
    spread_g: int = 0


class LotState(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of one stream in one hand.

    ``made_g + adjusted_g = used_g + mass_g``: what was weighed when it arose and the signed weighing differences since
    are what was used and what is left. During transit the sender still holds it and `bound_for` awaits it; `previous`
    is who held it before. `economy` and `facility` say where it is (no facility while it travels). `came_from` is the
    sender's lot where this is what a receiver made of it; the sender's is then delivered. `promised_to` is the one
    movement that it is planned for. `agreed_g` is a weighing that the counterparty has accepted. `basis` says how its
    mass is known; `first_g` and `first_basis` are what its holder signed first, which corrections are held against,
    `corrected` how many there were. `weighed_by` is who weighed it last on a receipt, `counterparty` who has to agree
    to that where it differs; `left` the facility that it left last, `last_at` when something happened to it last,
    `moves` the numbers of the acts that sent, weighed or corrected it. A lot that is `missing` did not arrive, one that
    is `wrong` came of an event that was declared wrong. `seen_g` are the grams of it that rest on a weighing by a
    second organisation: on its own, or on that of the lots which it was made from, in proportion.
    `settled_by` is the sample by which its holder and who sent it have settled what it contains.
    `of` says how much of it is of which movement (nothing: all of none), `certified` what certificates of recovery
    reserve of it. `evidence` is the class on which the grams of a recovered metal rest, `evidence_sd_ppb` their
    relative standard deviation. `booked` says to which accounts of recycled content grams of it were booked, `claims`
    what is claimed of it, `chain` the lowest model by which anything was claimed of it or of what it was made from.
    `limit` is how much it can weigh by the elements of the event that made it. `crosses` is the economy to which a
    verdict lets it go while it is under way. Who may see it, and which events used or moved it, are relations that its
    events declare.
    """

    stream: str
    mass_g: int
    made_g: int
    holder: str
    origin: str
    economy: str
    made_by: str
    made_at: datetime
    last_at: datetime | None = None
    facility: str = ""
    status: Status = "held"
    adjusted_g: int = 0
    used_g: int = 0
    bound_for: str = ""
    previous: str = ""
    came_from: str = ""
    promised_to: str = ""
    case: str = ""
    movement: str = ""
    agreed_g: int | None = None
    basis: MassBasis = DECLARED
    first_g: int | None = None
    first_basis: MassBasis = DECLARED
    corrected: int = 0
    counterparty: str = ""
    weighed_by: str = ""
    left: str = ""
    moves: tuple[int, ...] = ()
    settled_by: str = ""
    seen_g: int = 0
    limit: MassLimit | None = None
    crosses: str = ""
    findings: tuple[Finding, ...] = ()
    of: tuple[Belonging, ...] = ()
    certified: tuple[Reserved, ...] = ()
    evidence: str = ""
    evidence_sd_ppb: int = 0
    booked: tuple[Booking, ...] = ()
    claims: tuple[LotClaim, ...] = ()
    chain: str = ""
    label: Text = ""
    place: Text = ""
    mix: str = ""
    contents: tuple[Content, ...] = ()


class InstrumentState(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument on which a facility weighs, as its organisation entered it.

    `kind` and `grade` are of the table of classes, `interval_mg` the verification interval in milligrams, `most_g` the
    heaviest load. `drift_g` is the sum of the differences that it was found with since its verification, of `count`
    receipts and events; `squares` their variance (`weighing.limits`); `drift_on` the event at which they became too
    much.
    """

    facility: str
    organisation: str
    economy: str
    name: Text
    kind: str
    grade: str
    interval_mg: int
    most_g: int
    verified_until: date
    number: Text = ""
    entered_at: datetime
    drift_g: int = 0
    squares: int = 0
    count: int = 0
    drift_on: str = ""

    def verified(self, day: date) -> bool:
        """Whether its verification still holds on a day."""
        return day <= self.verified_until


MG, MILLION = 1000, 1_000_000


class Gap(msgspec.Struct, frozen=True):
    """One mass told twice: `before_g` by one side and `after_g` by the other, and the errors that each may have.

    `errors` are those of instruments, each by itself; `assumed_mg` is what masses that nobody weighed may be off by:
    one assumption, so that it goes one way in all.
    """

    before_g: int
    after_g: int
    errors: tuple[int, ...]
    assumed_mg: int = 0

    @classmethod
    def of(cls, before_g: int, before: MassBasis, after_g: int, after: MassBasis, tolerance_ppm: int) -> Gap:
        """Of two masses as they are known. One that nobody weighed may be off by half of the tolerance that is assumed,
        of what was told first.
        """
        bases = (before, after)
        errors = tuple(error for basis in bases if basis.how == "weighed" for error in basis.errors_mg)
        unweighed = sum(basis.how != "weighed" for basis in bases)
        return cls(before_g, after_g, errors, unweighed * before_g * tolerance_ppm // (2 * MG))

    @property
    def difference_g(self) -> int:
        """What the second is over the first; negative where it is less."""
        return self.after_g - self.before_g

    @property
    def limit_g(self) -> int:
        """How far the two may differ, in whole grams: the errors add up."""
        return self.limit_mg // MG

    @property
    def limit_mg(self) -> int:
        """The same in milligrams."""
        return sum(self.errors) + self.assumed_mg

    @property
    def within(self) -> bool:
        """Whether they differ by no more than both instruments allow."""
        return abs(self.difference_g) * MG <= self.limit_mg

    @property
    def squares(self) -> int:
        """Three times the variance of what instruments err, in square milligrams: anywhere within their limits."""
        return sum(error * error for error in self.errors)


def go_together(gaps: Iterable[Gap]) -> bool:
    """Whether differences that go one way add up to no more than fair instruments give: three standard deviations,
    beside what is assumed of masses that nobody weighed.
    """
    told = list(gaps)
    total = abs(sum(one.difference_g for one in told)) * MG - sum(one.assumed_mg for one in told)
    return len(told) < 2 or total <= 0 or total * total <= 3 * sum(one.squares for one in told)


TENTHS = 10
"""A running total keeps its variance in square tenths of the instrument's own interval: small whole numbers."""


def drift_squares(gaps: Iterable[Gap], interval_mg: int) -> int:
    """What differences add to an instrument's running variance, in square tenths of its interval, rounded up."""
    return sum(-(-one.squares * TENTHS * TENTHS // (interval_mg * interval_mg)) for one in gaps)


def drifts(total_g: int, squares: int, interval_mg: int, count: int) -> bool:
    """Whether an instrument's differences have summed up one way beyond three standard deviations."""
    total = abs(total_g) * MG * TENTHS
    return count > 1 and total * total > 3 * squares * interval_mg * interval_mg


class Parted(NamedTuple):
    """A part of a load that was refused: of which lot, the sender's lot that it became, its mass as weighed."""

    of: str
    lot: str
    grams: int


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """What adds up at a site over its events: losses of which nobody knows where they went, the standard uncertainty of
    the weighings behind them (both in grams), and the last day for which stock was taken.
    """

    unknown_g: int = 0
    spread_g: int = 0
    taken_until: str = ""


class Turned(NamedTuple):
    """Lots that became others: what went in, what came out, the loss and the weighing difference in grams."""

    inputs: tuple[LotMass, ...]
    outputs: tuple[LotMass, ...]
    loss_g: int
    difference_g: int


class EventState(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to lots, in the shape EPCIS gives it.

    ``inputs + difference_g = outputs + loss_g``, except that a collection has outputs only. In object events the same
    lots stand on both sides, as sent and as weighed. `refused` names lots that a receiver would not take, `missing`
    those that did not come, `parted` the parts that were refused of what it took. Where a movement is received, the
    receiver's own lots stand on the right side, each opposite the sender's. `bases` say how the masses on the right
    side are known (empty: all were declared); `input_bases` likewise what went into a transformation, `corrected_g` by
    how much corrections have changed what came out. `wrong_by` is the act that declared it wrong. `happened` is when it
    happened, as the clock at the place said it with its offset from UTC. Where metal was recovered, `of` says
    how many accepted grams of which movement went in for the first time, and `booked` what had been booked to accounts
    of recycled content. `verdict` is the digest of the verdict on which lots crossed a border without a movement,
    `paper` the number of their document.
    """

    type: EventType
    step: str
    actor: str
    at: datetime
    act: str
    number: int
    inputs: tuple[LotMass, ...] = ()
    outputs: tuple[LotMass, ...] = ()
    difference_g: int = 0
    loss_g: int = 0
    loss_reason: Text = ""
    loss_by: LossBy = ""
    losses: tuple[Loss, ...] = ()
    facility: str = ""
    economy: str = ""
    to: str = ""
    case: str = ""
    movement: str = ""
    verdict: str = ""
    paper: Text = ""
    refused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    parted: tuple[Parted, ...] = ()
    reason: Text = ""
    corrects: str = ""
    bases: tuple[MassBasis, ...] = ()
    input_bases: tuple[MassBasis, ...] = ()
    corrected_g: int = 0
    wrong_by: str = ""
    happened: str = ""
    findings: tuple[Finding, ...] = ()
    of: tuple[Belonging, ...] = ()
    booked: tuple[Booking, ...] = ()

    @property
    def renamed(self) -> tuple[tuple[LotMass, LotMass], ...]:
        """Lots of a sender that became the receiver's: as sent, and as weighed."""
        if self.type == "transformation":
            return ()
        return tuple((a, b) for a, b in zip(self.inputs, self.outputs, strict=False) if a.lot != b.lot)

    @property
    def steps(self) -> tuple[Turned, ...]:
        """What became of what, by parts that are one by themselves; a difference is its who took over."""
        if self.type == "transformation":
            return (Turned(self.inputs, self.outputs, self.loss_g, self.difference_g),)
        taken = (Turned((a,), (b,), 0, 0 if home(b.lot) else b.grams - a.grams) for a, b in self.renamed)
        parts = (Turned((LotMass(of, grams),), (LotMass(lot, grams),), 0, 0) for of, lot, grams in self.parted)
        return (*taken, *parts)

    @property
    def input_g(self) -> int:
        """Grams that went in."""
        return sum(part.grams for part in self.inputs)

    @property
    def output_g(self) -> int:
        """Grams that came out."""
        return sum(part.grams for part in self.outputs)
