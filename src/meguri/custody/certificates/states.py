"""What is kept of a certificate of recovery, and of how much a facility has certified."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from meguri.kit.words import Text
from meguri.movement.states import LotMass


class CertifiedMetal(msgspec.Struct, frozen=True):
    """A lot of metal that a certificate speaks of: how much of it, on which class of evidence, and how sure.

    `sd_g` is the standard deviation of the grams where they were reckoned from contents; 0 where nothing says it.
    """

    lot: str
    element: str
    grams: int
    evidence: str
    sd_g: int = 0


class CertificateState(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of recovery.

    Three weights, in grams: `sent_g` and `received_g` of what was accepted under the movement, and `treated_g`, what of
    it this certificate says was treated (`contamination_g` of it was something else); `done_g` is what all certificates
    had said with this one. `index` is the number of its act, and its place in the list of what is revoked. `successor`
    is the paper by which it was replaced. `home` is the node that keeps the movement, where that is another.
    """

    number: Text
    movement: str
    case: str
    operator: str
    facility: str
    event: str
    made: tuple[CertifiedMetal, ...]
    residues: tuple[LotMass, ...]
    sent_g: int
    received_g: int
    treated_g: int
    contamination_g: int
    done_g: int
    recovered_on: date
    at: datetime
    act: str
    index: int
    home: str = ""
    replaces: str = ""
    successor: str = ""
    revoked_at: datetime | None = None
    reasons: tuple[str, ...] = ()
    text: Text = ""

    @property
    def whole(self) -> bool:
        """Whether everything that was accepted was treated when it was said."""
        return self.done_g == self.received_g


class TreatedState(msgspec.Struct, frozen=True):
    """How much a facility has certified as treated, in grams by year (``2026``) and month (``2026-03``)."""

    grams: dict[str, int]


def periods(day: date) -> tuple[str, str]:
    """The year and the month under which a day counts."""
    return f"{day:%Y}", f"{day:%Y-%m}"
