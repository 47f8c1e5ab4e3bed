"""Every argument of every address is known to be good before work starts: whatever it holds, the answer is for people.

Addresses come from the URL configuration. Which arguments a page has is seen by giving it a query that notes what it
is asked for; those of endpoints stand in their description. So a new page and a new argument are among them. Each
argument is given `OF_VALUES` of the values, others in turn (`dealing`); with `--whole` all of them.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import many
from meguri import reference
from meguri.kit.models import Membership
from meguri.kit.work import jobs
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside, pytest.mark.both]
OF_VALUES = 2
VALUES = {
    "nought": "0",
    "less than nothing": "-1",
    "a large number": "9" * 18,
    "a number without end": "9" * 5_000,
    "not a number": "NaN",
    "without end": "inf",
    "no such day": "9999-00-99",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the last day and more": "9999-12-31T23:59:59.999999-23:59",
    "the character nul": "a\0b",
    "long": "x" * 10_000,
    "a list": "a,b,c",
    "braces": "{0.__class__} %(x)s %s {}",
    "digits of others": "٣٤²",
    "no such language": "xx-klingon",
    "a place forged": "9" * 18 + ".x",
    "a place forged with nul": "1.a\0b",
    "a place forged long": "1." + "x" * 5_000,
    "a place before all": "0.0",
}
OFTEN = "often"
"""Not a value: the argument three hundred times."""
ASKED = {"/cases/": {"before", "waiting"}, "/balance": {"from"}, "/api/checkpoint/consistency": {"from", "to"}}
"""Arguments that are known to be there."""
IDS = ("x", "-1", "a%00b", "x" * 3_000, "%2e%2e%2f%2e%2e", "%F0%9F%92%A5", "9" * 400, "a@b@c", "a:b", "%25s", "é")


class AskedDict(QueryDict):
    """A query that notes the names that it is asked for."""

    asked: set[str] = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.asked.add(name)
        return super().__contains__(name)

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)

    def getlist(self, name, default=None):
        self.asked.add(name)
        return super().getlist(name, default)


def patterns(known=None, route=""):
    """Every address of the project, with the names of its parameters left in."""
    for pattern in known if known is not None else get_resolver().url_patterns:
        at = route + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, at)
        elif isinstance(pattern, URLPattern):
            yield "/" + at


@pytest.fixture
def record(settings, monkeypatch, tmp_path):
    """A played story with somebody who sees much of it, and what stands in the addresses' parameters."""
    from meguri.consent.models import Case
    from meguri.custody.models import Lot
    from meguri.journal.models import ActRow
    from meguri.movement.models import Movement

    many.stages()
    settings.DATA = tmp_path
    settings.DEMONSTRATION = False
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    case = Case.objects.order_by("id").last()
    user = get_user_model().objects.create_superuser(username="reader", password="x" * 20)
    Membership.objects.create(user=user, organisation=case.exporter)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    lot = Lot.objects.filter(holder=case.exporter).order_by("id").last() or Lot.objects.order_by("id").last()
    client.known = {
        "cases/": case.id,
        "lots/": lot.id,
        "movements/": Movement.objects.order_by("id").last().id,
        "organisations/": case.exporter.partition(":")[2],
        "plan/": "reference",
        "facts/": next(iter(reference.TABLES)),
        "economies/": "MYS",
        "elements/": "Cu",
        "acts/": ActRow.objects.order_by("number").last().act_id,
    }
    yield client
    use_clock(None)


def filled(pattern, known):
    """An address with something right in the place of each parameter, as far as it is known."""
    before = [at for at in known if re.search(rf"(^|/){at}<", pattern)]
    first = known[before[0]] if before else "x"
    at = re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else first, pattern, count=1)
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: "1" if found[1] == "int" else "x", at)


def status_of(client, address):
    cache.clear()
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def described(client):
    """The arguments of each endpoint, as the description of all endpoints has them."""
    paths = client.get("/api/openapi.json").json()["paths"]
    return {
        re.sub(r"{\w+}", "<>", path): [one["name"] for one in does["get"].get("parameters", ()) if one["in"] == "query"]
        for path, does in paths.items()
        if "get" in does
    }


def names_asked(client, address, monkeypatch):
    """The arguments that a page asks for, with and without something in them."""
    AskedDict.asked = set()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.handlers.wsgi.QueryDict", AskedDict)
        first = status_of(client, address)
        if first == 405:
            return []
        for given in ("1", "2025-01-01"):
            status_of(client, f"{address}?{'&'.join(f'{name}={given}' for name in sorted(AskedDict.asked))}")
    return sorted(name for name in AskedDict.asked if re.fullmatch(r"[\w.-]{1,40}", name))


def own_patterns(deal):
    """The addresses that this pass asks."""
    return [pattern for pattern in sorted(set(patterns())) if deal.mine(pattern)]


def test_no_argument_of_a_query_breaks_a_page(record, monkeypatch, deal):
    broken, asked, left, turn = [], {}, {*VALUES, OFTEN}, 0
    endpoints = described(record)
    for pattern in own_patterns(deal):
        address = filled(pattern, record.known)
        if address in ("/readyz", "/metrics") or "logout" in address:
            continue
        told = endpoints.get(re.sub(r"<[^>]*>", "<>", pattern), [])
        asked[address] = sorted({*told, *names_asked(record, address, monkeypatch)})
        for name in asked[address]:
            if name == "lang" and address != "/":
                # The middleware reads it before any page is known.
                continue
            for what in deal.some((*VALUES, OFTEN), OF_VALUES, turn):
                query = f"{name}=1&" * 300 if what == OFTEN else f"{name}={quote(VALUES[what])}"
                if (status := status_of(record, f"{address}?{query}")) >= 500:
                    broken.append((address, name, what, status))
                left.discard(what)
            turn += 1
    assert broken == []
    assert not left
    for pattern, names in ASKED.items():
        assert names <= set(asked.get(pattern, ())) or not deal.mine(pattern), pattern
    assert sum(len(names) for names in asked.values()) > (30 if deal.shared else 100)


def test_no_parameter_of_a_path_breaks_a_page(record, deal):
    broken, left, turn = [], set(IDS), 0
    for pattern in own_patterns(deal):
        for place in range(pattern.count("<")):
            kinds = re.findall(r"<(?:(\w+):)?\w+>", pattern)
            for id in ("9" * 30, "0") if kinds[place] == "int" else deal.some(IDS, OF_VALUES, turn):
                left.discard(id)
                parts = iter(id if n == place else "1" if kind == "int" else "x" for n, kind in enumerate(kinds))
                address = re.sub(r"<[^>]*>", lambda found: next(parts), pattern)  # noqa: B023 - used up at once
                if (status := status_of(record, address)) >= 500:
                    broken.append((pattern, id[:20], status))
            turn += kinds[place] != "int"
    assert broken == []
    assert not left
