"""The feed tells in order what concerns an organisation; who polls it misses nothing and hears nothing twice."""

from __future__ import annotations

import pytest
from django.db import connection

from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.journal.listing import acts
from meguri.journal.models import ActRow
from meguri.journal.projections import readers, relations

from .conftest import OTHER, YARD, Caller

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]


def polled(caller, after="", most=200):
    found = []
    while True:
        page = caller.get(f"/api/feed?after={after}&limit={most}").json()
        assert set(page) == {"items", "next", "more"}
        found += page["items"]
        after = page["next"]
        if not page["more"]:
            return found, after


def test_the_feed_is_what_concerns_each_organisation(played):
    entries = journal.entries(ActRow.objects.order_by("number"))
    lengths = set()
    for who in played:
        caller = Caller(who, "read")
        told, end = polled(caller)
        numbers = [line["number"] for line in told]
        assert numbers == sorted(set(numbers))
        readable = readers.readable(entries, who)
        right = [
            entry.number
            for entry in entries
            if entry.id in readable
            and (entry.act.actor == who or who in entry.act.subjects or relations.readable(who, entry.act.subjects))
        ]
        assert numbers == right, who
        assert polled(caller, most=3)[0] == told
        assert int(end) == entries[-1].number
        lengths.add(len(told))
    assert len(lengths) > 3


def test_polling_goes_on_where_it_stopped(house):
    caller, other = Caller(YARD, "read"), Caller(OTHER, "read")
    _, end = polled(caller)
    assert polled(caller, end) == ([], end)
    lot = custody.collect(YARD, "klang-yard", "printers", 1000)
    custody.collect(OTHER, "ipoh-yard", "printers", 1000)
    told, later = polled(caller, end)
    assert [(line["kind"], f"lot:{lot}" in line["subjects"]) for line in told] == [("custody.collect", True)]
    assert told[0]["links"][f"lot:{lot}"] == f"/api/lots/{lot}"
    assert caller.get(told[0]["links"][f"lot:{lot}"]).json()["lot"] == lot
    assert caller.get(told[0]["href"]).json()["act"]["body"]["lot"] == lot
    assert polled(caller, later) == ([], later)
    assert [line["actor"] for line in polled(other, end)[0]] == [OTHER]


def test_what_is_looked_through_is_bounded(house, monkeypatch):
    """Many acts of others between two of one's own: each answer goes on, and none is left out."""
    monkeypatch.setattr(acts, "AT_ONCE", 2)
    monkeypatch.setattr(acts, "LOOKED_THROUGH", 4)
    for n in range(9):
        custody.collect(OTHER, "ipoh-yard", "printers", 1000 + n)
    custody.collect(YARD, "klang-yard", "printers", 1000)
    caller = Caller(YARD, "read")
    answer = caller.get(f"/api/feed?after={ActRow.objects.order_by('number').first().number}").json()
    assert answer["more"] is True
    assert [line["actor"] for line in polled(caller)[0] if line["kind"] == "custody.collect"] == [YARD]
    page, after = caller.get("/api/acts?limit=1").json(), ""
    assert page["items"][0]["actor"] == YARD
    assert len(caller.all("acts", "&kind=custody.collect")) == 1
    assert after == ""


@pytest.mark.both
def test_what_may_still_be_overtaken_is_not_told(house, monkeypatch):
    """On PostgreSQL a lower number may be on its way while a higher one is there: only what is sealed is told."""
    monkeypatch.undo()
    custody.collect(YARD, "klang-yard", "printers", 1000)
    told, _ = polled(Caller(YARD, "read"))
    assert bool(told) == (connection.vendor == "sqlite")
