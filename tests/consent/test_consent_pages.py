"""Cases in the browser: who sees what, forms that keep what was written, a movement from page to page."""

from __future__ import annotations

import re

import pytest
from consent_cast import KG, on
from consent_room import DOE, METI, MOEJ, SELLER, SMELTER, ask, certify_japan, notify
from django.contrib.auth import get_user_model
from django.test import Client

from meguri.consent import services
from meguri.consent.models import Case, Movement
from meguri.consent.states import LotMass
from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.kit.models import Membership

pytestmark = pytest.mark.django_db
QUERY = (
    "from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-11-19"
    "&fact=hazardous%3Dunknown&fact=importer_certified%3Dtrue&fact=recycler_certified%3Dtrue"
)


def signed_in(organisation, language="en") -> Client:
    name = organisation.partition(":")[2]
    user, made = get_user_model().objects.get_or_create(username=name)
    if made:
        Membership.objects.create(user=user, organisation=organisation)
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:3000]
    return plain(response)


def plain(response):
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def case(cast):
    certify_japan()
    cast("2025-10-01")
    return notify(ask())


def consented(cast, case):
    for day, actor, track, transition in (
        ("2025-10-06", DOE, "mys-doe/export", "check"),
        ("2025-10-08", DOE, "mys-doe/export", "transmit"),
        ("2025-10-20", DOE, "mys-doe/export", "consent"),
        ("2025-11-10", MOEJ, "jpn-moej/import", "consent"),
    ):
        cast(day)
        services.step(actor, case, track, transition)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_speaks_both_languages(cast, case, language):
    doe = signed_in(DOE, language)
    words = {"en": "What waits for you?", "ja": "お待ちしている手続"}[language]
    assert words in page(doe, "/cases/")
    shown = page(doe, f"/cases/{case}")
    assert {"en": "One track for each authority", "ja": "当局ごとの手続"}[language] in shown
    assert {"en": "Declare it complete", "ja": "書類完備を確認する"}[language] in shown
    assert page(signed_in(SELLER, language), f"/cases/new?{QUERY}")
    assert page(signed_in(SELLER, language), "/cases/new")


def test_somebody_elses_case_is_not_found(cast, case):
    assert "14-1" not in page(signed_in("organisation:stranger"), f"/cases/{case}", 404)
    page(signed_in(MOEJ), f"/cases/{case}", 404)
    assert signed_in(MOEJ).post(f"/cases/{case}/step", {"track": "jpn-moej/import"}).status_code == 404
    assert signed_in(MOEJ).get(f"/api/cases/{case}").status_code == 404
    assert Client().get(f"/cases/{case}").status_code in (302, 401)


def test_the_queue_says_by_when_on_which_ground_and_what_follows(cast, case):
    shown = page(signed_in(DOE), "/cases/")
    assert "Wed 15 October 2025" in shown
    assert "service target of 14 days, assumed" in shown
    assert "does not see the case until it is sent on" in shown
    assert "Nothing waits for you." in page(signed_in(METI), "/cases/")


def test_a_step_is_taken_from_the_page_and_a_refusal_keeps_what_was_written(cast, case):
    doe = signed_in(DOE)
    response = doe.post(f"/cases/{case}/step", {"track": "mys-doe/export", "transition": "ask", "text": " "})
    assert response.status_code == 422
    assert 'href="#ask-mys-doe-export-text"' in plain(response)
    assert doe.post(f"/cases/{case}/step", {"track": "mys-doe/export", "transition": "check"}).status_code == 302
    doe.post(f"/cases/{case}/step", {"track": "mys-doe/export", "transition": "transmit"})
    moej = signed_in(MOEJ)
    sent = {
        "track": "jpn-moej/import", "transition": "consent_with_conditions", "conditions": "",
        "valid_from": "2025-10-01", "valid_until": "1 Oct", "reference": "環循規発第1号",
    }  # fmt: skip
    response = moej.post(f"/cases/{case}/step", sent)
    assert response.status_code == 422
    assert "1 Oct” is not a date" in plain(response)
    assert "環循規発第1号" in plain(response)
    sent |= {"valid_until": "2026-09-30", "conditions": "Sample <each> bag\n\nSend the assay"}
    assert moej.post(f"/cases/{case}/step", sent).status_code == 302
    decision = services.case(case).track("jpn-moej/import").decision
    assert decision.conditions == ("Sample <each> bag", "Send the assay")
    assert decision.reference == "環循規発第1号"
    assert "Sample &lt;each&gt; bag" in page(doe, f"/cases/{case}")


def test_a_step_that_is_not_open_says_which_are(cast, case):
    response = signed_in(DOE).post(f"/cases/{case}/step", {"track": "mys-doe/export", "transition": "transmit"})
    assert response.status_code == 409
    assert "check, ask, object, retract" in plain(response)


def test_holds_from_the_page(cast, case):
    doe = signed_in(DOE)
    assert doe.post(f"/cases/{case}/hold", {"reason": ""}).status_code == 422
    assert doe.post(f"/cases/{case}/hold", {"reason": "Seizure at Port Klang"}).status_code == 302
    assert "Seizure at Port Klang" in page(signed_in(SELLER), f"/cases/{case}")
    (hold,) = services.case(case).held_up_by
    assert signed_in(SELLER).post(f"/cases/{case}/release", {"hold": hold.id}).status_code == 403
    assert doe.post(f"/cases/{case}/release", {"hold": hold.id}).status_code == 302


def test_a_notification_from_the_verdicts_link(cast):
    certify_japan()
    cast("2025-10-01")
    custody.collect(SELLER, "yard", "circuit-boards", 2000 * KG)
    seller = signed_in(SELLER)
    form = page(seller, f"/cases/new?{QUERY}")
    assert 'value="2000.000"' in form
    assert "MOEJ" in form
    response = seller.post(f"/cases/new?{QUERY}", {"total_kg": "-4", "shipments": "two", "description": "Boards"})
    assert response.status_code == 422
    for field in ("importer", "facility", "total_kg", "shipments", "period_from"):
        assert f'href="#{field}"' in plain(response), field
    assert ">Boards</textarea>" in plain(response)
    sent = {
        "importer": "organisation:buyer", "facility": "works", "total_kg": "2000", "shipments": "1",
        "period_from": "2025-10-01", "period_to": "2026-09-30", "description": "Boards",
    }  # fmt: skip
    checked = seller.post(f"/cases/new?{QUERY}", sent)
    assert "Is this right?" in plain(checked)
    assert not Case.objects.exists()
    nonce = re.search(r'name="as_case" value="(\w+)"', plain(checked)).group(1)
    for _ in range(2):
        response = seller.post(f"/cases/new?{QUERY}", sent | {"send": "yes", "as_case": nonce})
        assert response.status_code == 302, plain(response)
    assert Case.objects.count() == 1
    response = seller.post(f"/cases/new?{QUERY}", sent | {"send": "yes", "period_to": "2027-01-01"})
    assert response.status_code == 422


def test_a_verdict_that_asks_for_nothing_starts_no_notification(cast):
    seller = signed_in(SELLER)
    assert "There is nothing to notify" in page(
        seller, "/cases/new?from=JPN&to=THA&stream=mixed-household-e-waste&operation=R4&on=2025-09-01", 422
    )
    page(seller, "/cases/new?from=XXX&to=JPN&stream=circuit-boards", 422)


def test_a_movement_from_page_to_page(cast, case):
    cast("2025-10-01")
    lots = [custody.collect(SELLER, "yard", "circuit-boards", 1000 * KG, claimed=on("2025-09-01")) for _ in range(2)]
    seller = signed_in(SELLER)
    new = f"/cases/{case}/movements/new"
    assert "The consent of DOE (MYS) is missing" in page(seller, new)
    sent = {
        "lot": lots, "port_from": "MYPKG", "port_to": "JPTAK", "via": ["", ""], "carrier": "organisation:ship",
        "planned_on": "2025-11-19", "packaging": "bag", "packages": "2", "conveyance": "MV Example",
    }  # fmt: skip
    assert seller.post(new, sent).status_code == 409
    consented(cast, case)
    looked = plain(seller.post(new, sent | {"look": "yes", "via": ["SGSIN", ""]}))
    assert "not consented" in looked
    assert "touches SGP" in looked
    assert "km" in looked
    assert seller.post(new, sent | {"port_to": "JPXXX"}).status_code == 422
    assert seller.post(new, sent | {"lot": ["NOPE"]}).status_code == 422
    assert not Movement.objects.exists()
    cast("2025-11-19")
    response = seller.post(new, sent)
    assert response.status_code == 302, plain(response)
    (row,) = Movement.objects.all()
    here = f"/cases/{case}/movements/{row.id}"
    assert response.headers["Location"] == here
    shown = page(seller, here)
    for number in range(1, 20):
        assert f"{number}. " in shown or f"{number}a. " in shown
    pdf = seller.get(f"{here}/document.pdf")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert b"".join(pdf)[:5] == b"%PDF-" if pdf.streaming else pdf.content[:5] == b"%PDF-"
    assert seller.get(f"/cases/OTHER/movements/{row.id}/document.pdf").status_code == 404
    carrier = signed_in("organisation:ship")
    assert "You carry for this case" in page(carrier, f"/cases/{case}")
    assert carrier.post(f"{here}/depart").status_code == 302
    smelter = signed_in(SMELTER)
    cast("2025-12-03")
    receipt = {"kg-0": "996.000", "outcome-0": "accept", "kg-1": "996", "outcome-1": "refuse", "reason-1": ""}
    response = smelter.post(f"{here}/receive", receipt)
    assert response.status_code == 422
    assert 'href="#bags-1-reason"' in plain(response)
    assert 'value="996.000"' in plain(response)
    assert smelter.post(f"{here}/receive", receipt | {"kg-1": "much"}).status_code == 422
    assert smelter.post(f"{here}/receive", receipt | {"reason-1": "Wet"}).status_code == 302
    assert "Record the smelting" in page(smelter, here)
    taken = [bag.lot for bag in services.movement(row.id).bags if bag.accepted]
    smelted = custody.smelt(SMELTER, taken)
    response = smelter.post(f"{here}/certify", {"event": "NONE"})
    assert response.status_code == 422
    assert smelter.post(f"{here}/certify", {"event": smelted.event}).status_code == 302
    assert smelter.post(f"/cases/{case}/complete").status_code == 302
    assert services.case(case).completed_at == on("2025-12-03")
    assert signed_in(DOE).get(f"/api/cases/{case}").json()["standing"] == "completed"
    page(seller, f"/cases/{case}")
    page(seller, here)


def test_a_carrier_knows_its_own_movements_and_no_more(cast, case):
    cast("2025-10-01")
    lots = [custody.collect(SELLER, "yard", "circuit-boards", 1000 * KG, claimed=on("2025-09-01")) for _ in range(2)]
    consented(cast, case)
    cast("2025-11-19")
    movement = services.open_movement(
        "seller", case, [LotMass(lots[0], 1000 * KG)], carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=on("2025-11-19").date(),
    )  # fmt: skip
    carrier = signed_in("organisation:ship")
    told = {entry.act.kind: entry.id for entry in journal.history(f"case:{case}")}
    page(carrier, f"/journal/acts/{told['consent.open_movement']}")
    for kind in ("consent.notify", "consent.step"):
        page(carrier, f"/journal/acts/{told[kind]}", 404)
        assert carrier.get(f"/api/acts/{told[kind]}").status_code == 404
    page(carrier, f"/cases/{case}/movements/new", 404)
    for door in ("step", "hold", "release", "complete"):
        assert carrier.post(f"/cases/{case}/{door}", {"reason": "x"}).status_code == 404
    page(carrier, f"/cases/{case}/movements/{movement}")
