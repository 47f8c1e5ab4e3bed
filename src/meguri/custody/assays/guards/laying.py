"""What must hold before a result is laid, and before what was laid is opened."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.custody.assays import acts, figures, results, vocabulary
from meguri.custody.assays.guards.common import apart, party_of, unchanged, unsettled
from meguri.custody.assays.states import SIDES, LaidAssay, Party, SampleState, SplitLimit, Whose
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.registry import rights


def sealed(state: SampleState, seal: str, whose: Whose) -> None:
    """Refuse an assay of a part that was not sealed for who assays it."""
    own = [part.seal for part in state.parts if part.whose in (whose, "reserve")]
    if seal not in own:
        raise refuse(
            N_("No part was sealed under “{seal}” for this side. Sealed for it: {own}."),
            "/body/seal",
            "seal",
            seal=seal,
            own=", ".join(own),
        )
    if any(one.seal == seal and one.whose != whose for one in state.assays):
        raise refuse(N_("The part under “{seal}” was used up."), "/body/seal", "seal-used", seal=seal)


def everybody(state: SampleState, engaged: Sequence[str]) -> None:
    """Refuse a list that leaves out somebody who is named on the sample already."""
    if tuple(engaged) != state.engaged:
        raise refuse(
            N_("Name everybody who takes part so far: {names}."),
            "/body/engaged",
            "engaged",
            names=", ".join(state.engaged),
        )


@guard("custody.assay")
def laid_by_a_side(world: World, act: Act, body: acts.LayAssay, at: Instants) -> None:
    """A side lays what a laboratory of its own, and of nobody else here, found in its sealed part."""
    state, side = party_of(world, act, body.sample)
    unsettled(state, body.sample)
    if state.opened_at is not None:
        raise Conflict(
            Problem(
                N_("The results of sample {sample} are open; none is laid any more."),
                "/body/sample",
                "opened",
                {"sample": body.sample},
            )
        )
    unchanged(world, state, body.lots)
    sealed(state, body.seal, side)
    everybody(state, body.engaged)
    _independent(world, state, side, body.laboratory, at)
    if len(state.parties) == 2:
        if body.found or acts.RESULT not in act.private:
            raise refuse(
                N_(
                    "Results are opened at one instant: keep this one beside the act, under the name “{name}”, and "
                    "leave “found” empty."
                ),
                "/body/found" if body.found else "/private",
                "commitment",
                name=acts.RESULT,
            )
        if not body.dry:
            gather(results.faults((), state.material, "/body", dry=False))
        return
    gather(results.faults(body.found, state.material, "/body/found", dry=body.dry))


def _independent(world: World, state: SampleState, side: Party, laboratory: str, at: Instants) -> None:
    """Two assays by one laboratory are one; so are those of two names of it."""
    own = {one.laboratory for one in state.assays if one.whose == side} | {getattr(state, side)}
    others = [one for one in state.engaged if one not in own or one == state.umpire]
    if state.umpire:
        text = N_("{name} is {other}, the umpire. Let another laboratory assay this part.")
        apart(world, laboratory, [state.umpire], "/body/laboratory", text, at)
    text = N_(
        "{name} and {other} are one laboratory or one party: two assays of theirs count as one. Let another "
        "laboratory assay this part."
    )
    apart(world, laboratory, [one for one in others if one != state.umpire], "/body/laboratory", text, at)


def expected_limits(state: SampleState, opened: Sequence[acts.OpenedAssay]) -> tuple[SplitLimit, ...]:
    """The limits for all elements that both sides found, by the tables, in the order of elements."""
    found = [{one.element: one.ppb for one in side.found} for side in opened if not side.void]
    if len(found) < 2:
        return ()
    return tuple(
        vocabulary.split_limit(element, state.material, figures.rounded(found[0][element] + found[1][element], 2))
        for element in sorted(found[0].keys() & found[1].keys())
    )


@guard("custody.exchange")
def opened_at_one_instant(world: World, act: Act, body: acts.OpenAssays, at: Instants) -> None:
    """All that was laid is opened as it was laid; one side's alone once the other has let the date pass.

    Only the node can say that a result was laid and never given to it: a side could else leave out the other's.
    """
    node = act.actor == rights.NODE
    if node:
        state = world.need(f"sample:{body.sample}", SampleState, "/body/sample")
    else:
        state, _ = party_of(world, act, body.sample)
    unsettled(state, body.sample)
    if state.opened_at is not None:
        raise Conflict(
            Problem(
                N_("The results of sample {sample} are open already."),
                "/body/sample",
                "opened",
                {"sample": body.sample},
            )
        )
    unchanged(world, state, body.lots)
    laid = [side for side in SIDES if state.laid(side) is not None]
    late = state.due <= at.claimed and state.due <= at.recorded
    sides = [one.side for one in body.opened]
    if not laid or (sides != laid and not (node and late and sides and set(sides) < set(laid))):
        raise refuse(
            N_("All that was laid is opened together: {sides}."),
            "/body/opened",
            "sides",
            sides=", ".join(laid) or "—",
        )
    for index, one in enumerate(body.opened):
        _opened(state, one, f"/body/opened/{index}")
    counted = [one for one in body.opened if not one.void]
    if len(counted) < 2 and (not late or not counted):
        raise refuse(
            N_("Both sides may deliver until {day}; only then one result binds alone."),
            "/body/opened",
            "waits",
            day=state.due.date().isoformat(),
        )
    right = expected_limits(state, body.opened)
    if body.limits != right:
        raise refuse(
            N_("The splitting limits on file are: {limits}."),
            "/body/limits",
            "limits",
            limits=", ".join(f"{one.element} {one.limit_ppb}{' relative' if one.relative else ''}" for one in right)
            or "—",
        )


def _opened(state: SampleState, one: acts.OpenedAssay, pointer: str) -> None:
    laid = state.laid(one.side)
    assert isinstance(laid, LaidAssay)
    if not results.commits(laid.commitment, one.salt, one.found, one.dry):
        raise refuse(
            N_("This is not the result to which the {side} committed; its salt and figures are needed as they were."),
            pointer,
            "commitment",
            side=one.side,
        )
    wrong = list(results.faults(one.found, state.material, f"{pointer}/found", dry=one.dry))
    if one.void and not wrong:
        raise refuse(N_("This result can be one, so that it counts."), f"{pointer}/void", "void")
    if not one.void:
        gather(wrong)
