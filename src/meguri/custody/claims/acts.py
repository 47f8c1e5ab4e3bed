"""Kinds of act: an account is opened, booked and closed; a claim is made, transferred, retired."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from meguri.custody.claims.states import AccountKey, MeasuredFactor
from meguri.journal.act import Act
from meguri.journal.kinds import Kind, define
from meguri.kit.words import Text
from meguri.movement.states import LotMass


class MeasuredCharge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recovery by which a factor is measured: its event, all lots that went in, and the metal that came out."""

    event: str
    inputs: tuple[str, ...]
    output: str


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site opens an account for a period. It `follows` a closed one, and carries over of its balance, or names
    charges by which its factor was `measured`.
    """

    account: str
    facility: str
    key: AccountKey
    begins: date
    ends: date
    factor_ppm: int
    follows: str = ""
    carried_g: int = 0
    charges: tuple[MeasuredCharge, ...] = ()
    measured: MeasuredFactor = MeasuredFactor(0, 0)


class BookedLot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Grams of a lot that arrived, what of the element they contain, and where they come from (`recycled_sources`)."""

    lot: str
    grams: int
    contained_g: int
    source: str


class BookArrivals(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lots that arrived at the site are booked, each gram once over all accounts and schemes."""

    account: str
    lots: tuple[BookedLot, ...]


class CloseAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The period is over: the factor is `measured` from its charges, and the evidence is named by its digest."""

    account: str
    charges: tuple[MeasuredCharge, ...]
    measured: MeasuredFactor = MeasuredFactor(0, 0)
    digest: str = ""


class ClaimContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Recycled content is claimed of lots of metal. A physical model names the `charge` and the lots that went into it.

    `grams` are what is claimed where no lots are named: only book and claim may.
    """

    claim: str
    account: str
    number: Text
    lots: tuple[LotMass, ...]
    said_on: date
    grams: int = 0
    charge: str = ""
    inputs: tuple[str, ...] = ()


class TransferClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim goes over to another organisation: the old one ends, and `becomes` is its own."""

    claim: str
    becomes: str
    number: Text
    to: str


class RetireClaim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim is used for somebody, and can never be transferred again."""

    claim: str
    beneficiary: Text
    reason: Text = ""


def account_subject(account: str) -> str:
    """The subject of an account of content."""
    return f"content:{account}"


def claim_subject(claim: str) -> str:
    """The subject of a claim."""
    return f"claim:{claim}"


def site_subject(facility: str) -> str:
    """The subject that says which accounts a site has."""
    return f"accounts:{facility}"


def _open(body: OpenAccount) -> list[str]:
    before = [account_subject(body.follows)] if body.follows else []
    return [account_subject(body.account), site_subject(body.facility), *before]


def _book(body: BookArrivals) -> list[str]:
    return [account_subject(body.account), *(f"lot:{one.lot}" for one in body.lots)]


def _close(body: CloseAccount) -> list[str]:
    return [account_subject(body.account)]


def _claim(body: ClaimContent) -> list[str]:
    return [account_subject(body.account), claim_subject(body.claim), *(f"lot:{one.lot}" for one in body.lots)]


def _transfer(body: TransferClaim) -> list[str]:
    return [claim_subject(body.claim), claim_subject(body.becomes)]


def _retire(body: RetireClaim) -> list[str]:
    return [claim_subject(body.claim)]


def _charges(charges: Iterable[MeasuredCharge]) -> list[str]:
    return [
        name
        for one in charges
        for name in (f"event:{one.event}", f"lot:{one.output}", *(f"lot:{lot}" for lot in one.inputs))
    ]


def _site(act: Act, body: OpenAccount) -> list[str]:
    return [f"facility:{body.facility}", *_charges(body.charges)]


def _measured(act: Act, body: CloseAccount) -> list[str]:
    return _charges(body.charges)


def _charge(act: Act, body: ClaimContent) -> list[str]:
    return [*([f"event:{body.charge}"] if body.charge else []), *(f"lot:{lot}" for lot in body.inputs)]


def _to(act: Act, body: TransferClaim) -> list[str]:
    return [body.to]


define(Kind(name="custody.open_account", version=1, body=OpenAccount, subjects=_open, reads=_site))
define(Kind(name="custody.book", version=1, body=BookArrivals, subjects=_book))
define(Kind(name="custody.close_account", version=1, body=CloseAccount, subjects=_close, reads=_measured))
define(Kind(name="custody.claim", version=1, body=ClaimContent, subjects=_claim, reads=_charge))
define(Kind(name="custody.transfer", version=1, body=TransferClaim, subjects=_transfer, reads=_to))
define(Kind(name="custody.retire", version=1, body=RetireClaim, subjects=_retire))
