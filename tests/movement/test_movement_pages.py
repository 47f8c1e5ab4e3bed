"""Movements in the browser: planned under a case or on a verdict, each transition from its form, lists by page."""

from __future__ import annotations

import re

import pytest
from consent_browser import page, plain, questions, rows_of, signed_in
from consent_cast import KG, on
from consent_room import DOE, SELLER, SMELTER, TO_CONSENT, ask, certify_japan, notify, steps
from django.test import Client

from meguri.consent.case import record as consent
from meguri.custody import services as custody
from meguri.movement import record, services
from meguri.movement.models import Movement
from meguri.movement.states import LotMass
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
SHIP, TRUCK = "organisation:ship", "organisation:truck"
GREEN = "from=MYS&to=JPN&stream=copper-granules&operation=R4&on=2025-11-19&fact=hazardous%3Dfalse"
PORTS = {"port_from": "MYPKG", "port_to": "JPTAK", "via": ["", ""]}
PLAN = {
    **PORTS, "carrier": SHIP, "planned_on": "2025-11-19", "packaging": "bag", "packages": "2",
    "conveyance": "MV Example",
}  # fmt: skip


def ruled():
    """DOE lets the seller's granules of copper leave: Malaysia's law on scrap that is not hazardous is unread."""
    return registry.grant(SELLER, "movement-ruling", "DOE 7", on("2025-09-01"), on("2026-09-01"), issued_by="mys-doe")


@pytest.fixture
def case(cast):
    certify_japan()
    registry.admit("truck", {"en": "truck"}, "JPN", ("carrier",))
    cast("2025-10-01")
    return notify(ask())


@pytest.fixture
def lots(case):
    return [custody.collect(SELLER, "yard", "circuit-boards", 1000 * KG) for _ in range(3)]


@pytest.fixture
def movement(cast, case, lots):
    """Two lots of the three, planned on the day on which they are to leave."""
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    return services.plan(
        SELLER, [LotMass(lot, 1000 * KG) for lot in lots[:2]], case=case, carrier="ship", port_from="MYPKG",
        port_to="JPTAK", planned_on=on("2025-11-19").date(), packaging="bag", conveyance="MV Example",
    )  # fmt: skip


def offered(client, movement):
    """The transitions for which the page has forms."""
    return re.findall(rf'action="/movements/{movement}/(\w+)"', page(client, f"/movements/{movement}"))


def test_a_movement_from_page_to_page(cast, case, lots):
    seller = signed_in(SELLER)
    new = f"/movements/new?case={case}"
    assert "The consent of DOE (MYS) is missing" in page(seller, new)
    sent = PLAN | {"lot": lots[:2]}
    assert seller.post(new, sent).status_code == 409
    steps(cast, case, *TO_CONSENT)
    looked = plain(seller.post(new, sent | {"look": "yes", "via": ["SGSIN", ""]}))
    assert "not consented" in looked
    assert "touches SGP" in looked
    assert "km" in looked
    for wrong, field in (
        ({"port_to": "JPXXX"}, "port_to"),
        ({"lot": ["NOPE"]}, "lots"),
        ({"carrier": ""}, "carrier"),
        ({"packages": "two"}, "packages"),
    ):
        response = seller.post(new, sent | wrong)
        assert response.status_code == 422
        assert f'href="#{field}"' in plain(response)
    assert not Movement.objects.exists()
    cast("2025-11-19")
    name = re.search(r'name="as_movement" value="(\w+)"', page(seller, new)).group(1)
    for _ in range(2):
        response = seller.post(new, sent | {"as_movement": name})
        assert response.status_code == 302, plain(response)
        assert response.headers["Location"] == f"/movements/{name}"
    assert Movement.objects.count() == 1
    here = f"/movements/{name}"
    shown = page(seller, here)
    for number in range(1, 20):
        assert f"{number}. " in shown or f"{number}a. " in shown
    assert offered(seller, name) == ["depart", "announce", "change", "cancel"]
    assert signed_in(SHIP).post(f"{here}/depart").status_code == 302
    smelter = signed_in(SMELTER)
    cast("2025-12-03")
    assert offered(smelter, name) == ["receive"]
    receipt = {"kg-0": "996.000", "outcome-0": "accept", "kg-1": "996", "outcome-1": "refuse", "reason-1": ""}
    response = smelter.post(f"{here}/receive", receipt)
    assert response.status_code == 422
    assert 'href="#receive-bags-1-reason"' in plain(response)
    assert 'value="996.000"' in plain(response)
    response = smelter.post(f"{here}/receive", receipt | {"kg-1": "much"})
    assert 'href="#receive-bags-1-received_g"' in plain(response)
    assert smelter.post(f"{here}/receive", receipt | {"reason-1": "Wet"}).status_code == 302
    assert "Record the smelting" in page(smelter, here)
    assert "refused: Wet" in page(seller, here)
    smelted = custody.smelt(SMELTER, record.arrival(name).taken_lots)
    response = smelter.post(f"{here}/certify", {"event": "NONE"})
    assert response.status_code == 422
    assert 'href="#certify-event"' in plain(response)
    assert smelter.post(f"{here}/certify", {"event": smelted.event}).status_code == 302
    assert record.movement(name).status == "recovered"
    assert smelter.post(f"/cases/{case}/complete").status_code == 302
    assert consent.dossier(case).completed_at == on("2025-12-03")
    assert signed_in(DOE).get(f"/api/cases/{case}").json()["standing"] == "completed"
    page(seller, f"/cases/{case}")
    page(seller, here)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pages_speak_both_languages(movement, case, language):
    seller = signed_in(SELLER, language)
    words = {"en": "What waits for you", "ja": "お待ちしている手続"}[language]
    assert words in page(seller, "/movements/")
    shown = page(seller, f"/movements/{movement}")
    assert {"en": "Let the consignment leave", "ja": "出荷を記録する"}[language] in shown
    assert {"en": "Planned", "ja": "計画済み"}[language] in shown
    assert {"en": "What leaves, and how?", "ja": "何を、どのように出荷しますか"}[language] in page(
        seller, f"/movements/new?case={case}"
    )
    page(seller, "/movements/new")


def test_a_plan_is_changed_from_the_page(cast, movement, lots):
    seller = signed_in(SELLER)
    here = f"/movements/{movement}"
    sent = {
        "lot": [lots[0], lots[2]], "planned_on": "2025-11-25", "carrier": TRUCK, "conveyance": "Lorry & trailer",
        "packages": "3", "packaging": "box", "reason": "The ship is late",
    }  # fmt: skip
    response = seller.post(f"{here}/change", sent | {"planned_on": "tomorrow"})
    assert response.status_code == 422
    assert 'href="#change-planned_on"' in plain(response)
    assert "Lorry &amp; trailer" in plain(response)
    assert 'href="#change-lots"' in plain(seller.post(f"{here}/change", sent | {"lot": []}))
    assert 'href="#change-lots"' in plain(seller.post(f"{here}/change", sent | {"lot": ["NOPE"]}))
    assert seller.post(f"{here}/change", sent).status_code == 302
    state = record.movement(movement)
    assert [part.lot for part in state.lots] == [lots[0], lots[2]]
    assert (state.carrier, state.packages, state.conveyance) == (TRUCK, 3, "Lorry & trailer")
    cast("2025-11-28")
    assert "that day has passed" not in page(seller, here)
    cast("2025-11-29")
    assert "that day has passed" in page(seller, here)


def test_a_planned_movement_is_announced_and_cancelled_with_a_reason(movement):
    seller = signed_in(SELLER)
    here = f"/movements/{movement}"
    assert seller.post(f"{here}/announce").status_code == 302
    assert offered(seller, movement) == ["depart", "change", "cancel"]
    response = seller.post(f"{here}/cancel", {"reason": " "})
    assert response.status_code == 422
    assert 'href="#cancel-reason"' in plain(response)
    assert seller.post(f"{here}/cancel", {"reason": "No ship"}).status_code == 302
    assert "Cancelled" in page(seller, here)
    assert "Nothing for you to do now." in page(seller, here)


def test_on_the_way_it_is_handed_over_missed_found_and_called_back(cast, movement):
    seller, ship = signed_in(SELLER), signed_in(SHIP)
    here = f"/movements/{movement}"
    services.depart(SHIP, movement)
    assert offered(ship, movement) == ["hand_over", "miss"]
    response = ship.post(f"{here}/hand_over", {"to": "", "place": "Kobe"})
    assert response.status_code == 422
    assert 'href="#hand_over-to"' in plain(response)
    assert 'value="Kobe"' in plain(response)
    assert ship.post(f"{here}/hand_over", {"to": TRUCK, "place": "Kobe"}).status_code == 302
    shown = page(seller, here)
    assert "truck" in shown.split("8b. ")[1].split("8c. ")[0]
    assert 'href="#miss-text"' in plain(seller.post(f"{here}/miss", {"text": ""}))
    assert seller.post(f"{here}/miss", {"text": "No news since Monday"}).status_code == 302
    assert "Missing" in page(seller, here)
    truck = signed_in(TRUCK)
    assert truck.post(f"{here}/find", {"text": "In the depot"}).status_code == 302
    response = seller.post(f"{here}/return", {"reason": ""})
    assert response.status_code == 422
    assert 'href="#return-reason"' in plain(response)
    assert seller.post(f"{here}/return", {"reason": "Recalled"}).status_code == 302
    assert offered(seller, movement) == ["take_back"]
    sent = {"facility": "works", "kg-0": "999", "kg-1": "1000"}
    assert 'href="#take_back-facility"' in plain(seller.post(f"{here}/take_back", sent))
    assert 'href="#take_back-bags-1-received_g"' in plain(
        seller.post(f"{here}/take_back", sent | {"facility": "yard", "kg-1": "all"})
    )
    assert seller.post(f"{here}/take_back", sent | {"facility": "yard"}).status_code == 302
    assert record.movement(movement).status == "returned"


def test_what_arrives_is_recovered_lot_by_lot(cast, movement):
    here, smelter = f"/movements/{movement}", signed_in(SMELTER)
    services.depart(SHIP, movement)
    cast("2025-12-03")
    taken = {"kg-0": "1000", "outcome-0": "accept", "kg-1": "1000", "outcome-1": "accept"}
    assert smelter.post(f"{here}/receive", taken).status_code == 302
    for lot, status in zip(record.arrival(movement).taken_lots, ("partly_recovered", "recovered"), strict=True):
        smelted = custody.smelt(SMELTER, [lot])
        assert offered(smelter, movement) == ["certify"]
        assert smelter.post(f"{here}/certify", {"event": smelted.event}).status_code == 302
        assert record.movement(movement).status == status
    block = page(smelter, here).split("19. ")[1].split("</dd>")[0]
    assert block.count("Electronic act") == 2
    assert offered(smelter, movement) == []


def test_what_is_refused_goes_back(cast, movement):
    here, seller = f"/movements/{movement}", signed_in(SELLER)
    services.depart(SHIP, movement)
    cast("2025-12-03")
    refused = {"kg-0": "1000", "outcome-0": "refuse", "reason-0": "Wet", "kg-1": "1000", "outcome-1": "refuse"}
    assert signed_in(SMELTER).post(f"{here}/receive", refused | {"reason-1": "Wet"}).status_code == 302
    assert "Refused at the facility" in page(seller, here)
    assert offered(seller, movement) == ["return"]
    assert seller.post(f"{here}/return", {"reason": "Refused", "carrier": TRUCK}).status_code == 302
    assert offered(seller, movement) == ["take_back"]
    back = {"facility": "yard", "kg-0": "1000", "kg-1": "1000"}
    assert seller.post(f"{here}/take_back", back).status_code == 302
    shown = page(seller, here)
    assert "Taken back" in shown
    assert "ship" in (carriers := shown.split("8a. ")[1].split("9. ")[0])
    assert "truck" not in carriers


def test_a_verdict_that_asks_for_no_consent_lets_it_move_without_a_case(cast):
    cast("2025-11-19")
    lot = custody.collect(SELLER, "yard", "copper-granules", 500 * KG)
    seller = signed_in(SELLER)
    new = f"/movements/new?{GREEN}"
    assert f'href="{new.replace("&", "&amp;")}"' in page(seller, f"/may-it-move?{GREEN}")
    shown = page(seller, new)
    assert "Allowed, not controlled" in shown
    assert "Verdict: not controlled" in shown
    sent = PLAN | {"lot": [lot], "facility": "works", "importer": "", "kind": "declaration", "number": ""}
    response = seller.post(new, sent)
    assert response.status_code == 422
    assert 'href="#number"' in plain(response)
    assert 'href="#facility"' in plain(seller.post(new, sent | {"number": "D-1", "facility": "yard"}))
    assert "not asked for" in plain(seller.post(new, sent | {"look": "yes", "via": ["SGSIN", ""]}))
    unruled = seller.post(new, sent | {"number": "D-1 / 2"})
    assert unruled.status_code == 409
    assert "Whether this may move is for DOE (Malaysia) to say, and no ruling of its own is on record." in plain(
        unruled
    )
    assert not Movement.objects.exists()
    ruling = ruled()
    response = seller.post(new, sent | {"number": "D-1 / 2"})
    assert response.status_code == 302, plain(response)
    (row,) = Movement.objects.all()
    here = f"/movements/{row.id}"
    assert row.value.licences == (ruling,)
    shown = page(seller, here)
    assert "D-1 / 2" in shown
    assert "Declaration of the exporter" in shown
    assert "Allowed, not controlled, asked for 2025-11-19" in shown
    digest = consent.verdict(row.value.permission.verdict).law
    assert digest[:12] in shown
    assert digest[:13] not in shown
    assert "all consents are held" not in shown
    pdf = seller.get(f"{here}/document.pdf")
    assert pdf.headers["Content-Disposition"] == 'inline; filename="movement-D-1-2-1.pdf"'
    page(signed_in("organisation:stranger"), here, 404)
    page(signed_in(DOE), here, 404)
    assert signed_in(SHIP).post(f"{here}/depart").status_code == 302
    smelter = signed_in(SMELTER)
    assert smelter.post(f"{here}/receive", {"kg-0": "500", "outcome-0": "accept"}).status_code == 302
    assert record.movement(row.id).status == "received"


def test_what_needs_consents_or_is_prohibited_is_not_planned_on_a_verdict(cast):
    seller = signed_in(SELLER)
    shown = page(seller, "/movements/new?from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-11-19", 422)
    assert 'href="/cases/new?from=MYS' in shown
    prohibited = "from=USA&to=MYS&stream=circuit-boards&operation=R4&on=2025-02-01&fact=hazardous%3Dfalse"
    assert "The verdict does not let it move." in page(seller, f"/movements/new?{prohibited}", 422)
    assert "/movements/new" not in page(seller, f"/may-it-move?{prohibited}")
    page(seller, "/movements/new?from=XXX&to=JPN&stream=circuit-boards", 422)
    assert "A movement begins with a case or with a verdict." in page(seller, "/movements/new")


def test_who_sees_a_movement_and_how_much_of_it(movement, case):
    here = f"/movements/{movement}"
    for reader in (SELLER, SMELTER, DOE, "organisation:buyer"):
        assert f'href="/cases/{case}"' in page(signed_in(reader), here)
    ship = page(signed_in(SHIP), here)
    assert f"/cases/{case}" not in ship
    assert "/lots/" not in ship.split("<main")[1].split("Lots of this consignment")[1].split("</table>")[0]
    for stranger in (signed_in("organisation:stranger"), signed_in(TRUCK)):
        page(stranger, here, 404)
        assert stranger.get(f"{here}/document.pdf").status_code == 404
        assert stranger.post(f"{here}/depart").status_code == 404
        assert stranger.get(f"/movements/?case={case}").context["rows"] == []
    assert Client().get(here).status_code in (302, 401)
    assert signed_in(SELLER).post(f"{here}/explode").status_code == 404
    assert signed_in(SMELTER).post(f"{here}/depart").status_code == 403


def test_old_addresses_lead_on(movement, case):
    seller, old = signed_in(SELLER), f"/cases/{case}/movements"
    assert seller.get(f"{old}/{movement}").headers["Location"] == f"/movements/{movement}"
    assert seller.get(f"{old}/new?port_from=MYPKG").headers["Location"] == (
        f"/movements/new?port_from=MYPKG&case={case}"
    )
    assert seller.get(f"{old}/{movement}/depart").headers["Location"] == f"/movements/{movement}"
    for address in (f"{old}/{movement}/document.pdf", f"/movements/{movement}/document.pdf"):
        pdf = seller.get(address)
        assert pdf.headers["Content-Type"] == "application/pdf"
        assert pdf.content[:5] == b"%PDF-"
    assert seller.get(f"/cases/OTHER/movements/{movement}/document.pdf").status_code == 404
    sent = signed_in(SHIP).post(f"{old}/{movement}/depart")
    assert (sent.status_code, sent.headers["Location"]) == (307, f"/movements/{movement}/depart")


def test_lists_are_cut_nowhere_and_go_out_as_csv(cast, case, movement, lots, monkeypatch):
    from meguri.movement.web import pages

    cast("2025-11-19")
    ruled()
    free = [custody.collect(SELLER, "yard", "copper-granules", 10 * KG) for _ in range(5)]
    verdict = ask(stream="copper-granules", facts="hazardous=false", on="2025-11-19")
    more = [
        services.plan(
            SELLER, [LotMass(lot, 10 * KG)], verdict=verdict, facility="works", carrier="ship", port_from="MYPKG",
            port_to="JPTAK", planned_on=on("2025-11-19").date(),
        )
        for lot in free
    ]  # fmt: skip
    monkeypatch.setattr(pages, "SHOWN", 2)
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    seller = signed_in(SELLER)
    seen, address = [], "/movements/"
    while address:
        response = seller.get(address)
        seen += [row["id"] for row in response.context["rows"]]
        address = response.context["page"].older and "/movements/" + response.context["page"].older
    assert seen == [*more[::-1], movement]
    lines = rows_of(seller.get("/movements/?format=csv"))
    assert [line.partition(",")[0] for line in lines[1:]] == seen
    assert rows_of(seller.get(f"/movements/?case={case}&format=csv"))[1].startswith(f"{movement},{case},")
    assert [row["id"] for row in seller.get(f"/movements/?case={case}").context["rows"]] == [movement]
    assert [row["id"] for row in signed_in(DOE).get("/movements/").context["rows"]] == [movement]


def test_more_on_record_asks_no_more_of_it(cast, case, movement, lots):
    def another(n):
        lot = custody.collect(SELLER, "yard", "copper-granules", 10 * KG)
        made = services.plan(
            SELLER, [LotMass(lot, 10 * KG)], verdict=verdict, facility="works", carrier="ship", port_from="MYPKG",
            port_to="JPTAK", planned_on=on("2025-11-19").date(),
        )  # fmt: skip
        if n % 2:
            services.depart("ship", made)

    ruled()
    verdict = ask(stream="copper-granules", facts="hazardous=false", on="2025-11-19")
    for n in range(2):
        another(n)
    readers = [signed_in(who) for who in (SELLER, SHIP, SMELTER)]
    addresses = ("/movements/", f"/movements/{movement}", "/")
    few = [questions(reader, address) for reader in readers for address in addresses]
    for n in range(6):
        another(n)
    assert [questions(reader, address) for reader in readers for address in addresses] == few


def test_the_home_page_says_what_waits_and_what_closes_it(cast, case, movement):
    assert "Record the departure" in page(signed_in(SHIP), "/") or "Let the consignment leave" in page(
        signed_in(SHIP), "/"
    )
    services.cancel(SELLER, movement, "No ship")
    shown = page(signed_in(SELLER), "/")
    assert f'href="/movements/new?case={case}"' in shown
    from meguri.consent import services as cases

    cases.hold(DOE, case, "Seizure at Port Klang")
    shown = page(signed_in(SELLER), "/")
    assert "holds the case: Seizure at Port Klang" in shown
    assert "holds the case: Seizure at Port Klang" in page(signed_in(SELLER), "/movements/")


def test_the_api_tells_of_a_movement_to_who_may_see_it(movement):
    found = signed_in(SELLER).get(f"/api/movements/{movement}").json()
    assert [step["transition"] for step in found["open"]][:2] == ["change", "announce"]
    assert found["state"]["course"]["state"] == "planned"
    assert signed_in("organisation:stranger").get(f"/api/movements/{movement}").status_code == 404
