"""What a receipt does to lots: each is accepted, refused or missing, and what differs too much stays open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from meguri.custody.folds.lot_states import arise, happened, reweighed, share_of
from meguri.custody.states import (
    AGREED,
    Finding,
    Gap,
    InstrumentState,
    LotState,
    Parted,
    Status,
    drift_squares,
    drifts,
    go_together,
)
from meguri.journal.act import Entry
from meguri.journal.world import World
from meguri.movement.states import DECLARED, Bag, LotMass, MassBasis

WEIGHED = AGREED | {"missing"}
"""What a receipt asks anew."""


class Sent:
    """A lot as its sender has it: mass, how that is known, and the weighing that the sender has agreed to."""

    __slots__ = ("agreed_g", "basis", "grams")

    def __init__(self, grams: int, basis: MassBasis, agreed_g: int | None) -> None:
        self.grams, self.basis, self.agreed_g = grams, basis, agreed_g


def gap(sent: Sent, bag: Bag) -> Gap:
    """The two weighings of a bag."""
    return Gap.of(sent.grams, sent.basis, bag.received_g, bag.basis, bag.tolerance_ppm)


def open_of(sent: Sequence[Sent], bags: Sequence[Bag]) -> dict[str, tuple[Finding, ...]]:
    """What stands open of each bag, by its lot: a difference beyond both instruments, one beyond the sum, other pieces.

    What was accepted and what was refused are summed apart, so that neither hides in the other.
    """
    found: dict[str, list[str]] = {bag.lot: [] for bag in bags}
    for taken in (True, False):
        rows = [(s, b) for s, b in zip(sent, bags, strict=True) if not b.missing and b.accepted is taken]
        fair = go_together(gap(s, b) for s, b in rows)
        for one, bag in rows:
            told = gap(one, bag)
            if one.agreed_g == bag.received_g:
                continue
            if not told.within:
                found[bag.lot].append("difference")
            elif told.difference_g and not fair:
                found[bag.lot].append("difference-sum")
    for one, bag in zip(sent, bags, strict=True):
        if bag.missing:
            found[bag.lot].append("missing")
        elif one.basis.pieces and bag.basis.pieces != one.basis.pieces:
            found[bag.lot].append("pieces")
    return {lot: tuple(Finding(why) for why in whys) for lot, whys in found.items()}


def arrive(
    world: World,
    entry: Entry,
    bag: Bag,
    receiver: str,
    facility: str,
    economy: str,
    findings: tuple[Finding, ...] = (),
) -> None:
    """One lot arrives: its mass is what was weighed, its holder the receiver unless refused; or it did not come.

    A refused lot lies where the receiver is, but in no facility's stock. One that is missing is still its sender's,
    with the mass that was sent.
    """
    state = world.need(f"lot:{bag.lot}", LotState)
    if bag.missing:
        absent = replace(
            state,
            status="missing",
            facility="",
            last_at=happened(entry),
            moves=(*state.moves, entry.number),
            findings=(*state.findings, *findings),
        )
        world.put(f"lot:{bag.lot}", absent)
        return
    status: Status = "held" if bag.accepted else "refused"
    # Who weighs what it sent itself is no second organisation.
    other = receiver != state.holder
    if bag.received_g == 0:
        status = "consumed"
    left = bag.received_g - bag.refused_g
    weigher = state.weighed_by if state.weighed_by != receiver else ""
    world.put(
        f"lot:{bag.lot}",
        replace(
            state,
            mass_g=left,
            adjusted_g=state.adjusted_g + bag.received_g - state.mass_g,
            used_g=state.used_g + bag.refused_g,
            agreed_g=None,
            # Whoever took it over settles anew with who sold it.
            settled_by="" if bag.accepted and other else state.settled_by,
            crosses="",
            seen_g=left if other else share_of(state.seen_g, bag.received_g, state.mass_g),
            status=status,
            economy=economy,
            facility=facility if bag.accepted else "",
            holder=receiver if bag.accepted else state.holder,
            previous=state.holder if bag.accepted else state.previous,
            bound_for="",
            basis=bag.basis,
            first_g=left,
            first_basis=bag.basis,
            corrected=0,
            moves=(*state.moves, entry.number),
            last_at=happened(entry),
            weighed_by=receiver,
            counterparty=state.holder if other else weigher,
            findings=_standing(state, bag.received_g, findings),
        ),
    )


def _standing(state: LotState, grams: int, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stands against a lot after a receipt: what weighings settle is asked anew, all else stays."""
    stays = tuple(one for one in reweighed(state, grams) if one.why not in WEIGHED)
    return (*stays, *findings)


def turn_away(world: World, entry: Entry, bag: Bag, state: LotState, event: str, economy: str, **more: Any) -> None:
    """The part of a load that was refused is a lot of its own, its sender's."""
    arise(
        world,
        entry,
        bag.part,
        holder=state.holder,
        stream=state.stream,
        grams=bag.refused_g,
        origin=state.origin,
        economy=economy,
        facility="",
        event=event,
        status="refused",
        previous=state.previous,
        label=state.label,
        place=state.place,
        mix=state.mix,
        contents=state.contents,
        seen_g=bag.refused_g,
        basis=bag.basis,
        weighed_by=entry.act.actor,
        **{"case": state.case, "movement": state.movement, **more},
    )


def weighing(sent: Iterable[LotMass], bags: Sequence[Bag], became: Sequence[str] = ()) -> dict[str, Any]:
    """The event's masses as sent and as weighed; `became` names the lots on the right side, where others than sent."""
    before = tuple(sent)
    names = became or [part.lot for part in before]
    after = tuple(
        LotMass(name, part.grams if bag.missing else bag.received_g)
        for name, part, bag in zip(names, before, bags, strict=True)
    )
    told = any(bag.basis != DECLARED for bag in bags)
    return {
        "inputs": before,
        "outputs": after,
        "difference_g": sum(part.grams for part in after) - sum(part.grams for part in before),
        "refused": tuple(
            part.lot for part, bag in zip(before, bags, strict=True) if not bag.accepted and not bag.missing
        ),
        "missing": tuple(part.lot for part, bag in zip(before, bags, strict=True) if bag.missing),
        "parted": tuple(
            Parted(name, bag.part, bag.refused_g) for name, bag in zip(names, bags, strict=True) if bag.part
        ),
        "reason": "; ".join(
            f"{bag.lot}: {bag.reason}" for bag in bags if bag.reason and (bag.refused_g or not bag.accepted)
        ),
        "bases": tuple(bag.basis for bag in bags) if told else (),
    }


def run_on(world: World, event: str, gaps: Iterable[tuple[MassBasis, Gap]]) -> tuple[Finding, ...]:
    """Differences of which both sides were weighed are added to the running totals of the instruments that weighed
    last; what stands against the event where one of them goes one way.
    """
    told: dict[str, list[Gap]] = {}
    for basis, one in gaps:
        if basis.how == "weighed" and not one.assumed_mg:
            told.setdefault(basis.instrument, []).append(one)
    found: tuple[Finding, ...] = ()
    for name, rows in sorted(told.items()):
        state = world.need(f"instrument:{name}", InstrumentState)
        total = state.drift_g + sum(one.difference_g for one in rows)
        squares = state.squares + drift_squares(rows, state.interval_mg)
        count = state.count + 1
        begins = not state.drift_on and drifts(total, squares, state.interval_mg, count)
        found = (Finding("drift"),) if begins else found
        world.put(
            f"instrument:{name}",
            replace(
                state,
                drift_g=total,
                squares=squares,
                count=count,
                drift_on=event if begins else state.drift_on,
            ),
        )
    return found
