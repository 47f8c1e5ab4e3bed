"""The laboratory's page and endpoint: what changes, what is wrong in a draft by line, and that nothing is kept."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meguri.law import Law
from meguri.law.laboratory import diff, drafted, first_day, lanes
from meguri.law.web.laboratory_views import EXAMPLE, MOST_ROWS

pytestmark = pytest.mark.django_db
TEXT = EXAMPLE.read_text(encoding="utf-8")
HEAD = "stream,origin,destination,operation,facts,on,case_id\n"
LANE = "circuit-boards,PHL,JPN,R4,hazardous=true;importer_certified=true;recycler_certified=true;notification=general"


@pytest.fixture
def client() -> Client:
    cache.clear()
    return Client(SERVER_NAME="127.0.0.1")


def sent(client: Client, status: int = 200, **fields: object) -> str:
    response = client.post("/law/laboratory?lang=en", fields)
    assert response.status_code == status
    return response.content.decode()


def rows(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("movements.csv", text.encode(), "text/csv")


def test_the_example_is_there_to_begin_with(client):
    html = client.get("/law/laboratory?lang=en").content.decode()
    assert TEXT.splitlines()[0] in html
    assert "It is not law." in html


def test_the_page_lists_what_the_function_finds_and_the_law_on_file_stays(client):
    before = Law.load().digest
    law = drafted(EXAMPLE)
    found = diff(law, lanes(first_day(law)))
    html = sent(client, draft=TEXT)
    assert f"{len(found)} of the movements change" in html
    for one in found:
        assert f'<span class="code">{one.question.case_id}</span>' in html
    assert Law.load().digest == before


def test_own_movements_are_asked_and_a_bad_row_does_not_stop_the_others(client):
    text = f"{HEAD}{LANE},2027-09-01,mine\ncircuit-boards,PHX,JPN,R4,,2027-09-01,bad\n"
    html = sent(client, draft=TEXT, movements=rows(text))
    assert "1 of the movements changes" in html
    assert '<span class="code">mine</span>' in html
    assert "/movements/3/from" in html
    assert "PHX" in html
    before_its_day = sent(client, draft=TEXT, movements=rows(f"{HEAD}{LANE},2027-06-30,mine\n"))
    assert "No answer changes" in before_its_day


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("", "There is no draft"),
        ("[[rule]\n", "Line 1"),
        (TEXT.replace('economies = ["PHL"]', 'economies = ["PHP"]', 1), "“PHP”"),
        (TEXT.replace("from = 2027-07-01", "from = 2027-13-01", 1), "Line "),
        ('[[rule]]\nid = "x.y"\nstage = "prohibit"\n', "Line 2"),
        ("a = " + "[" * 20_000, "nested too deeply"),
        ("a = " + "9" * 6_000, "too many digits"),
        ('[[end]]\nid = "jpn.import.approval"\nfrom = 0001-01-01\n', "Line "),
        ("#" * 500_001, "longer than 500000"),
    ],
)
def test_what_is_wrong_in_a_draft_is_said_with_its_line_and_the_draft_is_kept(client, draft, said):
    html = sent(client, 422, draft=draft)
    assert said in html
    assert 'href="#draft"' in html
    assert draft.split("\n")[0].replace('"', "&quot;") in html


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "stream, origin, destination"),
        (HEAD + f"{LANE},,x\n" * (MOST_ROWS + 1), f"at most {MOST_ROWS}"),
        (HEAD + "x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(client, text, said):
    assert said in sent(client, 422, draft=TEXT, movements=rows(text))


@pytest.mark.parametrize(("day", "said"), [("2040-01-01", "2031-12-31"), ("soon", "is not a date")])
def test_a_day_that_cannot_be_asked_is_refused(client, day, said):
    assert said in sent(client, 422, draft=TEXT, on=day)


def test_the_thirteenth_draft_in_a_minute_waits(client):
    answers = [client.post("/law/laboratory", {"draft": ""}).status_code for _ in range(30)]
    assert answers[0] == 422
    assert 429 in answers


def test_the_endpoint_answers_as_the_page_does(client):
    body = {"draft": TEXT}
    answer = client.post("/api/law/diff", body, content_type="application/json").json()
    law = drafted(EXAMPLE)
    assert [one["question"]["case_id"] for one in answer["differences"]] == [
        one.question.case_id for one in diff(law, lanes(first_day(law)))
    ]
    assert answer["asked"] == len(lanes(first_day(law)))
    wrong = client.post("/api/law/diff", {"draft": "[[rule]]\n"}, content_type="application/json")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/draft"
