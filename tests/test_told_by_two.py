"""What two nodes hold and answer of one case that they share, to the last field.

`told_by_two` says how it is played and written; ``python tests/told_by_two.py`` writes the kept answer anew.
"""

from __future__ import annotations

import json

import pytest

import told_by_two


@pytest.mark.django_db
@pytest.mark.sqlite
def test_what_two_nodes_hold_of_one_case_is_what_it_was():
    told = [json.loads(line) for line in told_by_two.told()]
    kept = json.loads(told_by_two.KEPT.read_text(encoding="utf-8"))
    assert [line for line in told if line not in kept] == []
    assert told == kept
