"""Many questions over HTTP: answered row by row as the command does it, in order, with what is wrong in each."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.cache import cache
from django.test import Client

from meguri.portal import cli

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
HEAD = ("case_id", "on", "origin", "destination", "stream", "operation")
LANES = [
    dict(zip(HEAD, row.split(","), strict=True))
    for row in (
        "1,2025-10-01,MYS,JPN,circuit-boards,R4",
        "2,2025-10-01,JPN,MYS,circuit-boards,R4",
        "3,2025-10-01,MYS,JPN,circuit-bords,R4",
        "4,2024-12-31,THA,JPN,printers,",
    )
]


def asked(body, kind="application/json", **headers):
    cache.clear()
    answer = Client().post("/api/verdicts", body, content_type=kind, headers=headers)
    if not answer.streaming:
        return answer.status_code, answer.json()
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return answer.status_code, [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def as_csv(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, HEAD)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_json_csv_and_the_command_answer_alike(tmp_path, capsys):
    status, told = asked(json.dumps({"questions": LANES}))
    assert status == 200
    assert [line.pop("row") for line in told] == [1, 2, 3, 4]
    file = tmp_path / "questions.csv"
    file.write_text(as_csv(LANES))
    assert cli.main(["verdict", "--batch", str(file)]) == 1
    assert told == [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_csv = asked(as_csv(LANES), "text/csv; charset=utf-8")[1]
    assert [line.pop("row") for line in by_csv] == [1, 2, 3, 4]
    assert by_csv == told
    assert told[0]["verdict"]
    assert told[2]["verdict"] is None
    assert told[2]["problems"][0]["pointer"] == "/stream"


def test_a_row_that_is_none_is_said_and_the_rest_go_on():
    status, told = asked(json.dumps({"questions": [1, {}, {**LANES[0], "x": 1}, {**LANES[0], "via": 3}, LANES[0]]}))
    assert status == 200
    assert [line["verdict"] is None for line in told] == [True, True, True, True, False]
    assert all(line["problems"] for line in told[:4])
    uneven = as_csv(LANES[:1]).rstrip() + "\n1,2\n"
    assert [bool(line["problems"]) for line in asked(uneven, "text/csv")[1]] == [False, True]


def test_problems_are_in_the_callers_language():
    (line,) = asked(json.dumps({"questions": [LANES[2]]}), **{"accept-language": "ja"})[1]
    assert any("\u3040" <= letter <= "\u30ff" for letter in line["problems"][0]["detail"])


def test_a_thousand_are_taken_and_no_more():
    status, told = asked(json.dumps({"questions": LANES[:1] * 1000}))
    assert (status, len(told)) == (200, 1000)
    assert asked(json.dumps({"questions": LANES[:1] * 1001}))[0] == 422
    assert asked(as_csv(LANES[:1] * 1001), "text/csv")[0] == 422


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{}", "application/json"), ("[]", "application/json"), ("x", "application/json"), ("", "application/json"),
        ("", "text/csv"), ("a,b\n1,2\n", "text/csv"), (b"\xff\xfe", "text/csv"), ('on,"', "text/csv"),
        ("on,stream,origin,destination\n", "text/csv"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_questions_is_refused(body, kind):
    status, told = asked(body, kind)
    assert status == 422
    assert told["errors"]
