"""Every argument of every address is known to be good before work starts: whatever it holds, the answer is for people.

Addresses come from the URL configuration. Which arguments a page has is seen by giving it a query that notes what it
is asked for; those of endpoints stand in their description. So a new page and a new argument are among them.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import many
import parts_plugin
from meguri import reference
from meguri.kit.models import Membership
from meguri.kit.work import jobs
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
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
PURE = ("/law/", "/may-it-move", "/plan/", "/what-will-come", "/worth/", "/facts/", "/next", "/api/law", "/api/verdict")
"""Addresses that ask nothing of the record: they are tried on one database, a third of the values in each argument."""
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


def test_no_argument_of_a_query_breaks_a_page(record, monkeypatch, request):
    broken, asked = [], {}
    mine = parts_plugin.dealt(request.config)
    endpoints = described(record)
    for pattern in sorted(set(patterns())):
        address = filled(pattern, record.known)
        pure = address.startswith(PURE)
        if address in ("/readyz", "/metrics") or "logout" in address or (pure and connection.vendor == "postgresql"):
            continue
        told = endpoints.get(re.sub(r"<[^>]*>", "<>", pattern), [])
        asked[address] = sorted({*told, *names_asked(record, address, monkeypatch)})
        for n, name in enumerate(asked[address]):
            if name == "lang" and address != "/":
                # The middleware reads it before any page is known.
                continue
            for what, value in list(VALUES.items())[n % 3 if pure else 0 :: 3 if pure else 1]:
                if (
                    mine(pattern, name, what)
                    and (status := status_of(record, f"{address}?{name}={quote(value)}")) >= 500
                ):
                    broken.append((address, name, what, status))
            if (status := status_of(record, f"{address}?{f'{name}=1&' * 300}")) >= 500:
                broken.append((address, name, "often", status))
    assert broken == []
    assert {"before", "waiting"} <= set(asked["/cases/"])
    assert "from" in asked["/balance"]
    assert {"from", "to"} <= set(asked["/api/checkpoint/consistency"])
    assert sum(len(names) for names in asked.values()) > 100


def test_no_parameter_of_a_path_breaks_a_page(record):
    broken = []
    for pattern in sorted(set(patterns())):
        for place in range(pattern.count("<")):
            kinds = re.findall(r"<(?:(\w+):)?\w+>", pattern)
            for id in ("9" * 30, "0") if kinds[place] == "int" else IDS:
                parts = iter(id if n == place else "1" if kind == "int" else "x" for n, kind in enumerate(kinds))
                address = re.sub(r"<[^>]*>", lambda found: next(parts), pattern)  # noqa: B023 - used up at once
                if (status := status_of(record, address)) >= 500:
                    broken.append((pattern, id[:20], status))
    assert broken == []
