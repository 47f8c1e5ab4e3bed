"""What sampling, assays, exchange, umpire and settlement do to samples and lots."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from meguri.custody.assays import acts, figures
from meguri.custody.assays.states import AssayedElement, LaidAssay, Party, SampleState, Settlement, Whose
from meguri.custody.states import LotState
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World

NO_ASSAY = "no-assay"
"""What stands on metal that came out without an assay of it, until it is settled what it is."""


@fold("custody.sample")
def drawn(world: World, entry: Entry, body: acts.DrawSample) -> None:
    """A sample lies sealed."""
    state = SampleState(
        lots=body.lots,
        holder=entry.act.actor,
        seller=body.seller,
        buyer=body.buyer,
        umpire=body.umpire,
        material=body.material,
        facility=body.facility,
        sealed_at=entry.at,
        due=entry.at + timedelta(days=body.days),
        act=entry.id,
        increments=body.increments,
        top_size_um=body.top_size_um,
        method=body.method,
        moisture_ppb=body.moisture_ppb,
        moisture_sd_ppb=body.moisture_sd_ppb,
        sampling_rsd_ppb=body.sampling_rsd_ppb,
        preparation_rsd_ppb=body.preparation_rsd_ppb,
        ignition_ppb=body.ignition_ppb,
        reduction=body.reduction,
        witnesses=body.witnesses,
        parts=body.parts,
        terms=body.terms,
    )
    world.put(f"sample:{body.sample}", state)


@fold("custody.assay")
def laid(world: World, entry: Entry, body: acts.LayAssay) -> None:
    """A side's result lies on the table, closed where the other's is awaited; an earlier closed one is replaced."""
    state = world.need(f"sample:{body.sample}", SampleState)
    side = state.side(entry.act.actor)
    assert side is not None
    one = _laid(entry, side, entry.act.actor if not body.laboratory else body.laboratory, body.seal, body.found)
    one = replace(one, commitment=entry.act.private.get(acts.RESULT, "") if not body.found else "")
    assays = tuple(other for other in state.assays if other.whose != side)
    agreed, opened = state.agreed, state.opened_at
    if body.found:
        agreed, opened = figures.exchanged({side: body.found}, ()), entry.at
    world.put(f"sample:{body.sample}", replace(state, assays=(*assays, one), agreed=agreed, opened_at=opened))


def _laid(entry: Entry, whose: Whose, laboratory: str, seal: str, found: tuple[AssayedElement, ...]) -> LaidAssay:
    return LaidAssay(whose=whose, laboratory=laboratory, seal=seal, act=entry.id, at=entry.at, found=found)


@fold("custody.exchange")
def opened(world: World, entry: Entry, body: acts.OpenAssays) -> None:
    """All results lie open at one instant."""
    state = world.need(f"sample:{body.sample}", SampleState)
    by_side = {one.side: one for one in body.opened}
    assays = tuple(
        replace(one, found=by_side[one.whose].found, void=by_side[one.whose].void) if one.whose in by_side else one
        for one in state.assays
    )
    found = {one.side: one.found for one in body.opened if not one.void}
    agreed = figures.exchanged(found, body.limits)
    world.put(f"sample:{body.sample}", replace(state, assays=assays, agreed=agreed, opened_at=entry.at))


@fold("custody.umpire")
def judged(world: World, entry: Entry, body: acts.UmpireAssay) -> None:
    """The middle of the three settles."""
    state = world.need(f"sample:{body.sample}", SampleState)
    one = _laid(entry, "umpire", entry.act.actor, body.seal, body.found)
    agreed = figures.judged(state.agreed, open_results(state), body.found)
    world.put(f"sample:{body.sample}", replace(state, assays=(*state.assays, one), agreed=agreed))


def open_results(state: SampleState) -> dict[Party, tuple[AssayedElement, ...]]:
    """What the two sides found, as far as it counts."""
    return {side: one.found for side in ("seller", "buyer") if (one := state.laid(side)) is not None and not one.void}


@fold("custody.settle")
def settled(world: World, entry: Entry, body: acts.SettleLots) -> None:
    """The sample is settled, and its lots contain what was settled."""
    state = world.need(f"sample:{body.sample}", SampleState)
    settlement = Settlement(
        provisional=body.provisional,
        wet_g=body.wet_g,
        dry_g=body.dry_g,
        elements=body.elements,
        by=entry.act.actor,
        at=entry.at,
        act=entry.id,
    )
    if body.provisional:
        world.put(f"sample:{body.sample}", replace(state, provisional=settlement))
        return
    world.put(f"sample:{body.sample}", replace(state, settled=settlement))
    known = {each.element for each in body.elements}
    for one in body.contents:
        lot = world.need(f"lot:{one.lot}", LotState)
        findings = tuple(found for found in lot.findings if found.why != NO_ASSAY or found.element not in known)
        world.put(f"lot:{one.lot}", replace(lot, contents=one.contents, settled_by=body.sample, findings=findings))
