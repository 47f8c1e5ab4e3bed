"""What changed when: an economy's line, a lane's line against asking day by day, what comes next."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meguri.kit.problems import Refused
from meguri.law import COVERS, READ_ON, Law, Question, boundaries, next_changes, timeline, verdict

BOARDS = ("JPN", "MYS", "circuit-boards", "R4")


def test_malaysia_s_ban_stands_in_its_line_and_in_the_lane():
    changes = timeline("MYS", since=date(2026, 1, 1), until=date(2026, 12, 31))
    assert ("mys.import.ban",) in {change.rules for change in changes if change.on == date(2026, 2, 4)}
    (turn,) = [c for c in timeline(lane=BOARDS) if c.before.verdict != c.after.verdict]
    assert (turn.on, turn.before.verdict, turn.after.verdict) == (date(2026, 2, 4), "allowed_pic", "prohibited")
    assert "mys.import.ban" in turn.rules


def test_a_new_version_is_one_change():
    (change,) = [c for c in timeline("THA") if "tha.ewaste.ban@2025" in c.rules]
    assert (change.kind, change.rules) == ("replaced", ("tha.ewaste.ban@2020", "tha.ewaste.ban@2025"))
    assert change.on == date(2025, 6, 24)


def test_joining_a_treaty_is_a_change():
    assert date(2021, 1, 1) in {c.on for c in timeline("GBR") if c.kind == "joins"}


def test_a_member_s_line_holds_the_union_s_law_and_another_s_does_not():
    def rules(economy):
        return {rule for change in timeline(economy) for rule in change.rules}

    assert "eu.export.b3011" in rules("EST")
    assert "eu.export.b3011" not in rules("THA")
    assert "basel.a1181" in rules("THA")


@pytest.mark.parametrize(
    "lane", [BOARDS, ("DEU", "IND", "black-mass", "R4"), ("FRA", "BEL", "circuit-boards", "R4")], ids="-".join
)
def test_a_lane_turns_only_on_the_days_of_its_line(lane):
    origin, destination, stream, operation = lane
    facts = {"hazardous": False}

    def ask(day):
        question = Question.parse(
            on=day, stream=stream, origin=origin, destination=destination, operation=operation, facts=facts
        )
        answer = verdict(question)
        return answer.verdict, answer.procedures, answer.status

    turns = timeline(lane=lane, facts=facts)
    days = {change.on for change in turns}
    day, now = COVERS[0], ask(COVERS[0])
    while day < COVERS[1]:
        step = min(day + timedelta(days=11), COVERS[1])
        then = ask(step)
        if then != now:
            assert any(day < turn <= step for turn in days), (day, step)
        day, now = step, then
    for change in turns:
        assert ask(change.on - timedelta(days=1)) == (
            change.before.verdict,
            change.before.procedures,
            change.before.status,
        )


@settings(max_examples=20, deadline=None)
@given(st.dates(*COVERS), st.integers(1, 8))
def test_next_changes_are_the_first_after_the_day(after, n):
    changes = next_changes(("JPN", "DEU"), after, n)
    assert list(changes) == sorted(changes, key=lambda c: c.on)[:n]
    assert all(change.on > after for change in changes)
    every = [c for economy in ("JPN", "DEU") for c in timeline(economy) if c.on > after]
    assert {change.on for change in changes} <= {change.on for change in every}
    if every:
        assert changes[0].on == min(change.on for change in every)


def test_every_day_of_a_rule_is_a_boundary():
    days = set(boundaries())
    for rule in Law.load().rules:
        if rule.effective_from and COVERS[0] < rule.effective_from <= COVERS[1]:
            assert rule.effective_from in days
        if rule.effective_to and rule.effective_to < COVERS[1]:
            assert rule.effective_to + timedelta(days=1) in days


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, "/economy"),
        ({"economy": "JPN", "lane": BOARDS}, "/economy"),
        ({"economy": "XXX"}, "/economy"),
        ({"economy": "JPN", "since": date(2017, 1, 1)}, "/since"),
        ({"economy": "JPN", "until": date(2032, 1, 1)}, "/until"),
        ({"lane": ("JPN", "MYS", "gold-bars", "R4")}, "/stream"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, pointer):
    with pytest.raises(Refused) as refused:
        timeline(**given)
    assert refused.value.problems[0].pointer == pointer


def test_after_the_day_of_reading_the_answer_says_so():
    def said(day):
        question = Question.parse(on=day, stream="circuit-boards", origin="PHL", destination="JPN", operation="R4")
        return any("As the law stands today" in words.en for words in verdict(question).unsure)

    assert said(COVERS[1])
    assert said(READ_ON + timedelta(days=1))
    assert not said(READ_ON)
