"""What the facility's service says of each bag beside what it weighed: whole values."""

from __future__ import annotations

from datetime import UTC, datetime

from movement_sheet import MOVEMENT
from msgspec.structs import replace

from meguri.kit import ids
from meguri.movement import course, services
from meguri.movement.states import Bag, Consigned, Content

COPPER = Content(element="Cu", ppb=1, sd_ppb=2, basis="assay", source="s", confidence="sourced")
LOT = Consigned(lot="B1", grams=7, origin="MYS", label="Week 3", mix="mixed-small-it", contents=(COPPER,))


def test_a_bag_that_is_taken_is_described_as_the_document_describes_it():
    state = replace(MOVEMENT, lots=(LOT,))
    named, made = services.described(
        state, [Bag(lot="B1", received_g=6, accepted=True, becomes="J1"), Bag(lot="B1", received_g=6, accepted=True)]
    )
    assert named == Bag(
        lot="B1", received_g=6, accepted=True, becomes="J1", sent_g=7, stream="circuit-boards", origin="MYS",
        label="Week 3", mix="mixed-small-it", contents=(COPPER,),
    )  # fmt: skip
    assert made == replace(named, becomes=made.becomes)
    assert ids.made(made.becomes)


def test_one_that_is_refused_or_not_of_the_movement_is_not():
    state = replace(MOVEMENT, lots=(LOT,))
    refused = Bag(lot="B1", received_g=6, accepted=False, reason="Wet")
    strange = Bag(lot="B9", received_g=6, accepted=True, sent_g=1)
    assert services.described(state, [refused, strange]) == (replace(refused, sent_g=7), strange)


def test_days_are_those_of_the_economy():
    late = datetime(2025, 10, 1, 22, tzinfo=UTC)
    assert [course.local_day(economy, late).day for economy in ("JPN", "MYS", "GBR", "USA", "")] == [2, 2, 1, 1, 1]
