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


HUB, BESIDE, CHAIN = 93_000, 207_000, 232
MAKE = """INSERT INTO journal_edge (kind, source, target, by, grams, number) SELECT * FROM (
    SELECT 'used', {lot}, 'event:' || {event}, 'event:' || {event}, 1000::bigint, n::bigint
        FROM generate_series(%s, %s) n
    UNION ALL SELECT 'made', 'event:' || {event}, {made}, 'event:' || {event}, 1000, n
        FROM generate_series(%s, %s) n) e"""


def test_what_following_a_lot_costs(settings):
    """A hub from which 93,000 lots were made, and a chain of 232, among 300,000 lots. PostgreSQL."""
    if connection.vendor != "postgresql":
        pytest.skip("the numbers are made by PostgreSQL")
    import msgspec

    from meguri.custody.models import Event, Lot
    from meguri.custody.trace import walk
    from meguri.journal.projections import books, relations
    from meguri.journal.projections.relations import Lies
    from meguri.journal.services import as_writer
    from tests_support import put_relations

    states = many.stages()
    settings.DEMONSTRATION = False
    client = client_of(many.READER)
    lot = msgspec.structs.replace(books.book("lot").read(states["lot"][0]), holder=many.READER, status="held")
    event = next(one for one in map(books.book("event").read, states["event"]) if one.type == "transformation")
    sample = msgspec.json.encode(lot).decode()
    with as_writer(), connection.cursor() as cursor:
        books.book("lot").save(
            {"HUB": lot, **{f"C{n}": msgspec.structs.replace(lot, made_by=f"CE{n}") for n in range(CHAIN + 1)}}
        )
        chain = {
            f"CE{n}": msgspec.structs.replace(
                event, inputs=(part(f"C{n - 1}"),), outputs=(part(f"C{n}"),), loss_g=0, difference_g=0
            )
            for n in range(1, CHAIN + 1)
        }
        books.book("event").save({"CE0": event, **chain})
        first, last = 1, HUB
        cursor.execute(MAKE.format(lot="'lot:HUB'", event="'H' || n", made="'lot:H' || n"), [first, last] * 2)
        first, last = HUB + 1, HUB + BESIDE
        cursor.execute(
            MAKE.format(lot="'lot:S' || (n - 1)", event="'S' || n", made="'lot:S' || n").replace(
                "(n - 1)", "(n - n %% 50)"
            ),
            [first, last] * 2,
        )
        cursor.execute(MAKE.format(lot="'lot:C' || (n - 1)", event="'CE' || n", made="'lot:C' || n"), [1, CHAIN] * 2)
        names = [c.column for c in Lot._meta.concrete_fields if c.column not in ("id", "state")]
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f"INSERT INTO custody_lot (id, state, {columns}) SELECT x || n, state, {columns} FROM custody_lot, "
            "(SELECT CASE WHEN n <= %s THEN 'H' ELSE 'S' END AS x, n FROM generate_series(1, %s) n) g "
            "WHERE id = 'HUB'",
            [HUB, HUB + BESIDE],
        )
        put_relations(
            Lies("lot:HUB", many.READER), *(Lies(f"lot:C{n}", many.READER) for n in range(CHAIN + 1)), by="test:seen"
        )
        cursor.execute("ANALYZE")
    assert Lot.objects.count() > HUB + BESIDE
    assert len(sample) > 100
    assert Event.objects.filter(id="CE1").exists()

    def timed(what):
        times = []
        for _ in range(TURNS):
            cache.clear()
            start, cpu = time.perf_counter(), time.process_time()
            what()
            times.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - cpu)))
        return [round(statistics.median(column), 1) for column in zip(*times, strict=True)]

    kinds = ("used", "made")
    print("\nwall and CPU ms, median")
    print("hub: all that is reached", timed(lambda: relations.reached("lot:HUB", kinds, down=True)))
    print("hub: as far as a page goes", timed(lambda: walk.find("HUB", True, most=walk.MOST)))
    print("hub: its trace page", timed(lambda: content(client.get("/lots/HUB/trace?down=1"))))
    print("hub: its page", timed(lambda: content(client.get("/lots/HUB"))))
    print("chain: edges reached", timed(lambda: relations.reached("lot:C0", kinds, down=True)))
    print("chain: traced", timed(lambda: walk.find("C0", True)), timed(lambda: walk.find(f"C{CHAIN}")))
    print("chain: its trace page", timed(lambda: content(client.get("/lots/C0/trace?down=1"))))
    use_clock(None)


def part(lot):
    """A thousand grams of a lot."""
    from meguri.movement.states import LotMass

    return LotMass(lot, 1000)
