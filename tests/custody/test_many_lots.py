"""A page asks no more queries when there is more on record, and no list is cut in silence."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from meguri.custody import record, services
from meguri.custody.balance import accounts, totals
from meguri.custody.models import Event, Lot
from meguri.custody.states import EventState, LotState
from meguri.journal.entry.recording import as_writer
from meguri.journal.models import AdditionRow, EdgeRow, LiesRow, SumRow
from meguri.journal.projections import sums
from meguri.journal.projections.books import book
from meguri.journal.projections.relations import Lies
from meguri.journal.rebuild import rebuilding
from meguri.kit.models import Membership
from meguri.movement.states import Bag, LotMass
from meguri.registry import services as registry
from tests_support import put_relations, use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
YARD, TRADER, SMELTER = "organisation:yard", "organisation:trader", "organisation:smelter"
FEW, MANY = 50, 5000


@pytest.fixture(autouse=True)
def cast(settings):
    settings.DEMONSTRATION = False
    use_clock(lambda: NOW)
    for who, roles in ((YARD, ("dismantler", "smelter")), (TRADER, ("exporter",)), (SMELTER, ("smelter",))):
        name = who.removeprefix("organisation:")
        registry.admit(name, {"en": name.title()}, "MYS", roles)
        registry.site(name, {"en": f"{name} works"}, "MYS", 5.4, 100.4, facility=name)
    yield
    use_clock(None)


@pytest.fixture
def yard():
    user = get_user_model().objects.create_user(username="yard", password="x" * 20)
    Membership.objects.create(user=user, organisation=YARD)
    client = Client()
    client.force_login(user)
    return client


def put(kind, first, last, **fields):
    """Lots of a kind straight into their tables, as acts would have left them; each with its event."""
    with as_writer():
        for prefix, states in lots(kind, first, last, fields).items():
            book(prefix).save(states)
        holders = {fields.get("holder", YARD), *([fields["bound_for"]] if fields.get("bound_for") else [])}
        holders.add(YARD)
        for n in range(first, last):
            # The kinds that there are fewer of came in between, as they would.
            number = 1000 + (n if kind == "H" else 5 * n)
            put_relations(
                *(Lies(f"lot:{kind}{n:05}", who) for who in sorted(holders)), by=f"event:E{kind}{n:05}", number=number
            )


def lots(kind, first, last, fields):
    made = {"lot": {}, "event": {}}
    for n in range(first, last):
        id, at = f"{kind}{n:05}", NOW - timedelta(days=30) + timedelta(minutes=n)
        given = {"holder": YARD, "facility": "yard", "label": f"pallet {n}", "stream": "circuit-boards", **fields}
        made["lot"][id] = LotState(
            mass_g=1000, made_g=1000, origin="MYS", economy="MYS", made_by=f"E{id}", made_at=at, **given
        )
        made["event"][f"E{id}"] = EventState(
            type="object", step="collecting", actor=YARD, at=at, act="a", number=1000 + n,
            outputs=(LotMass(id, 1000),), facility="yard", economy="MYS",
        )  # fmt: skip
    return made


KINDS = {
    "H": {},
    "C": {"holder": TRADER, "bound_for": YARD, "status": "in_transit", "facility": ""},
    "L": {"bound_for": TRADER, "status": "in_transit", "facility": ""},
    "R": {"status": "refused", "facility": ""},
    "F": {"holder": TRADER, "facility": "trader"},
}


def grow(first, last):
    for kind, fields in KINDS.items():
        share = {"H": 1.0}.get(kind, 0.2)
        put(kind, int(first * share), int(last * share), **fields)


def asked(client, address, data=None):
    """How many queries a page asks; and the page."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        response = client.get(address) if data is None else client.post(address, data)
        body = response.getvalue().decode()
    assert response.status_code == 200, body[:2000]
    return len(seen), body


PAGES = (
    "/lots/?lang=en",
    "/lots/dispatch?lang=en",
    "/lots/blend?lang=en",
    "/lots/smelt?lang=en",
    "/lots/receive?lang=en",
    "/lots/H00003?lang=en",
    "/lots/H00003/trace?lang=en",
    "/balance?lang=en",
)


def test_no_page_asks_more_queries_when_there_are_a_hundred_times_as_many_lots(yard):
    grow(0, FEW)
    before = {address: asked(yard, address)[0] for address in PAGES}
    grow(FEW, MANY)
    after = {address: asked(yard, address)[0] for address in PAGES}
    assert after == before
    assert max(after.values()) <= 24, after


@pytest.mark.parametrize("form", ["dispatch", "blend", "smelt", "receive"])
def test_a_form_says_how_many_more_there_are_and_finds_them(yard, form):
    kind, most = ("C", 50) if form == "receive" else ("H", 200)
    put(kind, 0, 320, **KINDS[kind])
    _, body = asked(yard, f"/lots/{form}?lang=en&lot={kind}00001")
    assert len(re.findall(rf'type="checkbox" id="lot-{kind}\d', body)) == most + 1
    assert f'value="{kind}00001" checked' in body
    assert f"{320 - most} more lots are not on this page" in body
    _, body = asked(yard, f"/lots/{form}?lang=en&before=1", {"search": "1", "q": "pallet 7", "lot": [f"{kind}00001"]})
    # What was ticked stays; of the rest only what fits.
    shown = re.findall(rf'type="checkbox" id="lot-({kind}\d+)"', body)
    assert sorted(shown) == [f"{kind}00001", f"{kind}00007", *(f"{kind}000{n}" for n in range(70, 80))]
    assert f'value="{kind}00001" checked' in body
    _, body = asked(yard, f"/lots/{form}?lang=en&q={kind}00119")
    assert f"lot-{kind}00119" in body
    _, body = asked(yard, f"/lots/{form}?lang=en&q=nothing")
    assert "No lot fits" in body


def test_a_lot_beyond_the_first_page_of_a_form_is_received(yard):
    sent = [services.collect(TRADER.replace("trader", "yard"), "yard", "circuit-boards", 1000 + n) for n in range(60)]
    for lot in sent:
        services.dispatch(YARD, [lot], TRADER)
        services.receive(TRADER, "trader", [Bag(lot=lot, received_g=services.lot(lot).mass_g, accepted=True)])
    services.dispatch(TRADER, sent, YARD)
    oldest = sorted(sent, key=lambda lot: (Lot.objects.get(id=lot).made_at, lot))[0]
    said = {"lot": [oldest], f"mass-{oldest}": "1.000", "facility": "yard"}
    response = yard.post("/lots/receive", {**said, f"mass-{oldest}": f"{services.lot(oldest).mass_g / 1000:.3f}"})
    assert response.status_code == 302, response.content.decode()[:2000]
    assert services.lot(oldest).holder == YARD


def test_the_lot_and_trace_pages_ask_no_more_for_more_names(yard):
    """Lots of many organisations in one blend: names come together, whoever they are."""
    counts = {}
    for many in (2, 12):
        lots_in = []
        for n in range(many):
            who = registry.admit(f"c{many}-{n}", {"en": f"C{n}"}, "MYS", ("dismantler",))
            registry.site(f"c{many}-{n}", {"en": "w"}, "MYS", 5.4, 100 + n / 10, facility=f"c{many}-{n}")
            lot = services.collect(who, f"c{many}-{n}", "circuit-boards", 10_000)
            services.dispatch(who, [lot], YARD)
            services.receive(YARD, "yard", [Bag(lot=lot, received_g=10_000, accepted=True)])
            lots_in.append(lot)
        blend = services.blend(YARD, lots_in)
        services.pack(YARD, blend, [5_000] * many)
        counts[many] = [asked(yard, f"/lots/{blend}")[0], asked(yard, f"/lots/{blend}/trace")[0]]
        counts[many].append(asked(yard, f"/lots/{blend}/trace?down=1")[0])
    assert counts[2] == counts[12]
    assert max(counts[12]) <= 30, counts


def test_a_lot_drawn_from_writes_no_more_at_the_last_draw_than_at_the_first():
    """What an act writes of states, relations and sums does not grow with what was drawn before."""
    draws = 300
    lot = services.collect(YARD, "yard", "circuit-boards", 10**9)
    # Once more than a tenth is gone, all figures have as many digits as they will have.
    services.transform(YARD, "sorting", [(lot, 150_000_000)], [services.Weighed("circuit-boards", 150_000_000)])
    sizes = []
    for n in range(draws):
        before = written()
        services.transform(YARD, "sorting", [(lot, 1000)], [services.Weighed("circuit-boards", 1000)])
        sizes.append(tuple(b - a for a, b in zip(before[1:], written()[1:], strict=True)))
        if n in (0, draws - 1):
            sizes.append(len(msgspec.json.encode(Lot.objects.get(id=lot).state)))
    first, drawn_once, *others, last, drawn_often = sizes
    assert first == last == others[len(others) // 2]
    assert drawn_often == drawn_once
    assert len(record.used_in([lot])) == draws + 1
    assert totals.standing() == totals.balance()


def written():
    """Rows by table, beside the bytes of all states."""
    rows = [model.objects.count() for model in (Lot, Event, LiesRow, EdgeRow)]
    return (AdditionRow.objects.count(), *rows)


@pytest.mark.postgresql
def test_sums_are_gathered_now_and_then_and_say_the_same(monkeypatch):
    monkeypatch.setattr(sums, "EVERY", 16)
    lot = services.collect(YARD, "yard", "circuit-boards", 10**9)
    for _ in range(20):
        services.transform(YARD, "sorting", [(lot, 1000)], [services.Weighed("circuit-boards", 1000)])
    assert AdditionRow.objects.count() < 20
    assert SumRow.objects.exists()
    assert totals.standing() == totals.balance()


def test_a_record_from_before_there_were_sums_gets_them():
    services.collect(YARD, "yard", "circuit-boards", 1000)
    with as_writer():
        SumRow.objects.all().delete()
        AdditionRow.objects.all().delete()
    assert totals.standing().collected_g == 0
    rebuilding.fill_in()
    assert totals.standing() == totals.balance()
    assert totals.standing().collected_g == 1000


def test_the_balance_page_lists_sites_page_by_page(yard):
    with as_writer():
        SumRow.objects.bulk_create(
            SumRow(account=accounts.SITE, name=f"site-{n:03}", part=part, amount=n + 1)
            for n in range(230)
            for part in ("in", "stock")
        )
    assert asked(yard, "/balance?lang=en")[1].count("site-") == 0
    who = registry.admit("looks", {"en": "Looks"}, "MYS", ("auditor",))
    Membership.objects.update(organisation=who)
    _, body = asked(yard, "/balance?lang=en")
    assert "230 sites" in body
    assert body.count("site-") == 100
    _, body = asked(yard, "/balance?lang=en&from=200")
    assert body.count("site-") == 30
    assert 'href="?from=100"' in body
