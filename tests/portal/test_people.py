"""The administrator's page: organisations by act, accounts without, and nobody else inside."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from meguri.journal import services as journal
from meguri.kit.models import User
from meguri.kit.people import accounts
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(settings) -> Client:
    cache.clear()
    journal.ensure_node()
    client = Client(raise_request_exception=False)
    client.force_login(accounts.create_administrator("keeper", "a long and quiet afternoon"))
    return client


def admit(client: Client, **changed):
    sent = {
        "body-organisation": "penang-recovery",
        "body-names-en": "Penang Recovery",
        "body-names-ja": "ペナン・リカバリー",
        "body-economy": "MYS",
        "roles": ["dismantler"],
    }
    return client.post("/people/organisations", sent | changed)


def test_an_organisation_is_admitted_and_its_person_signs_in(administrator):
    assert admit(administrator).status_code == 302
    state = registry.organisation("organisation:penang-recovery")
    assert state.names["ja"] == "ペナン・リカバリー"
    made = administrator.post(
        "/people/accounts", {"username": "aisyah", "organisation": "organisation:penang-recovery"}
    )
    password = re.search(r"<code>([\w-]{20,})</code>", made.content.decode())
    assert password is not None
    assert "no-store" in made.headers["Cache-Control"]
    person = Client()
    assert person.post("/accounts/login/", {"login": "aisyah", "password": password.group(1)}).status_code == 302
    home = person.get("/")
    assert home.wsgi_request.reader.organisation == "organisation:penang-recovery"
    assert home.wsgi_request.reader.roles == ("dismantler",)
    assert person.get("/people").status_code == 404
    administrator.post("/people/accounts/aisyah/active", {"active": "no"})
    assert person.get("/").wsgi_request.reader.user is None
    administrator.post("/people/accounts/aisyah/active", {"active": "yes"})
    renewed = administrator.post("/people/accounts/aisyah/password").content.decode()
    assert password.group(1) not in renewed
    assert not User.objects.get(username="aisyah").check_password(password.group(1))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"body-organisation": "two words"}, "body-organisation"),
        ({"body-organisation": ""}, "body-organisation"),
        ({"body-organisation": "-5"}, "body-organisation"),
        ({"body-organisation": "organisation:other"}, "body-organisation"),
        ({"body-names-en": "N" * 201}, "body-names-en"),
        ({"body-economy": "XXX"}, "body-economy"),
        ({"body-names-en": " "}, "body-names-en"),
    ],
)
def test_what_is_wrong_is_named_and_what_was_written_is_kept(administrator, changed, field):
    answer = admit(administrator, **changed)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert f'href="#{field}"' in html
    assert 'value="ペナン・リカバリー"' in html
    assert re.search(r'value="dismantler" checked', html)


def test_an_authority_comes_from_the_law(administrator):
    assert administrator.post("/people/authorities", {"authority": "mys-doe"}).status_code == 302
    assert registry.organisation("organisation:mys-doe").authority == "mys-doe"
    assert administrator.post("/people/authorities", {"authority": "mys-nobody"}).status_code == 404


def test_a_person_needs_an_organisation_and_a_name_of_their_own(administrator):
    answer = administrator.post("/people/accounts", {"username": "aisyah", "organisation": ""})
    assert answer.status_code == 404
    assert 'href="#organisation"' in answer.content.decode()
    admit(administrator)
    sent = {"username": "keeper", "organisation": "organisation:penang-recovery"}
    assert administrator.post("/people/accounts", sent).status_code == 409
    assert User.objects.count() == 1


def test_an_administrator_cannot_close_their_own_account(administrator):
    assert administrator.post("/people/accounts/keeper/active", {"active": "no"}).status_code == 404
    assert User.objects.get(username="keeper").is_active


def test_anyone_is_led_to_the_sign_in():
    assert Client().get("/people").headers["Location"] == "/accounts/login/?next=%2Fpeople"


def test_an_email_that_is_none_makes_no_account(administrator):
    admit(administrator)
    sent = {"username": "aisyah", "organisation": "organisation:penang-recovery", "email": "not an address"}
    answer = administrator.post("/people/accounts", sent)
    assert answer.status_code == 422
    assert 'href="#email"' in answer.content.decode()
    assert not User.objects.filter(username="aisyah").exists()


def test_pages_of_somebody_are_asked_for_again(administrator):
    assert administrator.get("/").headers["Cache-Control"] == "private, no-cache"
    assert "Cache-Control" not in Client().get("/").headers
