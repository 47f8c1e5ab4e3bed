"""What must hold before lots change. Guards of the movement's own kinds are in `movement.py`."""

from __future__ import annotations

from collections.abc import Sequence

from meguri.consent.states import Bag, LotMass
from meguri.custody import acts, masses
from meguri.custody.states import LotState
from meguri.custody.vocabulary import check_stream, element_of, steps
from meguri.journal.act import Act
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, MeguriError, NotAllowed, NotFound, Problem, refuse
from meguri.registry import rights
from meguri.registry.states import FacilityState, OrganisationState

SUBJECT_LONGEST = 100


def new_id(world: World, prefix: str, id: str, pointer: str) -> None:
    """Refuse a name for a new thing that is malformed or taken."""
    if not id or len(id) > SUBJECT_LONGEST or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in id):
        raise refuse(
            N_("“{id}” is no name for a {prefix}: use letters, digits and hyphens."),
            pointer,
            "subject",
            id=id,
            prefix=prefix,
        )
    world.absent(f"{prefix}:{id}", pointer)


def lot(world: World, id: str, pointer: str) -> LotState:
    """The lot; NotFound where there is none, in the words used for somebody else's."""
    state = world.get(f"lot:{id}", LotState)
    if state is None:
        raise unseen(id, pointer)
    return state


def unseen(id: str, pointer: str) -> NotFound:
    """The one answer for a lot that is absent or not for this actor to know."""
    return NotFound(Problem(N_("You have no lot {lot}."), pointer, "unknown-lot", {"lot": id}))


def own_facility(world: World, act: Act, facility: str, economy: str) -> FacilityState:
    """The facility, which must be the actor's and lie in the economy that the act names."""
    state = world.get(f"facility:{facility}", FacilityState)
    if state is None or state.organisation != act.actor:
        raise NotFound(
            Problem(
                N_("You have no facility {facility}."), "/body/facility", "unknown-facility", {"facility": facility}
            )
        )
    if state.economy != economy:
        raise refuse(
            N_("{facility} lies in {right}, not in {wrong}."),
            "/body/economy",
            "economy",
            facility=state.names.en,
            right=state.economy,
            wrong=economy,
        )
    return state


def owned(state: LotState, act: Act, id: str, pointer: str) -> None:
    """Refuse where the actor does not hold the lot, or it is under way or was refused."""
    if state.holder != act.actor:
        if act.actor in state.parties:
            raise NotAllowed(Problem(N_("Lot {lot} is not held by you."), pointer, "holder", {"lot": id}))
        raise unseen(id, pointer)
    word = {
        "in_transit": N_("Lot {lot} is under way already; it is received or taken back first."),
        "refused": N_("Lot {lot} was refused on arrival; take it back first."),
        "consumed": N_("Nothing is left of lot {lot}."),
    }.get(state.status)
    if word:
        raise Conflict(Problem(word, pointer, state.status, {"lot": id}))


def available(state: LotState, part: LotMass, pointer: str) -> None:
    """Refuse an overdraft: as a conflict where the lot once had as much, as a refusal where it never had."""
    masses.check(part.grams, f"{pointer}/grams")
    if part.grams <= state.mass_g:
        return
    problem = Problem(
        N_("Lot {lot} has {left} kg left; {asked} kg cannot be taken from it."),
        f"{pointer}/grams",
        "overdrawn",
        {"lot": part.lot, "left": to_kg(state.mass_g), "asked": to_kg(part.grams)},
    )
    error: MeguriError = Conflict(problem)
    if part.grams > state.made_g + state.adjusted_g:
        error = refuse(problem.text, problem.pointer, problem.code, **problem.params)
    raise error


def whole(state: LotState, part: LotMass, pointer: str) -> None:
    """Refuse to move a part of a lot: it is split first, so that every lot is in one place."""
    if part.grams != state.mass_g:
        available(state, part, pointer)
        raise refuse(
            N_("Lot {lot} weighs {mass} kg and moves as a whole; {asked} kg was given. Divide it first."),
            f"{pointer}/grams",
            "whole",
            lot=part.lot,
            mass=to_kg(state.mass_g),
            asked=to_kg(part.grams),
        )


@guard("custody.collect")
def collected_at_a_facility(world: World, act: Act, body: acts.Collect) -> None:
    """A collector or dismantler takes a known stream in at its own facility."""
    rights.require(world, act, steps()["collecting"].roles)
    own_facility(world, act, body.facility, body.economy)
    new_id(world, "lot", body.lot, "/body/lot")
    new_id(world, "event", body.event, "/body/event")
    masses.check(body.grams, "/body/grams")
    check_stream(body.stream, "/body/stream")
    masses.check_contents(body.contents, "/body/contents")


@guard("custody.transform")
def transformed_by_its_holder(world: World, act: Act, body: acts.Transform) -> None:
    """The holder turns what it has into other lots, in a step that its role allows, and it adds up."""
    step = steps().get(body.step)
    if step is None or step.type != "transformation":
        known = [name for name, row in steps().items() if row.type == "transformation"]
        raise refuse(
            N_("“{step}” is no step that changes lots. One of: {known}."),
            "/body/step",
            "step",
            step=body.step,
            known=", ".join(known),
        )
    rights.require(world, act, step.roles)
    own_facility(world, act, body.facility, body.economy)
    new_id(world, "event", body.event, "/body/event")
    if not body.inputs or not body.outputs:
        raise refuse(
            N_("Name at least one lot that goes in and one that comes out."),
            "/body/outputs" if body.inputs else "/body/inputs",
            "empty",
        )
    masses.once([*(p.lot for p in body.inputs), *(o.lot for o in body.outputs)], "/body/lots")
    streams = set()
    for index, part in enumerate(body.inputs):
        pointer = f"/body/inputs/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        owned(state, act, part.lot, f"{pointer}/lot")
        if state.facility != body.facility:
            raise refuse(
                N_("Lot {lot} is at {there}, not at {here}."),
                f"{pointer}/lot",
                "facility",
                lot=part.lot,
                there=state.facility or "—",
                here=body.facility,
            )
        available(state, part, pointer)
        streams.add(state.stream)
    for index, output in enumerate(body.outputs):
        pointer = f"/body/outputs/{index}"
        new_id(world, "lot", output.lot, f"{pointer}/lot")
        masses.check(output.grams, f"{pointer}/grams")
        check_stream(output.stream, f"{pointer}/stream")
        masses.check_contents(output.contents, f"{pointer}/contents")
        if step.same_stream and {output.stream} != streams:
            raise refuse(
                N_("{step} keeps the stream: lots of {streams} do not become {stream}."),
                f"{pointer}/stream",
                "stream",
                step=step.names.en,
                streams=", ".join(sorted(streams)),
                stream=output.stream,
            )
    adds_up(body)


def adds_up(body: acts.Transform) -> None:
    """Refuse where inputs + difference is not outputs + loss, or the difference exceeds the step's tolerance."""
    before = sum(part.grams for part in body.inputs)
    after = sum(output.grams for output in body.outputs) + body.loss_g
    if body.loss_g < 0:
        raise refuse(N_("A loss is zero or more; a gain is a weighing difference."), "/body/loss_g", "mass")
    if body.loss_g and not body.loss_reason.strip():
        raise refuse(
            N_("Say what became of the loss of {mass} kg."), "/body/loss_reason", "reason", mass=to_kg(body.loss_g)
        )
    if before + body.difference_g != after:
        raise refuse(
            N_(
                "{before} kg went in and {after} kg came out or was lost: the difference is {right} kg, not {wrong} kg."
            ),
            "/body/difference_g",
            "closure",
            before=to_kg(before),
            after=to_kg(after),
            right=to_kg(after - before),
            wrong=to_kg(body.difference_g),
        )
    if not masses.within(body.step, before, body.difference_g):
        pointer = "/body/outputs" if body.difference_g > 0 else "/body/loss_g"
        more = N_("Weigh again, or take what else went in.")
        less = N_("Weigh again, or declare what is missing as a loss with its reason.")
        raise masses.beyond(body.step, before, after, pointer, more if body.difference_g > 0 else less)


@guard("custody.dispatch")
def dispatched_by_its_holder(world: World, act: Act, body: acts.Dispatch) -> None:
    """The holder sends whole lots to an open organisation; waste crosses no border here."""
    rights.require(world, act)
    new_id(world, "event", body.event, "/body/event")
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([part.lot for part in body.lots], "/body/lots")
    receiver = world.get(body.to, OrganisationState) if body.to.startswith("organisation:") else None
    if receiver is None or body.to == act.actor:
        raise refuse(
            N_("Name another organisation on record as the receiver, not “{to}”."), "/body/to", "receiver", to=body.to
        )
    if receiver.closed_on is not None:
        raise refuse(N_("{name} has closed and can receive nothing."), "/body/to", "closed", name=receiver.names.en)
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        owned(state, act, part.lot, f"{pointer}/lot")
        whole(state, part, pointer)
        if state.economy != body.economy:
            raise refuse(
                N_("Lot {lot} is in {there}, not in {here}."),
                f"{pointer}/lot",
                "economy",
                lot=part.lot,
                there=state.economy,
                here=body.economy,
            )
        if receiver.economy != state.economy and not element_of(state.stream):
            raise refuse(
                N_("{name} is in {to}; waste leaves {economy} only in a movement under a case with its consents."),
                "/body/to",
                "border",
                name=receiver.names.en,
                to=receiver.economy,
                economy=state.economy,
            )


@guard("custody.receive")
def received_by_its_addressee(world: World, act: Act, body: acts.Receive) -> None:
    """Whom the lots were sent to weighs them; who sent them may take back what was refused."""
    rights.require(world, act)
    own_facility(world, act, body.facility, body.economy)
    new_id(world, "event", body.event, "/body/event")
    sent = arrivals(world, body.bags)
    for index, (state, bag) in enumerate(zip(sent, body.bags, strict=True)):
        pointer = f"/body/bags/{index}"
        takes_back = state.status == "refused" and state.holder == act.actor
        if not takes_back and state.bound_for != act.actor:
            if act.actor in state.parties:
                raise Conflict(
                    Problem(N_("Lot {lot} is not on its way to you."), f"{pointer}/lot", "not-sent", {"lot": bag.lot})
                )
            raise unseen(bag.lot, f"{pointer}/lot")
        if takes_back and not bag.accepted:
            raise refuse(N_("What you take back is accepted; say so."), f"{pointer}/accepted", "accepted")
        if state.movement and not takes_back:
            raise refuse(
                N_("Lot {lot} travels in movement {movement}: record its receipt there."),
                f"{pointer}/lot",
                "movement",
                lot=bag.lot,
                movement=state.movement,
            )
        if state.economy != body.economy and not element_of(state.stream) and not takes_back:
            raise refuse(
                N_("Lot {lot} was sent within {there}; {here} is another economy."),
                f"{pointer}/lot",
                "border",
                lot=bag.lot,
                there=state.economy,
                here=body.economy,
            )
    weighed(sent, body.bags, "/body/bags")


def arrivals(world: World, bags: Sequence[Bag]) -> list[LotState]:
    """The lots of a receipt, in its order; refuses an empty one, a lot twice, and a mass that cannot be."""
    if not bags:
        raise refuse(N_("Name at least one lot."), "/body/bags", "empty")
    masses.once([bag.lot for bag in bags], "/body/bags")
    found = []
    for index, bag in enumerate(bags):
        pointer = f"/body/bags/{index}"
        masses.check(bag.received_g, f"{pointer}/received_g", least=1 if bag.accepted else 0)
        if not bag.accepted and not bag.reason.strip():
            raise refuse(N_("Say why lot {lot} is refused."), f"{pointer}/reason", "reason", lot=bag.lot)
        found.append(lot(world, bag.lot, f"{pointer}/lot"))
    return found


def weighed(sent: Sequence[LotState], bags: Sequence[Bag], pointer: str) -> None:
    """Refuse a total beyond tolerance unless the counterparty has agreed to the weighing of each lot that differs."""
    before = sum(state.mass_g for state in sent)
    after = sum(bag.received_g for bag in bags)
    agreed = all(bag.received_g in (state.mass_g, state.agreed_g) for state, bag in zip(sent, bags, strict=True))
    if after > 2 * before:
        raise masses.beyond("receiving", before, after, pointer, N_("Check the unit: grams are recorded."))
    if not masses.within("receiving", before, after - before) and not agreed:
        raise masses.beyond(
            "receiving", before, after, pointer, N_("Weigh again, or have the sender agree to these weighings first.")
        )


@guard("custody.agree")
def agreed_by_the_counterparty(world: World, act: Act, body: acts.Agree) -> None:
    """Who sent the lots (or held them before) agrees; for one that has closed, an authority there or the operator."""
    if not body.lots:
        raise refuse(N_("Name at least one lot."), "/body/lots", "empty")
    masses.once([part.lot for part in body.lots], "/body/lots")
    who = act.actor
    if body.instead_of:
        stood_in_for(world, act, body)
        who = body.instead_of
    else:
        rights.require(world, act)
    for index, part in enumerate(body.lots):
        pointer = f"/body/lots/{index}"
        state = lot(world, part.lot, f"{pointer}/lot")
        masses.check(part.grams, f"{pointer}/grams", least=0)
        counterparty = state.holder if state.status == "in_transit" else state.previous
        if who != counterparty:
            if who in state.parties:
                raise NotAllowed(
                    Problem(
                        N_("The counterparty for lot {lot} is another organisation."),
                        f"{pointer}/lot",
                        "counterparty",
                        {"lot": part.lot},
                    )
                )
            raise unseen(part.lot, f"{pointer}/lot")


def stood_in_for(world: World, act: Act, body: acts.Agree) -> None:
    """Refuse to stand in for an organisation that is open, or from another economy."""
    if not body.instead_of.startswith("organisation:"):
        raise refuse(N_("Write organisation:NAME, not “{name}”."), "/body/instead_of", "subject", name=body.instead_of)
    absent = world.need(body.instead_of, OrganisationState, "/body/instead_of")
    if absent.closed_on is None:
        raise refuse(N_("{name} is open and agrees itself."), "/body/instead_of", "open", name=absent.names.en)
    if act.actor == rights.NODE:
        return
    actor = rights.require(world, act, {"authority", "operator"})
    if rights.holds(actor, "authority", clock.parse(act.claimed)) and actor.economy != absent.economy:
        raise refuse(
            N_("An authority of {economy} stands in for {name}."),
            "/body/instead_of",
            "economy",
            economy=absent.economy,
            name=absent.names.en,
        )


@guard("custody.correct")
def corrected_while_nobody_relied_on_it(world: World, act: Act, body: acts.Correct) -> None:
    """The holder corrects a weighing of a lot of which nothing was used; beyond tolerance its sender agrees first."""
    rights.require(world, act)
    new_id(world, "event", body.event, "/body/event")
    state = lot(world, body.lot, "/body/lot")
    owned(state, act, body.lot, "/body/lot")
    masses.check(body.grams, "/body/grams")
    if not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")
    if state.used_g or body.was_g != state.mass_g:
        raise Conflict(
            Problem(
                N_("Lot {lot} has {mass} kg, {used} kg was used: only a whole lot as last weighed is corrected."),
                "/body/was_g",
                "relied-on",
                {"lot": body.lot, "mass": to_kg(state.mass_g), "used": to_kg(state.used_g)},
            )
        )
    difference = body.grams - state.mass_g
    if state.previous and not masses.within("correcting", state.mass_g, difference) and state.agreed_g != body.grams:
        raise masses.beyond(
            "correcting", state.mass_g, body.grams, "/body/grams", N_("The organisation that sent it must agree first.")
        )
