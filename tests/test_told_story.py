"""What the record holds and answers after a story with every kind of act, to the last field.

`told_story` says how it is played and written; ``python tests/told_story.py`` writes the kept answer anew.
"""

from __future__ import annotations

import json

import pytest
from django.db import connection

import told_story


@pytest.mark.django_db
def test_the_record_of_the_story_is_what_it_was():
    if connection.vendor == "postgresql":
        # Other tests have taken numbers, which PostgreSQL does not give back with what they wrote.
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('journal_number', 1, false)")
    told = [json.loads(line) for line in told_story.told()]
    kept = json.loads(told_story.KEPT.read_text(encoding="utf-8"))
    assert [line for line in told if line not in kept] == []
    assert told == kept
