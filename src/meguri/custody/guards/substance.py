"""What a lot can be: which step makes it at which site, and that no more of an element comes out than went in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from meguri.custody import acts
from meguri.custody.guards import masses
from meguri.custody.guards.store import lot
from meguri.custody.states import LotState, ProcessState
from meguri.custody.substance import account, vocabulary
from meguri.custody.substance.account import ElementFit, MadeLot
from meguri.custody.substance.bound import REFUSED_AT, WHOLE
from meguri.custody.vocabulary import element_of, steps, stream_words
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Problem, Refused, refuse
from meguri.kit.words import listed
from meguri.movement import acts as moving
from meguri.movement.states import Content
from meguri.registry import proofs
from meguri.registry.states import FacilityState, LicenceState


@guard("custody.collect")
def collected_as_what_is_discarded(world: World, act: Act, body: acts.Collect, at: Instants) -> None:
    """What only a process makes is not taken in, and a lot states no more of an element than its stream can hold."""
    if element_of(body.stream) or body.stream in vocabulary.process_streams():
        raise refuse(
            N_("{stream} comes out of these steps: {steps}. Take in what it was before, such as {such}."),
            "/body/stream",
            "made",
            stream=stream_words(body.stream),
            steps=listed(steps()[step].names for step in vocabulary.metal_steps()),
            such=stream_words(vocabulary.asked_as(body.stream) or "mixed-metal-scrap"),
        )
    under_ceilings(body.stream, body.contents, "/body/contents")


@guard("custody.transform")
def turned_into_what_it_can_become(world: World, act: Act, body: acts.Transform, at: Instants) -> None:
    """Each output is what the step can make of what goes in, at a site that may do so; and each element fits."""
    step = steps().get(body.step)
    if step is None or step.type != "transformation" or not body.inputs:
        return
    went = [(part.lot, lot(world, part.lot, "/body/inputs"), part.grams) for part in body.inputs]
    if not step.same_stream:
        _turns(world, act, body, went, at)
    masses.check_contents(body.assayed, "/body/assayed")
    for index, output in enumerate(body.outputs):
        _says_itself(output, f"/body/outputs/{index}/contents")
        under_ceilings(output.stream, output.contents, f"/body/outputs/{index}/contents")
    for element, fit in account.fits(body.step, went, body.outputs, body.assayed).items():
        if fit.refused:
            raise _more_metal(body.outputs, element, fit)
    unknown = any(part.kind == "unknown" for part in body.losses)
    _follows(body, went, world.get(f"process:{body.facility}", ProcessState) if unknown else None)


def _follows(body: acts.Transform, went: Sequence[account.Went], site: ProcessState | None) -> None:
    """Refuse an act that says otherwise of its elements than what follows, with what does."""
    for index, right in enumerate(account.derived(went, body.outputs, body.assayed)):
        if right != body.outputs[index].contents:
            raise refuse(
                N_("No more can be in this lot than went in. Its contents are then: {right}."),
                f"/body/outputs/{index}/contents",
                "follows",
                right=_json(right),
            )
    elements = account.follows(body.step, went, body.outputs, body.assayed, body.losses, site)
    if elements != body.elements:
        raise refuse(
            N_("This follows for the elements of what comes out; say it in the act: {right}."),
            "/body/elements",
            "follows",
            right=_json(elements),
        )


def _json(found: object) -> str:
    return msgspec.json.encode(found).decode()


def _turns(
    world: World, act: Act, body: acts.Transform, went: Sequence[tuple[str, LotState, int]], at: Instants
) -> None:
    """Refuse what the step does not make of what goes in, and a site that may not do it."""
    given = frozenset(state.stream for _, state, _ in went)
    for index, (name, state, _) in enumerate(went):
        if not vocabulary.takes(body.step, state.stream):
            raise refuse(
                N_("“{step}” takes no {stream} (lot {lot}). It may go into these steps: {known}."),
                f"/body/inputs/{index}/lot",
                "turn",
                step=steps()[body.step].names,
                stream=stream_words(state.stream),
                lot=name,
                known=listed(steps()[step].names for step in vocabulary.turns() if vocabulary.takes(step, state.stream))
                or "-",
            )
    asked: dict[str, vocabulary.SiteKind] = {}
    for index, output in enumerate(body.outputs):
        rows = vocabulary.turning(body.step, given, output.stream)
        if not rows:
            raise _no_turn(body.step, given, output.stream, f"/body/outputs/{index}/stream")
        sites = {row.site.site: row.site for row in rows}
        if all(site.facts or site.operations for site in sites.values()):
            asked |= sites
    for site in asked.values():
        _site(world, act, body, site, given, at)


def _no_turn(step: str, given: frozenset[str], stream: str, pointer: str) -> Refused:
    streams = listed(stream_words(one) for one in sorted(given))
    if element_of(stream) and not vocabulary.makes_metal(step):
        return refuse(
            N_("“{step}” makes no metal of {streams}. {metal} comes out of these alone, at a licensed site: {steps}."),
            pointer,
            "turn",
            step=steps()[step].names,
            streams=streams,
            metal=stream_words(stream),
            steps=listed(steps()[one].names for one in vocabulary.metal_steps()),
        )
    return refuse(
        N_("“{step}” does not make {stream} of {streams}. It can make: {known}."),
        pointer,
        "turn",
        step=steps()[step].names,
        stream=stream_words(stream),
        streams=streams,
        known=", ".join(vocabulary.outcomes(step, given)) or "-",
    )


def _site(
    world: World, act: Act, body: acts.Transform, site: vocabulary.SiteKind, given: frozenset[str], at: Instants
) -> None:
    """Refuse where the site does none of the operations asked for, or no licence that is named proves that it may."""
    state = world.get(f"facility:{body.facility}", FacilityState)
    here: Sequence[str] = state.operations if state else ()
    doing = [one for one in site.operations if one in here]
    if site.operations and not doing:
        raise refuse(
            N_("“{step}” is done at {site}: with operation {operations} on record. {facility} has {here}."),
            "/body/facility",
            "site",
            step=steps()[body.step].names,
            site=site.name,
            operations=", ".join(site.operations),
            facility=state.name if state else body.facility,
            here=", ".join(here) or "-",
        )
    licences = {id: world.get(f"licence:{id}", LicenceState) for id in body.licences}
    holders = (f"facility:{body.facility}", act.actor)
    for instant in at.both:
        if site.facts and not any(
            proofs.proved(fact, holders, instant, licences, operation=operation)
            for fact in site.facts
            for operation in doing or ("",)
        ):
            why = proofs.unproved(site.facts[-1], holders, instant, licences, operation=doing[0] if doing else "")
            said = Problem(
                N_("“{step}” is done at a site licensed for it; name the licence of {facility} or of its operator."),
                "/body/licences",
                "site-licence",
                {"step": steps()[body.step].names, "facility": state.name if state else body.facility},
            )
            raise Refused(said, *([replace(why, pointer="/body/licences")] if why else []))


def _says_itself(output: acts.Output, pointer: str) -> None:
    """Refuse a metal whose contents do not speak of the metal itself."""
    symbol = element_of(output.stream)
    if symbol and output.contents and all(one.element != symbol for one in output.contents):
        raise refuse(
            N_("The assay of {metal} says how much {metal} is in it."),
            pointer,
            "content",
            metal=stream_words(output.stream),
        )


def under_ceilings(stream: str, contents: Sequence[Content], pointer: str) -> None:
    """Refuse contents above what a stream can hold."""
    for index, content in enumerate(contents):
        most = vocabulary.ceiling_ppb(stream, content.element)
        if most is not None and content.ppb > most:
            raise refuse(
                N_("{stream} holds at most {most} g/t of {element}, not {said} g/t. Check the unit, or the stream."),
                f"{pointer}/{index}/ppb",
                "ceiling",
                stream=stream_words(stream),
                most=f"{most / 1000:g}",
                element=content.element,
                said=f"{content.ppb / 1000:g}",
            )


def _more_metal(outputs: Sequence[MadeLot], element: str, fit: ElementFit) -> Refused:
    """The refusal of more metal than can have been in what went in, with every figure of the bound."""
    largest = max(range(len(outputs)), key=lambda n: outputs[n].grams * account.least_ppb(outputs[n], element))
    pointer = f"/body/outputs/{largest}/grams"
    if fit.unknown and not fit.bound.contained:
        return refuse(
            N_("Nothing is on record of how much {element} is in lot {lot}. Have it assayed before it is melted."),
            pointer,
            "more-metal",
            element=element,
            lot=fit.unknown[0],
        )
    return Refused(
        Problem(
            N_(
                "{out} g of {element} would come out; what went in holds {contained} ± {spread} g, so at most {most} g "
                "can."
            ),
            pointer,
            "more-metal",
            {
                "out": grams_of(fit.out),
                "element": element,
                "contained": grams_of(fit.bound.contained + fit.bound.stock),
                "spread": grams_of(fit.bound.spread + fit.bound.stock_spread),
                "most": grams_of(fit.bound.most(REFUSED_AT)),
            },
        ),
        Problem(
            N_("Weigh again, take what else went in, or put an assay of what went in on record."), pointer, "remedy"
        ),
    )


def grams_of(amount: int) -> str:
    """Billionths of a gram as grams with one decimal, as refusals say them."""
    return f"{amount / WHOLE:,.1f}".replace(",", " ")


def within_limit(state: LotState, id: str, grams: int, pointer: str) -> None:
    """Refuse to weigh a lot again as more than the elements of the event that made it allow."""
    if state.limit is None or grams + state.used_g <= state.limit.most_g:
        return
    raise Refused(
        Problem(
            N_(
                "Lot {lot} came out of an event that holds {element} for at most {most} kg of it; {mass} kg would be "
                "more than went in."
            ),
            pointer,
            "more-metal",
            {
                "lot": id,
                "element": state.limit.element,
                "most": to_kg(state.limit.most_g - state.used_g),
                "mass": to_kg(grams),
            },
        ),
        Problem(N_("Weigh again, or put an assay of what went in on record."), pointer, "remedy"),
    )


@guard("custody.correct")
def corrected_within_its_elements(world: World, act: Act, body: acts.Correct, at: Instants) -> None:
    """A correction re-opens the element bound of the event that made the lot."""
    within_limit(lot(world, body.lot, "/body/lot"), body.lot, body.grams, "/body/grams")


@guard("movement.receive")
def taken_over_within_its_elements(world: World, act: Act, body: moving.ReceiveMovement, at: Instants) -> None:
    """And one over a border, where the sender's lot is on this node."""
    for index, bag in enumerate(body.bags):
        state = None if body.home else world.get(f"lot:{bag.lot}", LotState)
        if state is not None:
            within_limit(state, bag.lot, bag.received_g, f"/body/bags/{index}/received_g")


@guard("custody.receive")
def received_within_its_elements(world: World, act: Act, body: acts.Receive, at: Instants) -> None:
    """So does a receipt that weighs more, whoever agrees to it."""
    for index, bag in enumerate(body.bags):
        state = lot(world, bag.lot, f"/body/bags/{index}/lot")
        within_limit(state, bag.lot, bag.received_g, f"/body/bags/{index}/received_g")
