"""Who may put facilities on record or change them, and what a facility is."""

from __future__ import annotations

from datetime import timedelta

from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Conflict, Problem, gather, refuse
from meguri.reference import ports
from meguri.registry import acts, rights
from meguri.registry.guards import common
from meguri.registry.states import FacilityState, OrganisationState
from meguri.registry.vocabulary import esm_checks, esm_schemes, unknown


def _its_own(world: World, act: Act, organisation: str, at: Instants) -> None:
    common.prefixed(organisation, "organisation", "/body/organisation")
    state = world.need(organisation, OrganisationState, "/body/organisation")
    if act.actor != organisation:
        rights.require_operator(world, act, at)
    if rights.closed(state, at):
        raise Conflict(Problem(N_("{name} has closed already."), "/body/organisation", "closed", {"name": state.name}))


@guard("registry.site")
def sited_by_its_organisation(world: World, act: Act, body: acts.Site, at: Instants) -> None:
    """A facility is put on record by its own organisation or the operator, at a place that exists."""
    common.prefixed(f"facility:{body.facility}", "facility", "/body/facility")
    world.absent(f"facility:{body.facility}", "/body/facility")
    _its_own(world, act, body.organisation, at)
    common.economy(body.economy, "/body/economy")
    common.named(body.names)
    if body.port and body.port not in ports():
        gather([unknown(body.port, "/body/port", list(ports()))])
    common.placed(body.lat, body.lon)
    _as_it_is(body)


def _as_it_is(body: acts.Site | acts.Alter) -> None:
    gather(common.does(body.operations, "/body/operations"))
    gather(common.takes(body.capacity, body.operations, "/body/capacity"))
    if body.address is not None:
        gather(common.address(body.address, "/body/address"))


@guard("registry.alter")
def altered_by_its_organisation(world: World, act: Act, body: acts.Alter, at: Instants) -> None:
    """A facility is changed by its own organisation or the operator; why it closes is said."""
    facility = world.need(f"facility:{body.facility}", FacilityState, "/body/facility")
    if facility.organisation != body.organisation:
        raise refuse(N_("The facility is of another organisation."), "/body/organisation", "organisation")
    common.prefixed(body.organisation, "organisation", "/body/organisation")
    if act.actor != body.organisation:
        rights.require_operator(world, act, at)
    if facility.closed_on is not None:
        raise Conflict(Problem(N_("The facility has closed; it stays as it was."), "/body/facility", "closed"))
    common.named(body.names)
    _as_it_is(body)
    gather(common.short(body.reason, "/body/reason"))
    if body.closed and not body.reason.strip():
        raise refuse(N_("Give the reason."), "/body/reason", "reason")


CHECKED_DAYS = 3 * 366
"""How long answers to a scheme's questions count at the most."""


@guard("registry.check")
def checked_by_who_may_know(world: World, act: Act, body: acts.CheckFacility, at: Instants) -> None:
    """A facility's own organisation, an auditor or an authority of its economy answers, with what shows each yes."""
    facility = world.need(f"facility:{body.facility}", FacilityState, "/body/facility")
    if facility.closed_on is not None:
        raise Conflict(Problem(N_("The facility has closed; it stays as it was."), "/body/facility", "closed"))
    if act.actor != facility.organisation:
        state = rights.require(world, act, at, {"auditor", "authority"})
        if not rights.holds(state, "auditor", at.recorded) and state.economy != facility.economy:
            raise refuse(N_("The facility lies in another economy."), "/body/facility", "economy")
    scheme = esm_schemes().get(body.scheme)
    if scheme is None:
        gather([unknown(body.scheme[:60], "/body/scheme", list(esm_schemes()))])
    elif scheme.economy and scheme.economy != facility.economy:
        raise refuse(N_("This list is of another economy’s law."), "/body/scheme", "economy")
    if not body.answers:
        raise refuse(N_("Answer at least one question."), "/body/answers", "empty")
    if len({one.check for one in body.answers}) < len(body.answers):
        raise refuse(N_("Answer each question once."), "/body/answers", "twice")
    for index, one in enumerate(body.answers):
        question = esm_checks().get(one.check)
        if question is None or question.scheme != body.scheme:
            known = [name for name, row in esm_checks().items() if row.scheme == body.scheme]
            gather([unknown(one.check[:60], f"/body/answers/{index}/check", known)])
        gather(common.short(one.evidence, f"/body/answers/{index}/evidence"))
        if one.answer == "yes" and not one.evidence.strip():
            raise refuse(N_("Say what shows it."), f"/body/answers/{index}/evidence", "evidence")
    today = at.recorded.date()
    if not today < body.until <= today + timedelta(days=CHECKED_DAYS):
        raise refuse(N_("Write a day after today, within three years."), "/body/until", "span")
