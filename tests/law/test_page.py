"""The page and the endpoint: the address is the question, in both languages, with what is wrong at its field."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.html import escape

from meguri.kit.words import active, speaking
from meguri.law import if_instead, matrix, verdict
from meguri.law.body.packs import Law
from meguri.law.web import form_and_answer
from meguri.law.web.asking import query_of, question_of
from meguri.portal import cli

BOARDS = (
    "from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01&via=SGP"
    "&fact=hazardous%3Dunknown&fact=importer_certified%3Dtrue&fact=recycler_certified%3Dtrue"
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


def page(client: Client, query: str = "", language: str = "en") -> str:
    response = client.get(f"/may-it-move?{query}&lang={language}")
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_page_offers_questions(client):
    html = page(client)
    assert "Questions to begin with" in html
    assert html.count("/may-it-move?from=") >= 5


def test_the_answer_in_english(client):
    html = page(client, BOARDS)
    for said in ("Allowed with prior consent", "Basel Art 6(4)", "DOE (Malaysia)", "NEA (Singapore)", "MOEJ (Japan)"):
        assert said in html
    assert "This is a decision aid" in html
    assert 'href="/cases/new?from=MYS' in html


def test_the_answer_in_japanese(client):
    html = page(client, BOARDS, "ja")
    for said in (
        "動かせますか",
        "事前の通告・同意を要します",
        "環境局（マレーシア）",
        "輸入移動書類",
        "これは判断の参考です",
    ):
        assert said in html


def test_what_is_prohibited_offers_no_notification(client):
    html = page(client, "from=USA&to=MYS&stream=circuit-boards&operation=R4&on=2025-02-01&fact=hazardous%3Dfalse")
    assert "Prohibited" in html
    assert "/cases/new" not in html


def test_each_alternative_is_one_click_to_its_own_answer(client):
    html = page(client, BOARDS)
    links = re.findall(
        r'href="/may-it-move\?(from=MYS[^"]+)"', html.split('id="instead-title"')[1].split("</section>")[0]
    )
    question = question_of(client.get(f"/may-it-move?{BOARDS}").wsgi_request.GET)
    assert len(links) == len([a for a in if_instead(question) if a.question.origin == "MYS"]) > 2
    assert "Questions to begin with" not in page(client, links[0].replace("&amp;", "&"))


def test_a_question_survives_its_address(client):
    question = question_of(client.get(f"/may-it-move?{BOARDS}").wsgi_request.GET)
    again = question_of(client.get(f"/may-it-move?{query_of(question)}").wsgi_request.GET)
    assert again == question
    assert query_of(again) == query_of(question)


def test_what_is_wrong_is_said_at_its_field_and_the_form_stays(client):
    response = client.get("/may-it-move?from=MYX&to=JPN&stream=circuit-boards&on=2040-01-01&lang=en")
    html = response.content.decode()
    assert response.status_code == 422
    assert 'href="#from"' in html
    assert 'href="#on"' in html
    assert 'id="from"' in html
    assert 'value="JPN" selected' in html
    assert "2031-12-31" in html


@pytest.mark.parametrize("bad", ["from=<script>alert(1)</script>&to=JPN&stream=x", "from=MYS&to=JPN&stream=%00&fact=a"])
def test_markup_in_an_address_is_not_run(client, bad):
    response = client.get(f"/may-it-move?{bad}")
    assert response.status_code == 422
    assert b"<script>alert" not in response.content


def test_the_endpoint_answers_as_the_command_does(client):
    answer = client.get(f"/api/verdict?{BOARDS}").json()
    assert answer["verdict"] == "allowed_pic"
    assert answer["procedures"] == ["BASEL/PIC", "JPN/IMPORT_CERTIFIED"]
    assert answer["question"]["via"] == ["SGP"]


def test_the_endpoint_says_what_is_wrong_as_a_problem(client):
    response = client.get(
        "/api/verdict?from=USA&to=JPN&stream=circuit-bords&on=2025-02-15", headers={"accept-language": "ja"}
    )
    assert response.status_code == 422
    assert response["content-type"].startswith("application/problem+json")
    problem = json.loads(response.content)
    assert problem["errors"][0]["pointer"] == "/stream"
    assert "circuit-boards" in problem["errors"][0]["detail"]
    assert "ではありませんか" in problem["errors"][0]["detail"]


def test_the_description_names_the_endpoint(client):
    described = client.get("/api/openapi.json").json()
    names = {parameter["name"] for parameter in described["paths"]["/api/verdict"]["get"]["parameters"]}
    assert {"from", "to", "stream", "operation", "on", "via", "code", "fact"} == names


def test_alternatives_say_what_differs_and_a_transit_names_its_authority(client):
    html = page(client, BOARDS.replace("&via=SGP", ""))
    section = html.split('id="instead-title"')[1].split("</section>")[0]
    assert "the same answer" not in section
    singapore = section.split("via Singapore")[1].split("</li>")[0]
    assert "Asked as well:" in singapore
    assert "NEA (Singapore): transit" in singapore


def test_how_long_a_certificate_holds_is_no_deadline(client):
    html = page(client, BOARDS)
    papers = html.split('id="papers-title"')[1].split("</section>")[0]
    clocks = html.split('id="clocks-title"')[1].split("</section>")[0]
    assert "5 years" in papers
    assert "5 years" not in clocks
    assert "60 days" in clocks


def test_an_answer_can_be_skipped_to_and_names_its_own_address_on_paper(client):
    html = page(client, BOARDS)
    assert 'href="#answer"' in html
    assert 'id="answer"' in html
    assert "This answer: http://127.0.0.1/may-it-move?from=MYS" in html
    assert 'href="#answer"' not in page(client)


def test_what_is_prohibited_says_what_would_make_it_lawful(client):
    query = "from=USA&to=MYS&stream=circuit-boards&operation=R4&on=2025-02-01&fact=hazardous%3Dfalse"
    section = page(client, query).split('id="remedies-title"')[1].split("</section>")[0]
    links = re.findall(r'href="/may-it-move\?([^"]+)"', section)
    assert len(links) >= 2
    for link in links:
        then = client.get(f"/api/verdict?{link.replace('&amp;', '&')}").json()
        assert then["verdict"].startswith("allowed")
        assert then["question"]["facts"]["hazardous"] is False
    assert 'id="remedies-title"' not in page(client, BOARDS)


def choices(html: str, name: str) -> tuple[list[str], list[str]]:
    """Values of a select, and those that are marked as taken."""
    inside = re.search(rf'<select\b[^>]* id="{name}".*?</select>', html, re.DOTALL)[0]
    return re.findall(r'<option value="([^"]*)"', inside), re.findall(r'<option value="([^"]*)" selected>', inside)


def test_each_list_marks_what_its_own_question_takes(client):
    for language in ("en", "ja", "en"):
        html = page(client, BOARDS, language)
        assert ("マレーシア" in html) is (language == "ja")
        for name, taken in (
            ("stream", ["circuit-boards"]),
            ("from", ["MYS"]),
            ("to", ["JPN"]),
            ("operation", ["R4"]),
            ("via-0", ["SGP"]),
            ("via-1", []),
        ):
            values, marked = choices(html, name)
            assert marked == taken, name
            assert len(values) == len(set(values)) > 15
    assert choices(page(client), "to")[1] == []


@pytest.mark.parametrize("written", ["XXX", 'JPN">', "JPN</option><script>", "JP"])
def test_a_value_that_no_list_has_marks_nothing_and_writes_nothing(client, written):
    html = client.get("/may-it-move", {"from": written, "stream": written}).content.decode()
    assert choices(html, "from") == (choices(page(client), "from")[0], [])
    assert "<script>" not in html.partition("</head>")[2].partition("<footer")[0]


def test_lists_are_rendered_once_for_a_language_and_a_law(client, monkeypatch):
    rendered = []
    real = form_and_answer.render_to_string
    monkeypatch.setattr(form_and_answer, "render_to_string", lambda *given: rendered.append(active()) or real(*given))
    form_and_answer._rendered.cache_clear()
    for language in ("en", "ja", "ja", "en"):
        page(client, BOARDS, language)
    assert rendered == ["en"] * 3 + ["ja"] * 3
    other = replace(Law.load(), digest="another")
    monkeypatch.setattr(Law, "load", classmethod(lambda cls: other))
    with speaking("en"):
        assert form_and_answer.economies("JPN").count("selected") == 1
    assert len(rendered) == 7
    form_and_answer._rendered.cache_clear()


LANES = (
    "from=SGP&to=KHM&stream=computers&on=2026-10-01&fact=purpose%3Dreuse&fact=function_tested%3Dtrue"
    "&fact=test_record%3Dtrue&fact=packed%3Dtrue&fact=invoice%3Dtrue",
    "from=JPN&to=MYS&stream=copper-granules&operation=R4&on=2026-10-01",
    "from=NZL&to=JPN&stream=circuit-boards&operation=R4&on=2025-08-01&fact=hazardous%3Dfalse",
    "from=ITA&to=JPN&stream=plastics-from-e-waste&operation=R3&on=2026-09-15&fact=hazardous%3Dfalse"
    "&fact=purity_high%3Dtrue",
    "from=JPN&to=THA&stream=mixed-household-e-waste&operation=R4&on=2025-09-01&fact=hazardous%3Dtrue",
)


@pytest.mark.parametrize("query", LANES)
def test_the_page_the_api_the_matrix_and_the_single_verdict_are_one(client, query):
    question = question_of(QueryDict(query))
    answer = verdict(question)
    told = client.get(f"/api/verdict?{query}").json()
    assert {name: told[name] for name in ("verdict", "status", "procedures", "headline", "unread")} == {
        name: answer.to_json()[name] for name in ("verdict", "status", "procedures", "headline", "unread")
    }
    html = client.get(f"/may-it-move?{query}&lang=en").content.decode()
    title = html.partition('id="answer-title"')[2].partition("</h2>")[0]
    assert escape(answer.headline.en) in title
    world = matrix(
        (question.origin, question.destination), (question.stream,), (question.on,), question.operation, question.facts
    )
    cell = world.cell(question.origin, question.destination, question.stream, question.on)
    assert (cell.verdict, cell.status, cell.procedures) == (answer.verdict, answer.status, answer.procedures)


def test_a_contradiction_is_said_on_the_page_and_in_a_batch(client, tmp_path, capsys):
    query = "from=SGP&to=JPN&stream=mobile-phones&operation=R4&on=2026-10-01&fact=purpose%3Dreuse"
    html = client.get(f"/may-it-move?{query}&lang=en").content.decode()
    assert "R4 is an operation on waste" in html
    file = tmp_path / "rows.csv"
    file.write_text("on,stream,origin,destination,operation,facts\n2026-10-01,mobile-phones,SGP,JPN,R4,purpose=reuse\n")
    assert cli.main(["verdict", "--batch", str(file)]) == 1
    line = json.loads(capsys.readouterr().out)
    assert line["verdict"] is None
    assert line["problems"][0]["code"] == "contradiction"
