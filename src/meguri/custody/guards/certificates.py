"""What may be certified of what was made: each movement's share of a charge, every gram once, by who did it, where and
when it was licensed to.
"""

from __future__ import annotations

from meguri.custody import acts as custody_acts
from meguri.custody.certificates import reserving
from meguri.custody.certificates.states import CertificateState, TreatedState, periods
from meguri.custody.guards import masses, store
from meguri.custody.states import Belonging, EventState, LotState
from meguri.custody.vocabulary import element_of
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.grams import to_kg
from meguri.kit.problems import N_, Conflict, Problem, refuse
from meguri.movement import acts, course
from meguri.movement.states import ArrivalState
from meguri.registry import proofs, vocabulary
from meguri.registry.states import FacilityState, LicenceState, OrganisationState

RECOVERS = ("recycler_certified", "facility_authorised", "facility_preconsented")
"""Facts whose licences let a facility recover: those that its movement rests on have to hold as it does."""


@guard("movement.recover")
def what_is_certified_was_made_from_the_movement(world: World, act: Act, body: acts.Recover, at: Instants) -> None:
    """The metals came out of the event, no more of each than the movement's share and what no certificate has."""
    store.new_id(world, "certificate", body.paper, "/body/paper")
    arrival = world.get(f"arrival:{body.movement}", ArrivalState)
    event = world.get(f"event:{body.event}", EventState)
    if event is None or event.actor != act.actor or event.type != "transformation":
        raise refuse(
            N_("There is no transformation {event} of yours on record."), "/body/event", "event", event=body.event
        )
    went = {part.lot for part in event.inputs}
    own = went & set(arrival.taken_lots) if arrival else set()
    if arrival is None or reserving.treated_g(event, body.movement) is None or set(body.lots) != own:
        raise refuse(
            N_("Not all of these lots went into {event}: {lots}."),
            "/body/lots",
            "event",
            event=body.event,
            lots=", ".join(sorted(set(body.lots) ^ own)) or "-",
        )
    if not body.facility == event.facility == arrival.facility:
        raise refuse(
            N_("It was taken at {there} and can be certified only for what was done there."),
            "/body/facility",
            "site",
            there=arrival.facility,
        )
    masses.once([*(made.lot for made in body.made), *body.residues], "/body/made")
    _made(world, body, event)
    residues = [_residue(world, act, body, index) for index in range(len(body.residues))]
    again = any(one.event == body.event for one in arrival.in_force)
    right = reserving.counted(event, body.movement, residues, again)
    if body.treated_g != right:
        raise refuse(
            N_("{right} kg of the movement was treated, not {wrong} kg."),
            "/body/treated_g",
            "treated",
            right=to_kg(right),
            wrong=to_kg(body.treated_g),
        )
    happened = course.local_day(event.economy, event.at)
    if body.recovered_on < happened:
        raise refuse(
            N_("It was treated on {happened}; nothing is certified for a day before."),
            "/body/recovered_on",
            "before",
            happened=happened.isoformat(),
        )
    _licensed(world, body, event)
    _capacity(world, body)


def _made(world: World, body: acts.Recover, event: EventState) -> None:
    outputs = {part.lot for part in event.outputs}
    for index, made in enumerate(body.made):
        pointer = f"/body/made/{index}"
        state = store.lot(world, made.lot, f"{pointer}/lot")
        if made.lot not in outputs or element_of(state.stream) != made.element:
            raise refuse(
                N_("Lot {lot} is no {element} that came out of {event}."),
                f"{pointer}/lot",
                "made",
                lot=made.lot,
                element=made.element,
                event=body.event,
            )
        free = reserving.free_g(state, body.movement)
        if not 0 < made.grams <= free:
            raise Conflict(
                Problem(
                    N_(
                        "Of lot {lot}, {made} kg as made, {share} kg is this movement's and {free} kg of that is not "
                        "certified yet; {asked} kg cannot be."
                    ),
                    f"{pointer}/grams",
                    "certified",
                    {
                        "lot": made.lot,
                        "made": to_kg(reserving.made_g(state)),
                        "share": to_kg(reserving.share_g(state, body.movement)),
                        "free": to_kg(free),
                        "asked": to_kg(made.grams),
                    },
                )
            )


def _residue(world: World, act: Act, body: acts.Recover, index: int) -> LotState:
    pointer = f"/body/residues/{index}"
    name = body.residues[index]
    state = store.lot(world, name, pointer)
    store.owned(state, act, name, pointer)
    if state.facility != body.facility or not reserving.left_g(state, body.movement):
        raise refuse(
            N_("Lot {lot} is no residue of this movement at this site from which nothing was recovered yet."),
            pointer,
            "residue",
            lot=name,
        )
    return state


def _licensed(world: World, body: acts.Recover, event: EventState) -> None:
    """Refuse where the facility, or a licence by which it recovers, did not stand when it did."""
    for name in body.rests_on:
        prefix, _, id = name.partition(":")
        if prefix != "licence":
            found = world.get(name, FacilityState) if prefix == "facility" else world.get(name, OrganisationState)
            closed = found.closed_on if found else None
            if closed is not None and closed <= event.at:
                raise Conflict(
                    Problem(
                        N_("{name} was closed when this was treated; nothing is certified for it."),
                        "/body/event",
                        "closed",
                        {"name": name},
                    )
                )
            continue
        licence = world.get(name, LicenceState)
        kind = vocabulary.licence_kinds().get(licence.kind) if licence else None
        if licence is None or kind is None or kind.fact not in RECOVERS:
            continue
        if not licence.holds(event.at):
            raise Conflict(proofs.not_holding(licence, event.at, "/body/event"))
        _within_licence(world, body, id, licence, event)


def _within_licence(world: World, body: acts.Recover, id: str, licence: LicenceState, event: EventState) -> None:
    scope = licence.scope_at(event.at)
    year, month = periods(body.recovered_on)
    period = {"year": year, "month": month}.get(scope.per)
    if scope.grams is None or period is None:
        return
    _at_most(world, body, period, scope.grams)


def _capacity(world: World, body: acts.Recover) -> None:
    """Refuse what is more than the site can take in a year."""
    site = world.get(f"facility:{body.facility}", FacilityState)
    if site is None or not site.capacity:
        return
    _at_most(world, body, periods(body.recovered_on)[0], sum(one.grams for one in site.capacity))


def _at_most(world: World, body: acts.Recover, period: str, most_g: int) -> None:
    done = world.get(acts.treated_subject(body.facility), TreatedState)
    before = done.grams.get(period, 0) if done else 0
    if before + body.treated_g > most_g:
        raise Conflict(
            Problem(
                N_("{site} may treat {most} kg in {period}; {before} kg is certified, {asked} kg more is too much."),
                "/body/treated_g",
                "capacity",
                {
                    "site": body.facility,
                    "most": to_kg(most_g),
                    "period": period,
                    "before": to_kg(before),
                    "asked": to_kg(body.treated_g),
                },
            )
        )


@guard("movement.revoke")
def nothing_was_built_on_what_is_revoked(world: World, act: Act, body: acts.Revoke, at: Instants) -> None:
    """What the certificate reserved is named, and its residues are as it left them."""
    state = world.need(acts.certificate_subject(body.paper), CertificateState, "/body/paper")
    named = {*(one.lot for one in state.made), *(part.lot for part in state.residues)}
    if set(body.lots) != named or len(body.lots) != len(named) or body.facility != state.facility:
        raise refuse(
            N_("The certificate speaks of other lots: {lots}."), "/body/lots", "lots", lots=", ".join(sorted(named))
        )
    for part in state.residues:
        lot = world.need(f"lot:{part.lot}", LotState)
        if Belonging(state.movement, part.grams, True) not in lot.of:
            raise Conflict(
                Problem(
                    N_("Lot {lot}, a residue of this certificate, was used since."),
                    "/body/paper",
                    "relied-on",
                    {"lot": part.lot},
                )
            )


@guard("custody.correct")
def corrected_above_what_is_certified(world: World, act: Act, body: custody_acts.Correct, at: Instants) -> None:
    """A correction leaves what certificates reserve; they are replaced first."""
    state = store.lot(world, body.lot, "/body/lot")
    reserved = reserving.reserved_g(state)
    if body.grams < reserved:
        raise Conflict(
            Problem(
                N_("{reserved} kg of lot {lot} is certified. Replace the certificates first."),
                "/body/grams",
                "certified",
                {"lot": body.lot, "reserved": to_kg(reserved)},
            )
        )
