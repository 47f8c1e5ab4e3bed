"""A buying point in the browser: a number, a purchase in two looks, a receipt; and who a collector is, erased."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from meguri.buying import board, models, numbers, people, services, vocabulary
from meguri.custody.models import Event, Lot
from meguri.journal import services as journal
from meguri.journal.models import ActRow, Private
from meguri.kit import catalogues
from meguri.kit.models import Membership
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
YARD, OTHER, DOE, MOEJ = (f"organisation:{name}" for name in ("yard", "other", "mys-doe", "jpn-moej"))
NAME, TELEPHONE = "Siti binti Ahmad", "+60 12 345 6789"


@pytest.fixture(autouse=True)
def cast(settings):
    settings.DEMONSTRATION = False
    use_clock(lambda: NOW)
    for who in ("yard", "other"):
        registry.admit(who, {"en": f"{who.title()} Ltd"}, "MYS", ("collector",))
        registry.site(who, {"en": f"{who} point"}, "MYS", 5.4, 100.4, facility=f"{who}-point")
    registry.admit_authorities(["mys-doe", "jpn-moej"])
    yield
    use_clock(None)


def signed_in(organisation) -> Client:
    user = get_user_model().objects.create_user(username=organisation.partition(":")[2], password="x" * 20)
    Membership.objects.create(user=user, organisation=organisation)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def yard():
    return signed_in(YARD)


def page(client, address, language="en"):
    response = client.get(address + ("&" if "?" in address else "?") + f"lang={language}")
    assert response.status_code == 200, response.content.decode()[:3000]
    return response.content.decode()


def with_prices(facility="yard-point"):
    board.write(facility, "myr", {"cables": ("10", "2.50"), "mobile-phones": ("30", "")})


def inputs(html):
    """The fields of a page that somebody fills in: by name, those hidden left out."""
    main = html[html.index("<main") :]
    found = {}
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", main):
        name = re.search(r' name="([^"]+)"', tag)
        if name and 'type="hidden"' not in tag:
            found[name[1]] = tag
    return found


def hidden(html):
    return dict(re.findall(r'<input type="hidden" name="(?!csrf)([\w-]+)" value="([^"]*)"', html))


def test_a_purchase_takes_three_fields_on_one_page_and_one_look(yard, capsys):
    with_prices()
    id = services.register(YARD)
    form = page(yard, "/buying/points/yard-point/buy")
    fields = inputs(form)
    assert set(fields) == {"number", "stream", "mass_kg"}
    look = yard.post(
        "/buying/points/yard-point/buy?lang=en",
        {"number": id.rpartition(".")[2], "stream": "cables", "mass_kg": "7.5"},
    )
    html = look.content.decode()
    assert look.status_code == 200
    assert "93.75 MYR" in html
    assert set(inputs(html)) == {"price"}
    assert 'name="price"' in html
    assert 'value="12.50"' in html
    done = yard.post("/buying/points/yard-point/buy", {**hidden(html), "price": "12.50"})
    assert done.status_code == 302
    receipt = page(yard, done["Location"])
    assert all(said in receipt for said in (id.rpartition(".")[2], "7.500", "93.75 MYR", "<svg"))
    with capsys.disabled():
        print(f"\na purchase: {len(fields)} fields on 1 page, 1 look with the price filled in, then the receipt")


def test_what_is_bought_is_a_lot_with_its_origin_and_the_price_stands_beside_the_act(yard):
    with_prices()
    id = services.register(YARD)
    price = board.priced(board.amount("4", "/price"), "MYR", 2500)
    lot = services.buy(YARD, id, "yard-point", "cables", 2500, price)
    row = Lot.objects.get(id=lot)
    event = Event.objects.get(id=row.made_by)
    assert (event.step, row.mass_g, row.holder) == ("collecting", 2500, YARD)
    purchase = models.Purchase.objects.get(id=lot)
    assert (purchase.collector, purchase.grams) == (id, 2500)
    act = ActRow.objects.get(act_id=purchase.value.act)
    assert b"MYR" not in bytes(act.canonical)
    assert json.loads(Private.objects.get(act_id=act.act_id, name="price").value)["total"] == "10"
    assert [entry.act.kind for entry in journal.history(f"purchase:{lot}")] == ["buying.buy"]


def test_sending_it_twice_buys_once(yard):
    with_prices()
    id = services.register(YARD)
    sent = {"number": id.rpartition(".")[2], "stream": "cables", "mass_kg": "1"}
    once = hidden(yard.post("/buying/points/yard-point/buy", sent).content.decode()) | {"price": "3"}
    answers = {yard.post("/buying/points/yard-point/buy", once)["Location"] for _ in range(2)}
    assert len(answers) == Lot.objects.count() == models.Purchase.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"number": "11111"}, "number"),
        ({"number": ""}, "number"),
        ({"stream": "slag"}, "stream"),
        ({"stream": ""}, "stream"),
        ({"mass_kg": "0"}, "mass_kg"),
        ({"mass_kg": "much"}, "mass_kg"),
        ({"price": "dear", "confirm": "yes"}, "price"),
        ({"price": "-1", "confirm": "yes"}, "price"),
        ({"price": "1.005", "confirm": "yes"}, "price"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(yard, more, field):
    with_prices()
    number = services.register(YARD).rpartition(".")[2]
    sent = {"number": number, "stream": "cables", "mass_kg": "1", **more}
    answer = yard.post("/buying/points/yard-point/buy?lang=en", sent)
    assert answer.status_code in (404, 422)
    assert f'href="#{field}"' in answer.content.decode()
    assert not Lot.objects.exists()


def test_who_a_collector_is_stands_in_no_act_and_is_erased_whole(yard):
    made = yard.post("/buying/collectors/new", {"name": NAME, "telephone": TELEPHONE, "language": "ms"})
    assert made.status_code == 302
    id = models.Collector.objects.get().id
    assert NAME in page(yard, f"/buying/collectors/{id}")
    said = b"".join(bytes(row.canonical) for row in ActRow.objects.all()).decode()
    kept = " ".join(Private.objects.values_list("value", flat=True))
    box = bytes(models.CollectorDetails.objects.get().box)
    assert not any(part in said + kept for part in (NAME, TELEPHONE))
    assert NAME.encode() not in box
    assert yard.post(f"/buying/collectors/{id}/erase").status_code == 302
    assert not models.CollectorDetails.objects.exists()
    assert NAME not in page(yard, f"/buying/collectors/{id}")
    assert models.Collector.objects.filter(id=id).exists()
    journal.seal()
    assert not journal.verify().findings
    assert journal.rebuild(check=True).identical


def test_details_go_under_another_secret_with_the_keys(settings):
    id = services.register(YARD, people.Details(name=NAME))
    people.keep_under(settings.KEYRING_SECRET, "another secret of thirty-two characters")
    settings.KEYRING_SECRET = "another secret of thirty-two characters"
    assert people.find(id) == people.Details(name=NAME)


def test_the_card_has_the_number_and_its_code_opens_the_form(yard):
    id = services.register(YARD)
    number = id.rpartition(".")[2]
    assert "<svg" in page(yard, f"/buying/collectors/{id}/card")
    answer = yard.get(f"/buying/card/{id}")
    assert answer["Location"] == f"/buying/points/yard-point/buy?number={number}"
    with_prices()
    assert f'value="{number}"' in page(yard, answer["Location"])


def test_others_see_neither_numbers_nor_receipts_nor_prices(yard):
    with_prices()
    id = services.register(YARD)
    lot = services.buy(YARD, id, "yard-point", "cables", 1000, board.PricePaid("1", "MYR", "1"))
    other = signed_in(OTHER)
    for address in (
        f"/buying/collectors/{id}",
        f"/buying/collectors/{id}/card",
        f"/buying/card/{id}",
        f"/buying/receipts/{lot}",
        "/buying/points/yard-point/prices",
        "/buying/points/yard-point/buy",
    ):
        assert other.get(address).status_code == 404, address
    for what in ("meet", "lose", "details", "erase"):
        assert other.post(f"/buying/collectors/{id}/{what}", {"step": "1"}).status_code == 404
    slip = Client().get(f"/buying/slip/{services.token(lot)}?lang=en")
    assert "1 MYR" in slip.content.decode()
    assert Client().get(f"/buying/slip/{lot}:x").status_code == 404


def test_steps_show_what_is_missing_and_an_authority_of_the_economy_ticks_too(yard):
    id = services.register(YARD, people.Details(name=NAME))
    address = f"/buying/collectors/{id}"
    assert yard.post(f"{address}/meet", {"demand": "whole"}).status_code == 302
    html = page(yard, address)
    assert str(vocabulary.demands()["fair-price"].name) in html
    early = yard.post(f"{address}/meet", {"demand": "audit"})
    assert early.status_code == 422
    doe = signed_in(DOE)
    assert NAME not in page(doe, address)
    assert doe.post(f"{address}/meet", {"demand": "fair-price"}).status_code == 302
    assert vocabulary.reached(services.find(id)) == 1
    assert signed_in(MOEJ).get(address).status_code == 404
    assert yard.post(f"{address}/lose", {"step": "1", "forbidden": "being-late"}).status_code == 422
    assert yard.post(f"{address}/lose", {"step": "1", "forbidden": "burning-cables"}).status_code == 302
    state = services.find(id)
    assert (vocabulary.reached(state), state.met, len(state.lost)) == (0, (), 1)


def test_the_board_is_written_and_a_class_without_a_price_is_not_bought(yard):
    address = "/buying/points/yard-point/prices"
    assert yard.post(address, {"currency": "MYR"}).status_code == 422
    assert yard.post(address, {"currency": "ringgit", "scrap-cables": "1"}).status_code == 422
    assert yard.post(address, {"currency": "myr", "scrap-cables": "10", "premium-cables": "2.5"}).status_code == 302
    assert "12.50 MYR" in page(yard, address)
    tiles = re.findall(r'type="radio" name="stream" value="([\w-]+)"', page(yard, "/buying/points/yard-point/buy"))
    assert tiles == ["cables"]


@pytest.mark.parametrize("address", ["/buying/", "/buying/points/yard-point/prices", "/buying/points/yard-point/buy",
                                     "/buying/collectors/new", "/buying/collectors/{id}"])  # fmt: skip
def test_no_text_of_the_pages_stands_outside_the_catalogues(yard, address, monkeypatch):
    with_prices()
    id = services.register(YARD)
    services.meet(YARD, id, "whole")
    own = {"yard point", "Yard Ltd", "Meguri", "巡り", "MYR", "kg", "1 kg", id.rpartition(".")[2]}
    own |= {language.name for language in catalogues.languages().values()}
    ja = page(yard, address.format(id=id), "ja")
    main = ja[ja.index("<main") : ja.index("</main")]
    texts = {part.strip() for part in re.findall(r">([^<]+)<", main)}
    english = {part for part in texts if re.search(r"[A-Za-z]{3,}", part) and not any(word in part for word in own)}
    assert english == set()


def test_every_wrong_digit_and_every_exchange_is_noticed():
    for _ in range(50):
        number = numbers.drawn()
        assert numbers.right(number)
        assert len(number) == 5
        for place in range(5):
            for digit in "0123456789":
                if digit != number[place]:
                    assert not numbers.right(number[:place] + digit + number[place + 1 :])
        for place in range(4):
            if number[place] != number[place + 1]:
                other = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
                assert not numbers.right(other)


def test_tables_agree_with_each_other():
    from meguri import reference

    assert set(vocabulary.classes()) <= set(reference.streams())
    assert {one.step for one in vocabulary.demands().values()} == set(vocabulary.steps()) - {0}
    assert len(vocabulary.forbidden()) == 5
    from meguri.kit import rooms

    pictures = {path.stem for path in (rooms.HOUSE / "buying/web/static/img/buying").glob("*.svg")}
    assert {one.icon for one in vocabulary.classes().values()} == pictures
