"""What a stock-take does to lots, to events that it explains, and to what adds up at a site."""

from __future__ import annotations

from msgspec.structs import replace

from meguri.custody import acts
from meguri.custody.folds.lot_states import put_event, reweighed
from meguri.custody.states import EventState, LotState, ProcessState
from meguri.custody.substance.account import UNASSAYED
from meguri.journal.act import Entry
from meguri.journal.kinds import fold
from meguri.journal.world import World
from meguri.movement.states import DECLARED, LotMass

SETTLED = ("less-metal", "unknown-loss")


@fold("custody.stock_take")
def stock_take(world: World, entry: Entry, body: acts.StockTake) -> None:
    """Lots weigh what was found, which somebody else has seen; what was explained stands no longer."""
    for one in body.found:
        state = world.need(f"lot:{one.lot}", LotState)
        assayed = {content.element for content in one.contents if content.basis not in UNASSAYED}
        findings = tuple(
            found for found in reweighed(state, one.grams) if not (found.why == "no-assay" and found.element in assayed)
        )
        others = tuple(held for held in state.contents if all(held.element != new.element for new in one.contents))
        world.put(
            f"lot:{one.lot}",
            replace(
                state,
                mass_g=one.grams,
                adjusted_g=state.adjusted_g + one.grams - state.mass_g,
                seen_g=one.grams,
                agreed_g=None,
                basis=DECLARED,
                first_g=one.grams,
                first_basis=DECLARED,
                moves=(*state.moves, entry.number),
                contents=tuple(sorted((*others, *one.contents), key=lambda content: content.element)),
                findings=findings,
            ),
        )
    for name in body.settles:
        event = world.need(f"event:{name}", EventState)
        left = tuple(one for one in event.findings if one.why not in SETTLED)
        world.put(f"event:{name}", replace(event, findings=left))
    before = world.get(f"process:{body.facility}", ProcessState) or ProcessState()
    explained = bool(body.settles)
    world.put(
        f"process:{body.facility}",
        replace(
            before,
            unknown_g=0 if explained else before.unknown_g,
            spread_g=0 if explained else before.spread_g,
            taken_until=body.until.isoformat(),
        ),
    )
    put_event(
        world,
        entry,
        body.event,
        type="object",
        step="stock-taking",
        inputs=tuple(LotMass(one.lot, one.was_g) for one in body.found),
        outputs=tuple(LotMass(one.lot, one.grams) for one in body.found),
        difference_g=sum(one.grams - one.was_g for one in body.found),
        facility=body.facility,
        economy=body.economy,
        to=body.keeper,
        reason=body.reason or "; ".join(f"{one.lot}: {one.reason}" for one in body.found if one.reason),
    )
