"""A lot's page and trace ask as often for many lots as for few; what is too much for a page is said, not cut."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_custody_pages import PENANG, cast, signed_in

from meguri.custody import services
from meguri.custody.trace import walk
from meguri.journal.projections import relations

pytestmark = pytest.mark.django_db
__all__ = ["cast"]


def asked(client, address):
    """How often the database is asked, and the page."""
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(seen), answer.content.decode()


def drawn(lot, times):
    """Take a little out of a lot so many times, each time out of what was taken before: a chain."""
    for _ in range(times):
        (lot,) = services.pack(PENANG, lot, (services.lot(lot).mass_g // 2,))[-1:]
    return lot


@pytest.fixture
def boards(cast):
    return services.collect(PENANG, "penang-works", "circuit-boards", 10_000_000)


def test_a_long_chain_is_followed_in_as_many_questions(boards):
    yard = signed_in(PENANG)
    pages = ("", "/trace", "/trace?down=1")
    drawn(boards, 2)
    few = [asked(yard, f"/lots/{boards}{page}")[0] for page in pages]
    drawn(boards, 9)
    last = drawn(boards, 9)
    assert [asked(yard, f"/lots/{boards}{page}")[0] for page in pages] == few
    assert len(walk.find(last).lots) == 10
    assert len(walk.find(boards, down=True).lots) > 15


def test_what_is_too_much_for_a_page_is_said(boards, monkeypatch):
    yard = signed_in(PENANG)
    for _ in range(4):
        drawn(boards, 1)
    monkeypatch.setattr(walk, "MOST", 4)
    monkeypatch.setattr("meguri.custody.web.pages.LOGGED", 2)
    assert "More than 4 lots and events" in asked(yard, f"/lots/{boards}/trace?down=1")[1]
    first = yard.get(f"/lots/{boards}")
    assert "More than 4 lots and events" in first.content.decode()
    seen, address = [], f"/lots/{boards}"
    while address:
        answer = yard.get(address)
        seen += [row["event"].act for row in answer.context["log"]]
        address = answer.context["older"].older and f"/lots/{boards}" + answer.context["older"].older
    assert len(seen) == len(set(seen)) == 5
    assert yard.get(f"/api/lots/{boards}/trace?down=true").status_code == 422
    assert len(walk.find(boards, down=True, most=4).events) == 0


def test_what_is_reached_is_what_the_edges_lead_to(boards):
    last = drawn(boards, 3)
    down = relations.reached(f"lot:{boards}", ("used", "made"), down=True)
    up = relations.reached(f"lot:{last}", ("used", "made"), down=False)
    assert down[0] == f"lot:{boards}"
    assert up[0] == f"lot:{last}"
    assert f"lot:{last}" in down
    assert f"lot:{boards}" in up
    assert len(relations.reached(f"lot:{boards}", ("used", "made"), down=True, most=2)) == 2
