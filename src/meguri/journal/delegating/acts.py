"""The acts by which an organisation lets another act for it, and by which that ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from meguri.journal import kinds, wording
from meguri.journal.act import Act, Entry, Instants
from meguri.journal.states import DelegationState
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, nearest, refuse
from meguri.kit.words import Text

LONGEST = timedelta(days=3 * 366)
"""For how long one is given at most. Assumed: whom one lets act is looked at anew as often as licences are."""


class GiveDelegation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The actor lets `to` say acts of these kinds for it, from `since` until `until` (exclusive)."""

    delegation: str
    to: str
    kinds: tuple[str, ...]
    since: datetime
    until: datetime
    text: Text = ""


class EndDelegation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gave it withdraws it, or who has it gives it back: from now on."""

    delegation: str
    reason: Text = ""


def subject(delegation: str) -> str:
    """The subject of a delegation by its bare id."""
    return f"delegation:{delegation}"


kinds.define(
    kinds.Kind(
        "journal.delegate",
        1,
        GiveDelegation,
        lambda body: [subject(body.delegation)],
        readers="public",
        reads=lambda act, body: [body.to],
    )
)
kinds.define(
    kinds.Kind("journal.end_delegation", 1, EndDelegation, lambda body: [subject(body.delegation)], readers="public")
)


@kinds.guard("journal.delegate")
def _may_delegate(world: World, act: Act, body: GiveDelegation, at: Instants) -> None:
    """Named kinds that may be said for others, to another, for a span to come that ends."""
    world.absent(subject(body.delegation), "/body/delegation")
    if body.to == act.actor:
        raise refuse(N_("An organisation acts for itself without a delegation. Choose another."), "/body/to", "self")
    if not body.kinds:
        raise refuse(N_("Choose at least one thing that it may do."), "/body/kinds", "required")
    if tuple(sorted(set(body.kinds))) != body.kinds:
        raise refuse(N_("Name each kind once, in the order of their names."), "/body/kinds", "order")
    able = wording.delegable()
    for index, kind in enumerate(body.kinds):
        if kind not in able:
            raise refuse(
                N_("“{kind}” cannot be said for another. The nearest that can is “{nearest}”."),
                f"/body/kinds/{index}",
                "not-delegable",
                kind=kind,
                nearest=nearest(kind, able),
            )
    if body.since < at.claimed:
        raise refuse(
            N_("It begins when it is given, or later: not before {now}."),
            "/body/since",
            "past",
            now=clock.stamp(at.claimed),
        )
    if not (body.since < body.until <= body.since + LONGEST) or body.until <= at.recorded:
        raise refuse(
            N_("It ends after it begins, on a day to come, and lasts for {days} days at most."),
            "/body/until",
            "span",
            days=LONGEST.days,
        )


@kinds.fold("journal.delegate")
def _delegate(world: World, entry: Entry, body: GiveDelegation) -> None:
    world.put(
        subject(body.delegation),
        DelegationState(
            giver=entry.act.actor,
            to=body.to,
            kinds=body.kinds,
            since=body.since,
            until=body.until,
            given_on=entry.at,
            text=body.text,
        ),
    )


@kinds.guard("journal.end_delegation")
def _may_end(world: World, act: Act, body: EndDelegation, at: Instants) -> None:
    """One of the two ends it, once; also one that has closed."""
    state = world.need(subject(body.delegation), DelegationState, "/body/delegation")
    if act.actor not in (state.giver, state.to):
        raise NotAllowed(
            Problem(
                N_("Only {giver}, who gave it, or {to}, who has it, may end this delegation."),
                "/actor",
                "owner",
                {"giver": state.giver, "to": state.to},
            )
        )
    if state.over(at.recorded):
        raise Conflict(
            Problem(
                N_("This delegation ended on {day} already."),
                "/body/delegation",
                "ended",
                {"day": clock.stamp(min(state.until, state.ended_on or state.until))},
            )
        )


@kinds.fold("journal.end_delegation")
def _end(world: World, entry: Entry, body: EndDelegation) -> None:
    state = world.need(subject(body.delegation), DelegationState)
    # A claim may lie a little ahead of the record; what is withdrawn counts no more from when it is taken down.
    ended = min(entry.claimed, entry.recorded)
    world.put(subject(body.delegation), replace(state, ended_on=ended, ended_by=entry.act.actor))
