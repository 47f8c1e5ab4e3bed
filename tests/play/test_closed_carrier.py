"""A carrier that closed after the document was made leaves by no door; another takes its place, or the journey ends."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from meguri.movement.models import Movement
from meguri.play import performance, story

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
STORY = Path(__file__).resolve().parents[2] / "docs" / "stories" / "closed-carrier.toml"
DOORS = ["service", "api", "page"]


def played(change):
    """The story of docs, changed: what became of each step from the plan on, as (verb, code of what refused it)."""
    tables = json.loads(json.dumps(tomllib.loads(STORY.read_text()), default=str))
    change(tables)
    _, steps = performance.play(story.parse(tables), lambda one, step: None)
    first = next(place for place, one in enumerate(steps) if one.do == "plan")
    return [(one.do, one.refused.code if one.refused else "") for one in steps[first:]]


def status():
    return Movement.objects.get().value.status


@pytest.fixture(autouse=True)
def house(settings):
    settings.DEMONSTRATION = False


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("who", ["coral-line", "straits-exporter"])
def test_nothing_leaves_with_a_closed_carrier_by_any_door(door, who):
    def change(tables):
        tables["step"][-1].update(by=who, door=door)
        del tables["step"][-2]

    told = played(change)
    assert told[:2] == [("plan", ""), ("close", "")]
    ((verb, code),) = told[2:]
    # Whoever closed is no longer offered the step at its page at all.
    expected = {"closed", "not_offered", "http-404"} if (door, who) == ("page", "coral-line") else {"closed"}
    assert (verb, code in expected) == ("depart", True), code
    assert status() == "planned"


@pytest.mark.parametrize("door", DOORS)
def test_another_carrier_takes_its_place_before_it_leaves(door):
    def change(tables):
        tables["organisation"]["second-line"] = {"name": "Second Line", "economy": "KOR", "roles": ["carrier"]}
        tables["step"][-2:] = [
            {"do": "change", "by": "straits-exporter", "at": "2025-11-19T09:00:00+08:00", "movement": "first",
             "carrier": "second-line", "reason": "The first carrier was wound up"},
            {"do": "depart", "by": "second-line", "at": "2025-11-19T10:00:00+08:00", "movement": "first",
             "door": door},
        ]  # fmt: skip

    assert played(change)[2:] == [("change", ""), ("depart", "")]
    assert status() == "under_way"


def test_who_closes_while_it_is_under_way_does_not_keep_it_from_ending():
    def change(tables):
        close, depart = tables["step"][-3], tables["step"][-2]
        depart["at"] = "2025-11-18T12:00:00+08:00"
        closed = [
            {"do": "close", "by": who, "at": "2025-11-25T09:00:00+08:00"}
            for who in ("coral-line", "straits-exporter", "seto-importer")
        ]
        received = {"do": "receive", "by": "seto-smelter", "at": "2025-12-03T09:00:00+09:00", "movement": "first"}
        tables["step"][-3:] = [depart, *closed, received]
        assert close["do"] == "close"

    assert played(change)[1:] == [("depart", ""), ("close", ""), ("close", ""), ("close", ""), ("receive", "")]
    assert status() == "received"
