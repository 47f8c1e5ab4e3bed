"""The present of these tests, and the law's answer taken as given (its own tests are elsewhere)."""

from __future__ import annotations

import consent_cast
import consent_room
import pytest

from meguri.consent.case import notification
from tests_support import use_clock


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: consent_cast.NOW)
    yield
    use_clock(None)


@pytest.fixture
def record(monkeypatch):
    monkeypatch.setattr(notification, "check_verdict", lambda *given: None)
    return consent_cast.cast()


@pytest.fixture
def cast(settings):
    """Everybody is on record since long before; returns what sets the present to a day."""
    use_clock(lambda: consent_room.START)
    consent_room.admit()
    return lambda day: use_clock(lambda: consent_cast.on(day))
