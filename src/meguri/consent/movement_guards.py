"""Who may move what under a case: guards of opening, departure, receipt, certificate and completion."""

from __future__ import annotations

from meguri import reference
from meguri.consent import acts, movements
from meguri.consent.guards import case_for, not_closed, only
from meguri.consent.states import MovementState
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit import clock
from meguri.kit.grams import MOST_G, to_kg
from meguri.kit.problems import N_, Conflict, NotFound, Problem, gather, nearest, refuse
from meguri.kit.words import Words
from meguri.registry import rights
from meguri.registry.states import OrganisationState


def movement_for(world: World, case_id: str, movement_id: str) -> MovementState:
    """The movement of that case; NotFound where there is none."""
    movement = world.get(f"movement:{movement_id}", MovementState)
    if movement is None or movement.case != case_id:
        raise NotFound(
            Problem(
                N_("There is no movement {movement} under this case."),
                "/body/movement",
                "no-movement",
                {"movement": movement_id},
            )
        )
    return movement


@guard("consent.open_movement")
def may_open(world: World, act: Act, body: acts.OpenMovement, at: Instants) -> None:
    """The exporter opens a movement within its consents: stream, quantity, number, period, ports."""
    case = case_for(world, act, body.case, at)
    only(act, [case.exporter], Words("open a movement"))
    rights.require(world, act, at, {"exporter"}, pointer="/actor")
    world.absent(f"movement:{body.movement}", "/body/movement")
    gather(movements.masses(body.lots))
    carrier = world.get(body.carrier, OrganisationState)
    if carrier is None:
        raise refuse(N_("{name} is not on record. Choose an organisation."), "/carrier", "unknown", name=body.carrier)
    if not rights.holds(carrier, "carrier", at.counts):
        raise refuse(
            N_("{name} is not admitted as a carrier. Choose one that is."),
            "/carrier",
            "role",
            name=carrier.name,
        )
    economies = [
        economy_of(body.port_from, "/port_from"),
        *(economy_of(port, f"/ports_via/{index}") for index, port in enumerate(body.ports_via)),
        economy_of(body.port_to, "/port_to"),
    ]
    grams = sum(lot.grams for lot in body.lots)
    movements.stop(
        [
            *movements.consents(case, at.counts),
            *movements.stream(case, body.stream),
            *movements.shipments(case, body.serial),
            *movements.quantities(case, grams, case.moved_g),
            *movements.dates(case, body.planned_on, "/planned_on"),
            *movements.ports(case, economies),
        ]
    )


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


@guard("consent.depart")
def may_depart(world: World, act: Act, body: acts.Depart, at: Instants) -> None:
    """Exporter or carrier lets the consignment leave: all consents in, on the day, as much as was opened."""
    case = case_for(world, act, body.case, at)
    movement = movement_for(world, body.case, body.movement)
    only(act, [case.exporter, movement.carrier], Words("departure", context="to be said"))
    if movement.status != "planned":
        raise Conflict(Problem(N_("This movement has left already."), "/body/movement", "left"))
    gather(movements.masses(body.lots))
    others = case.moved_g - movement.grams
    grams = sum(lot.grams for lot in body.lots)
    found = [
        *movements.consents(case, at.counts),
        *movements.dates(case, body.departed_on, "/departed_on"),
        *movements.quantities(case, grams, others),
    ]
    if body.carrier != movement.carrier:
        found.append(
            Problem(
                N_("The movement document names {named} as carrier, not {given}."),
                "/carrier",
                "carrier",
                {"named": movement.carrier, "given": body.carrier},
            )
        )
    planned = {lot.lot: lot.grams for lot in movement.lots}
    for index, lot in enumerate(body.lots):
        if planned.get(lot.lot) != lot.grams:
            found.append(
                Problem(
                    N_("The movement document has {planned} kg of lot {lot}, not {given} kg."),
                    f"/lots/{index}",
                    "lot",
                    {"planned": to_kg(planned.get(lot.lot, 0)), "lot": lot.lot, "given": to_kg(lot.grams)},
                )
            )
    if len(body.lots) != len(planned):
        found.append(
            Problem(
                N_("The movement document has {planned} lots; {given} are here."),
                "/lots",
                "lots",
                {"planned": len(planned), "given": len(body.lots)},
            )
        )
    day = movements.local_day(case, at.counts)
    if body.departed_on != day:
        found.append(
            Problem(
                N_("The act says {day} at the place of departure, the form {given}."),
                "/departed_on",
                "day",
                {"day": day.isoformat(), "given": body.departed_on.isoformat()},
            )
        )
    movements.stop(found)


@guard("consent.receive")
def may_receive(world: World, act: Act, body: acts.Receive, at: Instants) -> None:
    """The facility weighs every lot that left, once, and says why it refuses one."""
    case = case_for(world, act, body.case, at)
    movement = movement_for(world, body.case, body.movement)
    only(act, [case.operator], Words("receipt", context="to be said"))
    if movement.status != "departed":
        raise Conflict(
            Problem(
                N_("The movement is {status}; only one that has left can be received."),
                "/body/movement",
                "status",
                {"status": movements.status(movement.status)},
            )
        )
    if movement.departed_at is not None and at.counts < movement.departed_at:
        raise Conflict(
            Problem(
                N_("It left on {left}; it cannot have arrived before."),
                "/claimed",
                "order",
                {"left": clock.stamp(movement.departed_at)},
            )
        )
    sent = [lot.lot for lot in movement.lots]
    got = [bag.lot for bag in body.bags]
    found: list[Problem] = []
    if sorted(sent) != sorted(got):
        found.append(
            Problem(
                N_("Every lot that left is weighed once. Missing: {missing}. Not of this movement: {strange}."),
                "/bags",
                "bags",
                {
                    "missing": ", ".join(sorted(set(sent) - set(got))) or "-",
                    "strange": ", ".join(sorted(set(got) - set(sent))) or "-",
                },
            )
        )
    for index, bag in enumerate(body.bags):
        if not 0 <= bag.received_g <= MOST_G or (bag.accepted and bag.received_g == 0):
            found.append(
                Problem(
                    N_("{mass} kg cannot be the weight of lot {lot} as received."),
                    f"/bags/{index}/received_g",
                    "mass",
                    {"mass": to_kg(bag.received_g), "lot": bag.lot},
                )
            )
        if not bag.accepted and not bag.reason.strip():
            found.append(
                Problem(N_("Write why lot {lot} is refused."), f"/bags/{index}/reason", "required", {"lot": bag.lot})
            )
    gather(found)


@guard("consent.certify")
def may_certify(world: World, act: Act, body: acts.Certify, at: Instants) -> None:
    """The facility certifies recovery of what it accepted, once; never more than it accepted."""
    case = case_for(world, act, body.case, at)
    movement = movement_for(world, body.case, body.movement)
    only(act, [case.operator], Words("certificate of recovery", context="to be said"))
    if movement.status != "received":
        raise Conflict(
            Problem(
                N_("The movement is {status}; recovery is certified once, after receipt."),
                "/body/movement",
                "status",
                {"status": movements.status(movement.status)},
            )
        )
    found: list[Problem] = []
    if movement.received_at is not None and body.recovered_on < movement.received_at.date():
        found.append(
            Problem(
                N_("Received on {received}; it cannot have been recovered on {given}."),
                "/recovered_on",
                "order",
                {"received": movement.received_at.date().isoformat(), "given": body.recovered_on.isoformat()},
            )
        )
    latest = movements.local_day(case, at.counts, case.destination)
    if body.recovered_on > latest:
        found.append(
            Problem(
                N_("{given} is still to come; on {today} nothing can have been recovered then."),
                "/recovered_on",
                "future",
                {"given": body.recovered_on.isoformat(), "today": latest.isoformat()},
            )
        )
    total = sum(made.grams for made in body.made)
    if not body.made or any(made.grams <= 0 for made in body.made):
        found.append(Problem(N_("Name at least one recovered lot, with its mass."), "/made", "required"))
    if total > movement.accepted_g:
        found.append(
            Problem(
                N_("{made} kg recovered is more than the {accepted} kg accepted."),
                "/made",
                "quantity",
                {"made": to_kg(total), "accepted": to_kg(movement.accepted_g)},
            )
        )
    gather(found)


@guard("consent.complete")
def may_complete(world: World, act: Act, body: acts.Complete, at: Instants) -> None:
    """Exporter or facility closes a case all of whose movements are recovered or came back."""
    case = case_for(world, act, body.case, at)
    not_closed(case)
    only(act, [case.exporter, case.operator], Words("completion"))
    if not case.movements:
        raise Conflict(Problem(N_("Nothing has moved under this case yet."), "", "no-movement"))
    for line in case.movements:
        if line.status not in ("recovered", "returned"):
            raise Conflict(
                Problem(
                    N_("Movement {serial} is {status}; the case is completed after its last recovery."),
                    "",
                    "under-way",
                    {"serial": line.serial, "status": movements.status(line.status)},
                )
            )
