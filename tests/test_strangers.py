"""Whatever a stranger sends to whatever address, the answer is for people: refused, or taken, and never broken off.

Addresses are found from the URL configuration and the API, field names from the pages' own code, so that a new form or
endpoint is among them by itself. Each address is sent `OF_BODIES` of the bodies, others in turn (`dealing`); with
`--whole` all of them.
"""

from __future__ import annotations

import ast
import json
import re
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from conftest import REPOSITORY
from meguri.kit.models import Membership, User
from meguri.kit.work import jobs
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside, pytest.mark.both]
SOURCE = REPOSITORY / "src" / "meguri"
GET_LIKE = {"get", "getlist", "pop"}
READERS = {"text", "day", "day_or_none", "whole", "name", "lines"}
OF_BODIES = 2
N = 100_000
LONG = "x" * (6 * 2**20)
DOTTED = ".".join(["a"] * (N // 2)) + " = 1"
DEEP = "[" * N + "]" * N


def addresses(patterns=None, route=""):
    """Every address of the project, with something in the place of its parameters."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        at = route + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, at)
        elif isinstance(pattern, URLPattern):
            yield "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "x", at)


def fields() -> list[str]:
    """Every name by which the code of the pages asks a form for something."""
    found = {"login", "password", "remember", "next", "password1", "password2", "oldpassword"}
    for file in SOURCE.glob("*/web/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                if node.func.attr in GET_LIKE:
                    found |= _text(node.args[0])
                elif node.func.attr in READERS and len(node.args) > 1:
                    found |= _text(node.args[1])
            elif isinstance(node, ast.Subscript):
                found |= _text(node.slice)
    return sorted(found)


def _text(node) -> set[str]:
    fits = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return {node.value} if fits and re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", node.value) else set()


FIELDS = fields()
VALUES = {
    "nothing": "",
    "dotted keys": DOTTED,
    "deep": DEEP,
    "a number without end": "9" * 5_000,
    "a great exponent": "1e999999",
    "not a number": "NaN",
    "no such day": "9999-99-99",
    "far instants": "0001-01-01T00:00:00+23:59",
    "the character nul": "a\0b",
    "half a character": "a\ud800b".encode("utf-8", "surrogatepass"),
    "bytes": b"\xff\xfe\x00\xd8",
    "breaks": "\r\n" * 100 + "\u2028",
    "braces": "{0.__class__} %(x)s %s {} \N{RIGHT-TO-LEFT OVERRIDE}",
    "a path": "../../../../etc/passwd",
    "digits of others": "٣٤²",
}
JSONS = {
    "deep": DEEP.encode(),
    "deep objects": b'{"a":' * N + b"1" + b"}" * N,
    "many": b"[" + b"[]," * 400_000 + b"1]",
    "a number without end": b"9" * 50_000,
    "a great exponent": b'{"draft": 1e999999}',
    "not a number": b'{"draft": NaN}',
    "bad bytes": b'{"draft": "\xff\xfe"}',
    "half a character": b'{"draft": "\\ud800"}',
    "nul": b'{"draft": "a\\u0000b"}',
    "cut": b'{"draft": "',
    "nothing": b"",
    "a text": b'"x"',
    "none": b"null",
    "dotted keys": json.dumps({"draft": DOTTED}).encode(),
    "a table of tables": json.dumps({"draft": "[a]\n" + "[[a.b]]\n" * 10_000}).encode(),
    "twice": b'{"draft": "", "draft": ""}',
    "movements": json.dumps({"draft": "x = 1", "movements": [{}] * 2000}).encode(),
}


def test_the_walk_meets_what_is_there():
    found = set(addresses())
    assert len(found) > 120
    assert {"/api/acts", "/api/law/diff", "/law/laboratory", "/plan/new", "/accounts/login/", "/jobs/x/cancel"} <= found
    assert len(FIELDS) > 60
    assert {"draft", "mass_kg", "cancel"} & set(FIELDS) or "draft" in FIELDS


@pytest.fixture
def strangers(settings, monkeypatch, tmp_path):
    """Clients: nobody, and one who acts for an organisation; no long work really begins."""
    settings.DATA = tmp_path
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    settings.DEMONSTRATION = False
    user = User.objects.create_superuser("somebody", password="x" * 20)
    Membership.objects.create(user=user, organisation="organisation:penang-recovery")
    member = Client(raise_request_exception=False)
    member.force_login(user)
    yield {"nobody": Client(raise_request_exception=False), "a member": member}
    use_clock(None)


def send(client, address, **given):
    cache.clear()
    if isinstance(given["data"], bytes):
        return client.generic("POST", address, **given).status_code
    return client.post(address, **given).status_code


def own_addresses(deal, only=""):
    """The addresses that this pass sends something to."""
    return [address for address in sorted(set(addresses())) if address.startswith(only) and deal.mine(address)]


def broken(clients, bodies, deal, only=""):
    """Who was answered with a fault of ours, where, and by what. Of the bodies, none is left out everywhere."""
    found, left, takers = [], set(bodies), 0
    for address in own_addresses(deal, only):
        for who, client in clients.items():
            if send(client, address, data={}) == 405:
                continue
            for what in deal.some(bodies, OF_BODIES, takers):
                left.discard(what)
                status = send(client, address, **bodies[what])
                if status >= 500:
                    found.append((address, who, what, status))
            takers += 1
    assert not left or only, left
    return found


def urlencoded(values, turned=0) -> str:
    """A form with every field; several values are dealt out over the fields, turned so far."""
    return "&".join(f"{name}={quote(values[(n + turned) % len(values)])}" for n, name in enumerate(FIELDS))


FORM = "application/x-www-form-urlencoded"


def test_no_form_breaks_by_its_fields(strangers, deal):
    short = {what: value for what, value in VALUES.items() if len(value) < N}
    bodies = {what: {"data": urlencoded([value]), "content_type": FORM} for what, value in short.items()}
    assert broken({"a member": strangers["a member"]}, bodies, deal) == []


def test_no_form_breaks_by_fields_of_several_sorts(strangers, deal):
    """What is right in some fields, and wrong in others, comes further."""
    values = ["1", "MYS", "2026-01-01", "circuit-boards", "", "9" * 4_301, "1e999999", "a\0b", "R4", "x" * 200]
    bodies = {f"turned {n}": {"data": urlencoded(values, n), "content_type": FORM} for n in range(len(values))}
    assert broken(strangers, bodies, deal) == []


def test_no_address_breaks_by_a_body(strangers, deal):
    """Bodies that are no form, too large a form, too many fields, and files where none are expected."""
    bodies = {
        "a long field": {"data": dict.fromkeys(("draft", "text", "reason"), LONG)},
        "many fields": {"data": "&".join(f"f{n}=1" for n in range(10_000)), "content_type": FORM},
        "one field often": {"data": "&".join("lot=1" for n in range(900)), "content_type": FORM},
        "dotted keys": {"data": {"draft": DOTTED, "movements": "x"}},
        "deep": {"data": {"draft": "a = " + DEEP, "demand": DEEP, "lanes": DEEP}},
        "many files": {"data": {f"f{n}": SimpleUploadedFile("a.csv", b"x") for n in range(150)}},
        "bytes as files": {"data": {name: SimpleUploadedFile("a\0.csv", b"\xff\0" * 99) for name in FIELDS[:90]}},
        "no boundary": {"data": b"--x\r\n", "content_type": "multipart/form-data"},
        "half a part": {
            "data": b'--x\r\nContent-Disposition: form-data; name="a"',
            "content_type": "multipart/form-data; boundary=x",
        },
        "no such type": {"data": b"\xff" * 100, "content_type": "text/\xff; charset=no-such"},
        "no such charset": {"data": b"draft=%ff", "content_type": FORM + "; charset=no-such"},
        "utf-16": {"data": "draft=x".encode("utf-16"), "content_type": FORM + "; charset=utf-16"},
        "json": {"data": b"{}", "content_type": "application/json"},
    }
    assert broken(strangers, bodies, deal) == []


def test_no_endpoint_breaks_by_json(strangers, deal):
    bodies = {what: {"data": given, "content_type": "application/json"} for what, given in JSONS.items()}
    assert broken({"nobody": strangers["nobody"]}, bodies, deal, "/api/") == []
    for address in ("/api/acts", "/api/law/diff"):
        for given in bodies.values():
            assert 400 <= send(strangers["nobody"], address, **given) < 500


def test_no_address_breaks_by_its_query(strangers, deal):
    """Every page and endpoint, with every name that any of them asks for; the values are dealt out over the names."""
    values = [value[:60] for value in VALUES.values()]
    found = []
    for n, address in enumerate(own_addresses(deal)):
        for turned in deal.some((n, n + 7), 1, n):
            cache.clear()
            answer = strangers["a member"].get(f"{address}?{urlencoded(values, turned)}")
            if answer.status_code >= 500 and address != "/readyz":
                found.append((address, turned, answer.status_code))
    assert found == []
