"""The present of these tests, and the law's answer taken as given (its own tests are elsewhere)."""

from __future__ import annotations

import consent_cast
import consent_room
import pytest

from meguri.consent import notification
from meguri.kit import clock


@pytest.fixture(autouse=True)
def present():
    clock.use(lambda: consent_cast.NOW)
    yield
    clock.use(None)


@pytest.fixture
def record(monkeypatch):
    monkeypatch.setattr(notification, "check_verdict", lambda given: None)
    return consent_cast.cast()


@pytest.fixture
def cast(settings):
    """Everybody is on record since long before; returns what sets the present to a day."""
    settings.DEMONSTRATION = False
    clock.use(lambda: consent_room.START)
    consent_room.admit()
    return lambda day: clock.use(lambda: consent_cast.on(day))
