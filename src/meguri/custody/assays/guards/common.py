"""What several guards of samples ask: who is who, and whether anything has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from meguri.custody.assays.independence import one_and_the_same
from meguri.custody.assays.states import Party, SampleState
from meguri.custody.states import LotState
from meguri.journal.act import Act, Instants
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotFound, Problem, refuse
from meguri.movement.states import LotMass
from meguri.registry import rights
from meguri.registry.states import OrganisationState


def unseen(id: str) -> NotFound:
    """The one answer for a sample that is absent or not for this actor to know."""
    return NotFound(Problem(N_("You have no sample {sample}."), "/body/sample", "unknown-sample", {"sample": id}))


def party_of(world: World, act: Act, sample: str) -> tuple[SampleState, Party]:
    """The sample and the side on which the actor is."""
    state = world.get(f"sample:{sample}", SampleState)
    side = state.side(act.actor) if state else None
    if state is None or side is None:
        raise unseen(sample)
    return state, side


def organisation(world: World, subject: str, pointer: str, at: Instants) -> OrganisationState:
    """An organisation on record that is open. Refused where there is none."""
    state = world.get(subject, OrganisationState) if subject.startswith("organisation:") else None
    if state is None:
        raise refuse(
            N_("Name an organisation on record as organisation:NAME, not “{name}”."),
            pointer,
            "organisation",
            name=subject,
        )
    if rights.closed(state, at):
        raise refuse(N_("{name} has closed."), pointer, "closed", name=state.name)
    return state


def apart(world: World, one: str, others: Iterable[str], pointer: str, text: str, at: Instants) -> None:
    """Refuse where an organisation is one of the others, by its subject or under another name.

    `text` says what is wrong, with the names of both as {name} and {other}.
    """
    state = organisation(world, one, pointer, at)
    for other in others:
        known = world.get(other, OrganisationState)
        if known is not None and (other == one or one_and_the_same(state, known)):
            raise refuse(text, pointer, "same-organisation", name=state.name, other=known.name)


def unchanged(world: World, state: SampleState, lots: Sequence[LotMass]) -> dict[str, LotState]:
    """The sample's lots, as they were when it was drawn. Refused where one has changed since."""
    if lots != state.lots:
        raise refuse(
            N_("The sample is of {lots}, as they weighed then."),
            "/body/lots",
            "lots",
            lots=", ".join(part.lot for part in state.lots),
        )
    found = {}
    for index, part in enumerate(lots):
        lot = world.need(f"lot:{part.lot}", LotState, f"/body/lots/{index}/lot")
        if lot.mass_g != part.grams or lot.status in ("consumed", "delivered"):
            raise Conflict(
                Problem(
                    N_("Lot {lot} weighed {then} kg when it was sampled and has {now} kg now: draw another sample."),
                    f"/body/lots/{index}",
                    "changed",
                    {"lot": part.lot, "then": to_kg(part.grams), "now": to_kg(lot.mass_g)},
                )
            )
        found[part.lot] = lot
    return found


def unsettled(state: SampleState, sample: str) -> None:
    """Refuse what comes after a settlement."""
    if state.settled is not None:
        raise Conflict(
            Problem(
                N_("Sample {sample} is settled already; a settlement is made once."),
                "/body/sample",
                "settled",
                {"sample": sample},
            )
        )
