"""The client in Python has every operation of the description, and sends what it says."""

from __future__ import annotations

import ast
import io
import json
import urllib.request
from email.message import Message
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from meguri.portal import cli
from meguri.systems import client

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


@pytest.fixture
def described(db):
    return Client().get("/api/openapi.json").json()


@pytest.fixture
def module(described):
    known: dict = {}
    exec(compile(client.source(described), "meguri_client.py", "exec"), known)
    return known


def test_the_command_prints_the_same(described, capsys):
    assert cli.main(["api", "describe", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == described
    assert cli.main(["api", "client"]) == 0
    assert capsys.readouterr().out == client.source(described)


def test_lines_are_short_and_each_operation_has_words(described):
    text = client.source(described)
    methods = {one.name: one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)}
    for does in described["paths"].values():
        for one in does.values():
            assert one["summary"].split()[0] in ast.get_docstring(methods[one["operationId"]])


def test_every_operation_is_sent_as_described(described, module, monkeypatch):
    """Each method, with something for each of its arguments: the address, the query and the body that are sent."""
    sent = []

    class Answer(io.BytesIO):
        headers = Message()

    def opened(request, timeout):
        sent.append(request)
        return Answer(b"{}")

    monkeypatch.setattr(urllib.request, "urlopen", opened)
    meguri = module["Meguri"]("https://node.example/", "mgr_x")
    tried = 0
    for path, does in described["paths"].items():
        for method, one in does.items():
            places = [p["name"] for p in one["parameters"] if p["in"] == "path"]
            asked = [p["name"] for p in one["parameters"] if p["in"] == "query"]
            body = [{"a": 1}] if "requestBody" in one else []
            given = {client.name_of(name): f"v {name}" for name in asked}
            getattr(meguri, one["operationId"])(*(f"a/b {name}" for name in places), *body, **given)
            request = sent[-1]
            address = urlsplit(request.full_url)
            expected = path
            for name in places:
                expected = expected.replace(f"{{{name}}}", f"a%2Fb%20{name}")
            assert (request.get_method(), address.path) == (method.upper(), expected)
            assert parse_qs(address.query) == {name: [f"v {name}"] for name in asked}
            assert request.data == (json.dumps(body[0]).encode() if body else None)
            assert request.get_header("Authorization") == "Bearer mgr_x"
            tried += 1
    assert tried > 40


def test_every_follows_cursors_to_the_end(module):
    pages = {None: {"items": [1, 2], "next": "a"}, "a": {"items": [], "next": "b"}, "b": {"items": [3], "next": None}}
    meguri = module["Meguri"]("https://node.example")
    assert list(meguri.every(lambda after=None, **_: pages[after], status="held")) == [1, 2, 3]
    feed = {None: {"items": [1], "next": "7", "more": True}, "7": {"items": [2], "next": "9", "more": False}}
    assert list(meguri.every(lambda after=None: feed[after])) == [1, 2]
