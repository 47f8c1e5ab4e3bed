"""The API's frame: problems with pointers into what was sent, and limits on its doors."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import path
from ninja import Schema
from pydantic import Field

from meguri.kit.people import policy
from meguri.kit.people.policy import AccessRule, Need
from meguri.kit.problems import NotFound, Problem
from meguri.kit.web.requests.api import make, pointer
from meguri.kit.web.requests.limits import limit


class Item(Schema):
    mass_g: int = Field(ge=0)
    stream: Literal["boards", "cable"]


class Load(Schema):
    on: date
    items: list[Item]


api = make()
api.urls_namespace = "frame"


@api.post("/loads")
def load(request: HttpRequest, sent: Load) -> dict[str, int]:
    return {"grams": sum(item.mass_g for item in sent.items)}


@api.get("/loads/{number}")
def one(request: HttpRequest, number: int, lang: str | None = None) -> dict[str, int]:
    raise NotFound(Problem("There is no load {number}.", "/number", "absent", {"number": number}))


@api.get("/limited")
@limit("frame", "3/m")
def limited(request: HttpRequest, name: str) -> dict[str, str]:
    return {"name": name}


urlpatterns = [path("api/", api.urls)]
OPEN = AccessRule(read=Need.OPEN, do=Need.OPEN)
PATHS = ("/api/loads", "/api/loads/<number>", "/api/limited", "/api/openapi.json")
pytestmark = [pytest.mark.django_db]


@pytest.fixture
def client(monkeypatch):
    cache.clear()
    monkeypatch.setattr(policy, "_rules", dict.fromkeys(PATHS, OPEN))
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


def test_what_fits_goes_through(client):
    sent = {"on": "2025-10-01", "items": [{"mass_g": 5, "stream": "boards"}]}
    assert client.post("/api/loads", sent, content_type="application/json").json() == {"grams": 5}


def test_every_error_names_its_place_and_what_would_be_right(client):
    sent = {"on": "soon", "items": [{"mass_g": -1, "stream": "boards"}, {"stream": "glass"}]}
    answer = client.post("/api/loads", sent, content_type="application/json")
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    errors = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert set(errors) == {"/on", "/items/0/mass_g", "/items/1/mass_g", "/items/1/stream"}
    assert "2025-10-01" in errors["/on"]
    assert "at least 0" in errors["/items/0/mass_g"]
    assert "'boards' or 'cable'" in errors["/items/1/stream"]
    assert errors["/items/1/mass_g"] == "This is missing. Send it."


def test_errors_speak_japanese(client):
    answer = client.post("/api/loads", "{}", content_type="application/json", headers={"accept-language": "ja"})
    assert {error["detail"] for error in answer.json()["errors"]} == {"必須の項目がありません。指定してください。"}


@pytest.mark.parametrize("body", ["", "{", "\x00", "[1, 2"])
def test_a_body_that_is_no_json_is_a_problem(client, body):
    answer = client.post("/api/loads", body, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_refusal_of_ours_keeps_its_status_and_pointer(client):
    answer = client.get("/api/loads/7")
    assert answer.status_code == 404
    assert answer.json()["errors"] == [{"pointer": "/number", "code": "absent", "detail": "There is no load 7."}]
    assert client.get("/api/loads/seven").json()["errors"][0]["pointer"] == "/number"


def test_a_door_closes_for_a_caller_who_asks_too_often(client):
    answers = [client.get("/api/limited?name=x") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert client.get("/api/limited?name=x", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_a_caller_cannot_hide_behind_a_header_of_its_own(client):
    for n in range(3):
        client.get("/api/limited?name=x", headers={"x-forwarded-for": f"192.0.2.{n}"})
    assert client.get("/api/limited?name=x", headers={"x-forwarded-for": "192.0.2.9"}).status_code == 429


def test_the_description_is_public(client):
    assert "/api/loads" in client.get("/api/openapi.json").json()["paths"]


def test_pointers_are_escaped():
    assert pointer(("body", "sent", "a/b", "c~d", 0)) == "/a~1b/c~0d/0"
    assert pointer(("query", "from")) == "/from"
    assert pointer(("body", "sent")) == ""
