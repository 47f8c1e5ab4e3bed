"""Deadlines as a calendar, under a secret address that can be taken back."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from meguri.kit.models import CalendarAddress, Membership, User
from meguri.kit.people import accounts
from meguri.kit.web import inbox
from meguri.portal.web.calendar import folded

DUE = datetime(2025, 10, 3, 2, tzinfo=UTC)


@pytest.fixture
def mina(settings, monkeypatch) -> Client:
    settings.DEMONSTRATION = False
    cache.clear()

    def waiting(reader):
        yield inbox.Waiting("Decide; on 14-1, now", DUE, "It is refused", "Art. 5", "/cases/x#now")
        yield inbox.Waiting("Without a day", None, "", "", "/cases/y")
        yield inbox.Waiting("Receive", DUE, "", "", "/movements/z")

    monkeypatch.setattr(inbox, "_waiting", [waiting])
    user = accounts.create_person("mina", "a long and quiet afternoon", "")
    accounts.join(user, "organisation:yard", ("read",))
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def made(client: Client) -> str:
    page = client.post("/calendar")
    assert "no-store" in page.headers["Cache-Control"]
    return re.search(r"http://testserver(/calendar/[\w-]+\.ics)", page.content.decode()).group(1)


@pytest.mark.django_db
def test_what_has_a_day_stands_in_the_calendar_of_whoever_holds_the_address(mina):
    at = made(mina)
    assert at.split("/")[-1] not in mina.get("/calendar").content.decode()
    assert at.split("/")[-1].removesuffix(".ics") not in str(CalendarAddress.objects.values_list())
    answer = Client().get(at)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines.count("BEGIN:VEVENT") == 2
    assert "DTSTART:20251003T020000Z" in lines
    assert "SUMMARY:Decide\\; on 14-1\\, now" in lines
    assert "DESCRIPTION:It is refused\\nArt. 5" in lines
    assert "URL:http://testserver/cases/x#now" in lines
    assert len({line for line in lines if line.startswith("UID:")}) == 2


@pytest.mark.django_db
def test_it_serves_until_it_is_taken_back_or_its_person_may_not_see(mina):
    first = made(mina)
    second = made(mina)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    Membership.objects.update(duties=["driver"])
    assert Client().get(second).content.decode().count("BEGIN:VEVENT") == 1
    Membership.objects.update(until=datetime(2020, 1, 1, tzinfo=UTC))
    assert Client().get(second).status_code == 404
    Membership.objects.update(until=None)
    User.objects.update(is_active=False)
    assert Client().get(second).status_code == 404
    User.objects.update(is_active=True)
    assert Client().get(second).status_code == 200
    assert mina.post("/calendar/withdraw").status_code == 302
    assert Client().get(second).status_code == 404
    assert Client().get("/calendar/x.ics").status_code == 404


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=300))
def test_no_line_is_longer_than_readers_take_and_none_loses_a_letter(line):
    pieces = folded(line).split("\r\n")
    assert all(len(piece.encode(errors="surrogatepass")) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
