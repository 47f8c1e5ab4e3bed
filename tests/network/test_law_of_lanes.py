"""What the plan makes of the law: a lane is open where the law of both ends is on file and allows it."""

from __future__ import annotations

import pytest

from meguri.law import matrix
from meguri.network.lanes.lane import DOMESTIC, NOT_ON_FILE, LawOfLanes
from meguri.network.model.instance import Period

ECONOMIES = ("JPN", "MYS", "KHM", "THA")
STREAMS = ("copper-granules", "circuit-boards")
YEARS = (Period(2026, 1), Period(2028, 1))


@pytest.fixture(scope="module")
def law() -> LawOfLanes:
    return LawOfLanes(ECONOMIES, STREAMS, YEARS, dict.fromkeys(STREAMS, "R4"))


def test_what_is_not_on_file_is_closed_and_says_so(law):
    for stream in STREAMS:
        for sender, receiver in (("JPN", "KHM"), ("KHM", "JPN")):
            word = law.word(stream, sender, receiver, 0)
            assert (word.verdict, word.open, word.assumed) == (NOT_ON_FILE, False, True)


def test_what_is_on_file_is_as_the_law_says(law):
    assert law.word("copper-granules", "JPN", "MYS", 0).open
    assert law.word("copper-granules", "JPN", "MYS", 0).verdict == "allowed_national_licence"
    closed = law.word("circuit-boards", "JPN", "THA", 0)
    assert (closed.verdict, closed.open) == ("prohibited", False)
    assert closed.grounds
    assert law.word("circuit-boards", "JPN", "JPN", 0).verdict == DOMESTIC


def test_no_lane_is_open_without_the_law_of_both_ends(law):
    for stream in STREAMS:
        for n in range(len(YEARS)):
            for sender in ECONOMIES:
                for receiver in ECONOMIES:
                    if sender != receiver and law.word(stream, sender, receiver, n).open:
                        day = law._days[n]
                        assert matrix((sender, receiver), (stream,), (day,)).cell(sender, receiver, stream, day).covered
