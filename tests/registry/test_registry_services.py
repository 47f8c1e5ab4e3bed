"""The registry's door over the database: what it puts down, and what others ask of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from meguri.journal import services as journal
from meguri.journal.models import Key
from meguri.kit.problems import Conflict, NotAllowed, NotFound
from meguri.registry import services
from meguri.registry.record import profile
from meguri.registry.states import RoleSpan
from tests_support import use_clock

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def present():
    use_clock(lambda: NOW)
    services.admit("yard", {"en": "Yard", "ja": "ヤード"}, "MYS", ("dismantler",))
    services.admit("smelter", {"en": "A smelter"}, "JPN", ("smelter",))
    yield
    use_clock(None)


def reader(organisation):
    return SimpleNamespace(organisation=organisation)


def test_who_is_admitted_has_a_key_unless_it_brings_its_own():
    services.admit("own", {"en": "Own"}, "MYS", key=False)
    assert Key.objects.filter(owner="organisation:yard").count() == 1
    assert not Key.objects.filter(owner="organisation:own").exists()


def test_a_role_is_given_for_a_time():
    services.assign("yard", "exporter", since=NOW, until=NOW + DAY)
    services.assign("yard", "dismantler", until=NOW + 2 * DAY)
    assert services.organisation("yard").roles == (
        RoleSpan("dismantler", NOW, NOW + 2 * DAY),
        RoleSpan("exporter", NOW, NOW + DAY),
    )
    assert list(services.organisations("exporter")) == ["organisation:yard"]
    use_clock(lambda: NOW + DAY)
    assert services.organisations("exporter") == {}
    assert services.may(reader("organisation:yard"), "exporter", "dismantler")
    assert not services.may(reader("organisation:yard"), "exporter", "smelter")


def test_who_reads_may_what_its_organisation_may():
    assert services.organisation_of(reader("organisation:yard")) == services.organisation("yard")
    for nobody in (None, reader(None), reader(""), reader("organisation:nobody")):
        assert services.organisation_of(nobody) is None
        assert not services.may(nobody, "dismantler")
    assert profile("organisation:yard").roles == ("dismantler",)
    assert profile("organisation:yard").zone == "Asia/Kuala_Lumpur"
    assert profile("organisation:nobody") is None


def test_closing_says_by_whom_and_why_and_hides_it_from_lists():
    services.close("yard", "Sold")
    entry = journal.history("organisation:yard")[-1]
    assert (entry.act.actor, entry.act.body["reason"]) == ("organisation:yard", "Sold")
    assert list(services.organisations()) == ["organisation:smelter"]
    assert list(services.organisations("dismantler")) == []
    assert set(services.organisations(open_only=False)) == {"organisation:yard", "organisation:smelter"}
    with pytest.raises(NotAllowed):
        services.close("smelter", actor="organisation:yard")
    services.close("smelter", actor="organisation:node")
    assert journal.history("organisation:smelter")[-1].act.actor == "organisation:node"


def test_lists_are_in_order_of_name_and_by_role():
    assert list(services.organisations()) == ["organisation:smelter", "organisation:yard"]
    assert list(services.organisations("smelter")) == ["organisation:smelter"]
    assert services.organisations("auditor") == {}


def test_names_are_known_or_the_subject_stands_for_them():
    found = services.names(["organisation:yard", "organisation:nobody"])
    assert {who: name.say("ja") for who, name in found.items()} == {
        "organisation:yard": "ヤード",
        "organisation:nobody": "nobody",
    }


def test_facilities_and_licences_are_found_by_whom_they_belong_to():
    services.site("yard", {"en": "B"}, "MYS", 5, 100, facility="b")
    services.site("yard", {"en": "A"}, "MYS", 5, 100, facility="a", port="MYPEN", operations=["R12"])
    services.site("smelter", {"en": "C"}, "JPN", 34, 134, facility="c")
    assert list(services.facilities()) == ["a", "b", "c"]
    assert list(services.facilities("yard")) == list(services.facilities("organisation:yard")) == ["a", "b"]
    assert (services.facility("a").port, services.facility("a").operations) == ("MYPEN", ("R12",))
    with pytest.raises(NotFound):
        services.facility("z")
    with pytest.raises(NotFound):
        services.organisation("nobody")
    with pytest.raises(Conflict):
        services.site("yard", {"en": "A"}, "MYS", 5, 100, facility="a")
    mine = services.grant("organisation:yard", "dismantling", "7", NOW, NOW + DAY)
    theirs = services.grant("facility:c", "facility-permit", "8", NOW)
    assert list(services.licences("organisation:yard", "facility:c")) == [mine, theirs]
    assert list(services.licences("facility:c")) == [theirs]
    licence = services.licences("organisation:yard")[mine]
    assert (licence.number, licence.until, licence.issued_by) == ("7", NOW + DAY, "")
    services.suspend(mine, "Late report")
    assert services.grant("organisation:yard", "dismantling", "9", NOW, licence="L9") == "L9"
    assert services.licences("organisation:yard")[mine].suspended
    services.suspend(mine, "Done", suspended=False)
    assert not services.licences("organisation:yard")[mine].suspended


def test_facts_of_law_follow_licences_of_importer_facility_and_its_organisation():
    services.admit("importer", {"en": "I"}, "JPN", ("importer",))
    services.site("smelter", {"en": "C"}, "JPN", 34, 134, facility="c")
    none = {"importer_certified": False, "recycler_certified": False}
    assert services.certified_facts("importer", "c") == none
    services.grant("organisation:importer", "jpn-art14-importer", "1", NOW - DAY, NOW + DAY, issued_by="jpn-moej")
    of_organisation = services.grant("organisation:smelter", "jpn-art15-recycler", "2", NOW, issued_by="jpn-moej")
    assert services.certified_facts("importer", "c") == dict.fromkeys(none, True)
    assert services.certified_facts("importer", "unknown") == none | {"importer_certified": True}
    assert services.certified_facts("smelter", "c") == none | {"recycler_certified": True}
    assert services.certified_facts("importer", "c", NOW - timedelta(hours=1)) == none | {"importer_certified": True}
    assert services.certified_facts("importer", "c", NOW + DAY) == none | {"recycler_certified": True}
    services.suspend(of_organisation, "Inspection")
    assert services.certified_facts("importer", "c") == none | {"importer_certified": True}


def test_authorities_come_from_the_laws_own_table_once():
    use_clock(lambda: NOW + timedelta(minutes=9))
    assert services.admit_authorities(["mys-doe"], claimed=NOW) == ["organisation:mys-doe"]
    before = services.organisation("mys-doe")
    assert (before.authority, before.economy, before.roles) == ("mys-doe", "MYS", (RoleSpan("authority", NOW),))
    assert services.admit_authorities(["mys-doe", "jpn-moej"]) == ["organisation:mys-doe", "organisation:jpn-moej"]
    assert services.organisation("mys-doe") == before
    with pytest.raises(NotFound, match="mys-do"):
        services.admit_authorities(["mys-do"])
