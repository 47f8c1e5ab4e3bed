"""What the guards of accounts and of claims of recycled content share."""

from __future__ import annotations

from meguri.custody.claims import acts
from meguri.custody.claims.states import (
    ClaimAccountState,
)
from meguri.custody.claims.vocabulary import ClaimModel, models
from meguri.custody.states import LotState
from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement import course


def own_account(world: World, act: Act, account: str, at: Instants) -> ClaimAccountState:
    """The actor's account, open, at an instant after all that was said of it, within its period."""
    state = world.get(acts.account_subject(account), ClaimAccountState)
    if state is None or state.owner != act.actor:
        raise NotFound(
            Problem(N_("You have no account {account}."), "/body/account", "unknown-account", {"account": account})
        )
    if state.closed_at is not None:
        raise Conflict(Problem(N_("The account is closed."), "/body/account", "closed"))
    if at.counts < state.last_at:
        raise Conflict(
            Problem(
                N_("Something later was said of this account; nothing is booked or claimed before it."),
                "/claimed",
                "order",
            )
        )
    return state


def within(state: ClaimAccountState, economy: str, at: Instants) -> None:
    """Refuse an instant whose day in an economy is outside the account's period."""
    day = course.local_day(economy, at.counts)
    if not state.begins <= day <= state.ends:
        raise Conflict(
            Problem(
                N_("{day} is outside the account's period, {begins} to {ends}."),
                "/body/account",
                "period",
                {"day": day.isoformat(), "begins": state.begins.isoformat(), "ends": state.ends.isoformat()},
            )
        )


def upward(state: LotState, id: str, model: ClaimModel, pointer: str) -> None:
    """Refuse a lot of which, or of what it was made from, something was claimed by a lower model."""
    if state.chain and models()[state.chain].rank < model.rank:
        raise refuse(
            N_("Of lot {lot} or what it was made from something was claimed by {lower}; it can never be {higher}."),
            pointer,
            "upward",
            lot=id,
            lower=models()[state.chain].name,
            higher=model.name,
        )


def unproven(pointer: str, element: str, lot: str = "") -> Exception:
    """The refusal of what no assay says."""
    return refuse(
        N_("A claim rests on an assay of {element}; a declaration or a figure on file is not enough. Lot: {lot}."),
        pointer,
        "evidence",
        element=element,
        lot=lot or "-",
    )
