"""What each act writes, with what follows from it, and what it writes otherwise: as ``written.json`` keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_consent_one_thing_changed import TOLD

import written

KEPT = Path(__file__).with_name("written.json")


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.usefixtures("record")
def test_an_act_writes_what_it_wrote(name):
    right, told = written.kept(KEPT, name), written.told(TOLD[name])
    assert told["writes"] == right["writes"]
    assert {what: fields for what, fields in told["otherwise"].items() if right["otherwise"].get(what) != fields} == {}
    assert told == right
