"""What was once answered wrongly: each kind of mistake with its rulings, verdict, status, grounds and consents."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from meguri.law import verdict
from meguri.law.measure.score import question_of

ROWS = list(csv.DictReader((Path(__file__).parent / "corrections.csv").open(encoding="utf-8", newline="")))


def listed(text: str) -> set[str]:
    return {part.strip() for part in text.split(";") if part.strip()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case_id"])
def test_correction(row):
    answer = verdict(question_of(row))
    bore = {ground.rule for ground in answer.grounds}
    assert (answer.verdict, answer.status) == (row["verdict"], row["status"]), sorted(bore)
    if answer.verdict.startswith("allowed") or row["procedures"]:
        assert set(answer.procedures) == listed(row["procedures"]), sorted(bore)
    assert listed(row["grounds"]) <= bore
    assert listed(row["not_grounds"]).isdisjoint(bore)
    said = {
        " ".join(str(part) for part in (need.authority, need.capacity, need.form, need.days) if part)
        for need in answer.consents
    }
    for wanted in listed(row["consents"]):
        assert any(one == wanted or one.startswith(f"{wanted} ") for one in said), (wanted, sorted(said))
