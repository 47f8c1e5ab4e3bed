"""What a party sees in the browser a system reads as JSON: every list, every record, and nothing more."""

from __future__ import annotations

import re

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client

from meguri.journal import listing
from meguri.journal import services as journal
from meguri.journal.models import ActRow, LiesRow
from meguri.journal.projections import readers, relations
from meguri.kit.models import Membership, User
from meguri.registry.models import Facility, Licence

from .conftest import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
PAGES = {
    "lots": ("/lots/?show=all", r'href="/lots/(\w{8,})"'),
    "cases": ("/cases/", r'<th scope="row"><a href="/cases/(\w+)"'),
    "movements": ("/movements/", r'<th scope="row"[^>]*><a href="/movements/(\w{8,})"'),
    "organisations": ("/organisations/", r'href="/organisations/([\w-]+)"'),
    "acts": ("/journal/", r'href="/journal/acts/(\w{64})"'),
}
PRIVATE = ("lots", "cases", "movements")


def browser_of(organisation):
    user, _ = User.objects.get_or_create(username=organisation.partition(":")[2])
    Membership.objects.get_or_create(user=user, organisation=organisation)
    browser = Client()
    browser.force_login(user)
    return browser


def followed(browser, address, row):
    """The rows of a list and of all further pages of it, in order, each once."""
    path, found = address.partition("?")[0], []
    while address:
        cache.clear()
        page = browser.get(address).content.decode()
        found += re.findall(row, page)
        further = re.search(r'href="(?![^"]*waiting=)([^"]+)" rel="next"', page)
        address = path + further.group(1).replace("&amp;", "&") if further else ""
    return list(dict.fromkeys(found))


def test_every_list_tells_each_party_what_its_pages_show(played):
    """Over every list and every organisation of the demonstration's record."""
    sizes = dict.fromkeys(PAGES, 0)
    different = set()
    for who in played:
        browser, caller = browser_of(who), Caller(who, "read")
        for name, (address, row) in PAGES.items():
            shown = followed(browser, address, row)
            for most in (200, 3):
                told = [line["id"] for line in caller.all(name, most=most)]
                assert len(told) == len(set(told))
                assert set(told) == set(shown), (who, name, most)
            if name in (*PRIVATE, "acts"):
                # Newest first on both; organisations stand in order of name there, of id here.
                assert [id for id in told if id in shown] == told
                different.add((name, tuple(sorted(told))))
            sizes[name] += len(told)
    assert min(sizes.values()) > 5
    # They do not all see the same.
    assert len(different) > 2 * len(PRIVATE)


def test_what_is_public_is_told_to_anybody(played):
    anyone = Client()
    for name, model in (("facilities", Facility), ("licences", Licence)):
        told = anyone.get(f"/api/{name}?limit=200").json()
        assert told["next"] is None
        assert [line["id"] for line in told["items"]] == sorted(model.objects.values_list("pk", flat=True))
    shown = followed(anyone, "/journal/", PAGES["acts"][1])
    assert [line["id"] for line in anyone.get("/api/acts?limit=200").json()["items"]] == shown
    for name in PRIVATE:
        answer = anyone.get(f"/api/{name}")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_no_record_of_others_is_told(played):
    """Every record of every list, asked for by every organisation: told where it sees it, and not there otherwise."""
    asked = {True: 0, False: 0}
    for who in played:
        caller = Caller(who, "read")
        for listed in listing.every():
            for row in listed.model._default_manager.all():
                sees = listed.open or bool(relations.readable(who, [f"{listed.prefix}:{row.pk}"]))
                assert caller.get(listed.href(row.pk)).status_code == (200 if sees else 404), (who, row.pk)
                asked[sees] += 1
        entries = journal.entries(ActRow.objects.all())
        open_ = readers.readable(entries, who)
        for entry in entries[:: max(1, len(entries) // 30)]:
            assert caller.get(f"/api/acts/{entry.id}").status_code == (200 if entry.id in open_ else 404)
    assert min(asked.values()) > 50


def test_another_partys_subjects_never_appear(played):
    """In nothing that a list or the feed says stands the id of a lot, case or movement that the party does not see,
    but where a line that it does see names it as a page would: a state is told whole.
    """
    every = {(row.subject.partition(":")[0], row.subject) for row in LiesRow.objects.all()}
    for who in played:
        caller = Caller(who, "read")
        hidden = {
            subject
            for prefix, subject in every
            if prefix in ("lot", "case", "movement") and not relations.readable(who, [subject])
        }
        for name in (*PRIVATE, "acts"):
            told = caller.all(name)
            assert not hidden & {line.get("subject") for line in told}
            for line in told if name == "acts" else ():
                # Of an act that it may read, subjects beyond its sight are named; they open nothing.
                for subject in hidden & set(line["subjects"]):
                    assert caller.get(line["links"].get(subject, "/api/lots/x")).status_code == 404


def test_lines_are_the_states_and_fit_their_types(played):
    who = played[0]
    caller = Caller(who, "read")
    for listed in listing.every():
        for line in caller.all(listed.name):
            msgspec.convert(line, listed.line, strict=False)
            row = listed.model._default_manager.get(pk=line["subject"].partition(":")[2])
            state = msgspec.json.decode(msgspec.json.encode(row.value))
            assert {name: line[name] for name in state} == state
            if listed.record:
                assert caller.get(line["href"]).json() == line
            else:
                assert caller.get(line["href"]).status_code == 200


def test_every_filter_narrows(played):
    """Each filter of each list, by each value that stands there: exactly the lines that have it."""
    tried = 0
    for who in ("organisation:mys-doe", "organisation:demo-straits-exporter"):
        caller = Caller(who, "read")
        for listed in listing.every():
            whole = {line["subject"].partition(":")[2]: line for line in caller.all(listed.name)}
            rows = listed.model._default_manager.filter(pk__in=whole)
            for name, one in listed.filters.items():
                column = {row.pk: getattr(row, one.column) for row in rows}
                for value in sorted(
                    {str(value).lower() if isinstance(value, bool) else value for value in column.values()}
                ):
                    if not value:
                        continue
                    right = {pk for pk, had in column.items() if str(had).lower() == str(value).lower()}
                    found = caller.all(listed.name, f"&{name}={value}")
                    assert {line["subject"].partition(":")[2] for line in found} == right, (listed.name, name, value)
                    tried += len(right) < len(whole)
        for kind in ("consent.notify", "registry.admit", "custody.collect"):
            found = caller.all("acts", f"&kind={kind}")
            assert {line["id"] for line in found} == {line["id"] for line in caller.all("acts") if line["kind"] == kind}
    assert tried > 20


def test_an_unknown_argument_is_a_problem(house):
    caller = Caller("klang-yard")
    names = [*(f"/api/{one.name}" for one in listing.every()), "/api/acts", "/api/feed", "/api/drafts", "/api/webhooks"]
    assert len(names) == 15
    for address in names:
        answer = caller.get(f"{address}?colour=red")
        assert answer.status_code == 422, address
        assert answer.json()["errors"][0]["pointer"] == "/colour"
        assert caller.get(f"{address}?lang=ja").status_code == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "after=%00", "after=" + "9" * 300])
def test_an_argument_that_is_none_is_a_problem(house, query):
    caller = Caller("klang-yard")
    for address in (*(f"/api/{one.name}" for one in listing.every()), "/api/acts", "/api/feed", "/api/drafts"):
        answer = caller.get(f"{address}?{query}")
        assert answer.status_code == 422, address
        assert answer.json()["errors"][0]["pointer"] in ("/limit", "/after")


def test_what_comes_meanwhile_moves_no_page(played):
    """A page goes on where the one before ended, whatever was said meanwhile."""
    from meguri.custody import services as custody

    who = next(
        state.organisation for state in (row.value for row in Facility.objects.all()) if "yard" in state.organisation
    )
    site = Facility.objects.filter(organisation=who).first().pk
    caller = Caller(who, "read")
    whole = [line["id"] for line in caller.all("lots")]
    first = caller.get("/api/lots?limit=2").json()
    custody.collect(who, site, "printers", 1000)
    rest = caller.get(f"/api/lots?limit=200&after={first['next']}").json()
    assert [line["id"] for line in (*first["items"], *rest["items"])] == whole
    assert len(caller.all("lots")) == len(whole) + 1
