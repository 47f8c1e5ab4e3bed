"""A small record, tokens for its organisations, and the demonstration's record played to its end."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client

from meguri.registry import services as registry
from meguri.systems import tokens
from tests_support import use_clock

EVERYTHING = ("read", "draft", "sign", "hooks")
YARD, OTHER = "organisation:klang-yard", "organisation:ipoh-yard"


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """A test is one transaction, in which nothing is sealed on PostgreSQL; nothing overtakes anything there either."""
    from django.db.models import Q

    from meguri.journal.listing import acts

    monkeypatch.setattr(acts, "settled", lambda: Q())


class Caller:
    """A system that sends a token."""

    def __init__(self, organisation, *scopes, text=""):
        self.text = text or tokens.make(organisation, "a test", scopes or EVERYTHING)[1]
        self.client = Client(raise_request_exception=False)

    def __call__(self, method, address, body=None, **headers):
        cache.clear()
        given = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        headers = {"authorization": f"Bearer {self.text}", **headers}
        return self.client.generic(method, address, **given, headers=headers)

    def get(self, address, **headers):
        return self("GET", address, **headers)

    def post(self, address, body=None):
        return self("POST", address, body)

    def all(self, name, query="", most=200):
        """Every line of a list, page by page."""
        found, after = [], ""
        while after is not None:
            answer = self.get(f"/api/{name}?limit={most}&after={after}{query}")
            assert answer.status_code == 200, answer.content
            page = answer.json()
            assert set(page) == {"items", "next"}
            found += page["items"]
            after = page["next"]
        return found


@pytest.fixture
def house(settings):
    """Two yards on record, each with a site; no demonstration."""
    settings.DEMONSTRATION = False
    for who in (YARD, OTHER):
        short = who.partition(":")[2]
        registry.admit(short, {"en": short.title()}, "MYS", ("collector", "dismantler"))
        registry.site(short, {"en": f"{short} site"}, "MYS", 3.0, 101.4, facility=short)
    return settings


def collected(lot="L0T0000000000001", event="EVENT00000000001", grams=250_000, facility="klang-yard", **more):
    """A collection, as a draft has it."""
    body = {
        "event": event, "lot": lot, "stream": "printers", "grams": grams, "facility": facility, "economy": "MYS"
    }  # fmt: skip
    return {"kind": "custody.collect", "body": {**body, **more}}


@pytest.fixture
def played(settings):
    """The demonstration's story, played to its end; its organisations by subject."""
    from meguri.demonstration import performance, scenario

    performance.start_over(scenario.load())
    while performance.play_next() is not None:
        pass
    settings.DEMONSTRATION = False
    yield list(registry.organisations(open_only=False))
    use_clock(None)
