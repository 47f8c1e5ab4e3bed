"""Cases in the browser: who sees what, forms that keep what was written, lists that are cut into pages."""

from __future__ import annotations

import re
from datetime import date

import pytest
from consent_browser import page, plain, questions, rows_of, signed_in
from consent_cast import KG
from consent_room import DOE, METI, MOEJ, SELLER, SMELTER, TO_CONSENT, ask, certify_japan, notify, steps
from django.test import Client

from meguri.consent import services
from meguri.consent.case import record
from meguri.consent.case import standing as standings
from meguri.consent.models import Case
from meguri.custody import services as custody
from meguri.kit import clock
from meguri.kit.people import accounts
from meguri.movement import services as movements
from meguri.movement.states import LotMass
from meguri.registry import services as registry

pytestmark = pytest.mark.django_db
QUERY = (
    "from=MYS&to=JPN&stream=circuit-boards&operation=R4&on=2025-11-19"
    "&fact=hazardous%3Dunknown&fact=importer_certified%3Dtrue&fact=recycler_certified%3Dtrue"
)
GENERAL = "General Basel procedure: this country's own procedure is not on file"


@pytest.fixture
def case(cast):
    certify_japan()
    cast("2025-10-01")
    return notify(ask())


def planned(case, mass=1000, **more):
    """A movement of one new lot under the case."""
    lot = custody.collect(SELLER, "yard", "circuit-boards", mass * KG)
    return movements.plan(
        SELLER, [LotMass(lot, mass * KG)], case=case, carrier="ship", port_from="MYPKG", port_to="JPTAK",
        planned_on=clock.now().date(), **more,
    )  # fmt: skip


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
    assert signed_in(MOEJ).post(f"/cases/{case}/step", {"track": "jpn-moej.import"}).status_code == 404
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
    response = doe.post(f"/cases/{case}/step", {"track": "mys-doe.export", "transition": "ask", "text": " "})
    assert response.status_code == 422
    assert 'href="#ask-mys-doe-export-text"' in plain(response)
    assert doe.post(f"/cases/{case}/step", {"track": "mys-doe.export", "transition": "check"}).status_code == 302
    doe.post(f"/cases/{case}/step", {"track": "mys-doe.export", "transition": "transmit"})
    moej = signed_in(MOEJ)
    sent = {
        "track": "jpn-moej.import", "transition": "consent_with_conditions", "conditions": "",
        "valid_from": "2025-10-01", "valid_until": "1 Oct", "reference": "環循規発第1号",
    }  # fmt: skip
    response = moej.post(f"/cases/{case}/step", sent)
    assert response.status_code == 422
    assert "1 Oct” is not a date" in plain(response)
    assert "環循規発第1号" in plain(response)
    sent |= {"valid_until": "2026-09-30", "conditions": "Sample <each> bag\n\nSend the assay"}
    assert moej.post(f"/cases/{case}/step", sent).status_code == 302
    decision = services.case(case).track("jpn-moej.import").decision
    assert decision.conditions == ("Sample <each> bag", "Send the assay")
    assert decision.reference == "環循規発第1号"
    assert "Sample &lt;each&gt; bag" in page(doe, f"/cases/{case}")


def test_a_step_that_is_not_open_says_which_are(cast, case):
    response = signed_in(DOE).post(f"/cases/{case}/step", {"track": "mys-doe.export", "transition": "transmit"})
    assert response.status_code == 409
    assert "check, ask, object, retract" in plain(response)


def test_holds_from_the_page(cast, case):
    doe = signed_in(DOE)
    assert doe.post(f"/cases/{case}/hold", {"reason": ""}).status_code == 422
    assert doe.post(f"/cases/{case}/hold", {"reason": "Seizure at Port Klang"}).status_code == 302
    assert "Seizure at Port Klang" in page(signed_in(SELLER), f"/cases/{case}")
    (hold,) = standings.of(record.case(case), clock.now()).holds
    assert signed_in(SELLER).post(f"/cases/{case}/release", {"hold": hold.id}).status_code == 403
    assert doe.post(f"/cases/{case}/release", {"hold": hold.id, "reason": "It was another ship"}).status_code == 302
    assert "It was another ship" in page(doe, f"/cases/{case}")


def test_a_general_procedure_says_so_wherever_its_track_is_shown(cast, case):
    doe = signed_in(DOE)
    assert GENERAL in page(doe, f"/cases/{case}")
    assert GENERAL in page(doe, "/cases/")
    assert GENERAL in page(signed_in(SELLER), f"/cases/new?{QUERY}")
    rows = page(doe, f"/cases/{case}").split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert [GENERAL in row for row in rows] == ["BASEL/PIC" in row for row in rows] == [True, True, False]


def test_a_guarantee_is_filed_and_listed(cast, case):
    seller = signed_in(SELLER)
    assert "None on file." in page(seller, f"/cases/{case}")
    sent = {"issuer": "", "amount": "MYR 250,000", "valid_from": "2025-10-01", "valid_until": "2026-09-30"}
    response = seller.post(f"/cases/{case}/guarantee", sent)
    assert response.status_code == 422
    assert 'href="#guarantee-issuer"' in plain(response)
    assert 'value="MYR 250,000"' in plain(response)
    response = seller.post(f"/cases/{case}/guarantee", sent | {"issuer": "Bank", "valid_until": "soon"})
    assert "soon” is not a date" in plain(response)
    assert signed_in(DOE).post(f"/cases/{case}/guarantee", sent | {"issuer": "Bank"}).status_code == 403
    sent |= {"issuer": "Straits <Bank>", "reference": "G-17"}
    assert seller.post(f"/cases/{case}/guarantee", sent).status_code == 302
    shown = page(signed_in(DOE), f"/cases/{case}")
    assert "Straits &lt;Bank&gt;" in shown
    assert "G-17" in shown
    assert "covers today" in shown
    cast("2026-10-02")
    assert "does not cover today" in page(seller, f"/cases/{case}")


def test_a_notification_is_taken_back_from_the_page_while_nothing_stands_under_it(cast, case):
    seller = signed_in(SELLER)
    response = seller.post(f"/cases/{case}/retract", {"text": ""})
    assert response.status_code == 422
    assert 'href="#retract-text"' in plain(response)
    steps(cast, case, *TO_CONSENT)
    movement = planned(case)
    assert "1 planned movements stand under this case" in page(seller, f"/cases/{case}")
    response = seller.post(f"/cases/{case}/retract", {"text": "The buyer withdrew"})
    assert response.status_code == 409
    assert "The buyer withdrew</textarea>" not in plain(response)
    movements.cancel(SELLER, movement, "No ship")
    assert signed_in(DOE).post(f"/cases/{case}/retract", {"text": "x"}).status_code == 404
    assert seller.post(f"/cases/{case}/retract", {"text": "The buyer withdrew"}).status_code == 302
    shown = page(signed_in(DOE), f"/cases/{case}")
    assert "taken back" in shown
    assert "The buyer withdrew" in shown
    assert "Nothing for you to do now." in shown


def test_what_is_closed_says_why(cast, case):
    seller = signed_in(SELLER)
    shown = page(seller, f"/cases/{case}")
    assert "Plan a movement" in shown
    assert f"/movements/new?case={case}" not in shown
    assert "The consent of DOE (MYS) is missing" in shown
    steps(cast, case, *TO_CONSENT)
    assert f"/movements/new?case={case}" in page(seller, f"/cases/{case}")
    movement = planned(case)
    assert f"/movements/new?case={case}" not in page(seller, f"/cases/{case}")
    movements.depart("ship", movement)
    assert "1 movements are not over" in page(seller, f"/cases/{case}")
    assert "A movement has left under this case" in page(seller, f"/cases/{case}")


def test_a_renewed_licence_is_named_from_the_page(cast, case):
    seller = signed_in(SELLER)
    assert "Name the licences anew" not in page(seller, f"/cases/{case}")
    old = record.dossier(case).licences
    registry.suspend(old[0], "Under review")
    assert "does not hold now" in page(seller, f"/cases/{case}")
    holder = registry.licences_by_id(old)[old[0]]
    registry.grant(holder.holder, holder.kind, "renewed", clock.now(), issued_by="jpn-moej")
    shown = page(seller, f"/cases/{case}")
    assert "Name the licences anew" in shown
    named = re.findall(r'name="licence" value="([^"]+)"', shown)
    assert seller.post(f"/cases/{case}/rest", {"licence": named}).status_code == 302
    assert set(record.dossier(case).licences) == set(named)
    assert "does not hold now" not in page(seller, f"/cases/{case}")


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


def test_the_log_tells_of_every_part_and_is_cut_nowhere(cast, case, monkeypatch):
    from meguri.consent.web import cases

    steps(cast, case, *TO_CONSENT)
    services.guarantee(
        SELLER, case, issuer="Bank", amount="1", valid_from=date(2025, 10, 1), valid_until=date(2026, 9, 30)
    )
    movement = planned(case)
    movements.depart("ship", movement)
    shown = page(signed_in(DOE), f"/cases/{case}")
    log = shown.split('id="log"')[1]
    for words in (
        "Notification",
        "DOE: Declare it complete",
        "MOEJ: Consent in writing",
        "Guarantee filed",
        "MOEJ: taken in",
    ):
        assert words in log, words
    assert log.count("/journal/acts/") == len(set(re.findall("/journal/acts/([0-9a-f]+)", log)))
    every = re.findall("/journal/acts/([0-9a-f]+)", log)
    monkeypatch.setattr(cases, "LOGGED", 4)
    seen, address = [], f"/cases/{case}"
    while address:
        response = signed_in(DOE).get(address)
        seen += [line["entry"].id for line in response.context["log"]]
        older = response.context["older"].older
        address = f"/cases/{case}{older}" if older else ""
    assert seen == every


def test_a_carrier_sees_no_case(cast, case):
    steps(cast, case, *TO_CONSENT)
    planned(case)
    carrier = signed_in("organisation:ship")
    page(carrier, f"/cases/{case}", 404)
    page(carrier, f"/movements/new?case={case}", 404)
    for door in ("step", "hold", "release", "retract", "guarantee", "rest", "complete"):
        assert carrier.post(f"/cases/{case}/{door}", {"reason": "x"}).status_code == 404
    assert "No case yet." in page(carrier, "/cases/")
    assert rows_of(carrier.get("/cases/?format=csv")) == [",".join(cases_head())]


def cases_head():
    from meguri.consent.web.cases import HEAD

    return HEAD


def test_the_list_of_cases_is_cut_nowhere(cast, monkeypatch):
    from meguri.consent.web import cases

    certify_japan()
    cast("2025-10-01")
    made = [notify(ask(), description=f"Boards {n}") for n in range(7)]
    monkeypatch.setattr(cases, "SHOWN", 3)
    monkeypatch.setattr(cases, "QUEUED", 3)
    monkeypatch.setattr(cases, "AT_ONCE", 2)
    doe = signed_in(DOE)
    seen, address = [], "/cases/"
    while address:
        response = doe.get(address)
        seen += [row["id"] for row in response.context["rows"]]
        address = response.context["page"].older and "/cases/" + response.context["page"].older
    assert seen == made[::-1]
    lines = rows_of(doe.get("/cases/?format=csv"))
    assert [line.partition(",")[0] for line in lines[1:]] == made[::-1]
    assert ",5000.000,1,2025-10-01,2026-09-30," in lines[1]
    first = doe.get("/cases/")
    assert len(first.context["queue"]) == 3
    waiting, address = [], "/cases/"
    while address:
        response = doe.get(address)
        waiting += [item["url"] for item in response.context["queue"]]
        address = response.context["queue_page"].older and "/cases/" + response.context["queue_page"].older
    assert sorted(waiting) == sorted(f"/cases/{id}#now" for id in made)
    assert doe.get("/cases/?waiting=x").status_code == 422
    assert doe.get("/cases/?waiting=999999999999999999.x").context["queue"] == []
    assert doe.get("/cases/?before=x").status_code == 422


def test_more_on_record_asks_no_more_of_it(cast):
    certify_japan()
    cast("2025-10-01")
    case = notify(ask(), shipments=20, total_g=50_000 * KG)
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-12")
    notify(ask(), day="2025-11-12")
    planned(case)
    readers = [signed_in(who) for who in (DOE, SELLER, SMELTER)]
    few = [questions(reader, address) for reader in readers for address in ("/cases/", f"/cases/{case}")]
    for n in range(4):
        notify(ask(), day="2025-11-12", description=f"More {n}")
    for _ in range(4):
        planned(case)
    many = [questions(reader, address) for reader in readers for address in ("/cases/", f"/cases/{case}")]
    assert many == few


def test_a_case_completes_from_the_page_and_the_api_says_so(cast, case):
    steps(cast, case, *TO_CONSENT)
    cast("2025-11-19")
    movement = planned(case)
    movements.depart("ship", movement)
    cast("2025-12-03")
    smelter = signed_in(SMELTER)
    assert smelter.post(f"/cases/{case}/complete").status_code == 409
    state = signed_in(DOE).get(f"/api/cases/{case}").json()
    assert state["standing"] == "clear"
    assert any(step["transition"] == "withdraw" for step in state["open"])


def test_a_case_is_given_to_an_officer_whose_queue_is_then_their_own(cast, case):
    first, second = signed_in(DOE), Client()
    colleague = accounts.create_person("colleague", "a long and quiet afternoon", "")
    accounts.join(colleague, DOE, ("read",))
    second.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    assert "14-1" not in page(second, "/cases/?whose=mine").partition("All cases")[0]
    assert "colleague" in page(first, f"/cases/{case}")
    assert first.post(f"/cases/{case}/officer", {"officer": "nobody-here"}).status_code == 422
    assert second.post(f"/cases/{case}/officer", {"officer": "colleague"}).status_code == 403
    assert first.post(f"/cases/{case}/officer", {"officer": "colleague"}).status_code == 302
    assert f"/cases/{case}" in page(second, "/cases/?whose=mine&lang=en").partition("All cases you can see")[0]
    assert f"/cases/{case}" not in page(first, "/cases/?whose=mine&lang=en").partition("All cases you can see")[0]
    assert "Wed 15 October 2025" in page(first, "/cases/")
    # Another organisation has officers of its own, and gives no case that it does not see.
    assert "colleague" not in page(signed_in(SELLER), f"/cases/{case}")
    assert signed_in("organisation:stranger").post(f"/cases/{case}/officer", {"officer": ""}).status_code == 404
    assert first.post(f"/cases/{case}/officer", {"officer": ""}).status_code == 302
    assert f"/cases/{case}" not in page(second, "/cases/?whose=mine&lang=en").partition("All cases you can see")[0]
