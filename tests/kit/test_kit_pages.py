"""Every page's frame: problems, sizes, languages, and nothing inline that the content policy would block."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from django.test import Client, override_settings

from meguri.kit.problems import Problem, Refused
from meguri.kit.words import Words

pytestmark = pytest.mark.django_db
SHOWCASE = override_settings(ROOT_URLCONF="kit_showcase")


@pytest.fixture
def anyone() -> Client:
    return Client(raise_request_exception=False)


class Inline(HTMLParser):
    """Collects what a strict content policy refuses: inline scripts, styles and handlers; and doubled ids.

    A block of JSON is no script: the browser does not run it, and the policy lets it stand.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        data = given.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in given and not data):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith("on")]
        if "id" in given:
            self.ids.append(given["id"])


@SHOWCASE
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "address", ["/", "/showcase", "/next", "/about/confidence", "/accounts/login/", "/nothing-here"]
)
def test_no_inline_script_or_style_and_no_id_twice(anyone, address, language):
    html = anyone.get(address, headers={"accept-language": language}).content.decode()
    page = Inline()
    page.feed(html)
    assert page.found == []
    assert sorted(set(page.ids)) == sorted(page.ids)
    assert f'<html lang="{language}">' in html
    assert html.count("<h1>") == 1


def test_the_content_policy_is_sent(anyone):
    assert "default-src 'self'" in anyone.get("/").headers["Content-Security-Policy"]


@SHOWCASE
def test_a_refusal_is_a_page_for_people(anyone):
    response = anyone.get("/refuse", headers={"accept-language": "ja"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "入力内容を確認してください" in html
    assert "-3 kg とすることはできません" in html
    assert "Traceback" not in html


@SHOWCASE
def test_a_refusal_is_a_problem_document_for_machines(anyone):
    response = anyone.get("/refuse", headers={"accept": "application/json"})
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert document["status"] == 422
    assert document["errors"] == [
        {"pointer": "/mass_kg", "code": "mass", "detail": "A mass cannot be -3 kg. Write zero or more."}
    ]


def test_an_unknown_address_says_so_without_telling_why(anyone):
    response = anyone.get("/no/such/page")
    assert response.status_code == 404
    assert "/no/such/page" in response.content.decode()
    api = anyone.get("/api/no-such-door")
    assert api.status_code == 404
    assert api.headers["Content-Type"] == "application/problem+json"


@SHOWCASE
def test_our_own_failure_is_a_page_without_a_stack(anyone):
    response = anyone.get("/fail", headers={"accept-language": "en"})
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert "ZeroDivisionError" not in html


@pytest.mark.parametrize("address", ["/", "/api/anything", "/accounts/login/"])
def test_a_large_body_is_refused_before_it_is_read(anyone, address):
    class Unreadable:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

        def close(self):
            pass

    response = anyone.generic(
        "POST", address, b"", content_type="application/octet-stream", CONTENT_LENGTH=str(50 * 1024 * 1024),
        **{"wsgi.input": Unreadable()},
    )  # fmt: skip
    assert response.status_code == 413
    text = response.content.decode()
    assert "50.0 MB" in text
    assert ("problem+json" in response.headers["Content-Type"]) == address.startswith("/api/")


def test_a_body_just_within_the_limit_is_not_too_large(anyone, settings):
    body = b"x" * 1000
    settings.BODY_SIZE_MOST = 1000
    assert anyone.generic("POST", "/api/none", body).status_code == 404
    settings.BODY_SIZE_MOST = 999
    assert anyone.generic("POST", "/api/none", body).status_code == 413


def test_a_body_in_chunks_must_say_its_length(anyone):
    response = anyone.generic("POST", "/", b"", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411


def test_the_language_is_asked_for_then_remembered_then_guessed(anyone):
    assert '<html lang="en">' in anyone.get("/").content.decode()
    assert '<html lang="ja">' in anyone.get("/", headers={"accept-language": "ja,en;q=0.5"}).content.decode()
    asked = anyone.get("/?lang=ja")
    assert '<html lang="ja">' in asked.content.decode()
    assert '<html lang="ja">' in anyone.get("/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="ja">' in anyone.get("/?lang=xx").content.decode()
    back = anyone.post("/language", {"lang": "en", "next": "https://elsewhere.example/"})
    assert back.headers["Location"] == "/"
    assert '<html lang="en">' in anyone.get("/").content.decode()


def test_the_language_switch_keeps_the_question(anyone):
    html = anyone.get("/next?origin_port=MYPKG&destination_port=JPTYO").content.decode()
    assert 'href="?origin_port=MYPKG&amp;destination_port=JPTYO&amp;lang=ja"' in html


@SHOWCASE
def test_an_error_in_a_form_leads_to_its_field(anyone):
    html = anyone.get("/showcase", headers={"accept-language": "en"}).content.decode()
    assert '<a href="#mass_kg">11 953,1 kg is no mass; write a decimal point.</a>' in html
    field = re.search(r'<input[^>]*id="mass_kg"[^>]*>', html)
    assert field is not None
    assert 'aria-describedby="mass_kg-hint mass_kg-error"' in field.group(0)
    assert 'aria-invalid="true"' in field.group(0)
    select = re.search(r"<select[^>]*>", html)
    assert select is not None
    assert 'aria-describedby="stream-hint stream-error"' in select.group(0)


@SHOWCASE
def test_a_known_term_explains_itself_and_an_unknown_one_is_plain(anyone):
    html = anyone.get("/showcase", headers={"accept-language": "en"}).content.decode()
    term = re.search(r'<button[^>]*class="term" popovertarget="(\w+)"[^>]*>Y49</button>', html)
    assert term is not None
    assert f'popover id="{term.group(1)}"' in html
    assert re.search(r"and unheard\.", html)


def test_health_and_robots_and_the_old_favicon(anyone):
    assert anyone.get("/healthz").json() == {"status": "ok"}
    assert "Disallow: /share/" in anyone.get("/robots.txt").content.decode()
    assert re.search(r"/img/favicon\.[0-9a-f]{12}\.svg$", anyone.get("/favicon.ico").headers["Location"])


def test_a_problem_is_translated_before_it_is_filled():
    error = Refused(Problem("{name} is no importer. Choose an organisation that has the role.", params={"name": "X"}))
    assert error.to_json("ja")["errors"][0]["detail"].startswith("X")
    assert error.to_json("ja")["errors"] != error.to_json("en")["errors"]
    named = Problem("{what} belongs to {who}.", params={"what": Words("departure"), "who": "X"})
    assert "出荷" in named.say("ja")
    assert "departure" in named.say("en")


@pytest.mark.parametrize("address", ["/find?what=a%00b", "/organisations/?role=%00"])
def test_the_character_that_no_text_has_is_refused_by_field(anyone, address):
    response = anyone.get(address)
    assert response.status_code == 422
    assert "U+0000" in response.content.decode()
    assert anyone.get("/organisations/a%00b").status_code == 404


def test_a_form_in_parts_reaches_the_api_unread(anyone):
    response = anyone.post("/api/acts", {"act": "x"})
    assert response.status_code == 422
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem(anyone):
    told = anyone.delete("/api/checkpoint", headers={"accept-language": "ja"})
    assert told.status_code == 405
    assert told.headers["Content-Type"] == "application/problem+json"
    assert told.headers["Allow"] == "GET"
    assert "DELETE" in told.json()["detail"]
    page = anyone.get("/language")
    assert page.status_code == 405
    assert "POST" in page.content.decode()
