"""A departure posted to the API under a key of its own: nothing that can forbid it may be left out of its list."""

from __future__ import annotations

from datetime import date

import pytest
from consent_cast import KG, on
from consent_room import SELLER, TO_CONSENT, ask, certify_japan, notify, steps
from msgspec.structs import replace

from meguri.consent import intake, services
from meguri.consent.states import rests_on
from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.kit.problems import MeguriError
from meguri.movement import services as movements
from meguri.movement.states import Bag, LotMass
from meguri.play.doors import OwnKey
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
SHIP = "organisation:ship"


@pytest.fixture
def planned(cast):
    """A movement under a case that rests on tracks, two licences and a guarantee."""
    certify_japan()
    cast("2025-10-01")
    lot = custody.collect(SELLER, "yard", "circuit-boards", 2000 * KG)
    case = notify(ask())
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-12")
    services.guarantee(
        SELLER, case, issuer="A bank", amount="MYR 1", valid_from=date(2025, 10, 1), valid_until=date(2026, 9, 30)
    )
    cast("2025-11-19")
    movement = movements.plan(
        "seller", [LotMass(lot, 2000 * KG)], case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=date(2025, 11, 19),
    )  # fmt: skip
    return case, movement


def departing(movement, alter):
    """Let it leave under the carrier's own key, with a list that was altered before it was signed."""
    held = OwnKey()
    listed = []

    def mouth(actor, utterances):
        (one,) = utterances
        listed.extend(one.body.rests_on)
        return held(actor, [replace(one, body=replace(one.body, rests_on=alter(one.body.rests_on)))])

    with journal.through(mouth):
        movements.depart(SHIP, movement)
    return listed


def refused(movement, alter):
    with pytest.raises(MeguriError) as caught:
        departing(movement, alter)
    return [(problem.pointer, problem.code) for problem in caught.value.problems]


def test_each_subject_left_out_is_missed(planned):
    _, movement = planned
    listed = []
    with pytest.raises(MeguriError):
        departing(movement, lambda names: listed.extend(names) or ())
    assert {name.partition(":")[0] for name in listed} == {
        "facility", "guarantee", "licence", "organisation", "track",
    }  # fmt: skip
    assert len(listed) == 10
    for name in listed:
        left_out = refused(movement, lambda names, name=name: tuple(one for one in names if one != name))
        assert left_out == [("/body/rests_on", "rests-on")]
    assert refused(movement, lambda names: (*names, "licence:other")) == [("/body/rests_on", "rests-on")]
    assert departing(movement, lambda names: names) == listed


def test_an_old_list_is_missed_and_a_suspended_licence_stops_it(planned, cast):
    case, movement = planned
    old = rests_on(case, services.case(case))
    bought = registry.licences("organisation:buyer")
    others = [one for one in services.case(case).licences if one not in bought]
    renewed = registry.grant("organisation:buyer", "jpn-art14-importer", "14-2", on("2025-11-01"), issued_by="jpn-moej")
    services.rest(SELLER, case, [*others, renewed])
    assert refused(movement, lambda names: old) == [("/body/rests_on", "rests-on")]
    registry.suspend(renewed, "Inspection")
    assert refused(movement, lambda names: names) == [("/case", "licence-suspended")]


def test_what_a_held_key_says_sets_the_taking_in_going(planned, cast):
    _, movement = planned
    departing(movement, lambda names: names)
    cast("2025-12-03")
    state = movements.movement(movement)
    with journal.through(OwnKey()):
        movements.receive("smelter", movement, [Bag(lot=state.lots[0].lot, received_g=1992 * KG, accepted=True)])
    assert movements.movement(movement).status == "received"
    assert intake.waiting() == []
