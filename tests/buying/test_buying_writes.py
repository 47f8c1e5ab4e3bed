"""What each act of a buying point writes, with what follows from it, as ``written.json`` keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_buying_one_thing_changed import NOW, TOLD

import written
from tests_support import use_clock

KEPT = Path(__file__).with_name("written.json")


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    yield
    use_clock(None)


@pytest.mark.parametrize("name", TOLD)
def test_an_act_writes_what_it_wrote(name):
    assert written.told(TOLD[name]) == written.kept(KEPT, name)
