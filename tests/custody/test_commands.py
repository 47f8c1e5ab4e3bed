"""The commands: grams in JSON, words for people, exit status 1 where it does not add up."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime

import pytest

from meguri.custody import services
from meguri.custody.models import Lot
from meguri.journal.services import as_writer
from meguri.kit.grams import to_kg
from meguri.portal.cli import main
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot():
    use_clock(lambda: datetime(2025, 10, 1, tzinfo=UTC))
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.site("yard", {"en": "Yard"}, "MYS", 5.4, 100.4, facility="yard")
    yield services.collect("organisation:yard", "yard", "mixed-small-e-waste", 7_000_000)
    use_clock(None)


def told(capsys, *arguments):
    status = main(list(arguments))
    return status, capsys.readouterr()


def test_trace_up_and_down(lot, capsys):
    made = services.dismantle("organisation:yard", lot)
    status, out = told(capsys, "trace", made.by_stream["circuit-boards"], "--json")
    found = json.loads(out.out)
    assert status == 0
    assert [(share["lot"], share["share"]) for share in found["shares"]] == [(lot, 1.0)]
    status, out = told(capsys, "trace", lot, "--down", "--json")
    found = json.loads(out.out)
    assert sum(share["grams"] for share in found["shares"]) == 7_000_000
    assert {share["kind"] for share in found["shares"]} == {"stock", "loss"}
    status, out = told(capsys, "trace", lot)
    assert f"{to_kg(7_000_000)} kg" in out.out


def test_text_in_a_language_keeps_its_columns(lot, capsys):
    services.dismantle("organisation:yard", lot)
    english = told(capsys, "balance")[1].out.splitlines()
    japanese = told(capsys, "balance", "--lang", "ja")[1].out.splitlines()
    assert english[-1] == "It adds up."
    assert japanese[-1] == "収支は合っています。"
    assert [_columns(line) for line in english[:-1]] == [_columns(line) for line in japanese[:-1]]
    assert "stock" in told(capsys, "trace", lot, "--down")[1].out
    assert "在庫" in told(capsys, "trace", lot, "--down", "--lang", "ja")[1].out
    assert told(capsys, "balance", "--lang", "ja", "--json") == told(capsys, "balance", "--json")


def _columns(line):
    """How wide a line is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_an_unknown_lot_is_said_so(lot, capsys):
    status, out = told(capsys, "trace", "NOSUCH")
    assert status == 2
    assert "NOSUCH" in out.err


def test_balance_closes_and_tells_where_it_does_not(lot, capsys):
    services.dismantle("organisation:yard", lot)
    status, out = told(capsys, "balance", "--json")
    assert (status, json.loads(out.out)["closure_g"]) == (0, 0)
    assert told(capsys, "balance", "--fast", "--json") == (status, out)
    row = Lot.objects.get(id=lot)
    with as_writer():
        Lot.objects.filter(id=lot).update(state={**row.state, "mass_g": 3})
    status, out = told(capsys, "balance", "--json")
    assert (status, json.loads(out.out)["closure_g"]) == (1, -3)
    status, out = told(capsys, "balance")
    assert status == 1
    assert "does not add up" in out.out
    # The sums hold what acts did, not what was changed past them; comparing anew names the row.
    assert told(capsys, "balance", "--fast")[0] == 0
