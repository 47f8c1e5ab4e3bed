"""A movement of which a part is certified, for tests of what is taken away of it."""

from __future__ import annotations

from datetime import date

import consent_cast
import consent_room
import pytest
from consent_cast import KG
from consent_room import SELLER, SMELTER, TO_CONSENT, ask, certify_japan, notify, steps

from meguri.custody import services as custody
from meguri.movement import services as movements
from meguri.movement.states import Bag, LotMass
from tests_support import use_clock


@pytest.fixture
def cast(db, settings):
    settings.DEMONSTRATION = False
    use_clock(lambda: consent_room.START)
    consent_room.admit()
    yield lambda day: use_clock(lambda: consent_cast.on(day))
    use_clock(None)


@pytest.fixture
def certified(cast):
    """A movement of which a part is certified: its id, the copper's lot, the name of the certificate."""
    certify_japan()
    cast("2025-10-01")
    lot = custody.collect(SELLER, "yard", "circuit-boards", 2000 * KG)
    case = notify(ask())
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    movement = movements.plan(
        "seller", [LotMass(lot, 2000 * KG)], case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=date(2025, 11, 19),
    )  # fmt: skip
    movements.depart("ship", movement)
    cast("2025-12-03")
    movements.receive("smelter", movement, [Bag(lot=lot, received_g=1992 * KG, accepted=True)])
    (taken,) = movements.arrival(movement).taken_lots
    cast("2025-12-15")
    made = custody.smelt(SMELTER, [(taken, 500 * KG)])
    cast("2025-12-22")
    movements.certify("smelter", movement, event=made.event, recovered_on=date(2025, 12, 15))
    return movement, made.metals["Cu"], movements.arrival(movement).certificates[0].paper
