"""Mail to people: what each wished, each line once, in their language, with links and without what is confidential."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from meguri.kit.people import accounts
from meguri.kit.problems import Refused
from meguri.kit.running import readiness
from meguri.kit.web import inbox
from meguri.kit.words import Words
from meguri.portal import environment
from meguri.portal.mailing import sending, wishes
from meguri.portal.models import MailWish
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
PASSWORD = "a long sentence to begin with"
YARD, OTHER = "organisation:yard", "organisation:other"
BASE = "http://testserver"


@pytest.fixture(autouse=True)
def house(settings, monkeypatch):
    """Two organisations, one person of the first; one act at a time is settled."""
    from django.db.models import Q

    from meguri.journal.listing import acts

    settings.DEMONSTRATION = False
    settings.ALLOWED_HOSTS = ["testserver"]
    monkeypatch.setattr(acts, "settled", lambda: Q())
    monkeypatch.setattr(inbox, "_waiting", [])
    registry.admit("yard", {"en": "Yard"}, "MYS", ("dismantler",))
    registry.admit("other", {"en": "Other"}, "MYS", ("dismantler",))


@pytest.fixture
def person():
    user = accounts.create_person("linh", PASSWORD, "linh@example.org")
    accounts.join(user, YARD)
    return user


def told(name, *lines):
    """Lines that wait from now on."""
    inbox._waiting[:] = [lambda reader: [inbox.Waiting(Words(one), None, "", "", f"/cases/{one}") for one in lines]]


def wish(person, language="en", **asked):
    wishes.wish(person, YARD, asked, language, BASE)


def bodies():
    found = [one.body for one in mail.outbox]
    mail.outbox.clear()
    return found


def test_nobody_is_sent_anything_who_did_not_ask(person):
    told("x", "Decide")
    assert sending.send() == (0, 0)
    assert sending.check() is None, "and there is nothing to look at"


def test_at_once_each_line_is_told_once_and_again_where_it_came_back(person):
    wish(person, waiting="immediate")
    told("x", "One")
    assert sending.send() == (1, 0)
    (body,) = bodies()
    assert f"One\n{BASE}/cases/One" in body
    assert sending.send() == (0, 0)
    told("x", "One", "Two")
    sending.send()
    (body,) = bodies()
    assert "Two" in body
    assert "One" not in body
    told("x")
    sending.send()
    told("x", "One")
    assert sending.send() == (1, 0)


def test_once_a_day_all_that_waits(person):
    wish(person, waiting="daily")
    told("x", "One", "Two")
    assert sending.send() == (1, 0)
    assert sending.send() == (0, 0)
    MailWish.objects.update(sent=MailWish.objects.get().sent - timedelta(hours=25))
    assert sending.send() == (1, 0)
    assert all("One" in body and "Two" in body for body in bodies())


def test_what_others_said_since_and_not_what_was_there_or_its_own(person):
    wish(person, new="immediate")
    assert sending.send() == (0, 0), "what was there before the wish is not told"
    registry.assign(YARD, "collector", since=registry.organisation(YARD).admitted_on)
    assert sending.send() == (1, 0)
    (body,) = bodies()
    assert re.search(rf"{BASE}/journal/acts/[0-9a-f]{{64}}", body)
    assert sending.send() == (0, 0)
    registry.describe(YARD, {"en": "Yard anew"}, actor=YARD)
    assert sending.send() == (0, 0), "its own it knows"


def test_in_the_persons_language_and_ended_by_the_link_alone_when_it_is_pressed(person, client):
    wish(person, "ja", waiting="immediate")
    told("x", "One")
    sending.send()
    (sent,) = mail.outbox
    assert sent.subject.startswith("組織")
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert link in sent.body
    assert sent.to == ["linh@example.org"]
    assert "linh" not in sent.body
    path = link.removeprefix(BASE)
    assert client.get(path).status_code == 200
    assert MailWish.objects.get().how == "immediate", "looking ends nothing"
    assert client.post(path).status_code == 200
    assert MailWish.objects.get().how == "none"
    told("x", "Two")
    assert sending.send() == (0, 0)
    assert client.get(path[:-2]).status_code == 404


@pytest.mark.parametrize("ends", ["membership", "account", "address"])
def test_who_may_no_longer_read_is_sent_nothing(person, ends):
    wish(person, waiting="immediate")
    told("x", "One")
    if ends == "membership":
        person.memberships.all().delete()
    else:
        setattr(person, *{"account": ("is_active", False), "address": ("email", "")}[ends])
        person.save()
    assert sending.send() == (0, 0)


def test_what_could_not_be_sent_is_sent_later_and_seen_by_the_check(person, monkeypatch):
    wish(person, waiting="immediate")
    told("x", "One")
    readiness.beat("mail")
    assert sending.check().ok

    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        assert sending.send() == (0, 1)
    assert not readiness.checks()["mail"].ok
    assert sending.send() == (0, 0), "not before its time"
    MailWish.objects.update(again=None)
    assert sending.send() == (1, 0)
    assert readiness.checks()["mail"].ok


def test_the_page_keeps_what_is_chosen_and_says_what_is_missing(person, client):
    client.force_login(person)
    assert client.get("/mail").status_code == 200
    assert client.post("/mail", {"waiting": "daily", "new": "immediate"}).status_code == 302
    assert wishes.of(person, YARD) == {"waiting": "daily", "new": "immediate", "law": "none"}
    assert client.post("/mail", {"waiting": "hourly"}).status_code == 422
    person.email = ""
    person.save()
    with pytest.raises(Refused):
        wish(person, waiting="daily")


def test_without_a_server_each_mail_is_a_file_and_in_production_it_is_printed(tmp_path):
    assert environment.mail("", tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path)
    assert environment.mail("", None)["EMAIL_BACKEND"].endswith("console.EmailBackend")
