"""A token opens what its scopes say, to the organisation that it was made for, as long as it is good."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from meguri.kit.models import AccessNote, Membership, User
from meguri.kit.problems import MeguriError
from meguri.kit.web.requests import covering
from meguri.portal import cli
from meguri.registry import services as registry
from meguri.systems import tokens
from meguri.systems.models import AccessToken

from .conftest import EVERYTHING, OTHER, YARD, Caller

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


def test_the_secret_is_not_kept(house):
    row, text = tokens.make("klang-yard", "the warehouse", ["read"])
    assert tokens.WRITTEN.fullmatch(text)
    kept = json.dumps([str(value) for value in AccessToken.objects.filter(pk=row.pk).values_list().get()])
    assert text not in kept
    assert text.split("_", 2)[2] not in kept
    assert (row.organisation, row.scopes, tokens.state(row)) == (YARD, ["read"], "good")


def test_a_token_reads_for_its_organisation(house):
    answer = Caller(YARD).get("/api/token")
    assert answer.status_code == 200
    assert answer.json()["organisation"] == YARD
    assert answer.headers["Cache-Control"] == "private, no-store"


def expired(row):
    row.expires = timezone.now() - timedelta(seconds=1)
    row.save()


def closed(row):
    registry.close(row.organisation)


FAULTS = {
    "expired": (expired, "expired"),
    "revoked": (lambda row: tokens.withdraw(row.prefix), "revoked"),
    "of a closed organisation": (closed, "closed"),
    "forgotten": (lambda row: row.delete(), "unknown"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_that_is_not_good_opens_nothing(house, fault):
    row, text = tokens.make(YARD, "a test", EVERYTHING)
    caller = Caller(YARD, text=text)
    assert caller.get("/api/lots").status_code == 200
    spoil, code = FAULTS[fault]
    spoil(row)
    for method, address in (("GET", "/api/lots"), ("GET", "/api/organisations"), ("POST", "/api/drafts")):
        answer = caller(method, address)
        assert answer.status_code == 401, address
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith('Bearer error="')
        assert answer.json()["errors"][0]["code"] == code
    assert AccessNote.objects.get(kind="token").number == 3


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "bearer", "Basic a:b", "mgr_abcdefghij_", "Bearer mgr_abcdefghij", "Bearer  x y",
        "Bearer mgr_abcdefghij_" + "x" * 43, "Bearer " + "x" * 5000, "Token x", "Bearer é",
    ],
)  # fmt: skip
def test_a_malformed_header_is_a_problem(house, header):
    cache.clear()
    answer = Client(raise_request_exception=False).get("/api/lots", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["pointer"] == "/authorization"
    assert answer.json()["errors"][0]["code"] in ("header", "unknown")


def test_one_letter_changed_is_another_token(house):
    _, text = tokens.make(YARD, "a test", ["read"])
    for place in (5, 20, len(text) - 1):
        other = text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
        assert Caller(YARD, text=other).get("/api/lots").status_code == 401


def operations():
    """Every operation of the API: method, address, and the scope that a token needs for it."""
    paths = Client().get("/api/openapi.json").json()["paths"]
    for path, does in paths.items():
        for method, one in does.items():
            scopes = [scope for way in one.get("security", ()) for scope in way.get("token", ())]
            yield method.upper(), re.sub(r"{\w+}", "x", path), scopes[0] if scopes else ""


def test_a_scope_that_does_not_cover_is_named(house):
    """Every operation, with a token for every other scope."""
    callers = {scope: Caller(YARD, scope) for scope in covering.SCOPES}
    tried = 0
    for method, address, needed in operations():
        for scope, caller in callers.items():
            answer = caller(method, address, None if method == "GET" else {})
            if needed and scope != needed:
                assert answer.status_code == 403, (method, address, scope)
                assert answer.json()["errors"][0]["code"] == "scope"
                assert f"“{needed}”" in answer.json()["detail"]
                assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]
                tried += 1
            else:
                assert answer.status_code != 403, (method, address, scope)
    assert tried > 60


def test_what_writes_takes_no_session(house):
    user = User.objects.create_user("someone", password="x" * 20)
    Membership.objects.create(user=user, organisation=YARD)
    browser = Client()
    browser.force_login(user)
    assert browser.get("/api/lots").status_code == 200
    for method, address, needed in operations():
        if needed in ("draft", "sign", "hooks"):
            cache.clear()
            assert browser.generic(method, address, "{}", content_type="application/json").status_code == 401, address


def test_a_session_beside_a_token_counts_for_nothing(house):
    user = User.objects.create_user("someone", password="x" * 20)
    Membership.objects.create(user=user, organisation=OTHER)
    caller = Caller(YARD)
    caller.client.force_login(user)
    assert caller.get("/api/token").json()["organisation"] == YARD
    caller.text = "mgr_nothing"
    assert caller.get("/api/lots").status_code == 401


def test_a_token_opens_no_page(house):
    caller = Caller(YARD)
    for address in ("/lots/", "/cases/", "/systems/", "/people"):
        answer = caller.get(address)
        assert answer.status_code == 302, address
        assert "login" in answer.headers["Location"]
    assert not caller.client.cookies.get("sessionid")


def test_last_used_is_written_once_a_minute(house, django_assert_num_queries):
    row, text = tokens.make(YARD, "a test", ["read"])
    caller = Caller(YARD, text=text)
    caller.get("/api/token")
    row.refresh_from_db()
    first = row.used
    assert first is not None
    caller.get("/api/token")
    row.refresh_from_db()
    assert row.used == first
    AccessToken.objects.filter(pk=row.pk).update(used=first - timedelta(minutes=2))
    caller.get("/api/token")
    row.refresh_from_db()
    assert row.used > first - timedelta(minutes=1)


def test_limits_are_counted_by_the_token(house, monkeypatch):
    from meguri.kit.web.requests import limits

    seen = []
    monkeypatch.setattr(limits, "_counted", lambda name, most, seconds: seen.append(name) or 1)
    caller = Caller(YARD)
    caller.get("/api/lots")
    assert [f":token-{caller.text.split('_')[1]}:" in name for name in seen] == [True]
    Caller(YARD, text="wrong").get("/api/lots")
    assert "token-wrong:127.0.0.1" in seen[-1]


def test_who_tries_many_tokens_waits(house, monkeypatch):
    from meguri.kit.web.requests import limits

    monkeypatch.setattr(limits, "_counted", lambda name, most, seconds: most + 1)
    answer = Caller(YARD, text="wrong").get("/api/lots")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


WRONG = {
    "unknown organisation": (("nobody", "x", ["read"], 9), "/organisation"),
    "unknown scope": ((YARD, "x", ["rule"], 9), "/scopes"),
    "no scope": ((YARD, "x", [], 9), "/scopes"),
    "no purpose": ((YARD, " ", ["read"], 9), "/purpose"),
    "a long purpose": ((YARD, "x" * 201, ["read"], 9), "/purpose"),
    "no day": ((YARD, "x", ["read"], 0), "/days"),
    "too many days": ((YARD, "x", ["read"], 367), "/days"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_is_made_of_what_is_right(house, wrong):
    asked, pointer = WRONG[wrong]
    with pytest.raises(MeguriError) as refused:
        tokens.make(*asked)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert not AccessToken.objects.exists()


def test_tokens_by_command(house, capsys):
    # The tests' record was founded as a demonstration's, and commands open it in no other mode.
    house.DEMONSTRATION = True
    assert cli.main(["token", "new", "--organisation", "klang-yard", "--scope", "read", "--scope", "draft,sign"]) == 0
    text = capsys.readouterr().out.strip()
    assert Caller(YARD, text=text).get("/api/token").json()["scopes"] == ["read", "draft", "sign"]
    assert cli.main(["token", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "good"
    assert cli.main(["token", "revoke", told["prefix"]]) == 0
    assert Caller(YARD, text=text).get("/api/token").status_code == 401
    capsys.readouterr()
    assert cli.main(["token", "new", "--organisation", "nobody", "--scope", "read", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["pointer"] == "/organisation"
    assert cli.main(["token", "revoke", "nothing"]) == 2


def test_people_make_see_and_withdraw_tokens(house):
    user = User.objects.create_user("someone", password="x" * 20)
    Membership.objects.create(user=user, organisation=YARD)
    browser = Client()
    browser.force_login(user)
    foreign, _ = tokens.make(OTHER, "of others", ["read"])
    page = browser.post("/systems/tokens", {"purpose": "the warehouse", "scopes": ["read"], "days": "30"})
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    text = tokens.WRITTEN.search(page.content.decode())[0]
    assert Caller(YARD, text=text).get("/api/token").json()["purpose"] == "the warehouse"
    listed = browser.get("/systems/").content.decode()
    assert "the warehouse" in listed
    assert text not in listed
    assert "of others" not in listed
    assert browser.post(f"/systems/tokens/{foreign.prefix}/withdraw").status_code == 404
    assert browser.post(f"/systems/tokens/{text.split('_')[1]}/withdraw").status_code == 302
    assert Caller(YARD, text=text).get("/api/token").status_code == 401
    wrong = browser.post("/systems/tokens", {"purpose": "", "days": "9999"})
    assert wrong.status_code == 422
    assert Client().get("/systems/").status_code == 302
