"""What must hold before recycled content is claimed, and before a claim is transferred or retired."""

from __future__ import annotations

from collections.abc import Iterable

from meguri.custody.claims import acts, measuring
from meguri.custody.claims.marks import claimed_g
from meguri.custody.claims.states import (
    MILLION,
    ClaimAccountState,
    ContentClaimState,
)
from meguri.custody.claims.vocabulary import ClaimModel, models
from meguri.custody.guards import masses, store
from meguri.custody.guards.recycled.content import own_account, unproven, upward, within
from meguri.custody.states import EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement.states import LotMass
from meguri.registry.states import OrganisationState


@guard("custody.claim")
def claimed_within_the_account(world: World, act: Act, body: acts.ClaimContent, at: Instants) -> None:
    """What is claimed is in the account at that instant, and on lots of which nothing is claimed twice."""
    store.new_id(world, "claim", body.claim, "/body/claim")
    account = own_account(world, act, body.account, at)
    model = models()[account.key.model]
    if not body.number.strip():
        raise refuse(N_("Give the claim a number."), "/body/number", "required")
    masses.once([part.lot for part in body.lots], "/body/lots")
    if not body.lots and model.model != "book_and_claim":
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    if bool(body.lots) == bool(body.grams):
        raise refuse(N_("Name lots with their masses, or a mass alone."), "/body/grams", "grams")
    if not body.lots:
        masses.check(body.grams, "/body/grams")
    for index, part in enumerate(body.lots):
        _claimable(world, act, account, part, model, at, f"/body/lots/{index}")
    if body.said_on > at.counts.date() or not account.begins <= body.said_on <= account.ends:
        raise refuse(N_("A claim is dated within its account's period, and not ahead."), "/body/said_on", "period")
    grams = sum(part.grams for part in body.lots) or body.grams
    if model.kind == "physical":
        _by_charge(world, act, account, body, model)
        return
    if grams > account.balance_g:
        raise Conflict(
            Problem(
                N_("The account holds {balance} kg; a claim of {asked} kg would leave it negative."),
                "/body/lots",
                "negative",
                {"balance": to_kg(account.balance_g), "asked": to_kg(grams)},
            )
        )
    if model.model == "mass_balance_rolling":
        _by_share(world, account, body.lots)


def _claimable(
    world: World,
    act: Act,
    account: ClaimAccountState,
    part: LotMass,
    model: ClaimModel,
    at: Instants,
    pointer: str,
) -> None:
    lot = store.lot(world, part.lot, f"{pointer}/lot")
    store.owned(lot, act, part.lot, f"{pointer}/lot")
    within(account, lot.economy, at)
    if element_of(lot.stream) != account.key.element:
        raise refuse(
            N_("The account is of {element}; nothing is claimed of lot {lot} by it."),
            f"{pointer}/lot",
            "group",
            element=account.key.element,
            lot=part.lot,
        )
    if lot.facility != account.facility:
        raise refuse(
            N_("Lot {lot} is at {there}, not at {here}."),
            f"{pointer}/lot",
            "facility",
            lot=part.lot,
            there=lot.facility or "—",
            here=account.facility,
        )
    upward(lot, part.lot, model, f"{pointer}/lot")
    masses.check(part.grams, f"{pointer}/grams")
    free = min(lot.mass_g, lot.made_g + lot.adjusted_g - claimed_g(lot))
    if part.grams > free:
        raise Conflict(
            Problem(
                N_("Of lot {lot}, {free} kg is claimed of by nobody; {asked} kg cannot be."),
                f"{pointer}/grams",
                "claimed",
                {"lot": part.lot, "free": to_kg(max(0, free)), "asked": to_kg(part.grams)},
            )
        )


def _by_share(world: World, account: ClaimAccountState, lots: Iterable[LotMass]) -> None:
    """Every output may say the average share, and no more."""
    for index, part in enumerate(lots):
        lot = world.need(f"lot:{part.lot}", LotState)
        most = (lot.made_g + lot.adjusted_g) * account.share_ppm // MILLION
        if claimed_g(lot) + part.grams > most:
            raise Conflict(
                Problem(
                    N_("By the average share {most} kg of lot {lot} may be claimed; {asked} kg may not."),
                    f"/body/lots/{index}/grams",
                    "share",
                    {"most": to_kg(most), "lot": part.lot, "asked": to_kg(claimed_g(lot) + part.grams)},
                )
            )


def _by_charge(world: World, act: Act, account: ClaimAccountState, body: acts.ClaimContent, model: ClaimModel) -> None:
    """By a physical model no more is claimed than what was booked gave in the charge itself."""
    event = world.get(f"event:{body.charge}", EventState) if body.charge else None
    outputs = {part.lot: part.grams for part in event.outputs} if event else {}
    if event is None or event.actor != act.actor or not {part.lot for part in body.lots} <= set(outputs):
        raise refuse(N_("Name the charge from which these lots came."), "/body/charge", "charge")
    if set(body.inputs) != {part.lot for part in event.inputs}:
        raise refuse(N_("Name all lots that went into the charge."), "/body/inputs", "charge")
    states = {lot: world.need(f"lot:{lot}", LotState) for lot in body.inputs}
    booked = {part.lot: part.grams for part in event.booked if part.account == body.account}
    if model.model != "controlled_blending" and any(booked.get(part.lot, 0) != part.grams for part in event.inputs):
        raise refuse(
            N_("By {model} only what was booked to this account may have gone into the charge."),
            "/body/charge",
            "mixed",
            model=model.name,
        )
    if model.model == "identity_preserved" and len({states[part.lot].origin for part in event.inputs}) > 1:
        raise refuse(N_("Lots of different origin went into the charge."), "/body/charge", "mixed")
    if model.model == "identity_preserved" and len({states[part.lot].movement for part in event.inputs}) > 1:
        raise refuse(N_("Lots of different origin went into the charge."), "/body/charge", "mixed")
    good = whole = 0
    for part in event.inputs:
        contained = measuring.contained_g(states[part.lot], account.key.element, part.grams)
        own = measuring.contained_g(states[part.lot], account.key.element, booked.get(part.lot, 0))
        if contained is None or own is None:
            raise unproven("/body/charge", account.key.element, part.lot)
        good, whole = good + own, whole + contained
    for index, part in enumerate(body.lots):
        lot = world.need(f"lot:{part.lot}", LotState)
        most = outputs[part.lot] * good // whole if whole else 0
        if claimed_g(lot) + part.grams > most:
            raise Conflict(
                Problem(
                    N_("By what went into the charge {most} kg of lot {lot} may be claimed; {asked} kg may not."),
                    f"/body/lots/{index}/grams",
                    "share",
                    {"most": to_kg(most), "lot": part.lot, "asked": to_kg(claimed_g(lot) + part.grams)},
                )
            )


def _held(world: World, act: Act, claim: str) -> ContentClaimState:
    """The actor's claim, which was neither transferred nor retired."""
    state = world.get(acts.claim_subject(claim), ContentClaimState)
    if state is None or state.holder != act.actor:
        raise NotFound(Problem(N_("You have no claim {claim}."), "/body/claim", "unknown-claim", {"claim": claim}))
    if state.transferred_at is not None:
        raise Conflict(Problem(N_("The claim was transferred."), "/body/claim", "transferred"))
    if state.retired_at is not None:
        raise Conflict(Problem(N_("The claim was retired; that is final."), "/body/claim", "retired"))
    return state


@guard("custody.transfer")
def transferred_by_its_holder(world: World, act: Act, body: acts.TransferClaim, at: Instants) -> None:
    """The holder gives a claim to another organisation on record, once."""
    _held(world, act, body.claim)
    store.new_id(world, "claim", body.becomes, "/body/becomes")
    if not body.number.strip():
        raise refuse(N_("Give the claim a number."), "/body/number", "required")
    to = world.get(body.to, OrganisationState) if body.to.startswith("organisation:") else None
    if to is None or body.to == act.actor:
        raise refuse(
            N_("Name another organisation on record as the receiver, not “{to}”."), "/body/to", "receiver", to=body.to
        )
    if to.closed_on is not None:
        raise refuse(N_("{name} has closed and can receive nothing."), "/body/to", "closed", name=to.name)


@guard("custody.retire")
def retired_by_its_holder(world: World, act: Act, body: acts.RetireClaim, at: Instants) -> None:
    """The holder uses a claim for somebody, for good."""
    _held(world, act, body.claim)
    if not body.beneficiary.strip():
        raise refuse(N_("Say for whom the claim is used."), "/body/beneficiary", "required")
