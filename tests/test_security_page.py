"""docs/security.md names tests that are there; and what it says of cookies and tokens."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from conftest import REPOSITORY
from meguri.kit.models import Membership, User
from meguri.portal.routes import routes

PAGE = REPOSITORY / "docs" / "security.md"


def test_every_test_that_it_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    text = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests").rglob("test_*.py"))
    assert named - set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)) == set()
    assert len(named) > 30


def test_every_line_has_a_test_or_says_that_it_is_not_so():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [0-9–]", line)]
    assert len(rows) > 30
    for row in rows:
        assert re.search(r"`test_\w+`|\*\*not so\*\*: \w", row), row


@pytest.mark.django_db
def test_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites(settings):
    User.objects.create_user("mina", password="a long and quiet afternoon")
    client = Client()
    answer = client.post("/accounts/login/", {"login": "mina", "password": "a long and quiet afternoon"})
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert len(cookie.value) >= 32
    assert cookie.value not in answer.headers["Location"]
    assert cookie.value not in client.get("/").content.decode()


@pytest.mark.django_db
def test_no_form_is_taken_without_its_token(settings):
    settings.DEMONSTRATION = False
    user = User.objects.create_superuser("mina", password="x" * 20)
    Membership.objects.create(user=user, organisation="organisation:yard")
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    tried = 0
    for route in routes():
        if "POST" in route.methods and not route.path.startswith("/api/"):
            at = re.sub(r"<(pk|member|session|invitation|draft)>", "1", route.path)
            cache.clear()
            assert client.post(re.sub(r"<\w+>", "x", at), {}).status_code == 403, route.path
            tried += 1
    assert tried > 50
