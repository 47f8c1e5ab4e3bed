"""The registry's pages, open to anyone, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from meguri.journal import services as journal
from meguri.journal.signatures import signing
from meguri.kit.problems import Conflict, NotFound, Refused
from meguri.registry import services
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def cast():
    use_clock(lambda: NOW)
    services.admit_authorities(["mys-doe", "jpn-moej"])
    services.admit("smelter", {"en": "Smelter of the story", "ja": "物語の製錬所"}, "JPN", ("smelter",))
    services.site("smelter", {"en": "Works", "ja": "工場"}, "JPN", 34.5, 134.0, facility="works", port="JPTAK")
    services.grant(
        "facility:works",
        "jpn-art15-recycler",
        "No. 1",
        NOW - timedelta(days=1),
        issued_by="jpn-moej",
        actor="organisation:jpn-moej",
    )
    yield
    use_clock(None)


@pytest.mark.parametrize(("language", "said"), [("en", "Smelter of the story"), ("ja", "物語の製錬所")])
def test_the_list_and_the_page_name_the_demonstration(client, language, said):
    page = client.get(f"/organisations/?lang={language}").content.decode()
    assert said in page
    page = client.get(f"/organisations/smelter?lang={language}").content.decode()
    assert "No. 1" in page
    assert ("demonstration cast" if language == "en" else "デモ") in page


def test_the_page_lists_keys_with_how_each_was_proved(client):
    who, own = "organisation:smelter", signing.new_key()
    code, offer = journal.offer_of("telephone")
    proof = signing.prove_key(own, settings.NODE, who)
    journal.enrol(who, "held", public=signing.public_text(own), proof=proof, offer=offer)

    def page():
        return client.get("/organisations/smelter?lang=en").content.decode()

    assert "its owner has not accepted it" in page()
    assert "which keeps the key and signs for people" in page()
    journal.record([journal.acceptance(own, who, code, settings.NODE)])
    assert "its owner has not accepted it" not in page()
    assert "accepted by its owner on 2025-10-01, with a code given by telephone" in page()


def test_a_role_filters_and_an_unknown_one_is_refused(client):
    page = client.get("/organisations/?role=authority&lang=en").content.decode()
    assert "Smelter of the story" not in page
    assert client.get("/organisations/?role=authorty").status_code == 422


def test_an_unknown_organisation_is_not_found(client):
    assert client.get("/organisations/nobody").status_code == 404
    with pytest.raises(NotFound):
        services.organisation("nobody")


def test_certificates_become_facts_of_law():
    facts = services.certified_facts("smelter", "works")
    assert facts == {"importer_certified": False, "recycler_certified": True}
    licence = next(iter(services.licences("facility:works")))
    services.suspend(licence, "inspection", actor="organisation:jpn-moej")
    assert services.certified_facts("smelter", "works")["recycler_certified"] is False


def test_said_twice_or_wrongly_changes_nothing():
    with pytest.raises(Conflict):
        services.admit("smelter", {"en": "Again"}, "JPN")
    with pytest.raises(Refused):
        services.admit("other", {"en": "Other"}, "XXX")
    assert services.organisations("smelter").keys() == {"organisation:smelter"}
    assert services.admit_authorities(["mys-doe"]) == ["organisation:mys-doe"]
