"""The story at the border: notification, the authorities' steps, the movement, the receipt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

from meguri import law
from meguri.consent import procedure
from meguri.consent import services as consent
from meguri.consent.states import Bag, CaseState, LotMass, Track
from meguri.custody import services as custody
from meguri.demonstration import asking, cast
from meguri.demonstration.telling import Telling, Told
from meguri.demonstration.yards import BOARDS
from meguri.journal.models import Checkpoint
from meguri.kit.grams import apportion, parse_kg, to_kg
from meguri.kit.problems import N_, MeguriError, Problem, Refused
from meguri.kit.words import Words
from meguri.reference import port
from meguri.registry import services as registry

# What anybody does whose turn it is and whom the story does not name, in this order of preference.
GRANTING = ("check", "transmit", "apply", "acknowledge", "note", "consent", "approve", "acknowledge_consent")
# Authorities whose steps the story tells one by one.
STORIED = ("mys-doe", "jpn-moej")


def question(telling: Telling) -> law.Question:
    """The story's question under the scenario: its ports' economies, its certificates, its day of departure."""
    shipping = telling.scenario.shipping
    facts = registry.certified_facts(telling.who("importer"), cast.member("smelter").facility, telling.at)
    ends = (port(shipping.origin_port).iso3, port(shipping.destination_port).iso3)
    through = dict.fromkeys(port(code).iso3 for code in shipping.via)
    return law.Question.parse(
        on=telling.scenario.dates.departed,
        stream=BOARDS,
        origin=cast.member("exporter").economy,
        destination=cast.member("smelter").economy,
        via=[economy for economy in through if economy not in ends],
        operation="R4",
        facts={"hazardous": "unknown", **facts},
    )


def notify(telling: Telling) -> Told:
    """The exporter notifies; the case keeps the verdict and opens one track for each authority."""
    verdict = law.verdict(question(telling))
    registry.admit_authorities([need.authority for need in verdict.consents])
    case = consent.notify(
        telling.who("exporter"),
        verdict,
        importer=telling.who("importer"),
        facility=cast.member("smelter").facility,
        total_g=telling.recall("sent_g"),
        period_from=telling.scenario.dates.notified,
        period_to=max(telling.scenario.dates.notified + timedelta(days=300), telling.scenario.dates.certified),
        description="Circuit boards from mixed small IT equipment, blended from two yards",
        claimed=telling.at,
    )
    telling.keep(case=case)
    names = ", ".join(need.authority for need in verdict.consents)
    return Told(f"/cases/{case}", Words(f"tracks: {names}", f"手続の線: {names}"))


def too_early(telling: Telling) -> Told:
    """The exporter tries to move before the consents are in, and is refused with the reason."""
    try:
        _open_movement(telling)
    except MeguriError as refused:
        why = " ".join(problem.say() for problem in refused.problems)
        telling.keep(refused_early=why)
        return Told(f"/cases/{telling.recall('case')}", Words(f"refused: {why}", f"拒否されました: {why}"))
    raise Refused(Problem(N_("The movement was opened before the consents were in."), "", "story"))


def _track(telling: Telling, authority: str) -> tuple[CaseState, Track]:
    state = consent.case(telling.recall("case"))
    track = next((track for track in state.tracks if track.authority == authority), None)
    if track is None:
        raise Refused(Problem(N_("The case has no track of {authority}."), "", "story", {"authority": authority}))
    return state, track


def take(role: str, transition: str) -> Callable[[Telling], Told]:
    """A step of an authority of the cast."""

    def run(telling: Telling) -> Told:
        _, track = _track(telling, cast.member(role).authority)
        consent.step(telling.who(role), telling.recall("case"), track.key, transition, claimed=telling.at)
        return Told(f"/cases/{telling.recall('case')}")

    return run


def import_consent(telling: Telling) -> Told:
    """Japan's Ministry of the Environment consents, on the scenario's conditions."""
    _, track = _track(telling, "jpn-moej")
    conditions = telling.scenario.conditions
    consent.step(
        telling.who("moej"),
        telling.recall("case"),
        track.key,
        "consent_with_conditions" if conditions else "consent",
        conditions=conditions,
        claimed=telling.at,
    )
    said = "; ".join((*conditions, *_everyone_else(telling)))
    return Told(f"/cases/{telling.recall('case')}", Words(said, said))


def others(telling: Telling) -> Told:
    """Every other authority of the case takes its steps: METI is informed or approves, transit States answer."""
    told = "; ".join(_everyone_else(telling))
    return Told(f"/cases/{telling.recall('case')}", Words(told, told))


def _everyone_else(telling: Telling) -> list[str]:
    """Play the tracks on which the story has no step of its own, as far as their tables let them now."""
    case = telling.recall("case")
    told: list[str] = []
    while True:
        state = consent.case(case)
        turns = [
            (GRANTING.index(offer.row.transition), offer.track, actor, offer.row.transition)
            for actor in procedure.organisations(state)
            for offer in procedure.offers(state, actor, telling.at)
            if offer.track.authority not in STORIED and offer.row.transition in GRANTING and offer.closed is None
        ]
        if not turns:
            return told
        _, track, actor, transition = min(turns, key=lambda turn: turn[0])
        consent.step(actor, case, track.key, transition, claimed=telling.at)
        told.append(f"{track.authority}: {transition}")


def _open_movement(telling: Telling) -> str:
    shipping = telling.scenario.shipping
    states = custody.lots(telling.recall("bags"))
    return consent.open_movement(
        telling.who("exporter"),
        telling.recall("case"),
        [LotMass(lot, state.mass_g) for lot, state in states.items()],
        carrier=telling.who("carrier"),
        port_from=shipping.origin_port,
        port_to=shipping.destination_port,
        ports_via=shipping.via,
        planned_on=telling.scenario.dates.departed,
        packages=len(states),
        packaging="bag",
        claimed=telling.at,
    )


def open_movement(telling: Telling) -> Told:
    """The exporter opens the movement with its document."""
    movement = _open_movement(telling)
    telling.keep(movement=movement)
    km = consent.movement(movement).km
    return Told(_movement_page(telling), Words(f"{km:,.0f} km by sea", f"海路 {km:,.0f} km"))


def _movement_page(telling: Telling) -> str:
    return f"/cases/{telling.recall('case')}/movements/{telling.recall('movement')}"


def depart(telling: Telling) -> Told:
    """The carrier leaves with the consignment."""
    consent.depart(telling.who("carrier"), telling.recall("movement"), claimed=telling.at)
    return Told(_movement_page(telling))


def keep_checkpoint(telling: Telling) -> Told:
    """The auditor keeps a checkpoint of the journal, to hold it against the journal later."""
    newest = Checkpoint.objects.order_by("-size").first()
    assert newest is not None, "every step of the story is sealed before the next"
    telling.keep(checkpoint=newest.note)
    return Told("/journal/")


def receive(telling: Telling) -> Told:
    """The smelter weighs every bag, takes them and refuses one; beyond tolerance the exporter agrees first."""
    numbers = telling.scenario.receipt
    states = custody.lots(telling.recall("bags"))
    sent = [state.mass_g for state in states.values()]
    if numbers.weight_kg is not None:
        total = parse_kg(numbers.weight_kg, "/receipt/weight_kg")
    else:
        exact = Fraction(str(numbers.ratio)) * sum(sent)
        total = int(exact + Fraction(1, 2))
    bags = [
        Bag(
            lot=lot,
            received_g=grams,
            accepted=number != numbers.refused_bag,
            reason="" if number != numbers.refused_bag else numbers.refused_reason,
        )
        for number, (lot, grams) in enumerate(zip(states, apportion(total, sent), strict=True), start=1)
    ]
    if custody.needs_agreement(bags):
        custody.agree(
            telling.who("exporter"),
            {bag.lot: bag.received_g for bag in bags},
            "The exporter accepts the smelter's scale.",
            claimed=telling.at,
        )
    consent.receive(telling.who("smelter"), telling.recall("movement"), bags, claimed=telling.at)
    accepted = sum(bag.received_g for bag in bags if bag.accepted)
    telling.keep(
        received_g=total,
        accepted=[bag.lot for bag in bags if bag.accepted],
        accepted_g=accepted,
        refused_g=total - accepted,
    )
    difference = total - sum(sent)
    return Told(
        _movement_page(telling),
        Words(
            f"{to_kg(total)} kg weighed ({to_kg(difference)} kg), {to_kg(accepted)} kg taken",
            f"計量 {to_kg(total)} kg(差 {to_kg(difference)} kg)、受入れ {to_kg(accepted)} kg",
        ),
    )


def american(telling: Telling) -> Told:
    """The same code opens the American tracks: another table, the question of hazardous boards to Japan."""
    asked = next(one for one in asking.questions() if one.question.case_id == "O02")
    verdict = law.verdict(asked.question)
    registry.admit_authorities([need.authority for need in verdict.consents])
    today = telling.scenario.dates.certified
    case = consent.notify(
        telling.who("us-exporter"),
        verdict,
        importer=telling.who("importer"),
        facility=cast.member("smelter").facility,
        total_g=18_000_000,
        period_from=today + timedelta(days=60),
        period_to=today + timedelta(days=360),
        description="Circuit boards leaching lead above limits (RCRA D008)",
        claimed=telling.at,
    )
    telling.keep(american_case=case)
    names = ", ".join(need.authority for need in verdict.consents)
    return Told(f"/cases/{case}", Words(f"tracks: {names}", f"手続の線: {names}"))
