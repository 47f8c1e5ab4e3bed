"""A draft law can be tried on what custody holds."""

from __future__ import annotations

from datetime import date

import pytest

from meguri.custody.answers import draft_laws
from meguri.demonstration import performance
from meguri.law import Draft, diff, drafted
from tests_support import use_clock

pytestmark = pytest.mark.django_db

BAN = """
[[rule]]
id = "mys.draft-ban"
stage = "prohibit"
direction = "export"
effect = "prohibited"
economies = ["MYS"]
streams = ["circuit-boards"]
from = 2025-01-01
instrument = "Draft order"
citation = "Draft order, section 1"
source = "test"
confidence = "low"
evidence = "memory"
words = "Boards stay in the country"
"""


def test_what_the_yards_hold_is_asked_for_every_destination():
    performance.start_over()
    for _ in range(5):
        performance.play_next()
    use_clock(None)
    asked = draft_laws.held(date(2025, 10, 1))
    lanes = {(question.stream, question.origin, question.destination) for question in asked}
    assert ("circuit-boards", "MYS", "JPN") in lanes
    assert len(lanes) == len(asked)
    changed = diff(drafted(Draft("draft.toml", BAN)), asked)
    assert ("circuit-boards", "JPN") in {(one.question.stream, one.question.destination) for one in changed}
    assert {one.question.stream for one in changed} == {"circuit-boards"}
    assert {one.after.verdict for one in changed} == {"prohibited"}
