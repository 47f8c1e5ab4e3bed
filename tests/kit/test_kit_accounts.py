"""Accounts, who reads, and links that are shared."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.cache.backends import locmem
from django.test import Client, RequestFactory
from django.utils import timezone

from meguri.kit.models import ShareLink, User
from meguri.kit.people import accounts, identity
from meguri.kit.people.identity import ANYONE, Described, OrganisationNeeded, Reader, SignInNeeded, need_party
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.kit.web.signing_in import share
from meguri.kit.words import Words

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet afternoon"


@pytest.fixture(autouse=True)
def no_limits_left_over(monkeypatch):
    """Counts do not end meanwhile, however busy the machine is."""
    cache.clear()
    monkeypatch.setattr(locmem, "time", SimpleNamespace(time=lambda: 1_700_000_000.0))
    yield
    cache.clear()


@pytest.fixture
def person() -> User:
    return User.objects.create_user("mina", password=PASSWORD)


def reader_of(client: Client) -> Reader:
    return client.get("/").wsgi_request.reader


def test_an_administrator_is_made_once_and_with_a_strong_password():
    made = accounts.create_administrator("keeper", PASSWORD)
    assert made.is_superuser
    assert made.check_password(PASSWORD)
    with pytest.raises(Conflict, match="Keeper"):
        accounts.create_administrator("Keeper", PASSWORD)
    with pytest.raises(Refused) as refused:
        accounts.create_administrator("two words", "short")
    assert {problem.pointer for problem in refused.value.problems} == {"/username", "/password"}
    assert User.objects.count() == 1


def test_signing_in_and_out(person):
    client = Client()
    assert not reader_of(client).known
    wrong = client.post("/accounts/login/", {"login": "mina", "password": "not it"})
    assert wrong.status_code == 200
    assert "error-summary" in wrong.content.decode()
    assert client.post("/accounts/login/", {"login": "mina", "password": PASSWORD}).status_code == 302
    assert reader_of(client).user == person
    client.post("/accounts/logout/")
    assert not reader_of(client).known


def test_nobody_signs_up():
    client = Client()
    fields = {"username": "new", "email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert "Nobody signs up" in client.post("/accounts/signup/", fields).content.decode()
    assert not User.objects.exists()


def test_guessing_passwords_is_slowed(person):
    client = Client(raise_request_exception=False)
    answers = [client.post("/accounts/login/", {"login": "mina", "password": f"{n}"}).status_code for n in range(35)]
    assert answers[-1] == 429


def guess(client, password, login="mina", address="192.0.2.1"):
    return client.post("/accounts/login/", {"login": login, "password": password}, REMOTE_ADDR=address)


def test_a_stranger_locks_nobody_out(person):
    """Whoever guesses waits longer and longer; the owner signs in from elsewhere, and from a device that is known."""
    owner = Client()
    assert guess(owner, PASSWORD, address="198.51.100.9").status_code == 302
    owner.post("/accounts/logout/")
    stranger = Client(raise_request_exception=False)
    answers = [guess(stranger, f"{n}") for n in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 7
    assert int(answers[-1].headers["Retry-After"]) > 60 >= int(answers[5].headers["Retry-After"])
    # Not even the right password helps whoever has to wait: it would tell that it is right.
    assert guess(Client(), PASSWORD).status_code == 429
    assert guess(Client(), PASSWORD, address="203.0.113.7").status_code == 302
    assert guess(owner, PASSWORD).status_code == 302


def test_a_name_and_an_address_are_one_account(person):
    User.objects.filter(pk=person.pk).update(email="mina@example.org")
    answers = [guess(Client(), "x", login=("mina", "MINA@example.org")[n % 2]).status_code for n in range(6)]
    assert answers == [200] * 5 + [429]


def test_one_address_guesses_at_many_accounts_only_so_often(person):
    for n in range(30):
        assert guess(Client(REMOTE_HOST="x"), "x", login=f"somebody-{n}").status_code == (200 if n < 30 else 429)
    assert guess(Client(), "x", login="somebody-else").status_code == 429
    assert guess(Client(), "x", login="somebody-else", address="203.0.113.7").status_code == 200


def test_right_passwords_do_not_add_up(person):
    for _ in range(12):
        client = Client()
        assert guess(client, PASSWORD).status_code == 302


def test_a_device_is_not_made_up(person):
    client = Client()
    client.cookies["meguri_device"] = "made:up:cookie"
    assert [guess(client, f"{n}").status_code for n in range(6)][-1] == 429
    client.cookies["meguri_device"] = "another:made:up"
    assert guess(client, PASSWORD).status_code == 429


def test_a_known_device_is_counted_too(person):
    client = Client()
    assert guess(client, PASSWORD).status_code == 302
    client.post("/accounts/logout/")
    assert [guess(client, f"{n}").status_code for n in range(6)] == [200] * 5 + [429]


def test_a_person_acts_for_one_of_their_organisations(person, monkeypatch):
    known = {"organisation:a": Described(Words("Alpha", "アルファ"), ("smelter",), "Asia/Tokyo")}
    monkeypatch.setattr(identity, "_describe", known.get)
    accounts.join(person, "organisation:a")
    accounts.join(person, "organisation:b")
    accounts.join(person, "organisation:b")
    client = Client()
    client.force_login(person)
    assert reader_of(client).organisation == "organisation:a"
    assert reader_of(client).roles == ("smelter",)
    assert reader_of(client).zone == "Asia/Tokyo"
    assert "Alpha" in client.get("/").content.decode()
    assert client.post("/act-for", {"organisation": "organisation:b"}).status_code == 302
    assert reader_of(client).organisation == "organisation:b"
    assert client.post("/act-for", {"organisation": "organisation:c"}).status_code == 404
    assert reader_of(client).organisation == "organisation:b"


def test_a_party_is_needed(person):
    request = RequestFactory().get("/")
    request.reader = ANYONE
    with pytest.raises(SignInNeeded):
        need_party(request)
    request.reader = identity.acting(person, None)
    with pytest.raises(OrganisationNeeded, match="administrator"):
        need_party(request)
    request.reader = ANYONE
    request.demonstration = object()
    with pytest.raises(OrganisationNeeded, match="role"):
        need_party(request)
    request.reader = Reader(organisation="organisation:a")
    assert need_party(request).organisation == "organisation:a"


def test_a_shared_link_opens_until_it_expires_or_is_withdrawn(person):
    request = RequestFactory().get("/")
    request.reader = identity.acting(person, "organisation:a")
    link = share.make("trace", "lot:ABC", request, days=2)
    assert len(link.token) >= 32
    assert share.open(link.token).subject == "lot:ABC"
    assert (share.open(link.token).made_by, share.open(link.token).made_for) == (person, "organisation:a")
    with pytest.raises(NotFound):
        share.open(link.token, scope="case")
    with pytest.raises(NotFound):
        share.open("somebody-guessed-this-token-here")
    share.withdraw(link.token, link.scope, link.made_for)
    with pytest.raises(NotFound):
        share.open(link.token)
    late = share.make("trace", "lot:ABC", request, days=1)
    ShareLink.objects.filter(pk=late.pk).update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotFound):
        share.open(late.token)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_link_lives_for_ever(days):
    with pytest.raises(Refused, match="lives for 1 to 366 days"):
        share.make("trace", "lot:ABC", RequestFactory().get("/"), days=days)
