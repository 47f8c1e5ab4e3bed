"""What accounts and claims of recycled content do to their states and to the lots they speak of."""

from __future__ import annotations

from msgspec.structs import replace

from meguri.custody.claims import acts, measuring
from meguri.custody.claims.marks import lowest
from meguri.custody.claims.states import (
    MILLION,
    AccountSpan,
    ClaimAccountState,
    ContentClaimState,
    SiteAccountsState,
)
from meguri.custody.claims.vocabulary import definitions, models
from meguri.custody.states import Booking, LotClaim, LotState
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World


@fold("custody.open_account")
def opened(world: World, entry: Entry, body: acts.OpenAccount) -> None:
    """The account is there, with what it carries over."""
    if body.follows:
        subject = acts.account_subject(body.follows)
        before = world.need(subject, ClaimAccountState)
        measured = before.found or measuring.NOTHING
        world.put(subject, replace(before, carried_to=body.account))
    else:
        measured = body.measured
    world.put(
        acts.account_subject(body.account),
        ClaimAccountState(
            owner=entry.act.actor,
            facility=body.facility,
            key=body.key,
            begins=body.begins,
            ends=body.ends,
            factor_ppm=body.factor_ppm,
            measured=measured,
            last_at=entry.at,
            opened_at=entry.at,
            follows=body.follows,
            carried_g=body.carried_g,
        ),
    )
    site = world.get(acts.site_subject(body.facility), SiteAccountsState)
    span = AccountSpan(body.account, body.key, body.begins, body.ends)
    world.put(acts.site_subject(body.facility), SiteAccountsState((*(site.accounts if site else ()), span)))


@fold("custody.book")
def booked(world: World, entry: Entry, body: acts.BookArrivals) -> None:
    """What arrived is in the account, and marked on the lots."""
    subject = acts.account_subject(body.account)
    account = world.need(subject, ClaimAccountState)
    counts = definitions()[account.key.definition].counts
    eligible = dict(account.eligible_g)
    credited = contained = 0
    for one in body.lots:
        lot = world.need(f"lot:{one.lot}", LotState)
        world.put(f"lot:{one.lot}", replace(lot, booked=(*lot.booked, Booking(body.account, one.grams))))
        contained += one.contained_g
        if one.source in counts:
            eligible[one.source] = eligible.get(one.source, 0) + one.contained_g
            if models()[account.key.model].kind == "account":
                credited += one.contained_g * account.factor_ppm // MILLION
    world.put(
        subject,
        replace(
            account,
            eligible_g=dict(sorted(eligible.items())),
            contained_g=account.contained_g + contained,
            credited_g=account.credited_g + credited,
            last_at=entry.at,
        ),
    )


@fold("custody.close_account")
def closed(world: World, entry: Entry, body: acts.CloseAccount) -> None:
    """Nothing more is booked or claimed; its own factor is measured."""
    subject = acts.account_subject(body.account)
    account = world.need(subject, ClaimAccountState)
    world.put(subject, replace(account, closed_at=entry.at, last_at=entry.at, found=body.measured, digest=body.digest))


@fold("custody.claim")
def claimed(world: World, entry: Entry, body: acts.ClaimContent) -> None:
    """What is claimed is off the account and on the lots."""
    subject = acts.account_subject(body.account)
    account = world.need(subject, ClaimAccountState)
    model = models()[account.key.model]
    grams = sum(part.grams for part in body.lots) or body.grams
    for part in body.lots:
        lot = world.need(f"lot:{part.lot}", LotState)
        mark = LotClaim(body.claim, part.grams, model.model)
        chain = lowest((lot.chain, model.model))
        world.put(f"lot:{part.lot}", replace(lot, claims=(*lot.claims, mark), chain=chain))
    account = replace(
        account,
        # A physical claim is of its charge: the account only counts it.
        credited_g=account.credited_g + (grams if model.kind == "physical" else 0),
        claimed_g=account.claimed_g + grams,
        claims=account.claims + 1,
        last_at=entry.at,
    )
    world.put(subject, account)
    world.put(
        acts.claim_subject(body.claim),
        ContentClaimState(
            number=body.number,
            account=body.account,
            key=account.key,
            site=account.facility,
            owner=account.owner,
            holder=entry.act.actor,
            lots=body.lots,
            grams=grams,
            begins=account.begins,
            ends=account.ends,
            factor_ppm=account.factor_ppm,
            balance_g=account.balance_g,
            said_on=body.said_on,
            at=entry.at,
            act=entry.id,
            index=entry.number,
            origin=body.claim,
            charge=body.charge,
        ),
    )


@fold("custody.transfer")
def transferred(world: World, entry: Entry, body: acts.TransferClaim) -> None:
    """The old claim ends, the new one is its holder's."""
    subject = acts.claim_subject(body.claim)
    old = world.need(subject, ContentClaimState)
    world.put(subject, replace(old, transferred_at=entry.at, successor=body.becomes))
    world.put(
        acts.claim_subject(body.becomes),
        replace(
            old,
            number=body.number,
            holder=body.to,
            at=entry.at,
            act=entry.id,
            index=entry.number,
            follows=body.claim,
        ),
    )


@fold("custody.retire")
def retired(world: World, entry: Entry, body: acts.RetireClaim) -> None:
    """The claim is used."""
    subject = acts.claim_subject(body.claim)
    state = world.need(subject, ContentClaimState)
    world.put(subject, replace(state, retired_at=entry.at, beneficiary=body.beneficiary))
