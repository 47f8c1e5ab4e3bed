"""Many questions over HTTP: answered row by row as the command does it, in order, with what is wrong in each."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.cache import cache
from django.test import Client

from meguri.law.web.asked import many
from meguri.portal import cli
from meguri.registry import services as registry
from meguri.systems import tokens

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


def test_it_answers_as_csv_where_that_is_accepted():
    cache.clear()
    answer = Client().post("/api/verdicts", as_csv(LANES), content_type="text/csv", headers={"accept": "text/csv"})
    told = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    lines = asked(as_csv(LANES), "text/csv")[1]
    assert [row["row"] for row in told] == ["1", "2", "3", "4"]
    assert [row["verdict"] or None for row in told] == [line["verdict"] for line in lines]
    assert [row["procedures"].split(";") if row["procedures"] else [] for row in told] == [
        line["procedures"] for line in lines
    ]
    assert "/stream" in told[2]["problems"]


def test_a_column_that_is_nearly_one_of_ours_is_refused_and_others_are_the_senders(tmp_path):
    for column, nearest in (("fact", "facts"), ("Operation", "operation"), ("code", "codes"), ("vias", "via")):
        told = as_csv(LANES).replace("operation", column, 1)
        status, answer = asked(told, "text/csv")
        assert status == 422
        assert f"“{nearest}”" in answer["errors"][0]["detail"]
        file = tmp_path / "questions.csv"
        file.write_text(told)
        assert cli.main(["verdict", "--batch", str(file)]) == 2
    assert asked(as_csv(LANES).replace("operation", "declaration", 1), "text/csv")[0] == 200


def test_other_kinds_of_body_are_not_read():
    for kind in (
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ):
        status, answer = asked(json.dumps({"questions": LANES}), kind)
        assert (status, answer["errors"][0]["code"]) == (415, "kind")


def test_a_file_that_broke_off_is_refused_or_says_so_in_its_last_row():
    for body, kind in (
        (json.dumps({"questions": LANES})[:-40], "application/json"),
        (as_csv(LANES) + '5,"2', "text/csv"),
    ):
        assert asked(body, kind)[0] == 422
    told = asked(as_csv(LANES) + "5,2025-10-01,MY", "text/csv")[1]
    assert [line["problems"][0]["code"] for line in told[4:]] == ["row"]


def test_a_token_for_asking_asks_more_often_and_is_held_by_its_rows(monkeypatch):
    registry.admit("customs-desk", {"en": "Customs desk"}, "MYS", ("importer",))
    held = {scope: tokens.make("customs-desk", "a test", [scope])[1] for scope in ("ask", "read")}
    body = json.dumps({"questions": LANES[:2]})

    def status(text=""):
        headers = {"authorization": f"Bearer {text}"} if text else {}
        answer = Client().post("/api/verdicts", body, content_type="application/json", headers=headers)
        return answer.status_code, answer.headers.get("Retry-After")

    cache.clear()
    for text in (held["read"], ""):
        assert [status(text)[0] for _ in range(7)] == [200] * 6 + [429]
    assert [status(held["ask"])[0] for _ in range(12)] == [200] * 12
    cache.clear()
    monkeypatch.setattr(many, "ROWS_A_MINUTE", 5)
    found = [status(held["ask"]) for _ in range(3)]
    assert [code for code, _ in found] == [200, 200, 429]
    assert int(found[-1][1]) > 0


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
