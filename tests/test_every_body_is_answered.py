"""Whatever the body of an act is changed to, the answer is for people: the act stands, or is refused and told why."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent


def test_no_body_breaks_a_guard():
    files = sorted(HERE.glob("*/one_thing_changed.json"))
    assert len(files) >= 6
    broken = [
        f"{file.parent.name}: {act}: {change}: {answer}"
        for file in files
        for act, answers in json.loads(file.read_text()).items()
        for answer, changes in answers.items()
        # What people are answered names a pointer; what breaks is a bare class.
        if answer.endswith("Error")
        for change in changes
        if change.startswith("body.")
    ]
    assert broken == []
