"""Sign-ins and refusals of rights: what is noted of whom, who sees it, and that nobody can fill the disk with it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from meguri.kit.models import AccessNote, User
from meguri.kit.people import access, accounts

pytestmark = pytest.mark.django_db
PASSWORD = "her-own-password-1"


@pytest.fixture
def ann():
    user = User.objects.create_user("ann", "ann@example.org", PASSWORD)
    accounts.join(user, "organisation:ann")
    return user


def noted():
    return list(AccessNote.objects.order_by("id").values_list("kind", "account", "number", "route"))


def test_signing_in_and_out_and_not(ann):
    client = Client()
    for login in ("ann", "ANN@example.org", "nobody"):
        client.post("/accounts/login/", {"login": login, "password": "wrong"})
    client.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    client.post("/accounts/logout/")
    assert noted() == [
        ("failed", ann.pk, 2, "account_login"),
        ("failed", 0, 1, "account_login"),
        ("in", ann.pk, 1, "account_login"),
        ("out", ann.pk, 1, "account_logout"),
    ]


def test_refusals_of_rights(ann, settings):
    strict = Client(enforce_csrf_checks=True)
    strict.post("/accounts/login/", {"login": "ann", "password": PASSWORD})
    settings.METRICS_TOKEN = "x" * 16
    Client().get("/metrics")
    act = {
        "kind": "journal.enrol", "version": 1, "node": settings.NODE, "subjects": ["organisation:x"],
        "actor": "organisation:x", "key": "A" * 43, "nonce": "n", "claimed": "2026-01-01T00:00:00.000Z", "body": {},
    }  # fmt: skip
    answer = Client().post(
        "/api/acts", json.dumps({"act": act, "signature": {"jws": "a.b.c"}}), content_type="application/json"
    )
    assert answer.status_code == 422, answer.content
    client = Client()
    client.force_login(ann)
    AccessNote.objects.filter(kind="in").delete()
    assert client.get("/people").status_code in (403, 404)
    kinds = {(kind, account) for kind, account, *_ in noted()}
    assert ("form", 0) in kinds
    assert ("refused", 0) in kinds
    assert ("refused", ann.pk) in kinds


def test_a_key_that_nobody_enrolled(ann):
    from meguri.kit.problems import Problem, Refused
    from meguri.kit.web.requests import api

    for code, told in (("key-unknown", 1), ("signature", 1), ("schema", 0)):
        with access.noting() as found:
            api._meguri(None, Refused(Problem("x", "", code)))
        assert len(found) == told


def test_a_stranger_cannot_fill_the_disk(monkeypatch):
    monkeypatch.setattr(access, "STRANGERS_HOUR", 5)
    monkeypatch.setattr(access, "EACH_HOUR", 3)
    for number in range(40):
        access.write([access.Noted(access.NOT_SIGNED_IN)], 0, f"192.0.2.{number}", "account_login")
        access.write([access.Noted(access.REFUSED)], 7, f"192.0.2.{number}", f"route{number}")
    strangers = AccessNote.objects.filter(account=0)
    assert strangers.count() == 6
    assert sum(strangers.values_list("number", flat=True)) == 40
    assert strangers.get(place="").number == 35
    own = AccessNote.objects.filter(account=7)
    assert own.count() == 4
    assert sum(own.values_list("number", flat=True)) == 40
    monkeypatch.setattr(access, "STRANGERS_MOST", 2)
    access.forget()
    assert (strangers.count(), own.count()) == (2, 4)


def test_it_is_kept_so_many_days(settings):
    access.write([access.Noted(access.REFUSED)], 7, "192.0.2.1", "x")
    AccessNote.objects.update(last=AccessNote.objects.get().last - timedelta(days=91))
    access.write([access.Noted(access.REFUSED)], 8, "192.0.2.1", "x")
    access.forget()
    assert [account for _, account, *_ in noted()] == [8]


def test_an_address_is_a_hash_with_a_key(settings):
    access.write([access.Noted(access.REFUSED)], 7, "192.0.2.1", "x")
    place = AccessNote.objects.get().place
    assert len(place) == 16
    assert place == access.place_of("192.0.2.1") != access.place_of("192.0.2.2")
    settings.SECRET_KEY = "another"
    assert place != access.place_of("192.0.2.1")


def test_what_cannot_be_written_ends_no_request(monkeypatch, settings):
    from django.db import OperationalError

    def locked(*_):
        raise OperationalError("database is locked")

    settings.METRICS_TOKEN = "x" * 16
    monkeypatch.setattr(access, "_write", locked)
    assert Client().get("/metrics").status_code == 403


def test_who_sees_it(ann, capsys):
    from meguri.portal import cli

    other = User.objects.create_user("bob", "", PASSWORD)
    accounts.join(other, "organisation:bob")
    chief = accounts.create_administrator("chief", "a long pass-phrase 77")
    for user in (ann, other):
        access.write([access.Noted(access.SIGNED_IN)], user.pk, "192.0.2.1", "account_login")
    access.write([access.Noted(access.NOT_SIGNED_IN)], 0, "192.0.2.9", "account_login")
    assert Client().get("/people/access").status_code == 302

    def seen(user):
        client = Client()
        client.force_login(user)
        answer = client.get("/people/access")
        assert answer.status_code == 200
        return [(row.kind, row.name) for row in answer.context["rows"] if row.route == "account_login"]

    assert seen(ann) == [("in", "ann")]
    assert seen(other) == [("in", "bob")]
    assert seen(chief) == [("failed", ""), ("in", "bob"), ("in", "ann")]
    nobody = User.objects.create_user("cy", "", PASSWORD)
    client = Client()
    client.force_login(nobody)
    assert client.get("/people/access").status_code == 404
    capsys.readouterr()
    assert cli.main(["access-log", "--json", "--organisation", "organisation:bob"]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["kind"], line["account"], line["name"], line["number"]) == ("in", other.pk, "bob", 1)
    assert "192.0.2.1" not in json.dumps(line)


def test_its_pages_lose_nothing(ann, monkeypatch):
    from meguri.portal.web import access as page

    monkeypatch.setattr(page, "ROWS", 2)
    for number in range(5):
        access.write([access.Noted(access.REFUSED)], ann.pk, "192.0.2.1", f"route{number}")
    client = Client()
    client.force_login(ann)
    seen, address = [], "/people/access"
    while address:
        answer = client.get(address)
        seen += [row.route for row in answer.context["rows"]]
        older = answer.context["page"].older
        address = f"/people/access{older}" if older else ""
    assert seen == [f"route{number}" for number in (4, 3, 2, 1, 0)]
