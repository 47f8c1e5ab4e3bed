"""Which delegations are on record: those of an organisation, and by which one somebody may say something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.db.models import Q, QuerySet

from meguri.journal.act import SaidFor
from meguri.journal.models import Delegation
from meguri.journal.states import DelegationState
from meguri.kit import clock
from meguri.kit.people.identity import Lent
from meguri.kit.problems import N_, NotAllowed, NotFound, Problem


def _standing(rows: QuerySet[Delegation], now: datetime) -> list[tuple[str, DelegationState]]:
    """Those that count now, the one that lasts longest first."""
    found = [(row.pk, cast(DelegationState, row.value)) for row in rows.filter(until__gt=now).order_by("-until", "pk")]
    return [(id, state) for id, state in found if state.stands(now)]


def lent(organisations: Iterable[str]) -> list[Lent]:
    """For whom these organisations may act now and in what, by giver: what several delegations let, together."""
    kinds: dict[tuple[str, str], set[str]] = {}
    for _, state in _standing(Delegation.objects.filter(holder__in=list(organisations)), clock.now()):
        kinds.setdefault((state.giver, state.to), set()).update(state.kinds)
    return [Lent(giver, to, frozenset(named)) for (giver, to), named in sorted(kinds.items())]


def naming(giver: str, to: str, kind: str) -> SaidFor:
    """By which delegation `to` may say an act of a kind for `giver` now. Raises NotAllowed where there is none."""
    found = _standing(Delegation.objects.filter(giver=giver, holder=to), clock.now())
    for id, state in found:
        if kind in state.kinds:
            return SaidFor(to, id)
    text = (
        N_("{actor} lets {by} not say “{kind}” for it. It says it itself, or gives a delegation that names it.")
        if found
        else N_("{actor} has not let {by} act for it now. It gives a delegation on its own page.")
    )
    raise NotAllowed(Problem(text, "/by", "delegation", {"actor": giver, "by": to, "kind": kind}))


def of(organisation: str) -> list[tuple[str, DelegationState]]:
    """The delegations that an organisation gave or has, with their ids: those that count first, the newest first."""
    now = clock.now()
    rows = Delegation.objects.filter(Q(giver=organisation) | Q(holder=organisation))
    found = [(row.pk, cast(DelegationState, row.value)) for row in rows]
    return sorted(found, key=lambda one: (one[1].over(now), -one[1].given_on.timestamp(), one[0]))


def find(id: str) -> DelegationState:
    """A delegation by its bare id. Raises NotFound."""
    row = Delegation.objects.filter(pk=id).first()
    if row is None:
        raise NotFound(Problem(N_("There is no delegation {id} here."), "/delegation", "unknown", {"id": id[:100]}))
    return cast(DelegationState, row.value)


def every() -> list[tuple[str, DelegationState]]:
    """All delegations on record, by id."""
    return [(row.pk, cast(DelegationState, row.value)) for row in Delegation.objects.order_by("pk")]


def standing(state: DelegationState, now: datetime) -> str:
    """``stands``, ``to come``, ``withdrawn`` (by who gave it), ``given back``, or ``ended``: its last day is over."""
    if state.ended_on is not None and state.ended_on <= now:
        return "withdrawn" if state.ended_by == state.giver else "given back"
    if state.until <= now:
        return "ended"
    return "stands" if state.since <= now else "to come"
