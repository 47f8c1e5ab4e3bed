"""Who may plan, change, call off and let leave a movement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from meguri import reference
from meguri.consent.case import permission
from meguri.consent.case import resting as consent_resting
from meguri.consent.guards.case import dossier_for, only, told
from meguri.consent.states import DossierState, track_name
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Problem, gather, nearest, refuse
from meguri.kit.words import Words
from meguri.movement import acts, course
from meguri.movement.guards import legal_basis
from meguri.movement.guards.movement import carrier_able, movement_for, of_its_case, same, states_of, stop
from meguri.movement.holding import resting
from meguri.movement.states import MovementState
from meguri.registry import rights
from meguri.registry.states import FacilityState, OrganisationState

GRACE = timedelta(days=3)
"""How long after its planned day a consignment may still leave on the same document: ships slip by days. Assumed."""


def economy_of(port: str, pointer: str) -> str:
    """The economy of a port by its UN/LOCODE. Raises Refused with the nearest code that is known."""
    found = reference.ports().get(port)
    if found is None:
        raise refuse(
            N_("There is no port {port} on file. The nearest is {nearest}."),
            pointer,
            "port",
            port=port,
            nearest=nearest(port, reference.ports()) or "-",
        )
    return found.iso3


def _economies(body: acts.Plan) -> list[str]:
    return [
        economy_of(body.port_from, "/port_from"),
        *(economy_of(port, f"/ports_via/{index}") for index, port in enumerate(body.ports_via)),
        economy_of(body.port_to, "/port_to"),
    ]


@guard("movement.plan")
def may_plan(world: World, act: Act, body: acts.Plan, at: Instants) -> None:
    """The exporter plans within what allows it: consents of a case, or a verdict that asks for none."""
    world.absent(f"movement:{body.movement}", "/body/movement")
    given = body.permission
    gather(legal_basis.masses(body.lots))
    if given.kind == "consent":
        _under_case(world, act, body, at)
    else:
        _without_case(world, act, body, at)
    carrier_able(world, body.carrier, at, body.carrier_licences, body.stream)
    counting = (*legal_basis.licences_in(body.rests_on), *body.licences, *body.carrier_licences)
    grams = sum(lot.grams for lot in body.lots)
    stop(legal_basis.within(world, counting, body.uses, grams, body.planned_on, at))
    same(body.begins, course.begins("movement", "plan", body.origin, at.counts), "plan")


def _under_case(world: World, act: Act, body: acts.Plan, at: Instants) -> None:
    case = body.permission.case
    dossier = dossier_for(world, act, case, told(world, body.rests_on))
    only(act, [dossier.exporter], Words("open a movement"))
    rights.require(world, act, at, {"exporter"})
    if body.verdict is not None:
        raise refuse(N_("A case keeps its own verdict."), "/body/verdict", "verdict")
    if body.licences or body.proved:
        raise refuse(N_("A case keeps its own licences."), "/body/licences", "licence")
    route = (dossier.importer, dossier.operator, dossier.facility, dossier.origin, dossier.destination)
    if (body.importer, body.operator, body.facility, body.origin, body.destination) != route:
        raise refuse(N_("Parties and route are those of the case."), "/body", "parties")
    per_movement = [asked for asked in dossier.asked if asked.per_movement]
    if body.clearances != tuple(track_name(asked, body.movement, here=act.node) for asked in per_movement):
        raise refuse(N_("The clearances are those that the case asks for."), "/body/clearances", "clearances")
    if body.there != dossier.there:
        raise refuse(
            N_("The facility belongs to the node {expected}."),
            "/body/there",
            "there",
            expected=dossier.there or act.node,
        )
    account = legal_basis.account_of(world, case)
    grams = sum(lot.grams for lot in body.lots)
    stop(
        [
            *legal_basis.of_case(world, act, case, dossier, body.rests_on, (), at, body.planned_on, "/planned_on"),
            *permission.stream(dossier, body.stream),
            *permission.shipments(dossier, account, body.serial),
            *permission.quantities(dossier, grams, account.promised_g),
            *permission.ports(dossier, _economies(body)),
        ]
    )


def _without_case(world: World, act: Act, body: acts.Plan, at: Instants) -> None:
    if body.permission.case or body.rests_on or body.clearances:
        raise refuse(N_("Only a movement under a case rests on its parts."), "/body/rests_on", "rests-on")
    if body.there:
        raise refuse(N_("Only a movement under a case is carried to another node."), "/body/there", "there")
    if body.serial != 1:
        raise refuse(N_("A movement without a case has the number 1."), "/serial", "serial")
    receiver = world.get(body.operator, OrganisationState)
    if receiver is None:
        raise refuse(N_("{name} is not on record. Choose an organisation."), "/operator", "unknown", name=body.operator)
    site = world.get(f"facility:{body.facility}", FacilityState)
    if site is None or site.organisation != body.operator:
        raise refuse(N_("{name} does not run that facility."), "/facility", "operator", name=body.operator)
    if site.economy != body.destination:
        raise refuse(
            N_("The facility lies in {economy}, the movement goes to {destination}."),
            "/facility",
            "economy",
            economy=site.economy,
            destination=body.destination,
        )
    if world.get(body.importer, OrganisationState) is None:
        raise refuse(N_("{name} is not on record. Choose an organisation."), "/importer", "unknown", name=body.importer)
    parties = tuple(filter(None, (body.importer, body.operator)))
    known = {name: world.get(name, OrganisationState) for name in parties} | {f"facility:{body.facility}": site}
    stop(at.wrong(lambda instant: consent_resting.closed(parties, body.facility, known, instant)))
    if body.verdict is None and (body.licences or body.proved):
        raise refuse(N_("Without a verdict no licence proves a fact of it."), "/licences", "licence")
    if body.permission.kind == "domestic":
        if body.origin != body.destination:
            raise refuse(N_("A domestic note does not cross a border."), "/permission", "border")
        return
    if body.verdict is None:
        raise refuse(N_("Without a case a movement carries the verdict that lets it move."), "/verdict", "required")
    day = course.local_day(body.origin, at.recorded)
    last = body.planned_on + GRACE
    legal_basis.decision(body.verdict, body.permission, body.stream, body.origin, body.destination, day, last)
    gather(legal_basis.facts(world, body, act.actor, body.verdict, at, day))
    stop(legal_basis.rulings(world, body, act.actor, body.verdict, at, day))
    economies = _economies(body)
    asked = body.verdict.question
    if economies[0] != body.origin or economies[-1] != body.destination or set(economies[1:-1]) - set(asked.via):
        stop(
            [
                Problem(
                    N_("The verdict was asked for {origin} to {destination} via {via}; the ports lie in {economies}."),
                    "/port_from",
                    "port",
                    {
                        "origin": body.origin,
                        "destination": body.destination,
                        "via": ", ".join(asked.via) or "-",
                        "economies": ", ".join(economies),
                    },
                )
            ]
        )


def _dossier(world: World, act: Act, state: MovementState) -> DossierState:
    return dossier_for(world, act, state.case, (state.carrier,))


@guard("movement.change")
def may_change(world: World, act: Act, body: acts.Change, at: Instants) -> None:
    """The exporter changes what has not left, within the same permission."""
    state = movement_for(world, act, body.movement)
    of_its_case(state, body.case)
    chosen = course.row(state, "change", act.actor, at.counts, body.reason)
    gather(legal_basis.masses(body.lots))
    before, after = {part.lot for part in state.lots}, {part.lot for part in body.lots}
    if before - after != set(body.dropped):
        raise refuse(N_("Name the lots that stay behind: {lots}."), "/dropped", "dropped",
                     lots=", ".join(sorted(before - after)) or "-")  # fmt: skip
    carrier_able(world, body.carrier, at, body.carrier_licences, state.stream)
    if state.case:
        dossier = _dossier(world, act, state)
        others = legal_basis.account_of(world, state.case).promised_g - state.grams
        stop(
            [
                *legal_basis.of_case(
                    world,
                    act,
                    state.case,
                    dossier,
                    body.rests_on,
                    state.clearances,
                    at,
                    body.planned_on,
                    "/planned_on",
                ),
                *permission.quantities(dossier, sum(part.grams for part in body.lots), others),
            ]
        )
    else:
        if body.rests_on != (right := resting.listed(state)):
            raise refuse(N_("This movement rests on: {expected}."), "/rests_on", "rests-on", expected=", ".join(right))
        known = states_of(world, right)
        stop(at.wrong(lambda instant: resting.stopped_itself(state, known, instant)))
    counting = (*legal_basis.licences_in(body.rests_on), *body.carrier_licences)
    grams = sum(part.grams for part in body.lots)
    stop(
        legal_basis.within(
            world, counting, body.uses, grams, body.planned_on, at, before=state.uses, before_g=state.grams
        )
    )
    legal_basis.no_longer(state.uses, body.uses, body.freed)
    same(body.change, course.follows(state, chosen, at.counts), "change")


@guard("movement.cancel")
def may_cancel(world: World, act: Act, body: acts.Cancel, at: Instants) -> None:
    """The exporter calls off what has not left, and says why."""
    state = movement_for(world, act, body.movement)
    of_its_case(state, body.case)
    chosen = course.row(state, "cancel", act.actor, at.counts, body.reason)
    if not body.reason.strip():
        raise refuse(N_("Write the reason."), "/reason", "required")
    if set(body.lots) != {part.lot for part in state.lots}:
        raise refuse(N_("All lots of the movement are free again; name each."), "/lots", "lots")
    legal_basis.no_longer(state.uses, (), body.freed)
    same(body.change, course.follows(state, chosen, at.counts), "cancel")


STEPS = ("announce", "hand_over", "miss", "find")


@guard("movement.step")
def may_step(world: World, act: Act, body: acts.MovementStep, at: Instants) -> None:
    """Announced, handed to the next carrier, missing or found, as the table has it."""
    state = movement_for(world, act, body.movement)
    if body.transition not in STEPS:
        raise refuse(
            N_("“{transition}” is an act of its own."), "/transition", "transition", transition=body.transition
        )
    chosen = course.row(state, body.transition, act.actor, at.counts, body.text)
    if body.transition == "hand_over":
        if not body.to:
            raise refuse(N_("Choose the next carrier."), "/to", "required")
        carrier_able(world, body.to, at, body.carrier_licences, state.stream)
    elif body.to or body.carrier_licences:
        raise refuse(N_("Only a handing over names a next carrier."), "/to", "carrier")
    if body.transition == "miss" and not body.text.strip():
        raise refuse(N_("Write what is known of it."), "/text", "required")
    same(body.change, course.follows(state, chosen, at.counts), body.transition)


@guard("movement.depart")
def may_depart(world: World, act: Act, body: acts.Depart, at: Instants) -> None:
    """Exporter or carrier lets it leave: all that allows it stands, on the day, as much as was planned."""
    state = movement_for(world, act, body.movement)
    of_its_case(state, body.case)
    chosen = course.row(state, "depart", act.actor, at.counts)
    rights.require(world, act, at, {"carrier"} if act.actor == state.carrier else None)
    gather(legal_basis.masses(body.lots))
    carrier_able(world, body.carrier, at)
    found: list[Problem] = []
    if state.case:
        dossier = _dossier(world, act, state)
        others = legal_basis.account_of(world, state.case).promised_g - state.grams
        grams = sum(part.grams for part in body.lots)
        found += legal_basis.of_case(
            world,
            act,
            state.case,
            dossier,
            body.rests_on,
            (*state.clearances, *resting.own(state)),
            at,
            body.departed_on,
            "/departed_on",
        )
        found += legal_basis.cleared(world, state.clearances, at)
        found += permission.quantities(dossier, grams, others)
        day = permission.local_day(dossier, at.counts)
    else:
        day = course.local_day(state.origin, at.counts)
        if body.rests_on != resting.own(state):
            raise refuse(
                N_("This movement rests on: {expected}."),
                "/rests_on",
                "rests-on",
                expected=", ".join(resting.own(state)),
            )
    known = states_of(world, (*resting.own(state), state.carrier))
    found += at.wrong(lambda instant: resting.stopped(state, known, instant))
    grams, counting = sum(part.grams for part in body.lots), legal_basis.licences_in(body.rests_on)
    found += legal_basis.within(
        world, counting, body.uses, grams, body.departed_on, at, before=state.uses, before_g=state.grams
    )
    found += _as_planned(state, body)
    if body.departed_on != day:
        found.append(
            Problem(
                N_("The act says {day} at the place of departure, the form {given}."),
                "/departed_on",
                "day",
                {"day": day.isoformat(), "given": body.departed_on.isoformat()},
            )
        )
    stop(found)
    legal_basis.no_longer(state.uses, body.uses, body.freed)
    same(body.change, course.follows(state, chosen, at.counts), "depart")


def _as_planned(state: MovementState, body: acts.Depart) -> Iterable[Problem]:
    """Where what leaves is not what the document says."""
    if body.departed_on > state.planned_on + GRACE:
        yield Problem(
            N_("The document says {planned}; that day has passed. Change the day first."),
            "/departed_on",
            "day-passed",
            {"planned": state.planned_on.isoformat()},
        )
    if body.carrier != state.carrier:
        yield Problem(
            N_("The movement document names {named} as carrier, not {given}."),
            "/carrier",
            "carrier",
            {"named": state.carrier, "given": body.carrier},
        )
    planned = {lot.lot: lot.grams for lot in state.lots}
    for index, lot in enumerate(body.lots):
        if planned.get(lot.lot) != lot.grams:
            yield Problem(
                N_("The movement document has {planned} kg of lot {lot}, not {given} kg."),
                f"/lots/{index}",
                "lot",
                {"planned": to_kg(planned.get(lot.lot, 0)), "lot": lot.lot, "given": to_kg(lot.grams)},
            )
    if len(body.lots) != len(planned):
        yield Problem(
            N_("The movement document has {planned} lots; {given} are here."),
            "/lots",
            "lots",
            {"planned": len(planned), "given": len(body.lots)},
        )
