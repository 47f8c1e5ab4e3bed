"""Both certificates on record, one suspended for fraud: what each door and each page says, until it is resumed."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from consent_browser import page, questions, signed_in
from consent_cast import KG, on
from consent_room import DOE, MOEJ, SELLER, SMELTER, TO_CONSENT, ask, certify_japan, notify, steps
from django.core.files.uploadedfile import SimpleUploadedFile

from meguri.consent import models as cases
from meguri.consent import services
from meguri.consent.states import PaperTrack
from meguri.custody import services as custody
from meguri.journal import services as journal
from meguri.kit.problems import Conflict, Refused
from meguri.movement import models as shipped
from meguri.movement import services as movements
from meguri.movement.states import LotMass
from meguri.play.doors import Answered, OwnKey
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
SHIP, BUYER = "organisation:ship", "organisation:buyer"
CONCERNED = (SELLER, BUYER, SMELTER, SHIP, DOE, MOEJ)


@pytest.fixture
def planned(cast):
    certify_japan()
    cast("2025-10-01")
    lot = custody.collect(SELLER, "yard", "circuit-boards", 2000 * KG)
    case = notify(ask())
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    movement = movements.plan(
        "seller", [LotMass(lot, 2000 * KG)], case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=date(2025, 11, 19),
    )  # fmt: skip
    return case, movement


def kept():
    """The states of cases, tracks, accounts and movements, as they are stored."""
    books = (cases.Case, cases.Account, cases.Track, shipped.Movement)
    return [(book.__name__, row.id, row.state) for book in books for row in book.objects.order_by("id")]


@pytest.mark.parametrize("which", ["14-1", "15-1"])
def test_a_suspended_certificate_is_a_hold_for_everybody_until_it_is_resumed(planned, which):
    case, movement = planned
    before = kept()
    licence = registry.licence_called(which)
    registry.suspend(licence, "Fraud")
    with pytest.raises(Conflict, match=f"The licence {which} is suspended since 2025-11-19"):
        movements.depart(SHIP, movement)
    with journal.through(OwnKey()), pytest.raises(Answered, match="Fraud"):
        movements.depart(SHIP, movement)
    sent = signed_in(SHIP).post(f"/movements/{movement}/depart", {"place": "MYPKG"})
    assert (sent.status_code, "is suspended since" in sent.content.decode()) == (409, True)
    assert movements.movement(movement).status == "planned"
    assert kept() == before, "nothing is written to case and movement"
    for who in CONCERNED:
        browser = signed_in(who)
        assert f"The licence {which} is suspended" in page(browser, f"/movements/{movement}")
        told = browser.get(f"/api/movements/{movement}").json()["held"]
        assert [(one["code"], one["params"]["number"]) for one in told] == [("licence-suspended", which)]
        home = page(browser, "/")
        assert f"The licence {which} is suspended" in home, who
        if who != SHIP:
            assert "Held by what the case rests on" in page(browser, f"/cases/{case}")
            found = browser.get(f"/api/cases/{case}").json()
            assert (found["standing"], [one["code"] for one in found["held"]]) == ("held", ["licence-suspended"])
    registry.suspend(licence, "Cleared", suspended=False)
    for who in CONCERNED:
        browser = signed_in(who)
        assert "is suspended" not in page(browser, "/")
        assert browser.get(f"/api/movements/{movement}").json()["held"] == []
    assert signed_in(SELLER).get(f"/api/cases/{case}").json()["held"] == []
    movements.depart(SHIP, movement)
    assert movements.movement(movement).status == "under_way"


def test_a_permit_on_record_has_to_hold_though_nobody_speaks_of_it(cast):
    """Nothing in the question says that the facility is authorised; that it were not would forbid it."""
    certify_japan()
    permit = registry.grant("facility:works", "facility-permit", "P-1", on("2024-01-01"), issued_by="jpn-moej")
    cast("2025-10-01")
    registry.suspend(permit, "Fire")
    with pytest.raises(Refused, match="The licence P-1 is suspended"):
        notify(ask())
    registry.suspend(permit, "Rebuilt", suspended=False)
    assert permit in services.case(notify(ask())).licences


def test_home_asks_no_more_with_more_held_cases(planned):
    registry.suspend(registry.licence_called("14-1"), "Fraud")
    browser = signed_in(BUYER)
    once = questions(browser, "/")
    for _ in range(3):
        with pytest.raises(Refused, match="is suspended"):
            notify(ask(), day="2025-11-19", period_from=date(2025, 11, 19))
    registry.suspend(registry.licence_called("14-1"), "Cleared", suspended=False)
    for _ in range(3):
        notify(ask(), day="2025-11-19", period_from=date(2025, 11, 19))
    registry.suspend(registry.licence_called("14-1"), "Fraud again")
    assert page(browser, "/").count("Fraud again") == 4
    assert questions(browser, "/") <= once + 1


def test_every_reader_sees_who_says_a_fact(planned):
    case, _ = planned
    for who in (SELLER, DOE, MOEJ):
        browser = signed_in(who)
        facts = {one["fact"]: one for one in browser.get(f"/api/cases/{case}").json()["facts"]}
        assert {name: one["said_by"] for name, one in facts.items()} == {
            "hazardous": "exporter",
            "importer_certified": "record",
            "recycler_certified": "record",
        }
        shown = page(browser, f"/cases/{case}")
        assert "proved by the record" in shown
        assert "the exporter&#x27;s word" in shown


def test_an_authority_that_nobody_has_admitted_is_asked_on_paper_from_the_page(cast):
    certify_japan()
    registry.admit("desk", {"en": "Desk"}, "MYS", ("operator",))
    registry.close("jpn-meti", "merged", actor="organisation:node")
    cast("2025-10-01")
    with pytest.raises(Refused, match="Invite it"):
        notify(ask())
    browser = signed_in(SELLER)
    address = (
        "/cases/new?from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-10-01"
        "&fact=hazardous=unknown&fact=importer_certified=true&fact=recycler_certified=true"
    )
    assert 'name="paper-jpn-meti"' in page(browser, address)
    given = {
        "importer": BUYER, "facility": "works", "total_kg": "5000", "shipments": "1", "period_from": "2025-10-01",
        "period_to": "2026-09-30", "description": "Boards",
    }  # fmt: skip
    assert "would be refused now" in browser.post(address, given).content.decode()
    given["paper-jpn-meti"] = "organisation:desk"
    assert 'name="paper-jpn-meti" value="organisation:desk"' in browser.post(address, given).content.decode()
    sent = browser.post(address, {**given, "send": "yes"})
    assert sent.status_code == 302, sent.content.decode()[:3000]
    case = services.case(sent["Location"].rpartition("/")[2])
    assert case.on_paper == (PaperTrack("jpn-meti", "organisation:desk"),)
    cast("2025-10-06")
    services.step(DOE, case.id, "mys-doe.export", "check")
    cast("2025-10-08")
    services.step(DOE, case.id, "mys-doe.export", "transmit")
    cast("2025-10-10")
    clerk = signed_in("organisation:desk")
    assert "on paper" in page(clerk, f"/cases/{case.id}")
    form = {"track": "jpn-meti.informed", "transition": "note", "scan_reference": "METI 12", "scan_dated": "2025-10-09"}
    assert "Choose the scan" in clerk.post(f"/cases/{case.id}/step", form).content.decode()
    form["scan"] = SimpleUploadedFile("letter.pdf", b"the letter")
    noted = clerk.post(f"/cases/{case.id}/step", form)
    assert noted.status_code == 302, noted.content.decode()[:4000]
    (entered,) = services.case(case.id).track("jpn-meti.informed").entered
    assert (entered.by, entered.scan.name) == ("organisation:desk", "letter.pdf")
    assert entered.scan.sha256 == hashlib.sha256(b"the letter").hexdigest()
    for who in (SELLER, MOEJ):
        assert "METI 12" in page(signed_in(who), f"/cases/{case.id}")
