"""What pages cost with 100 and with 2,000 open cases: queries, states read, CPU and bytes, with the ratio beside.

No test: run it with ``python -m pytest -s --database=postgresql tests/pages_measured.py``. The first reader is
authority, carrier, operator and holder of lots at once; the second is the exporter of the story's cases.
"""

from __future__ import annotations

import json
import re
import statistics
import time

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import many
from meguri.journal.projections.books import Projection
from meguri.kit.models import Membership
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]
FEW, MANY, TURNS = 100, 2000, 7
PAGES = ("/", "/cases/", "/lots/", "/lots/?show=all", "/movements/", "/balance", "/lots/dispatch", "/organisations/",
         "/cases/?format=csv", "/lots/?format=csv", "/movements/?format=csv")  # fmt: skip


def client_of(organisation):
    """Somebody who acts for it."""
    user = get_user_model().objects.create_user(username=organisation.partition(":")[2], password="x" * 20)
    Membership.objects.create(user=user, organisation=organisation)
    client = Client()
    client.force_login(user)
    return client


def cost(client, address, monkeypatch):
    """Queries, states read, CPU in milliseconds and bytes of an answer."""
    read = []
    whole = Projection.value.fget
    with monkeypatch.context() as patch:
        patch.setattr(Projection, "value", property(lambda row: read.append(1) or whole(row)))
        cache.clear()
        with CaptureQueriesContext(connection) as seen:
            body = content(client.get(address))
        asked = len(seen)
    times = []
    for _ in range(TURNS):
        cache.clear()
        start = time.process_time()
        content(client.get(address))
        times.append(1000 * (time.process_time() - start))
    return asked, len(read), statistics.median(times), len(body)


def content(answer):
    """The whole body."""
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def one_of(client, listed, pattern):
    """The address of the first thing in a list."""
    found = re.search(pattern, content(client.get(listed)).decode())
    return found[1] if found else ""


def test_what_pages_cost(settings, monkeypatch):
    states = many.stages()
    settings.DEMONSTRATION = False
    exporter = json.loads(states["case"][0])["exporter"]
    clients = {"authority, carrier": client_of(many.READER), "exporter": client_of(exporter)}
    costs = {}
    for start, end in ((0, FEW), (FEW, MANY)):
        many.fill(states, start, end)
        many.say(end - start)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        for who, client in clients.items():
            pages = list(PAGES)
            for listed, pattern in (
                ("/cases/", r'<th scope="row"><a href="(/cases/\w+)"'),
                ("/lots/?show=all", r'href="(/lots/\w{8,})"'),
                ("/movements/", r'<a href="(/movements/\w{8,})"'),
            ):
                found = one_of(client, listed, pattern)
                costs.setdefault((who, "one of " + listed), []).append(cost(client, found, monkeypatch) if found else 0)
                if "lots" in listed and found:
                    row = costs.setdefault((who, "trace of one of " + listed), [])
                    row.append(cost(client, f"{found}/trace", monkeypatch))
            for address in pages:
                costs.setdefault((who, address), []).append(cost(client, address, monkeypatch))
    use_clock(None)
    print(f"\n{'who':20} {'page':30} queries {FEW}/{MANY}  states  CPU ms  ratio  bytes  ratio")
    for (who, page), found in costs.items():
        if len(found) < 2 or not all(found):
            print(who, page, "not met at both sizes")
            continue
        (q0, s0, t0, b0), (q1, s1, t1, b1) = found
        print(f"{who:20} {page:30} {q0}/{q1} {s0}/{s1} {t0:.1f}/{t1:.1f} {t1 / t0:.2f} {b0}/{b1} {b1 / b0:.2f}")
