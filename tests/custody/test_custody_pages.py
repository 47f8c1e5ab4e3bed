"""Lots in the browser: forms that keep what was written, pages that show what a reader may see."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from meguri.custody import services
from meguri.custody.balance import totals
from meguri.custody.models import Event, Lot
from meguri.custody.services import instruments
from meguri.custody.web.life import fitted
from meguri.custody.web.veil import Veil
from meguri.custody.weighing import expectation
from meguri.kit import clock
from meguri.kit.grams import to_kg, typed_kg
from meguri.kit.models import Membership
from meguri.kit.people.identity import Reader
from meguri.kit.problems import Refused
from meguri.kit.web.signing_in import share
from meguri.registry import services as registry
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, 3, tzinfo=UTC)
PENANG, EXPORTER, SMELTER = "organisation:penang", "organisation:exporter", "organisation:smelter"


@pytest.fixture(autouse=True)
def cast(settings):
    settings.DEMONSTRATION = False
    use_clock(lambda: NOW)
    for who, economy, roles in (
        (PENANG, "MYS", ("dismantler",)),
        (EXPORTER, "MYS", ("exporter",)),
        (SMELTER, "JPN", ("smelter", "collector")),
    ):
        name = who.removeprefix("organisation:")
        registry.admit(name, {"en": f"{name.title()} Ltd", "ja": f"{name}社"}, economy, roles)
        registry.site(
            name, {"en": f"{name} works"}, economy, 5.4, 100.4, operations=("R4", "R12"), facility=f"{name}-works"
        )
    registry.grant("facility:smelter-works", "facility-permit", "P-1", NOW)
    yield
    use_clock(None)


def signed_in(organisation) -> Client:
    user = get_user_model().objects.create_user(username=organisation.partition(":")[2], password="x" * 20)
    Membership.objects.create(user=user, organisation=organisation)
    client = Client()
    client.force_login(user)
    return client


def reader(organisation):
    return Reader(organisation=organisation)


def page(client, address):
    response = client.get(address + ("&" if "?" in address else "?") + "lang=en")
    assert response.status_code == 200, response.content.decode()[:3000]
    return response.content.decode()


def take_in(client, mass="7000.000", **more):
    form = page(client, "/lots/take-in")
    hidden = dict(re.findall(r'name="(as_lot|as_event|nonce)" value="(\w+)"', form))
    sent = {
        "stream": "mixed-small-e-waste",
        "mix": "mixed-small-it",
        "mass_kg": mass,
        "facility": "penang-works",
        **hidden,
    }
    return client.post("/lots/take-in", sent | more), hidden.get("as_lot")


def test_a_lot_is_taken_in_once_though_sent_twice():
    yard = signed_in(PENANG)
    form = page(yard, "/lots/take-in")
    hidden = dict(re.findall(r'name="(as_lot|as_event|nonce)" value="(\w+)"', form))
    sent = {"stream": "mixed-small-e-waste", "mass_kg": "7 000.000", "facility": "penang-works", **hidden}
    for _ in range(2):
        response = yard.post("/lots/take-in", sent)
        assert response.status_code == 302, response.content.decode()
    assert Lot.objects.count() == 1
    assert Lot.objects.get().mass_g == 7_000_000
    assert hidden["as_lot"] in page(yard, "/lots/")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mass_kg": "-5"}, "mass_kg"),
        ({"mass_kg": "heavy"}, "mass_kg"),
        ({"mass_kg": "0"}, "mass_kg"),
        ({"mass_kg": "0.0001"}, "mass_kg"),
        ({"mass_kg": "200000000000"}, "mass_kg"),
        ({"mass_kg": "1e999999"}, "mass_kg"),
        ({"mass_kg": "7,500"}, "mass_kg"),
        ({"mass_kg": "7.500"}, "mass_kg"),
        ({"mass_kg": "7,50,0"}, "mass_kg"),
        ({"happened": "yesterday"}, "happened"),
        ({"pieces": "some"}, "pieces"),
        ({"place": "x" * 201}, "place"),
        ({"stream": "unobtainium"}, "stream"),
        ({"facility": "smelter-works"}, "facility"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(more, field):
    yard = signed_in(PENANG)
    response, _ = take_in(yard, **{"label": "pallet 17", **more})
    said = response.content.decode()
    assert response.status_code in (404, 422)
    assert f'href="#{field}"' in said
    assert "pallet 17" in said
    assert Lot.objects.count() == 0


def test_dismantling_shows_the_bill_beside_empty_fields_and_refuses_more_out_than_in():
    yard = signed_in(PENANG)
    _, lot = take_in(yard)
    form = page(yard, f"/lots/{lot}/dismantle")
    fields = re.findall(r'<input id="(out-[\w-]+)"[^>]*value="([^"]*)"', form)
    assert fields
    assert not any(value for _, value in fields)
    bill = expectation.bill("mixed-small-e-waste", 7_000_000)
    assert all(to_kg(line.mass_g) in form for line in bill.lines)
    values = {f"out-{line.stream}": typed_kg(line.mass_g) for line in bill.lines}
    values |= {"taken_kg": "7000", "loss_kg": typed_kg(bill.loss_g)}
    wrong = yard.post(f"/lots/{lot}/dismantle", {**values, "out-circuit-boards": "2000.0000", "loss_reason": "dust"})
    assert wrong.status_code == 422
    assert "2000.0000" in wrong.content.decode()
    assert "1.00 %" in wrong.content.decode()
    unexplained = yard.post(f"/lots/{lot}/dismantle", {**values, "loss_reason": ""})
    assert 'href="#loss_reason"' in unexplained.content.decode()
    response = yard.post(f"/lots/{lot}/dismantle", {**values, "loss_reason": "dust"})
    assert response.status_code == 302, response.content.decode()
    assert totals.balance().closed
    assert "Dismantle" in page(yard, f"/lots/{lot}")


@pytest.fixture
def boards():
    lot = services.collect(PENANG, "penang-works", "mixed-small-e-waste", 7_000_000)
    return services.dismantle(PENANG, lot).by_stream["circuit-boards"]


def test_a_sale_a_receipt_a_blend_and_bags(boards):
    yard, buyer = signed_in(PENANG), signed_in(EXPORTER)
    assert yard.post("/lots/dispatch", {"lot": boards, "to": SMELTER}).status_code == 422
    assert yard.post("/lots/dispatch", {"lot": boards, "to": EXPORTER}).status_code == 302
    mass = services.lot(boards).mass_g
    assert boards in page(buyer, "/lots/receive")
    light = {"lot": boards, f"mass-{boards}": f"{mass * 0.9 / 1000:.3f}", "facility": "exporter-works"}
    assert buyer.post("/lots/receive", light).status_code == 302
    assert services.still_open([boards])
    agreed = {"mass_kg": light[f"mass-{boards}"], "reason": "rain"}
    assert yard.post(f"/lots/{boards}/agree", agreed).status_code == 302
    assert not services.still_open([boards])
    held = services.lot(boards)
    assert held.holder == EXPORTER
    assert buyer.post("/lots/blend", {"lot": [boards], "label": "B"}).status_code == 302
    blend = Lot.objects.get(stream="circuit-boards", status="held").id
    form = page(buyer, f"/lots/{blend}/pack?count=3")
    masses = re.search(r"<textarea[^>]*>([^<]*)</textarea>", form).group(1).split()
    assert len(masses) == 3
    assert sum(round(float(m) * 1000) for m in masses) == held.mass_g
    assert buyer.post(f"/lots/{blend}/pack", {"masses": "nonsense"}).status_code == 422
    assert buyer.post(f"/lots/{blend}/pack", {"masses": "\r\n".join(masses)}).status_code == 302
    assert totals.balance().closed


def test_smelting_by_file_assay_and_weights():
    smelter = signed_in(SMELTER)
    lots = [services.collect(SMELTER, "smelter-works", "circuit-boards", 1_000_000) for _ in range(3)]
    page(smelter, "/lots/smelt")
    assert smelter.post("/lots/smelt", {"basis": "file"}).status_code == 422
    wrong = smelter.post("/lots/smelt", {"basis": "assay", "lot": lots[0], "assay-Au": "many"})
    assert 'href="#assay-Au"' in wrong.content.decode()
    fine = {f"fine-{element}": "999.9" for element in ("Cu", "Au", "Ag", "Pd")}
    assert smelter.post("/lots/smelt", {"basis": "file", "lot": lots[0], **fine}).status_code == 302
    sent = {"basis": "assay", "lot": lots[1], "assay-Au": "250", **fine}
    assert smelter.post("/lots/smelt", sent).status_code == 302
    weights = {"w-element-Cu": "180", "w-element-Au": "0.150", "w-element-Ag": "0.700", "w-element-Pd": "0.100"}
    weights |= {"w-slag": "520", "loss_kg": "249.05", "extra-stream-0": "flue-dust", "extra-mass-0": "50", **fine}
    too_much = smelter.post("/lots/smelt", {"basis": "weighed", "lot": lots[2], **weights, "w-element-Au": "900"})
    assert too_much.status_code == 422
    unexplained = smelter.post("/lots/smelt", {"basis": "weighed", "lot": lots[2], **weights})
    assert 'href="#loss_reason"' in unexplained.content.decode()
    weights["loss_reason"] = "off-gas"
    assert smelter.post("/lots/smelt", {"basis": "weighed", "lot": lots[2], **weights}).status_code == 302
    gold = sorted(Lot.objects.filter(stream="element:Au").values_list("mass_g", flat=True))
    assert len(gold) == 3
    assert totals.balance().closed
    found = page(smelter, "/balance")
    assert "It adds up." in found
    assert "smelter works" in found


def test_pages_of_a_lot_in_both_languages(boards):
    yard = signed_in(PENANG)
    for address in ("/lots/", f"/lots/{boards}", f"/lots/{boards}/trace", f"/lots/{boards}/trace?down=1", "/balance"):
        english = page(yard, address)
        sign = "&" if "?" in address else "?"
        japanese = yard.get(f"{address}{sign}lang=ja").content.decode()
        assert '<html lang="ja">' in japanese
        assert re.search(r"<h1>(.*?)</h1>", english, re.S).group(1) != re.search(
            r"<h1>(.*?)</h1>", japanese, re.S
        ).group(1)
    drawing = page(yard, f"/lots/{boards}")
    assert "by the expected bill" in drawing
    assert "予想産出量" in yard.get(f"/lots/{boards}?lang=ja").content.decode()
    assert "<svg" in drawing
    assert "url(#lost)" in drawing
    japanese = yard.get(f"/lots/{boards}?lang=ja").content.decode()
    assert ">損失 " in japanese
    assert "/journal/acts/" in drawing
    assert "style=" not in drawing.split("<main")[1]


def test_somebody_elses_lot_is_not_found_and_strangers_sign_in(boards):
    other = signed_in(EXPORTER)
    for address in ("", "/trace", "/dismantle", "/pack", "/correct"):
        assert other.get(f"/lots/{boards}{address}").status_code == 404
    assert other.post(f"/lots/{boards}/share", {"days": "3"}).status_code == 404
    assert other.get(f"/api/lots/{boards}").status_code == 404
    assert Client().get("/api/lots/XX").status_code == 401
    assert Client().get(f"/lots/{boards}").status_code in (302, 401)


def test_a_shared_link_shows_economies_and_no_names(boards):
    yard = signed_in(PENANG)
    assert yard.post(f"/lots/{boards}/share", {"days": "many"}).status_code == 422
    where = yard.post(f"/lots/{boards}/share", {"days": "30"})["Location"]
    token = re.search(r"shared=([\w-]+)", where).group(1)
    assert token in page(yard, where)
    for down in ("", "?down=1"):
        shared = page(Client(), f"/share/{token}{down}")
        assert "Penang Ltd" not in shared
        assert "penang" not in shared.lower().replace("penang-", "")
        assert "Malaysia" in shared or "MYS" in shared
    assert Client().get("/share/wrong").status_code == 404


def test_a_shared_link_is_withdrawn_where_it_was_made_by_whom_made_it(boards):
    yard, other = signed_in(PENANG), signed_in(EXPORTER)
    first, second = (
        re.search(r"shared=([\w-]+)", yard.post(f"/lots/{boards}/share", {"days": "30"})["Location"])[1] for _ in "ab"
    )
    shown = page(yard, f"/lots/{boards}/trace")
    assert f"/share/{first}/withdraw" in shown
    assert f"/share/{second}/withdraw" in shown
    for stranger in (other, Client()):
        assert stranger.post(f"/lots/{boards}/share/{first}/withdraw").status_code in (302, 401, 404)
        assert Client().get(f"/share/{first}").status_code == 200
    assert yard.get(f"/lots/{boards}/share/{first}/withdraw").status_code == 405
    assert yard.post(f"/lots/{boards}/share/{first}/withdraw").status_code == 302
    assert Client().get(f"/share/{first}").status_code == 404
    assert Client().get(f"/share/{second}").status_code == 200
    assert f"/share/{first}/withdraw" not in page(yard, f"/lots/{boards}/trace")
    assert yard.post(f"/lots/{boards}/share/{first}/withdraw").status_code == 302
    for _ in range(share.MOST - 1):
        assert yard.post(f"/lots/{boards}/share", {"days": "1"}).status_code == 302
    assert yard.post(f"/lots/{boards}/share", {"days": "1"}).status_code == 422


def test_the_balance_is_public_without_names(boards):
    found = page(Client(), "/balance")
    assert "Dismantler" not in found
    assert "penang works" not in found
    assert "from 3 organisations on" in found
    told = Client().get("/api/balance").json()
    assert told["closure_g"] == 0
    assert "sites" not in told
    assert told["collected_g"] is None
    assert told["withheld"]
    assert "penang works" in page(signed_in(PENANG), "/balance")


def test_endpoints(boards):
    yard = signed_in(PENANG)
    told = yard.get(f"/api/lots/{boards}").json()
    assert told["mass_g"] == services.lot(boards).mass_g
    assert "parties" not in told
    trace = yard.get(f"/api/lots/{boards}/trace?down=true").json()
    assert sum(share["grams"] for share in trace["shares"]) == told["made_g"]
    table = b"".join(yard.get("/lots/?format=csv").streaming_content).decode().splitlines()
    assert table[0].startswith("lot,stream")
    assert len(table) == 1 + Lot.objects.visible_to(reader(PENANG)).count()
    described = Client().get("/api/openapi.json").json()
    assert "/api/lots/{id}/trace" in json.dumps(described)


def test_every_link_of_a_lots_pages_opens(boards):
    yard, buyer = signed_in(PENANG), signed_in(EXPORTER)
    services.dispatch(PENANG, [boards], EXPORTER)
    for client in (yard, buyer):
        for address in (f"/lots/{boards}", f"/lots/{boards}/trace", f"/lots/{boards}/trace?down=1"):
            found = set(re.findall(r'href="(/(?:lots|journal)/[^"?#]+)"', page(client, address)))
            assert found
            for link in found:
                assert client.get(link).status_code == 200, (address, link)


def test_absurd_numbers_in_addresses_and_small_forms_are_answered(boards):
    yard = signed_in(PENANG)
    many = "9" * 5000
    assert yard.get(f"/lots/{boards}/pack?count={many}").status_code == 200
    assert yard.post(f"/lots/{boards}/share", {"days": many}).status_code == 422
    assert yard.post("/lots/dispatch", {"lot": boards, "to": ""}).content.decode().count('href="#to"') == 1


def test_a_material_without_its_mass_is_no_output():
    yard = signed_in(PENANG)
    _, lot = take_in(yard)
    form = page(yard, f"/lots/{lot}/dismantle")
    values = dict(re.findall(r'<input id="([\w-]+)" name="\1" inputmode="decimal" value="([\d.]+)"', form))
    more = {"loss_reason": "dust", "extra-stream-0": "printers", "extra-mass-0": ""}
    response = yard.post(f"/lots/{lot}/dismantle", values | more)
    assert response.status_code == 422
    assert 'href="#extra-mass-0"' in response.content.decode()


def test_what_is_no_longer_coming_is_said_as_such(boards):
    yard, buyer = signed_in(PENANG), signed_in(EXPORTER)
    yard.post("/lots/dispatch", {"lot": boards, "to": EXPORTER})
    sent = {"lot": boards, f"mass-{boards}": f"{services.lot(boards).mass_g / 1000:.3f}", "facility": "exporter-works"}
    assert buyer.post("/lots/receive", sent).status_code == 302
    again = buyer.post("/lots/receive", sent)
    assert again.status_code == 409
    assert f"Lot {boards} is not on its way to you" in again.content.decode()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"basis": "assay"}, "assay-Cu"),
        ({"basis": "assay", "assay-Cu": "220"}, "assay-Cu"),
        ({"basis": "assay", "assay-Au": "7,5"}, "assay-Au"),
        ({"basis": "assay", "assay-Au": "1e999999999999999999"}, "assay-Au"),
        ({"basis": "by heart"}, "basis"),
        ({"basis": "weighed", "w-slag": "1e999999"}, "w-slag"),
    ],
)
def test_an_assay_is_read_in_its_own_unit(more, field):
    works = signed_in(SMELTER)
    lot = services.collect(SMELTER, "smelter-works", "circuit-boards", 500_000)
    response = works.post("/lots/smelt", {"lot": lot, **more})
    assert response.status_code == 422
    assert f'href="#{field}"' in response.content.decode()
    assert services.lot(lot).mass_g == 500_000


def test_whoever_is_not_named_is_said_by_role_and_economy():
    said = Veil(None, (), hidden=True).who(PENANG)
    assert said.en == "Dismantler, Malaysia"
    assert said.say("ja") == "マレーシアの解体業者"
    assert Veil(None, ()).who("organisation:nobody").say("ja") == "ある事業者"


@pytest.mark.parametrize("text", ["Mixed small e-waste of any kind", "混合小型電子機器廃棄物のすべて", "短い", ""])
def test_words_of_a_drawing_are_cut_to_their_room(text):
    """A wide letter takes the room of nearly two."""
    cut = fitted(text)
    assert len(cut) <= (12 if text and ord(text[0]) > 0x3000 else 22)
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]) and len(cut) > 10)


def test_a_refusal_in_japanese_names_everybody_in_japanese(boards):
    yard = signed_in(PENANG)
    response = yard.post("/lots/dispatch", {"lot": boards, "to": SMELTER}, headers={"accept-language": "ja"})
    assert "smelter社" in response.content.decode().split("error-summary")[1].split("</ul>")[0]


def instrument(client, **changes):
    values = {
        "name": "Platform 1", "facility": "penang-works", "class": "scale III", "interval": "0.5", "unit": "kg",
        "most_kg": "1500", "verified_until": "2027-06-30", "number": "PS-7",
    }  # fmt: skip
    return client.post("/lots/instruments", {**values, **changes})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"interval": "0"}, "interval"),
        ({"interval": "-1"}, "interval"),
        ({"interval": "half"}, "interval"),
        ({"unit": ""}, "unit"),
        ({"unit": "lb"}, "unit"),
        ({"class": "scale V"}, "class"),
        ({"most_kg": "9000"}, "most_kg"),
        ({"verified_until": "2020-01-01"}, "verified_until"),
        ({"facility": "smelter-works"}, "facility"),
    ],
)
def test_an_instrument_that_cannot_be_is_refused_at_its_field(changes, field):
    answer = instrument(signed_in(PENANG), **changes)
    assert answer.status_code in (404, 422)
    assert f'href="#{field}"' in answer.content.decode()


def test_an_instrument_is_entered_once_and_a_person_types_the_mass():
    yard = signed_in(PENANG)
    assert instrument(yard).status_code == 302
    (id,) = instruments.of(PENANG)
    assert "0.5 kg" in page(yard, "/lots/instruments")
    assert f'<option value="{id}" selected' in page(yard, "/lots/take-in")
    response, _ = take_in(yard, mass_kg="250.500", scale=id, ticket="T-9")
    assert response.status_code == 302
    found = Lot.objects.get().value
    assert (found.mass_g, found.basis.how, found.basis.ticket) == (250_500, "weighed", "T-9")
    assert "weighed" in page(yard, f"/lots/{Lot.objects.get().id}")
    assert instrument(yard, again=id, verified_until="2028-06-30").status_code == 302
    assert instruments.instrument(id).verified_until.year == 2028


def test_what_did_not_come_and_what_was_refused_in_part_is_said_on_one_form(boards):
    yard, buyer = signed_in(PENANG), signed_in(EXPORTER)
    (first, second) = services.pack(PENANG, boards, [100_000, 110_000])
    services.dispatch(PENANG, [first, second], EXPORTER)
    values = {
        "lot": [first, second], "facility": "exporter-works", f"take-{first}": "missing", f"mass-{second}": "109.500",
        f"take-{second}": "accept", f"part-{second}": "9.500", f"reason-{second}": "stones",
        f"pieces-{second}": "7", "scale": "", "ticket": "T-4",
    }  # fmt: skip
    wrong = buyer.post("/lots/receive", {**values, f"pieces-{second}": "some"})
    assert (wrong.status_code, f'href="#pieces-{second}"' in wrong.content.decode()) == (422, True)
    assert buyer.post("/lots/receive", values).status_code == 302
    assert (services.lot(first).status, services.lot(second).mass_g) == ("missing", 100_000)
    assert (services.lot(second).basis.how, services.lot(second).basis.ticket) == ("counted", "T-4")
    assert first in page(yard, "/")
    assert "did not arrive" in page(yard, f"/lots/{first}")
    assert totals.balance().closed


def test_a_stream_without_a_bill_shows_none():
    yard = signed_in(PENANG)
    lot = services.collect(PENANG, "penang-works", "end-of-life-vehicles", 7_000_000)
    form = page(yard, f"/lots/{lot}/dismantle")
    assert 'name="out-' not in form
    with pytest.raises(Refused, match="No bill is on file"):
        services.dismantle(PENANG, lot)
    values = {"taken_kg": "7000", "extra-stream-0": "steel-scrap", "extra-mass-0": "6900", "loss_kg": "100"}
    assert yard.post(f"/lots/{lot}/dismantle", {**values, "loss_reason": "fluids"}).status_code == 302


def test_paper_of_yesterday_is_entered_with_the_hour_there():
    yard = signed_in(PENANG)
    yesterday = (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT16:30")
    response, _ = take_in(yard, happened=yesterday)
    assert response.status_code == 302
    assert Event.objects.get().value.happened == f"{yesterday}+08:00"
