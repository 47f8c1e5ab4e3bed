"""What must hold before what was told is put right: corrections, and events that are declared wrong."""

from __future__ import annotations

from meguri.custody import acts
from meguri.custody.guards import masses, measuring
from meguri.custody.guards.store import lot, new_id, owned
from meguri.custody.states import MG, EventState, LotState
from meguri.custody.weighing import limits
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, NotAllowed, Problem, refuse
from meguri.movement.states import DECLARED

MOST_CORRECTIONS = 2
"""So often a holder puts a weighing right by itself; then who else relies on it agrees, whatever the size."""
STEP = "correcting"
OWN = ("correcting", "dispatching")
"""Steps whose lots were there before."""


@guard("custody.correct")
def corrected_while_nobody_relied_on_it(world: World, act: Act, body: acts.Correct, at: Instants) -> None:
    """The holder corrects a weighing of a lot of which nothing was used: within what its instrument allows of the first
    figure that it signed, twice; beyond that with the word of the counterparty. The event that made it is held against
    what went in again.
    """
    new_id(world, "event", body.event, "/body/event")
    state = lot(world, body.lot, "/body/lot")
    owned(state, act, body.lot, "/body/lot")
    masses.check(body.grams, "/body/grams")
    if not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
    if state.used_g - _parted(world, body, state) or body.was_g != state.mass_g:
        raise Conflict(
            Problem(
                N_("Lot {lot} has {mass} kg, {used} kg was used: only a whole lot as last weighed is corrected."),
                "/body/was_g",
                "relied-on",
                {"lot": body.lot, "mass": to_kg(state.mass_g), "used": to_kg(state.used_g)},
            )
        )
    if body.corrects != state.made_by:
        raise refuse(
            N_("Lot {lot} was made by event {event}."), "/body/corrects", "event", lot=body.lot, event=state.made_by
        )
    measuring.known(world, act, body.grams, body.basis, state.facility, state.economy, at, "/body")
    measuring.when(act, body.happened, [(body.lot, state)], at)
    if state.agreed_g == body.grams:
        return
    first = state.made_g if state.first_g is None else state.first_g
    before = state.basis if state.first_g is None else state.first_basis
    gap = limits.gap(first, before, body.grams, body.basis, STEP)
    agrees = N_("The organisation that sent it, or an authority where nobody did, must agree first.")
    if not gap.within:
        raise masses.beyond(gap.limit_g, first, body.grams, "/body/grams", agrees)
    if state.corrected >= MOST_CORRECTIONS:
        raise refuse(
            N_(
                "It was corrected {count} times. The organisation that sent it, or an authority where nobody did, must "
                "agree to any further."
            ),
            "/body/grams",
            "corrections",
            count=str(state.corrected),
        )
    _made_within(world, body, state)


def _parted(world: World, body: acts.Correct, state: LotState) -> int:
    """What of a lot became one of its own because it was refused: that was weighed with it, not used."""
    event = world.get(f"event:{body.corrects}", EventState)
    return sum(part.grams for part in event.parted if part.of == body.lot) if event else 0


def _made_within(world: World, body: acts.Correct, state: LotState) -> None:
    """Refuse a correction by which what an event made no longer fits what went into it."""
    made = world.need(f"event:{body.corrects}", EventState, "/body/corrects")
    if made.type != "transformation":
        return
    left = made.difference_g + made.corrected_g + body.grams - state.mass_g
    limit = limits.event_limit_mg(
        zip(made.inputs, made.input_bases or (DECLARED,) * len(made.inputs), strict=True),
        zip(made.outputs, made.bases or (DECLARED,) * len(made.outputs), strict=True),
        made.step,
    )
    if abs(left) * MG > limit:
        after = made.output_g + made.loss_g + made.corrected_g + body.grams - state.mass_g
        raise masses.beyond(
            limit // MG,
            made.input_g,
            after,
            "/body/grams",
            N_(
                "What the event made would no longer fit what went into it. Declare the event wrong and record it anew."
            ),
        )


@guard("custody.declare_wrong")
def taken_back_by_who_said_it(world: World, act: Act, body: acts.DeclareWrong, at: Instants) -> None:
    """Who said events takes them back, last first, while nothing else is built on them and nobody relies on them."""
    if not body.events:
        raise refuse(N_("Name at least one event."), "/body/events", "empty")
    if not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
    masses.once(body.events, "/body/events")
    events: list[EventState] = []
    for index, name in enumerate(body.events):
        pointer = f"/body/events/{index}"
        event = world.get(f"event:{name}", EventState)
        if event is None or event.actor != act.actor:
            raise refuse(N_("There is no event {event} of yours on record."), pointer, "event", event=name)
        if event.wrong_by:
            raise Conflict(Problem(N_("Event {event} was declared wrong already."), pointer, "wrong", {"event": name}))
        if event.step == "receiving" or (event.movement and event.step == "departing"):
            raise NotAllowed(
                Problem(
                    N_(
                        "Event {event} is a receipt or a departure: {other} relies on it, and has to agree. Correct "
                        "the weighing with their word, or send the lots back."
                    ),
                    pointer,
                    "relied-on",
                    {"event": name, "other": event.to or "-"},
                )
            )
        if (
            event.step == "stock-taking"
            or event.of
            or event.booked
            or any(loss.kind == "unknown" for loss in event.losses)
        ):
            raise Conflict(
                Problem(
                    N_("An account of the site or a movement rests on event {event}: it is not taken back."),
                    pointer,
                    "relied-on",
                    {"event": name},
                )
            )
        events.append(event)
    numbers = [event.number for event in events]
    if numbers != sorted(numbers, reverse=True):
        raise refuse(N_("Name the events so that what happened last stands first."), "/body/events", "order")
    touched = {part.lot for event in events for part in (*event.inputs, *event.outputs)}
    if set(body.lots) != touched:
        raise refuse(
            N_("Name all lots of these events: {lots}."), "/body/lots", "lots", lots=", ".join(sorted(touched))
        )
    _nothing_on_top(world, body, events)
    for index, name in enumerate(body.corrective):
        event = world.get(f"event:{name}", EventState)
        if event is None or event.actor != act.actor or event.wrong_by or name in body.events:
            raise refuse(
                N_("Event {event} cannot say what is right."), f"/body/corrective/{index}", "event", event=name
            )


class _Left:
    """A lot while events are taken back from it: what it weighs, what was used of it, which acts have moved it."""

    def __init__(self, state: LotState) -> None:
        self.state, self.grams, self.used_g = state, state.mass_g, state.used_g
        self.moves = list(state.moves)


def _nothing_on_top(world: World, body: acts.DeclareWrong, events: list[EventState]) -> None:
    """Refuse where something was built on an event that is not taken back too, or somebody else relies on its lots."""
    left = {name: _Left(lot(world, name, "/body/lots")) for name in body.lots}
    for name, one in left.items():
        _still_own(name, one.state, events)
    for event in events:
        if event.step in OWN:
            for before, after in zip(event.inputs, event.outputs, strict=True):
                one = left[before.lot]
                if not one.moves or one.moves[-1] != event.number or one.grams != after.grams:
                    raise _built_on(before.lot)
                one.moves.pop()
                one.grams = before.grams
            continue
        for part in event.outputs:
            one = left[part.lot]
            if one.used_g or one.moves or one.grams != part.grams:
                raise _built_on(part.lot)
            one.grams = 0
        for part in event.inputs:
            one = left[part.lot]
            if one.moves and one.moves[-1] > event.number:
                raise _built_on(part.lot)
            one.grams, one.used_g = one.grams + part.grams, one.used_g - part.grams


def _built_on(name: str) -> Conflict:
    return Conflict(
        Problem(
            N_("Lot {lot} was used, sent, weighed or corrected since. Declare that wrong too, the last first."),
            "/body/events",
            "built-on",
            {"lot": name},
        )
    )


def _still_own(name: str, state: LotState, events: list[EventState]) -> None:
    sent = any(e.step == "dispatching" and any(p.lot == name for p in e.inputs) for e in events)
    here = {"held", "consumed"} | ({"in_transit"} if sent else set())
    if state.holder != events[0].actor or state.status not in here:
        raise Conflict(
            Problem(
                N_("Lot {lot} is with {who}, or on its way there: they would have to agree. Get it back first."),
                "/body/lots",
                "relied-on",
                {"lot": name, "who": state.bound_for or state.holder},
            )
        )
    if state.of or state.certified or state.booked or state.claims or state.settled_by:
        raise Conflict(
            Problem(
                N_("A movement, a certificate, a claim or a settlement rests on lot {lot}: take that back first."),
                "/body/lots",
                "relied-on",
                {"lot": name},
            )
        )
    if state.promised_to or (state.movement and not all(e.movement == state.movement for e in events)):
        raise Conflict(
            Problem(
                N_("Movement {movement} rests on lot {lot}; cancel or change that first."),
                "/body/lots",
                "promised",
                {"lot": name, "movement": state.promised_to or state.movement},
            )
        )
