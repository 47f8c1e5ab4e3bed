"""Every page with a list asks the database as often for many rows as for few, and leaves none out in silence.

The pages are found from the addresses themselves, so that a new one cannot be forgotten. Those of the pure rooms are
left out: the import floors keep them from reading the record.
"""

from __future__ import annotations

import re
import tomllib

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

import many
from conftest import REPOSITORY
from meguri.journal.projections.books import Projection
from meguri.kit.models import Membership
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
PURE = {"law", "arisings", "network", "worth", "reference"}
FEW, MANY = 120, 2500
BESIDE = {"lots as CSV": "/lots/?format=csv", "balance for machines": "/api/balance", "kinds of act": "/api/kinds"} | {
    f"{name} for machines": f"/api/{name}"
    for name in ("organisations", "facilities", "licences", "cases", "lots", "movements", "acts", "feed")
}
"""Lists at addresses that take parameters or are endpoints."""


def pages(patterns=None, names=(), route=""):
    """Addresses that take nothing, by name; without those of the pure rooms, of signing in and the endpoints."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        at = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            if not PURE.intersection(inner) and not at.startswith(("accounts/", "api/")):
                yield from pages(pattern.url_patterns, inner, at)
        elif isinstance(pattern, URLPattern) and pattern.name and "<" not in at:
            yield ":".join((*names, pattern.name)), f"/{at}"


def test_the_rooms_left_out_cannot_read_the_record():
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(one for one in contracts if one["name"].startswith("Pure rooms"))
    assert {room.removeprefix("meguri.") for room in pure["source_modules"]} >= PURE
    assert {"custody:lots", "journal:overview", "registry:organisations", "portal:home"} <= dict(pages()).keys()


@pytest.fixture
def reader(settings):
    """A client for an organisation that is authority, carrier and follower at once; the person administers too."""
    states = many.stages()
    settings.DEMONSTRATION = False
    user = get_user_model().objects.create_superuser(username="reader", password="x" * 20)
    Membership.objects.create(user=user, organisation=many.READER)
    client = Client()
    client.force_login(user)
    client.states = states
    yield client
    use_clock(None)


def asked(client, address):
    """How often the database is asked for a page."""
    cache.clear()
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
        if answer.streaming:
            b"".join(answer.streaming_content)
    # Nothing stands beside this service, and it says so.
    assert answer.status_code < 500 or address == "/readyz", address
    return len(seen)


def test_pages_ask_as_often_for_many_rows_as_for_few(reader):
    walked = {**dict(pages()), **BESIDE}
    many.fill(reader.states, 0, FEW)
    many.say(FEW)
    few = {name: asked(reader, address) for name, address in walked.items()}
    many.fill(reader.states, FEW, MANY)
    many.say(MANY - FEW)
    many_rows = {name: asked(reader, address) for name, address in walked.items()}
    assert {name: (few[name], count) for name, count in many_rows.items() if count > few[name]} == {}


MOST_STATES = 450
"""A page of four lists of fifty lines, with what each line says of others."""
EVERY = {
    "/balance/reconciled",
    "/buying/",
    "/lots/dispatch",
    "/lots/instruments",
    "/lots/sample",
    "/people",
    "/lots/receive",
    "/lots/take-in",
}
"""Pages that list every organisation there is to choose from, or each of the reader's own sites; and one that reckons
over a period, of so many events at most as it says.
"""


def read(client, address, monkeypatch):
    """How many states a page reads."""
    found = []
    whole = Projection.value.fget
    with monkeypatch.context() as patch:
        patch.setattr(Projection, "value", property(lambda row: found.append(row.pk) or whole(row)))
        cache.clear()
        assert client.get(address).status_code < 500 or address == "/readyz", address
    return len(found)


def test_pages_read_no_more_states_than_they_show(reader, monkeypatch):
    many.fill(reader.states, 0, 1500)
    many.say(200)
    walked = set(dict(pages()).values()) - EVERY
    found = {address: read(reader, address, monkeypatch) for address in walked}
    assert {address: count for address, count in found.items() if count > MOST_STATES} == {}
    assert found["/cases/"] > 50
    assert found["/"] > 50


@pytest.mark.both
def test_a_queue_followed_to_its_end_is_the_whole_queue(reader):
    """Page by page, each line once, the soonest due first; as many as are counted."""
    from meguri.consent.case import tasks
    from meguri.movement import tasks as journeys

    many.fill(reader.states, 0, 600)
    for queue, address, size in ((tasks, "/cases/", 20), (journeys, "/movements/", 50)):
        places = queue.page(many.READER, 10_000)
        assert places == sorted(places)
        assert len({id for _, id in places}) == len(places) > 3 * size
        assert queue.counted(many.READER, 10_000) == (len(places), False)
        assert queue.counted(many.READER, 50) == (50, True)
        by_page, after = [], None
        while found := queue.page(many.READER, size, after):
            by_page += found
            after = found[-1]
        assert by_page == places
        seen, further = 0, address
        while further:
            answer = reader.get(further)
            seen += len(answer.context["queue"])
            further = answer.context["queue_page"].older and address + answer.context["queue_page"].older
        assert seen == len(queue.waiting_for(many.READER))


LISTS = {
    "/lots/?show=all": r'href="/lots/(\w{8,})"',
    "/lots/?show=held": r'href="/lots/(\w{8,})"',
    "/lots/?show=coming": r'href="/lots/(\w{8,})"',
    "/lots/?show=leaving": r'href="/lots/(\w{8,})"',
    "/lots/blend": r'name="lot" value="(\w+)"',
    "/lots/receive": r'name="lot" value="(\w+)"',
    "/movements/": r'<th scope="row"[^>]*><a href="/movements/(\w{8,})"',
    "/organisations/": r'href="/organisations/([\w-]+)"',
    "/journal/": r'href="/journal/acts/(\w{64})"',
    "/cases/": r'<th scope="row"><a href="/cases/(\w+)"',
}


def followed(client, address, row):
    """The rows of a list and of all further pages of it."""
    path = address.partition("?")[0]
    found = []
    while address:
        page = client.get(address).content.decode()
        found += re.findall(row, page)
        # The queue above the cases has pages of its own.
        further = re.search(r'href="(?![^"]*waiting=)([^"]+)" rel="next"', page)
        address = path + further.group(1).replace("&amp;", "&") if further else ""
    return found


def test_following_a_list_to_its_end_shows_every_row(reader):
    from meguri.consent.models import Case
    from meguri.custody.models import Lot
    from meguri.custody.web import lists
    from meguri.journal.models import ActRow
    from meguri.kit.people.identity import Reader
    from meguri.movement.models import Movement
    from meguri.registry.models import Organisation

    many.fill(reader.states, 0, 700)
    me = Reader(organisation=many.READER)
    right = {
        "/lots/?show=all": Lot.objects.visible_to(me),
        "/lots/?show=held": lists.held(me),
        "/lots/?show=coming": lists.coming(me),
        "/lots/?show=leaving": lists.leaving(me),
        "/lots/blend": lists.held(me),
        "/lots/receive": lists.arriving(me),
        "/movements/": Movement.objects.visible_to(me),
        "/organisations/": Organisation.objects.all(),
        "/cases/": Case.objects.visible_to(me),
        "/journal/": ActRow.objects.none(),
    }
    for address, row in LISTS.items():
        found = followed(reader, address, row)
        wanted = set(right[address].values_list("pk", flat=True))
        assert len(found) == len(set(found)), address
        assert wanted <= set(found), address
        assert not wanted or wanted == set(found), address
    whole = b"".join(reader.get("/lots/?format=csv").streaming_content).decode().splitlines()
    assert len(whole) == 1 + right["/lots/?show=all"].count()
