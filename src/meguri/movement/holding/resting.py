"""What a movement itself rests on beside its case: its carrier's licences, and without a case the facts of its own
verdict and its parties. Pure.

A carrier has to prove its licence where its economy's own law gives one; elsewhere one that was ever granted to
it has to hold, and the document names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from meguri.consent.case import resting
from meguri.consent.case.resting import States
from meguri.consent.states import DossierState
from meguri.kit.problems import Problem
from meguri.movement.states import MovementState
from meguri.registry import proofs, vocabulary
from meguri.registry.proofs import CARRIER
from meguri.registry.states import LicenceState, OrganisationState


def carrier_lacks(
    carrier: str,
    state: OrganisationState | None,
    licences: Mapping[str, LicenceState | None],
    stream: str,
    at: datetime,
) -> Iterator[Problem]:
    """Why a carrier may not carry at an instant, as far as licences go."""
    carries = {kind.kind for kind in vocabulary.licence_kinds().values() if kind.fact == CARRIER}
    needed = state is not None and (
        vocabulary.own_kinds(CARRIER, state.economy) or any(one.kind in carries for one in state.granted)
    )
    if needed or proofs.named(CARRIER, [carrier], licences):
        problem = proofs.unproved(CARRIER, [carrier], at, licences, pointer="/carrier", stream=stream)
        if problem is not None:
            yield problem
    strange = [id for id, one in licences.items() if one is None or one.holder != carrier]
    if strange:
        yield proofs.strange(strange[0], "/carrier_licences")


def listed(state: MovementState) -> tuple[str, ...]:
    """What a movement without a case rests on beside its carrier, as subjects in order: what its change lists."""
    licences = [f"licence:{id}" for id in state.licences]
    return tuple(sorted({*licences, *state.parties, f"facility:{state.facility}"}))


def stopped_itself(state: MovementState, known: States, at: datetime) -> Iterator[Problem]:
    """Why a movement without a case may not go on at an instant, by its parties and the licences of its own verdict."""
    yield from resting.closed(state.parties, state.facility, known, at)
    yield from _facts(state, known, at)


def own(state: MovementState) -> tuple[str, ...]:
    """All that the movement itself rests on, as subjects in order: what its departure lists beside its case."""
    licences = [f"licence:{id}" for id in (*state.licences, *state.carrier_licences)]
    parties = () if state.case else (*state.parties, f"facility:{state.facility}")
    return tuple(sorted({*licences, *parties}))


def stopped(state: MovementState, known: States, at: datetime) -> Iterator[Problem]:
    """Why the movement may not leave at an instant, by what it rests on itself; its case is asked besides."""
    carried = {id: known[f"licence:{id}"] for id in state.carrier_licences}
    yield from carrier_lacks(state.carrier, known[state.carrier], carried, state.stream, at)
    if not state.case:
        yield from stopped_itself(state, known, at)


def _facts(state: MovementState, known: States, at: datetime) -> Iterator[Problem]:
    licences = {id: known[f"licence:{id}"] for id in state.licences}
    holders = resting.holders(state.importer, state.operator, state.facility)
    yield from resting.lost(state.proved, holders, licences, at, {"stream": state.stream})


def on_arrival(state: MovementState, dossier: DossierState | None) -> tuple[str, ...]:
    """All that a receipt rests on, as subjects in order: the receiver, its facility, and what proves their facts."""
    licences = dossier.licences if dossier is not None else state.licences
    return tuple(sorted({state.operator, f"facility:{state.facility}", *(f"licence:{id}" for id in licences)}))


def stopped_on_arrival(
    state: MovementState, dossier: DossierState | None, known: States, at: datetime
) -> Iterator[Problem]:
    """Why nothing of it may be taken at an instant."""
    if dossier is not None:
        yield from resting.stopped(dossier, known, at, arrived=True)
        return
    yield from resting.closed((state.operator,), state.facility, known, at)
    yield from _facts(state, known, at)
