"""The order of a queue, page by page, where many cases are over."""

from __future__ import annotations

import pytest

from meguri.consent.case import tasks


@pytest.mark.parametrize(
    "over", [lambda n: False, lambda n: n % 7, lambda n: n < 70, lambda n: n != 79, lambda n: True]
)
@pytest.mark.parametrize("most", [1, 5, 500])
def test_a_page_is_filled_past_cases_that_are_over(monkeypatch, most, over):
    every = [(n // 3, f"{n:02}", not over(n)) for n in range(80)]

    def lines(organisation, count, after):
        return [one for one in every if after is None or one[:2] > after][:count]

    monkeypatch.setattr(tasks, "_lines", lines)
    found, after = [], None
    while page := tasks.page("organisation:x", most, after):
        assert len(page) <= most
        found += page
        after = page[-1]
    assert found == [one[:2] for one in every if one[2]]
