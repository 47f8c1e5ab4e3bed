"""What is kept of accounts and claims of recycled content. Masses are integer grams, factors parts per million."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from meguri.kit.words import Text
from meguri.movement.states import LotMass

MILLION = 1_000_000


class MeasuredFactor(msgspec.Struct, frozen=True):
    """What of an element was measured to come out of charges, and what had been measured to be in them."""

    out_g: int
    in_g: int

    @property
    def ppm(self) -> int:
        """The factor in parts per million: never above one, rounded down."""
        return min(MILLION, self.out_g * MILLION // self.in_g) if self.in_g else 0


class AccountKey(msgspec.Struct, frozen=True, order=True):
    """What an account is of. Two accounts of one key never overlap in time."""

    group: str
    element: str
    definition: str
    model: str
    scheme: str


class AccountSpan(msgspec.Struct, frozen=True):
    """An account of a site, with its key and its period, both days included."""

    account: str
    key: AccountKey
    begins: date
    ends: date


class SiteAccountsState(msgspec.Struct, frozen=True):
    """All accounts of a site."""

    accounts: tuple[AccountSpan, ...]


class ClaimAccountState(msgspec.Struct, frozen=True, kw_only=True):
    """An account of credits, or of a share.

    ``balance_g = carried_g + factor * eligible contained - claimed``: `eligible_g` are contained grams that arrived, by
    kind of source, `contained_g` those of everything that was booked. `measured` is the factor by charges of the period
    before: of the account that it `follows`, or of the charges named as it was opened. At its closing its own charges
    are `found`. `last_at` is when it last changed: nothing is said of it for an instant before.
    """

    owner: str
    facility: str
    key: AccountKey
    begins: date
    ends: date
    factor_ppm: int
    measured: MeasuredFactor
    last_at: datetime
    opened_at: datetime
    follows: str = ""
    carried_g: int = 0
    eligible_g: dict[str, int] = {}
    contained_g: int = 0
    credited_g: int = 0
    claimed_g: int = 0
    claims: int = 0
    closed_at: datetime | None = None
    found: MeasuredFactor | None = None
    carried_to: str = ""
    digest: str = ""

    @property
    def balance_g(self) -> int:
        """What may still be claimed of it."""
        return self.carried_g + self.credited_g - self.claimed_g

    @property
    def share_ppm(self) -> int:
        """The share of eligible input in all input, rounded down; the rolling average."""
        return sum(self.eligible_g.values()) * MILLION // self.contained_g if self.contained_g else 0


class ContentClaimState(msgspec.Struct, frozen=True, kw_only=True):
    """A claim of recycled content on lots of metal. `index` is the number of its act.

    It is of its `holder`, who made it or to whom it was transferred; a transfer ends it (`successor`) and begins
    another (`follows`). Retiring it is final. `origin` is the claim with which it began.
    """

    number: Text
    account: str
    key: AccountKey
    site: str
    owner: str
    holder: str
    lots: tuple[LotMass, ...]
    grams: int
    begins: date
    ends: date
    factor_ppm: int
    balance_g: int
    said_on: date
    at: datetime
    act: str
    index: int
    origin: str
    charge: str = ""
    follows: str = ""
    successor: str = ""
    transferred_at: datetime | None = None
    retired_at: datetime | None = None
    beneficiary: Text = ""

    @property
    def in_force(self) -> bool:
        """Whether it can still be shown: it was not transferred."""
        return self.transferred_at is None
