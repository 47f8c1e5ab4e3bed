"""Every act on a case with one thing changed at a time is answered as ``one_thing_changed.json`` keeps it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import consent_acts
import pytest
from consent_acts import JP, MY
from consent_cast import (
    DOE,
    DOE_EXPORT,
    METI_APPROVAL,
    MOEJ,
    MOEJ_IMPORT,
    NEA,
    NEA_TRANSIT,
    NOW,
    cast,
    notify,
    on,
    step,
)
from test_across_nodes import ask, asked_here, carry, take_in

import altered
from memory_record import Told

KEPT = Path(__file__).with_name("one_thing_changed.json")


def sent_on(record):
    """Sent through Singapore to Japan, where an approval is needed, too."""
    notify(record, DOE_EXPORT, NEA_TRANSIT, MOEJ_IMPORT, METI_APPROVAL, via=("SGP",), licences=("L14",))
    step(record, DOE, MY, "check", on("2025-10-06"))
    step(record, DOE, MY, "transmit", on("2025-10-08"))
    step(record, MOEJ, JP, "acknowledge", on("2025-10-14"))


MORE = {
    "transmit": (
        lambda record: (consent_acts.notified(record), step(record, DOE, MY, "check", on("2025-10-06"))),
        lambda record: step(record, DOE, MY, "transmit", on("2025-10-08"), take=False),
    ),
    "consent": (
        sent_on,
        lambda record: step(
            record, MOEJ, JP, "consent_with_conditions", on("2025-11-10"), take=False, conditions=("Each bag",)
        ),
    ),
    "consent of transit": (
        sent_on,
        lambda record: step(record, NEA, "sgp-nea.transit", "consent", on("2025-11-10"), take=False),
    ),
    "withdraw": (
        consent_acts.to_consent,
        lambda record: step(record, MOEJ, JP, "withdraw", on("2025-11-12"), take=False),
    ),
    "take in at another node": (lambda record: carry(record, DOE_EXPORT, MOEJ_IMPORT), take_in),
    "ask at another node": (lambda record: (carry(record, DOE_EXPORT, MOEJ_IMPORT), asked_here(record)), ask),
}
TOLD = {
    **{name: partial(lambda name: consent_acts.told(cast(), name), name) for name in consent_acts.ACTS},
    **{name: partial(lambda acts: Told(cast(), *acts, consent_acts.ROOMS), acts) for name, acts in MORE.items()},
}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.usefixtures("record")
def test_each_change_is_answered_as_it_was(name):
    assert altered.differing(KEPT, name, TOLD[name]()) == {}


__all__ = ["NOW"]
