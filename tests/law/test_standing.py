"""How long a decision stands: the day that a question names counts for nothing, a known change of the law does."""

from __future__ import annotations

from datetime import date

import pytest

from meguri import law
from meguri.kit.problems import Refused


def given(on, stream, origin, destination, facts="", codes=""):
    question = law.Question.parse(
        on=on, stream=stream, origin=origin, destination=destination, operation="R4", facts=facts, codes=codes
    )
    return law.decision(law.verdict(question))


def test_an_old_law_by_choice_is_not_the_law_of_the_day():
    old = given("2018-01-01", "circuit-boards", "JPN", "THA", "hazardous=false")
    found = law.decided_otherwise(old, date(2026, 3, 1), date(2026, 3, 1))
    assert old.verdict != "prohibited"
    assert (found.on, found.decided.verdict) == (date(2026, 3, 1), "prohibited")
    assert found.decided.question.on == "2026-03-01"


def test_what_the_law_decides_all_the_time_stands_whatever_day_was_asked_for():
    boards = given("2025-10-01", "circuit-boards", "MYS", "JPN", "hazardous=unknown")
    for first, last in (("2025-10-01", "2026-09-30"), ("2026-03-01", "2029-02-28"), ("2025-02-01", "2031-12-31")):
        assert law.decided_otherwise(boards, date.fromisoformat(first), date.fromisoformat(last)) is None


def test_a_known_change_ends_it():
    steel = given("2026-06-01", "steel-scrap", "DEU", "MYS", "hazardous=false")
    assert steel.verdict == "allowed_national_licence"
    assert law.decided_otherwise(steel, date(2026, 6, 1), date(2027, 5, 20)) is None
    found = law.decided_otherwise(steel, date(2026, 6, 1), date(2027, 5, 21))
    assert (found.on, found.decided.verdict) == (date(2027, 5, 21), "prohibited")


def test_the_law_on_file_covers_the_first_day():
    steel = given("2026-06-01", "steel-scrap", "DEU", "MYS", "hazardous=false")
    with pytest.raises(Refused):
        law.decided_otherwise(steel, date(2045, 1, 1), date(2045, 1, 1))
